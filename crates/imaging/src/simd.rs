//! Loops compiled for the vector instructions of the machine that runs them.

#[cfg(feature = "simd")]
static ARCH: std::sync::LazyLock<pulp::Arch> = std::sync::LazyLock::new(pulp::Arch::new);

/// Runs `work` compiled for the widest vectors that this processor has and `pulp` knows. What
/// `work` calls has to be `#[inline(always)]`, or it stays as it is. The arithmetic is the same on
/// every machine, to the bit: the compiler neither fuses nor reorders floating-point operations.
/// Without the feature `simd` it is compiled for the machine that the whole crate is compiled for.
#[inline]
pub(crate) fn wide<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(feature = "simd")]
    return ARCH.dispatch(work);
    #[cfg(not(feature = "simd"))]
    work()
}
