use super::Exp;
use super::elementwise::{Unary, infer_unary, unary_operator};
use std::f32::consts::FRAC_2_SQRT_PI;

/// Gauss error function. ONNX Erf-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erf;

impl Unary for Erf {
    fn apply(&self, x: f32) -> f32 {
        erf(x)
    }
}

unary_operator!(Erf, infer_unary, |_, x, _, dy| dy * FRAC_2_SQRT_PI * (-x * x).apply(Exp));

/// A quotient of polynomials in x², as in Eigen's `generic_fast_erf_float`; its error is measured below. It has no branches, so that loops over it
/// are vectorised.
fn erf(x: f32) -> f32 {
    const P: [f32; 7] = [-1.609_603_3e-2, -2.954_599_8e-3, -7.349_906e-4, -5.692_506_4e-5, -2.101_024e-6, 2.770_681_4e-8, -2.726_142_3e-10];
    const Q: [f32; 5] = [-1.426_473_9e-2, -7.373_329e-3, -1.682_827e-3, -2.133_740_6e-4, -1.456_607_2e-5];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let polynomial = |coefficients: &[f32]| coefficients.iter().rev().fold(0.0, |sum, &c| sum * square + c);
    x * polynomial(&P) / polynomial(&Q)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Taylor series in f64, exact to 1e-9 for |x| ≤ 4.
    fn series(x: f64) -> f64 {
        let (mut power, mut sum) = (x, x);
        for n in 1..150 {
            let n = f64::from(n);
            power *= -x * x / n;
            sum += power / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn the_error_is_that_of_f32() {
        let error = |x: f32| (f64::from(Erf.apply(x)) - series(f64::from(x))).abs();
        let worst = (-4000..=4000).map(|i| error(i as f32 / 1000.0)).fold(0.0, f64::max);
        assert!(worst < 2.5e-7, "{worst}");
        assert_eq!(Erf.apply(f32::INFINITY), Erf.apply(4.0));
        assert_eq!(Erf.apply(0.0), 0.0);
        assert!(Erf.apply(f32::NAN).is_nan());
    }
}
