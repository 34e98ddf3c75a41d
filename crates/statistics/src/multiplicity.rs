//! Several tests at once.

use serde::{Deserialize, Serialize};

use super::{Adjusted, Finding};

/// How p-values of a family are corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Holm (1979): the chance of any false alarm. For the primary questions.
    Holm,
    /// Benjamini and Hochberg (1995): the share of false alarms among the alarms. For exploration.
    BenjaminiHochberg,
}

/// Corrects the p-values of a family. Findings without one neither count nor change.
pub fn adjust(family: &mut [&mut Finding], correction: Correction) {
    let mut tested: Vec<&mut Finding> = family.iter_mut().map(|f| &mut **f).filter(|f| f.p().is_some()).collect();
    let values: Vec<f64> = tested.iter().filter_map(|f| f.p()).map(|p| p.value).collect();
    let count = values.len();
    for (finding, value) in tested.iter_mut().zip(adjusted(&values, correction)) {
        finding.set_adjusted(Adjusted { value, correction, family: count });
    }
}

pub(super) fn adjusted(values: &[f64], correction: Correction) -> Vec<f64> {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut result = vec![0.0; n];
    match correction {
        Correction::Holm => {
            let mut largest: f64 = 0.0;
            for (place, &i) in order.iter().enumerate() {
                largest = largest.max(((n - place) as f64 * values[i]).min(1.0));
                result[i] = largest;
            }
        }
        Correction::BenjaminiHochberg => {
            let mut smallest: f64 = 1.0;
            for (place, &i) in order.iter().enumerate().rev() {
                smallest = smallest.min(values[i] * n as f64 / (place + 1) as f64);
                result[i] = smallest;
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Units, compare_groups};
    use super::*;

    #[test]
    fn only_what_was_tested_is_in_the_family() {
        let compare = |n: i32, shift: f64| {
            let values: Vec<f64> =
                (0..n).map(|i| f64::from((i * 13) % 29) + if i % 2 == 0 { shift } else { 0.0 }).collect();
            let first: Vec<bool> = (0..n).map(|i| i % 2 == 0).collect();
            compare_groups(&values, &first, &Units::each(n as usize), &Settings::default())
        };
        let (mut a, mut b, mut small) = (compare(60, 8.0), compare(60, 1.0), compare(20, 8.0));
        adjust(&mut [&mut a, &mut small, &mut b], Correction::Holm);
        let corrected = a.p().unwrap().adjusted.unwrap();
        assert_eq!((corrected.value, corrected.family), (2.0 * a.p().unwrap().value, 2));
        assert_eq!(small.p(), None);
        assert_eq!(b.is_significant(0.05), Some(false));
        adjust(&mut [], Correction::Holm);
    }
}
