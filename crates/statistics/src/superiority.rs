//! P(first > second) + ½P(=) of two groups with its variance: the AUC of a score, and Cliff's δ by
//! 2θ − 1.
//!
//! DeLong, DeLong and Clarke-Pearson (Biometrics 1988) for independent cases; Obuchowski
//! (Biometrics 1997) for several cases a unit, which is the same where every case is its own unit.

use super::rank::ranks;
use super::special::{normal_bound, normal_two_sided};
use super::{Interval, IntervalMethod, Units};

/// θ and the placement of each case among the other group.
pub(super) struct Superiority {
    /// P(first > second) + ½P(=).
    pub(super) theta: f64,
    /// For a case of the first group the share of the second below it; for one of the second the
    /// share of the first above it.
    placements: Vec<f64>,
    pairs: f64,
}

impl Superiority {
    /// Neither group may be empty; values are finite.
    pub(super) fn of(values: &[f64], first: &[bool]) -> Superiority {
        assert_eq!(values.len(), first.len(), "one group a value");
        let all = ranks(values);
        let within = |group: bool| {
            let chosen: Vec<f64> = values.iter().zip(first).filter(|&(_, &f)| f == group).map(|(&v, _)| v).collect();
            ranks(&chosen)
        };
        let own = [within(false), within(true)];
        let sizes = own.each_ref().map(|ranks| ranks.len() as f64);
        let mut next = [0, 0];
        let placements: Vec<f64> = all
            .iter()
            .zip(first)
            .map(|(rank, &f)| {
                let below = rank - own[usize::from(f)][next[usize::from(f)]];
                next[usize::from(f)] += 1;
                if f { below / sizes[0] } else { 1.0 - below / sizes[1] }
            })
            .collect();
        let theta = placements.iter().zip(first).filter(|&(_, &f)| f).map(|(p, _)| p).sum::<f64>() / sizes[1];
        Superiority { theta, placements, pairs: sizes[0] * sizes[1] }
    }

    /// The difference of two scores' θ on the same cases: its placements are the differences.
    pub(super) fn minus(&self, other: &Superiority) -> Superiority {
        let placements = self.placements.iter().zip(&other.placements).map(|(a, b)| a - b).collect();
        Superiority { theta: self.theta - other.theta, placements, pairs: self.pairs }
    }

    /// The variance of θ, and the number of units in the first and the second group. Each group
    /// needs two units.
    pub(super) fn variance(&self, first: &[bool], units: &Units) -> (f64, [usize; 2]) {
        assert_eq!(first.len(), units.cases(), "one unit a case");
        let mut spread = [0.0; 2];
        let mut shared = 0.0;
        let mut present = [0usize; 2];
        let mut cases = [0usize; 2];
        for unit in 0..units.count() {
            let mut sum = [0.0; 2];
            let mut here = [0usize; 2];
            for &case in units.members(unit) {
                let group = usize::from(!first[case]);
                sum[group] += self.placements[case] - self.theta;
                here[group] += 1;
            }
            for group in 0..2 {
                spread[group] += sum[group] * sum[group];
                present[group] += usize::from(here[group] > 0);
                cases[group] += here[group];
            }
            shared += sum[0] * sum[1];
        }
        let within = |g: usize| present[g] as f64 / (present[g] as f64 - 1.0) * spread[g] / (cases[g] as f64).powi(2);
        let all = units.count() as f64;
        let between = 2.0 * all / (all - 1.0) * shared / (cases[0] as f64 * cases[1] as f64);
        ((within(0) + within(1) + between).max(0.0), present)
    }

    /// How sure θ is, on the logit scale, which keeps it within (0, 1).
    pub(super) fn spread(&self, first: &[bool], units: &Units) -> Spread {
        let (variance, present) = self.variance(first, units);
        let half_pair = 0.5 / self.pairs;
        if self.theta < half_pair || self.theta > 1.0 - half_pair {
            return Spread::Perfect { first_is_above: self.theta > 0.5, units: present[0].min(present[1]) as f64 };
        }
        let logit = (self.theta / (1.0 - self.theta)).ln();
        Spread::Logit { logit, error: variance.sqrt() / (self.theta * (1.0 - self.theta)) }
    }

    /// The interval of θ at a level.
    pub(super) fn interval(&self, first: &[bool], units: &Units, level: f64) -> Interval {
        self.spread(first, units).interval(level)
    }
}

/// Where θ may lie.
pub(super) enum Spread {
    /// Its logit and the standard error of that.
    Logit { logit: f64, error: f64 },
    /// Perfect separation has no variance: as sure as n right decisions in n, n the units of the
    /// smaller group (Wilson's bound with the same level).
    Perfect { first_is_above: bool, units: f64 },
}

impl Spread {
    pub(super) fn interval(&self, level: f64) -> Interval {
        let z = normal_bound(level);
        let (low, high) = match *self {
            Spread::Logit { logit, error } => {
                let back = |x: f64| 1.0 / (1.0 + (-x).exp());
                (back(logit - z * error), back(logit + z * error))
            }
            Spread::Perfect { first_is_above, units } => {
                let margin = z * z / (units + z * z);
                if first_is_above { (1.0 - margin, 1.0) } else { (0.0, margin) }
            }
        };
        Interval { low, high, level, method: IntervalMethod::DeLong }
    }

    /// The two-sided p-value of θ = ½: what leaves ½ at the border of the interval.
    pub(super) fn p(&self) -> f64 {
        match *self {
            Spread::Logit { logit: 0.0, .. } => 1.0,
            Spread::Logit { logit, error } => normal_two_sided(logit / error),
            Spread::Perfect { units, .. } => normal_two_sided(units.sqrt()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// θ, and the variance by the definition: all pairs, two sample variances.
    fn by_definition(x: &[f64], y: &[f64]) -> (f64, f64) {
        let psi = |a: f64, b: f64| {
            if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            }
        };
        let v10: Vec<f64> = x.iter().map(|&a| y.iter().map(|&b| psi(a, b)).sum::<f64>() / y.len() as f64).collect();
        let v01: Vec<f64> = y.iter().map(|&b| x.iter().map(|&a| psi(a, b)).sum::<f64>() / x.len() as f64).collect();
        let theta = v10.iter().sum::<f64>() / x.len() as f64;
        let spread =
            |v: &[f64]| v.iter().map(|p| (p - theta).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0) / v.len() as f64;
        (theta, spread(&v10) + spread(&v01))
    }

    #[test]
    fn ranks_give_what_all_pairs_give() {
        let (x, y) = ([3.0, 5.0, 5.0, 1.0, 7.0], [2.0, 3.0, 0.0, 5.0]);
        let values: Vec<f64> = x.iter().chain(&y).copied().collect();
        let first: Vec<bool> = (0..9).map(|i| i < 5).collect();
        let superiority = Superiority::of(&values, &first);
        let (theta, variance) = by_definition(&x, &y);
        assert!((superiority.theta - theta).abs() < 1e-12);
        let (got, present) = superiority.variance(&first, &Units::each(9));
        assert!((got - variance).abs() < 1e-12, "{got} {variance}");
        assert_eq!(present, [5, 4]);
    }

    #[test]
    fn cases_given_twice_as_one_patient_say_no_more_than_once() {
        let values = [3.0, 5.0, 4.0, 1.0, 7.0, 2.0, 3.5, 0.0, 6.0, 2.5];
        let first: Vec<bool> = (0..10).map(|i| i < 5).collect();
        let once = Superiority::of(&values, &first).variance(&first, &Units::each(10)).0;
        let twice: Vec<f64> = values.iter().chain(&values).copied().collect();
        let groups: Vec<bool> = first.iter().chain(&first).copied().collect();
        let patients = Units::by_key((0..20).map(|i| Some(i % 10)));
        let again = Superiority::of(&twice, &groups).variance(&groups, &patients).0;
        assert!((once - again).abs() < 1e-12, "{once} {again}");
        let naive = Superiority::of(&twice, &groups).variance(&groups, &Units::each(20)).0;
        assert!(naive < 0.6 * once);
    }

    #[test]
    fn perfect_separation_is_not_certainty() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let first: Vec<bool> = (0..20).map(|i| i >= 10).collect();
        let interval = Superiority::of(&values, &first).interval(&first, &Units::each(20), 0.95);
        assert!(interval.high == 1.0 && (interval.low - 0.7225).abs() < 1e-3, "{interval:?}");
    }
}
