//! Vectors of 16 floats on whatever the machine has, chosen at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod isa;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod vector;

pub(crate) use self::isa::Isa;
#[cfg(test)]
pub(crate) use self::portable::Portable;
pub(crate) use self::vector::{LANES, Simd, Task, prefetch};
