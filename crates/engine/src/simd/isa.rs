//! Which instruction set runs a task.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
#[cfg(target_arch = "aarch64")]
use super::neon::Neon;
use super::portable::Portable;
use super::vector::Task;
use crate::error::EngineError;

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
