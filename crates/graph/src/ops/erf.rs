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

/// Minimax polynomials by Norbert Juffa (<https://stackoverflow.com/a/35148199>); the error is
/// measured below.
fn erf(x: f32) -> f32 {
    let horner = |at: f32, coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, &c| sum * at + c);
    let size = x.abs();
    if size > 475.0 / 512.0 {
        let tail = [
            -1.728_534_7e-5,
            3.831_971_3e-4,
            -3.883_964_4e-3,
            2.425_462_2e-2,
            -1.067_778_8e-1,
            -6.348_467e-1,
            -1.287_175_1e-1,
        ];
        let size = size.min(4.0);
        (1.0 - (horner(size, &tail) * size - size).exp()).copysign(x)
    } else {
        let head = [-5.967_617e-4, 4.991_194_2e-3, -2.676_813_5e-2, 1.128_199_25e-1, -3.761_253_4e-1, 1.283_791_7e-1];
        horner(x * x, &head) * x + x
    }
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
        assert!(worst < 1.2e-7, "{worst}");
        assert_eq!(Erf.apply(f32::INFINITY), Erf.apply(4.0));
        assert_eq!(Erf.apply(0.0), 0.0);
        assert!(Erf.apply(f32::NAN).is_nan());
    }
}
