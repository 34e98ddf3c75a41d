//! Plain Rust: the reference for the others.

use super::vector::{LANES, Simd};

/// See [`Simd`].
#[derive(Clone, Copy)]
pub(crate) struct Portable;

macro_rules! lanes {
    (|$($v:ident),+| $e:expr) => {{
        let mut out = [0.0; LANES];
        for (i, out) in out.iter_mut().enumerate() {
            $(let $v = $v[i];)+
            *out = $e;
        }
        out
    }};
}

impl Simd for Portable {
    type V = [f32; LANES];
    const WIDE: bool = false;

    #[inline(always)]
    unsafe fn zero() -> Self::V {
        [0.0; LANES]
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        [x; LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        // SAFETY: the caller gives 16 readable floats; arrays of f32 need f32's alignment only.
        unsafe { from.cast::<[f32; LANES]>().read() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, v: Self::V) {
        // SAFETY: the caller gives 16 writable floats.
        unsafe { to.cast::<[f32; LANES]>().write(v) }
    }

    // Without the instruction a fused product is a slow library call: this path rounds twice.
    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        lanes!(|a, b, c| a * b + c)
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        lanes!(|a, b| a + b)
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        lanes!(|a, b| a * b)
    }

    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        lanes!(|a, b| a / b)
    }

    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        lanes!(|a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        lanes!(|a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn round(a: Self::V) -> Self::V {
        lanes!(|a| a.round_ties_even())
    }

    #[inline(always)]
    unsafe fn pow2(n: Self::V) -> Self::V {
        lanes!(|n| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
}
