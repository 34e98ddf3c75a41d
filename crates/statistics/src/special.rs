//! The distribution functions that the tests need.

use std::f64::consts::SQRT_2;

use super::gamma::{beta, erfc, erfc_inverse, gamma_upper, ln_gamma};

/// P(Z ≤ z) of the standard normal distribution.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// The z with P(Z ≤ z) = `p`; infinite at 0 and 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inverse(2.0 * p)
}

/// The z that leaves (1 − level)/2 on each side.
pub(crate) fn normal_bound(level: f64) -> f64 {
    normal_quantile(0.5 + level / 2.0)
}

/// P(|Z| ≥ |z|).
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// P(T ≥ t) of Student's t with `df` degrees of freedom.
pub(crate) fn student_upper(t: f64, df: f64) -> f64 {
    let tail = 0.5 * student_two_sided(t, df);
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// P(|T| ≥ |t|) of Student's t with `df` degrees of freedom; NaN where t or df make no sense.
pub(crate) fn student_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    beta(df / 2.0, 0.5, df / (df + t * t))
}

/// The t that leaves (1 − level)/2 on each side, by bisection of the tail, which needs no inverse
/// of the beta function.
pub(crate) fn student_bound(level: f64, df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, df) > 1.0 - level && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if student_two_sided(middle, df) > 1.0 - level { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// P(X ≥ x) of the chi-square distribution with `df` degrees of freedom.
pub(crate) fn chi_square_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_upper(df / 2.0, x / 2.0) }
}

/// ln(n choose k).
pub(crate) fn ln_choose(n: usize, k: usize) -> f64 {
    let ln_factorial = |n: usize| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // scipy.stats and math.comb
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-10 * b, "{a} {b}");
        near(normal_cdf(1.96), 0.975_002_104_851_779_5);
        near(normal_bound(0.95), 1.959_963_984_540_054);
        near(normal_two_sided(-1.96), 0.049_995_790_296_440_87);
        near(student_upper(2.0, 7.0), 0.042_809_664_281_488_025);
        near(student_upper(-2.0, 7.0), 0.957_190_335_718_512);
        near(student_bound(0.95, 5.0), 2.570_581_835_636_314_6);
        near(chi_square_upper(3.84, 1.0), 0.050_043_521_248_705_1);
        near(ln_choose(50, 20), 31.483_914_142_189_4);
        assert!(student_two_sided(f64::NAN, 5.0).is_nan());
    }
}
