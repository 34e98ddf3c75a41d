//! The points of F(4×4, 3×3) and F(2×2, 3×3) and the matrices that belong to them.

use crate::simd::Simd;

/// The three matrices of F(M, 3), for N = M + 2 points. Known to the compiler, which leaves out the
/// zeros.
pub(in super::super) trait Points<const N: usize, const M: usize>: Send + Sync + 'static {
    /// Bᵀ: inputs to points.
    const INPUT: [[f32; N]; N];
    /// G: filter taps to points.
    const FILTER: [[f32; 3]; N];
    /// Aᵀ: points to outputs.
    const OUTPUT: [[f32; N]; M];

    /// G times a column of taps, with what rows have in common computed once.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`.
    unsafe fn filter<S: Simd>(taps: [S::V; 3]) -> [S::V; N];
}

/// `a · g₀ + c · g₂ ± b · g₁`: the two rows of G for the points ±x.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn pair<S: Simd>([a, b, c]: [f32; 3], g: [S::V; 3]) -> [S::V; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let even = S::fma(S::splat(c), g[2], S::mul(S::splat(a), g[0]));
        [S::fma(S::splat(b), g[1], even), S::fma(S::splat(-b), g[1], even)]
    }
}

const S: f32 = std::f32::consts::SQRT_2;
const H: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// F(4, 3) at 0, ±1/√2, ±√2, ∞.
pub(in super::super) struct F4;

impl Points<6, 4> for F4 {
    const INPUT: [[f32; 6]; 6] = [
        [1.0, 0.0, -2.5, 0.0, 1.0, 0.0],
        [0.0, -S, -2.0, H, 1.0, 0.0],
        [0.0, S, -2.0, -H, 1.0, 0.0],
        [0.0, -H, -0.5, S, 1.0, 0.0],
        [0.0, H, -0.5, -S, 1.0, 0.0],
        [0.0, 1.0, 0.0, -2.5, 0.0, 1.0],
    ];
    const FILTER: [[f32; 3]; 6] = [
        [1.0, 0.0, 0.0],
        [-2.0 / 3.0, -S / 3.0, -1.0 / 3.0],
        [-2.0 / 3.0, S / 3.0, -1.0 / 3.0],
        [1.0 / 6.0, S / 6.0, 1.0 / 3.0],
        [1.0 / 6.0, -S / 6.0, 1.0 / 3.0],
        [0.0, 0.0, 1.0],
    ];
    const OUTPUT: [[f32; 6]; 4] = [
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        [0.0, H, -H, S, -S, 0.0],
        [0.0, 0.5, 0.5, 2.0, 2.0, 0.0],
        [0.0, H / 2.0, -H / 2.0, S * 2.0, -S * 2.0, 1.0],
    ];

    #[inline(always)]
    unsafe fn filter<S: Simd>(g: [S::V; 3]) -> [S::V; 6] {
        // SAFETY: the caller's promise.
        let ([a, b], [c, d]) = unsafe { (pair::<S>(Self::FILTER[1], g), pair::<S>(Self::FILTER[3], g)) };
        [g[0], a, b, c, d, g[2]]
    }
}

/// F(2, 3) at 0, ±1, ∞.
pub(in super::super) struct F2;

impl Points<4, 2> for F2 {
    const INPUT: [[f32; 4]; 4] =
        [[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, -1.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]];
    const FILTER: [[f32; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];
    const OUTPUT: [[f32; 4]; 2] = [[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0]];

    #[inline(always)]
    unsafe fn filter<S: Simd>(g: [S::V; 3]) -> [S::V; 4] {
        // SAFETY: the caller's promise.
        let [a, b] = unsafe { pair::<S>(Self::FILTER[1], g) };
        [g[0], a, b, g[2]]
    }
}

/// A constant matrix times a column of vectors.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
pub(super) unsafe fn apply<S: Simd, const N: usize, const ROWS: usize>(
    matrix: &[[f32; N]; ROWS],
    x: &[S::V; N],
) -> [S::V; ROWS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut y = [S::zero(); ROWS];
        for (y, row) in y.iter_mut().zip(matrix) {
            for (&m, &x) in row.iter().zip(x) {
                if m != 0.0 {
                    *y = S::fma(S::splat(m), x, *y);
                }
            }
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{LANES, Portable};

    /// `Aᵀ [(G g) ⊙ (Bᵀ d)]` must be the correlation of d with g, for every pair of unit vectors.
    fn check<T: Points<N, M>, const N: usize, const M: usize>() {
        for (tap, cell) in (0..3).flat_map(|tap| (0..N).map(move |cell| (tap, cell))) {
            for (output, row) in T::OUTPUT.iter().enumerate() {
                let y: f64 = (0..N)
                    .map(|p| f64::from(row[p]) * f64::from(T::FILTER[p][tap]) * f64::from(T::INPUT[p][cell]))
                    .sum();
                let want = f64::from(u8::from(output + tap == cell));
                assert!((y - want).abs() < 1e-6, "output {output}, tap {tap}, cell {cell}: {y}");
            }
        }
    }

    /// `filter` must be G.
    fn check_filter<T: Points<N, M>, const N: usize, const M: usize>() {
        for tap in 0..3 {
            let mut taps = [[0.0; LANES]; 3];
            taps[tap] = [1.0; LANES];
            // SAFETY: plain Rust runs everywhere.
            let points = unsafe { T::filter::<Portable>(taps) };
            (0..N).for_each(|p| assert_eq!(points[p][0], T::FILTER[p][tap], "tap {tap}, point {p}"));
        }
    }

    #[test]
    fn transforms_are_correlations() {
        check_filter::<F4, 6, 4>();
        check_filter::<F2, 4, 2>();
        check::<F4, 6, 4>();
        check::<F2, 4, 2>();
    }
}
