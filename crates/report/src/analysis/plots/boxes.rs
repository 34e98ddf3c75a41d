//! Distributions as five numbers.

use crate::analysis::evidence::quantile;
use crate::schema::Box5;

/// Five quantiles of some values; none of fewer than five, which are better shown than summarised.
pub fn five(name: impl Into<String>, values: &[f64]) -> Option<Box5> {
    let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if values.len() < heatlens_statistics::CASES_BELOW {
        return None;
    }
    let cases = values.len();
    let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| quantile(&mut values, p).unwrap_or(f64::NAN));
    Some(Box5 { name: name.into(), cases, quantiles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_not_summarised() {
        assert!(five("a", &[1.0; 4]).is_none());
        assert_eq!(five("a", &[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN]).unwrap().quantiles[2], 3.0);
    }
}
