//! Vectors of 16 floats on whatever the machine has, chosen at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use self::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use self::avx512::Avx512;
#[cfg(target_arch = "aarch64")]
use self::neon::Neon;
pub(crate) use self::portable::Portable;
use crate::EngineError;

/// Lanes of a vector: the same on every instruction set, so that packed weights and blocked layouts
/// are.
pub(crate) const LANES: usize = 16;

/// Sixteen f32 lanes of one instruction set.
///
/// # Safety
/// Every method may be called only where the instruction set is known to be there, which
/// [`Isa::run`] sees to; pointers must be valid for 16 floats.
pub(crate) trait Simd: Copy + Send + Sync + 'static {
    /// A vector.
    type V: Copy;
    /// Whether 28 accumulators fit into registers (otherwise 6).
    const WIDE: bool;

    unsafe fn zero() -> Self::V;
    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(from: *const f32) -> Self::V;
    unsafe fn store(to: *mut f32, v: Self::V);
    /// `a · b + c`, rounded once.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// The larger; `b` where one is no number.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// The smaller; `b` where one is no number.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// The nearest whole number.
    unsafe fn round(a: Self::V) -> Self::V;
    /// 2ⁿ for whole n from −126 to 127.
    unsafe fn pow2(n: Self::V) -> Self::V;
}

/// Work written once for every instruction set.
pub(crate) trait Task {
    /// Does the work. Implementations are `#[inline(always)]`, so that they are compiled with the
    /// instructions of `S`.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`.
    unsafe fn run<S: Simd>(self);
}

/// Asks for the cache line of element `i` to be brought to the second-level cache; nothing where
/// there is no such element.
#[inline(always)]
pub(crate) fn prefetch(of: &[f32], i: usize) {
    let Some(element) = of.get(i) else { return };
    // SAFETY: a hint, which changes nothing; the address is that of an element.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(element).cast());
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("prfm pldl2keep, [{}]", in(reg) element, options(nostack, readonly, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = element;
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// Plain Rust; the reference.
    Portable,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// NEON.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// The best that the machine has, or the one that the environment variable `HEATLENS_KERNELS`
    /// asks for.
    pub(crate) fn detect() -> Result<Isa, EngineError> {
        static ISA: OnceLock<Result<Isa, EngineError>> = OnceLock::new();
        ISA.get_or_init(|| Isa::choose(std::env::var("HEATLENS_KERNELS").ok().as_deref())).clone()
    }

    /// The one of this name, the best without one.
    pub(crate) fn choose(name: Option<&str>) -> Result<Isa, EngineError> {
        let available = Isa::available();
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(available[0]) };
        let unknown = || EngineError::NoSuchKernels {
            name: name.into(),
            available: available.iter().map(|isa| isa.name()).collect::<Vec<_>>().join(", "),
        };
        available.iter().find(|isa| isa.name() == name).copied().ok_or_else(unknown)
    }

    /// All that the machine has, the best first.
    pub(crate) fn available() -> Vec<Isa> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
            {
                all.push(Isa::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Isa::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Isa::Neon);
        all.push(Isa::Portable);
        all
    }

    /// The name as `HEATLENS_KERNELS` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => "neon",
        }
    }

    /// Runs `task` with these instructions.
    pub(crate) fn run<T: Task>(self, task: T) {
        match self {
            // SAFETY: plain Rust runs everywhere.
            Isa::Portable => unsafe { task.run::<Portable>() },
            // SAFETY: an `Isa` comes from `available`, which has seen the processor's flags.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { run_avx2(task) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { run_avx512(task) },
            // SAFETY: NEON is part of aarch64.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { task.run::<Neon>() },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2<T: Task>(task: T) {
    // SAFETY: the caller has checked the instruction set.
    unsafe { task.run::<Avx2>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn run_avx512<T: Task>(task: T) {
    // SAFETY: the caller has checked the instruction set.
    unsafe { task.run::<Avx512>() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_chosen_by_name() {
        assert_eq!(Isa::choose(None).unwrap(), Isa::available()[0]);
        assert_eq!(Isa::choose(Some("portable")).unwrap(), Isa::Portable);
        let message = Isa::choose(Some("avx3")).unwrap_err().to_string();
        assert!(message.contains("`avx3`") && message.contains("portable"), "{message}");
    }
}
