//! Loops compiled for the vector instructions of the machine that runs them.

use std::sync::LazyLock;

use pulp::Arch;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs `work` compiled for the widest vectors that this processor has and `pulp` knows. What
/// `work` calls has to be `#[inline(always)]`, or it stays as it is. The arithmetic is the same on
/// every machine, to the bit: the compiler neither fuses nor reorders floating-point operations.
#[inline]
pub(crate) fn wide<T>(work: impl FnOnce() -> T) -> T {
    ARCH.dispatch(work)
}
