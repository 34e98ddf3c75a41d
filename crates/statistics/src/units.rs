//! Which cases belong to the same patient.

use std::collections::HashMap;
use std::hash::Hash;

/// The statistical units of a list of cases: patients where known, else each case for itself.
#[derive(Clone, Debug)]
pub struct Units {
    of: Vec<usize>,
    /// The cases of unit u are `members[starts[u]..starts[u + 1]]`.
    starts: Vec<usize>,
    members: Vec<usize>,
}

impl Default for Units {
    /// No case.
    fn default() -> Units {
        Units::each(0)
    }
}

impl Units {
    /// Every case is its own unit.
    pub fn each(cases: usize) -> Units {
        Units::numbered((0..cases).collect(), cases)
    }

    /// Cases with the same key are one unit; a case without a key is one of its own. Units are
    /// numbered as they appear.
    pub fn by_key<K: Eq + Hash>(keys: impl IntoIterator<Item = Option<K>>) -> Units {
        let mut seen = HashMap::new();
        let mut count = 0;
        let mut next = || {
            count += 1;
            count - 1
        };
        let of: Vec<usize> = keys
            .into_iter()
            .map(|key| match key {
                Some(key) => *seen.entry(key).or_insert_with(&mut next),
                None => next(),
            })
            .collect();
        Units::numbered(of, count)
    }

    fn numbered(of: Vec<usize>, count: usize) -> Units {
        let mut starts = vec![0; count + 1];
        of.iter().for_each(|&u| starts[u + 1] += 1);
        for u in 0..count {
            starts[u + 1] += starts[u];
        }
        let mut free = starts.clone();
        let mut members = vec![0; of.len()];
        for (case, &unit) in of.iter().enumerate() {
            members[free[unit]] = case;
            free[unit] += 1;
        }
        Units { of, starts, members }
    }

    /// The units of some of the cases, renumbered.
    ///
    /// # Panics
    /// If a case is out of range.
    pub fn select(&self, cases: &[usize]) -> Units {
        Units::by_key(cases.iter().map(|&case| Some(self.of[case])))
    }

    /// Number of cases.
    pub fn cases(&self) -> usize {
        self.of.len()
    }

    /// Number of units.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The unit of a case.
    pub fn of(&self, case: usize) -> usize {
        self.of[case]
    }

    /// The cases of a unit.
    pub fn members(&self, unit: usize) -> &[usize] {
        &self.members[self.starts[unit]..self.starts[unit + 1]]
    }

    /// Whether every case is its own unit.
    pub fn are_single(&self) -> bool {
        self.count() == self.cases()
    }

    /// Kish's effective number of units, (Σm)²/Σm² for units of m cases: the number of independent
    /// cases if those of a unit told the same.
    pub fn effective(&self) -> f64 {
        let squares: f64 = self.starts.windows(2).map(|w| ((w[1] - w[0]) as f64).powi(2)).sum();
        if squares == 0.0 { 0.0 } else { (self.cases() as f64).powi(2) / squares }
    }

    /// One value a unit: the mean of its cases.
    pub(super) fn means(&self, values: &[f64]) -> Vec<f64> {
        assert_eq!(values.len(), self.cases(), "one value a case");
        (0..self.count())
            .map(|u| self.members(u).iter().map(|&c| values[c]).sum::<f64>() / self.members(u).len() as f64)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_a_patient_are_one_unit() {
        let units = Units::by_key([Some("a"), None, Some("b"), Some("a"), None]);
        assert_eq!((units.cases(), units.count(), units.are_single()), (5, 4, false));
        assert_eq!(units.members(0), [0, 3]);
        assert_eq!(units.of(4), 3);
        assert!((units.effective() - 25.0 / 7.0).abs() < 1e-12);
        assert_eq!(units.means(&[1.0, 2.0, 3.0, 4.0, 5.0]), [2.5, 2.0, 3.0, 5.0]);
        let some = units.select(&[3, 0, 2]);
        assert_eq!((some.count(), some.members(0).len()), (2, 2));
        assert!(Units::each(3).are_single());
        assert_eq!(Units::each(0).effective(), 0.0);
    }
}
