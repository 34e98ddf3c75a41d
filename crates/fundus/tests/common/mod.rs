//! Comparing masks.

use heatlens_fundus::anatomy::{DiscMask, Tissue};

/// Dice of what is at least `tissue`.
pub fn dice(a: &DiscMask, b: &DiscMask, tissue: Tissue) -> f64 {
    let (mut both, mut sum) = (0, 0);
    for (a, b) in a.tissue().iter().zip(b.tissue()) {
        both += usize::from(*a >= tissue && *b >= tissue);
        sum += usize::from(*a >= tissue) + usize::from(*b >= tissue);
    }
    2.0 * both as f64 / sum.max(1) as f64
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
