//! Agreement beyond chance.

use super::finding::bootstrapped;
use super::{Effect, Finding, Settings, Units};

/// Cohen's κ (1960) of two classifications of the same cases, unweighted, with its bootstrap
/// interval.
///
/// # Panics
/// If the lengths differ.
pub fn agreement(first: &[usize], second: &[usize], units: &Units, settings: &Settings) -> Finding {
    assert!(first.len() == second.len() && first.len() == units.cases(), "pairs");
    let classes = first.iter().chain(second).max().map_or(0, |c| c + 1);
    let kappa = |cases: &[usize]| {
        let n = cases.len() as f64;
        let mut shares = vec![[0.0; 2]; classes];
        let mut same = 0.0;
        for &case in cases {
            same += f64::from(u8::from(first[case] == second[case])) / n;
            shares[first[case]][0] += 1.0 / n;
            shares[second[case]][1] += 1.0 / n;
        }
        let chance: f64 = shares.iter().map(|[a, b]| a * b).sum();
        // One class only, on both sides: nothing to agree about.
        if chance > 1.0 - 1e-12 { f64::NAN } else { (same - chance) / (1.0 - chance) }
    };
    Finding::new(Effect::Kappa, vec![units.count()], || Ok(bootstrapped(units, settings, kappa)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_is_one_and_a_single_class_is_undefined() {
        let classes: Vec<usize> = (0..40).map(|i| i % 3).collect();
        let kappa = |a: &[usize], b: &[usize]| agreement(a, b, &Units::each(40), &Settings::default());
        assert!((kappa(&classes, &classes).estimate().unwrap() - 1.0).abs() < 1e-12);
        assert!(kappa(&[1; 40], &[1; 40]).silence().is_some());
    }
}
