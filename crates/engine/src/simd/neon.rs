//! NEON: four registers of 4 lanes.
//!
//! NEON is always there on aarch64. The tests of the kernels pass under `qemu-aarch64`; on a
//! machine of that kind neither they nor the speed have been tried yet.

use std::arch::aarch64::*;

use super::vector::Simd;

/// See [`Simd`].
#[derive(Clone, Copy)]
pub(crate) struct Neon;

/// Applies an intrinsic to each quarter of its arguments.
macro_rules! quarters {
    (|$($v:ident),+| $e:expr) => {{
        let each = |i: usize| {
            $(let $v = $v[i];)+
            // SAFETY: NEON is part of aarch64.
            #[allow(unused_unsafe)]
            unsafe { $e }
        };
        [each(0), each(1), each(2), each(3)]
    }};
}

// SAFETY (of every block below): the trait's contract says that the instruction set is there and
// that pointers are valid for 16 floats.
impl Simd for Neon {
    type V = [float32x4_t; 4];
    const WIDE: bool = false;

    #[inline(always)]
    unsafe fn zero() -> Self::V {
        // SAFETY: see above.
        unsafe { Self::splat(0.0) }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        // SAFETY: see above.
        [unsafe { vdupq_n_f32(x) }; 4]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        // SAFETY: see above.
        unsafe { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::V) {
        // SAFETY: see above.
        unsafe {
            vst1q_f32(to, v[0]);
            vst1q_f32(to.add(4), v[1]);
            vst1q_f32(to.add(8), v[2]);
            vst1q_f32(to.add(12), v[3]);
        }
    }

    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        quarters!(|a, b, c| vfmaq_f32(c, a, b))
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        quarters!(|a, b| vaddq_f32(a, b))
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        quarters!(|a, b| vmulq_f32(a, b))
    }

    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        quarters!(|a, b| vdivq_f32(a, b))
    }

    // Not `vmaxq` and `vminq`, which give no number where either is none.
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        quarters!(|a, b| vbslq_f32(vcgtq_f32(a, b), a, b))
    }

    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        quarters!(|a, b| vbslq_f32(vcltq_f32(a, b), a, b))
    }

    #[inline(always)]
    unsafe fn round(a: Self::V) -> Self::V {
        quarters!(|a| vrndnq_f32(a))
    }

    #[inline(always)]
    unsafe fn pow2(n: Self::V) -> Self::V {
        quarters!(|n| vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)))))
    }
}
