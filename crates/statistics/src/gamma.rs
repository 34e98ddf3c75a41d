//! The special functions behind the distributions: logarithm of the gamma function, regularised
//! incomplete gamma and beta functions, complementary error function and its inverse.

use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, PI, SQRT_2};

/// Terms after which a series or continued fraction is taken as it is: those here take a few
/// hundred at the most.
const MOST_TERMS: usize = 100_000;
/// Keeps continued fractions away from a division by zero (Lentz 1976).
const TINY: f64 = 1e-300;

/// ln Γ(x) for positive x (Lanczos 1964, with the coefficients of Godfrey for g = 7).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Γ(x) Γ(1 − x) = π / sin πx.
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let sum = COEFFICIENTS.iter().zip(1..).map(|(c, i)| c / (x + f64::from(i))).sum::<f64>() + 0.999_999_999_999_809_9;
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Q(a, x) = Γ(a, x) / Γ(a), the regularised upper incomplete gamma function, for a > 0 and x ≥ 0
/// (Abramowitz and Stegun 6.5.29 and 6.5.31).
pub(crate) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..MOST_TERMS {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - scale * sum;
    }
    let numerator = |n: usize| if n == 0 { 1.0 } else { n as f64 * (a - n as f64) };
    scale * continued_fraction(numerator, |n| x + (2 * n + 1) as f64 - a)
}

/// I_x(a, b), the regularised incomplete beta function, for a, b > 0 and x in [0, 1] (Abramowitz and
/// Stegun 26.5.8).
pub(crate) fn beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges quickly below the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta(b, a, 1.0 - x);
    }
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    let numerator = |n: usize| {
        let m = (n / 2) as f64;
        match n {
            0 => 1.0,
            n if n.is_multiple_of(2) => m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            _ => -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        }
    };
    scale / a * continued_fraction(numerator, |_| 1.0)
}

/// n₀ / (d₀ + n₁ / (d₁ + n₂ / (d₂ + …))), by the method of Lentz.
fn continued_fraction(numerator: impl Fn(usize) -> f64, denominator: impl Fn(usize) -> f64) -> f64 {
    let kept_apart = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (TINY, TINY, 0.0);
    for n in 0..MOST_TERMS {
        d = 1.0 / kept_apart(denominator(n) + numerator(n) * d);
        c = kept_apart(denominator(n) + numerator(n) / c);
        value *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// 2/√π ∫ exp(−t²) dt from `x` to infinity.
pub(crate) fn erfc(x: f64) -> f64 {
    let upper = gamma_upper(0.5, x * x);
    if x >= 0.0 { upper } else { 2.0 - upper }
}

/// The x with erfc(x) = `y`; infinite at 0 and 2.
pub(crate) fn erfc_inverse(y: f64) -> f64 {
    if !(0.0..=2.0).contains(&y) {
        return f64::NAN;
    }
    if y > 1.0 {
        return -erfc_inverse(2.0 - y);
    }
    if y == 0.0 {
        return f64::INFINITY;
    }
    // Abramowitz and Stegun 26.2.23, made exact by steps of Halley.
    let t = (2.0 * (LN_2 - y.ln())).sqrt();
    let low = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let high = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut x = (t - low / high) / SQRT_2;
    for _ in 0..4 {
        let step = (erfc(x) - y) / (FRAC_2_SQRT_PI * (-x * x).exp());
        x += step / (1.0 - x * step);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
    }

    #[test]
    fn known_values() {
        // Exact, or mpmath.
        near(ln_gamma(0.5), PI.sqrt().ln());
        near(ln_gamma(101.0), 363.739_375_555_563_5);
        near(ln_gamma(0.1), 2.252_712_651_734_206);
        near(gamma_upper(1.0, 2.5), (-2.5f64).exp());
        near(gamma_upper(3.0, 0.5), 0.985_612_322_033_029_3);
        near(gamma_upper(50.0, 70.0), 0.005_140_502_458_505_895);
        near(beta(1.0, 3.0, 0.2), 1.0 - 0.8f64.powi(3));
        near(beta(2.5, 1.5, 0.7), 0.584_312_147_701_974_6);
        near(beta(200.0, 0.5, 0.99), 0.045_094_107_137_079_69);
        near(erfc(0.5), 0.479_500_122_186_953_5);
        near(erfc(-1.0), 1.842_700_792_949_715);
        near(erfc(10.0), 2.088_487_583_762_545e-45);
    }

    #[test]
    fn the_inverse_undoes() {
        for y in [1e-300, 1e-20, 1e-3, 0.05, 0.5, 0.999, 1.0, 1.3, 1.99] {
            near(erfc(erfc_inverse(y)), y);
        }
        assert_eq!((erfc_inverse(0.0), erfc_inverse(2.0)), (f64::INFINITY, f64::NEG_INFINITY));
        assert!(erfc_inverse(-0.1).is_nan() && erfc_inverse(2.1).is_nan() && erfc_inverse(f64::NAN).is_nan());
    }
}
