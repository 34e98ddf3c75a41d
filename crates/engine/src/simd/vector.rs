//! Vectors of sixteen floats, and work that is written for all instruction sets at once.

/// Lanes of a vector: the same on every instruction set, so that packed weights and blocked layouts
/// are.
pub(crate) const LANES: usize = 16;

/// Sixteen f32 lanes of one instruction set.
///
/// # Safety
/// Every method may be called only where the instruction set is known to be there, which
/// [`Isa::run`](super::isa::Isa::run) sees to; pointers must be valid for 16 floats.
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
