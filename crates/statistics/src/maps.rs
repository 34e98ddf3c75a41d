//! Mean maps of two groups, cell by cell, with one error rate for the whole map.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::finding::{CASES_BELOW, INTERVAL_BELOW};
use super::random::Random;
use super::{Settings, Silence, Units};

/// The difference of two groups' mean maps. As in [`super::Finding`], few units hold back the
/// p-values or all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapDifference {
    units: [usize; 2],
    difference: Option<Vec<f64>>,
    t: Option<Vec<f64>>,
    p: Option<Vec<f64>>,
    silence: Option<Silence>,
}

impl MapDifference {
    pub(super) fn of(units: [usize; 2], difference: Vec<f64>, t: Vec<f64>, p: Option<Vec<f64>>) -> MapDifference {
        MapDifference { units, difference: Some(difference), t: Some(t), p, silence: None }
    }

    pub(super) fn silent(units: [usize; 2], silence: Silence) -> MapDifference {
        MapDifference { units, difference: None, t: None, p: None, silence: Some(silence) }
    }

    /// Units with a map in the first and in the second group.
    pub fn units(&self) -> [usize; 2] {
        self.units
    }

    /// Mean of the first less mean of the second, a value a cell.
    pub fn difference(&self) -> Option<&[f64]> {
        self.difference.as_deref()
    }

    /// Student's t of each cell.
    pub fn t(&self) -> Option<&[f64]> {
        self.t.as_deref()
    }

    /// The p-value of each cell, already corrected for all cells: the share of permutations whose
    /// largest |t| anywhere reaches this cell's.
    pub fn p(&self) -> Option<&[f64]> {
        self.p.as_deref()
    }

    /// The p-value of "the maps do not differ anywhere".
    pub fn overall_p(&self) -> Option<f64> {
        self.p().map(|p| p.iter().copied().fold(1.0, f64::min))
    }

    /// Why there is no difference.
    pub fn silence(&self) -> Option<&Silence> {
        self.silence.as_ref()
    }
}

/// Max-statistic permutation test (Nichols and Holmes 2002) of maps of the same size. Maps are
/// averaged within unit and group first; a unit in both groups enters both, which errs on the side
/// of finding nothing.
///
/// # Panics
/// If the lengths or the maps' sizes differ.
pub fn compare_maps(maps: &[&[f32]], first: &[bool], units: &Units, settings: &Settings) -> MapDifference {
    assert!(maps.len() == first.len() && maps.len() == units.cases(), "one group and unit a map");
    let cells = maps.first().map_or(0, |m| m.len());
    assert!(maps.iter().all(|m| m.len() == cells), "maps of one size");
    let groups = [true, false].map(|group| unit_maps(maps, first, group, units, cells));
    let counts = groups.each_ref().map(Vec::len);
    let silent = |silence| MapDifference::silent(counts, silence);
    let smallest = counts[0].min(counts[1]);
    if smallest < CASES_BELOW {
        return silent(Silence::TooFew { smallest });
    }
    let [a, b] = groups;
    let mut rows: Vec<Vec<f64>> = a.into_iter().chain(b).collect();
    if rows.iter().flatten().any(|v| !v.is_finite()) {
        return silent(Silence::Undefined("a map holds values that are not numbers".into()));
    }
    let spread = centre(&mut rows, cells);
    let test = Test { rows, spread, first: counts[0] };
    let sums = test.sums(&(0..counts[0]).collect::<Vec<_>>());
    let weight = test.weight();
    let t = sums.iter().zip(&test.spread).map(|(&s, &q)| test.t(s, q)).collect();
    let p = (smallest >= INTERVAL_BELOW).then(|| test.p(&sums, settings));
    MapDifference::of(counts, sums.iter().map(|s| s * weight).collect(), t, p)
}

/// The mean map of each unit's cases in a group.
fn unit_maps(maps: &[&[f32]], first: &[bool], group: bool, units: &Units, cells: usize) -> Vec<Vec<f64>> {
    let mut result = Vec::new();
    for unit in 0..units.count() {
        let members: Vec<usize> = units.members(unit).iter().copied().filter(|&c| first[c] == group).collect();
        if members.is_empty() {
            continue;
        }
        let mut mean = vec![0.0; cells];
        for &case in &members {
            mean.iter_mut().zip(maps[case]).for_each(|(m, &v)| *m += f64::from(v) / members.len() as f64);
        }
        result.push(mean);
    }
    result
}

/// Takes the mean over rows from each cell; returns what is left as sums of squares.
fn centre(rows: &mut [Vec<f64>], cells: usize) -> Vec<f64> {
    let n = rows.len() as f64;
    let mut spread = vec![0.0; cells];
    for cell in 0..cells {
        let mean = rows.iter().map(|row| row[cell]).sum::<f64>() / n;
        for row in rows.iter_mut() {
            row[cell] -= mean;
            spread[cell] += row[cell] * row[cell];
        }
    }
    spread
}

/// With centred rows, the sum over one group determines both means and the spread within the
/// groups.
struct Test {
    rows: Vec<Vec<f64>>,
    spread: Vec<f64>,
    first: usize,
}

impl Test {
    /// 1/n₁ + 1/n₂: the difference of the means is this times the first group's sum.
    fn weight(&self) -> f64 {
        1.0 / self.first as f64 + 1.0 / (self.rows.len() - self.first) as f64
    }

    fn sums(&self, group: &[usize]) -> Vec<f64> {
        let mut sums = vec![0.0; self.spread.len()];
        for &row in group {
            sums.iter_mut().zip(&self.rows[row]).for_each(|(s, v)| *s += v);
        }
        sums
    }

    fn t(&self, sum: f64, spread: f64) -> f64 {
        let between = self.weight() * sum * sum;
        let within = (spread - between) / (self.rows.len() as f64 - 2.0);
        if spread <= 0.0 { 0.0 } else { self.weight() * sum / (within.max(0.0) * self.weight()).sqrt() }
    }

    /// |t| rises with sum²/spread, which is compared instead.
    fn p(&self, sums: &[f64], settings: &Settings) -> Vec<f64> {
        let size = |sum: f64, spread: f64| if spread > 0.0 { sum * sum / spread } else { 0.0 };
        // The sum over the smaller group is the other's with its sign turned.
        let drawn = self.first.min(self.rows.len() - self.first);
        let mut largest: Vec<f64> = (0..settings.resamples)
            .into_par_iter()
            .map_init(
                || (0..self.rows.len()).collect::<Vec<_>>(),
                |order, resample| {
                    order.iter_mut().enumerate().for_each(|(i, row)| *row = i);
                    Random::new(settings.seed, resample as u64).shuffle(order);
                    let sums = self.sums(&order[..drawn]);
                    sums.iter().zip(&self.spread).map(|(&s, &q)| size(s, q)).fold(0.0, f64::max)
                },
            )
            .collect();
        largest.sort_unstable_by(f64::total_cmp);
        let reach = |observed: f64| largest.len() - largest.partition_point(|&l| l < observed * (1.0 - 1e-12));
        let cell = |(&s, &q): (&f64, &f64)| (reach(size(s, q)) + 1) as f64 / (largest.len() + 1) as f64;
        sums.iter().zip(&self.spread).map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, maps: usize, cells: usize) -> Vec<Vec<f32>> {
        let mut random = Random::new(seed, 0);
        (0..maps).map(|_| (0..cells).map(|_| random.unit() as f32).collect()).collect()
    }

    fn compare(maps: &[Vec<f32>], units: &Units) -> MapDifference {
        let first: Vec<bool> = (0..maps.len()).map(|i| i % 2 == 0).collect();
        let settings = Settings { resamples: 400, ..Settings::default() };
        compare_maps(&maps.iter().map(Vec::as_slice).collect::<Vec<_>>(), &first, units, &settings)
    }

    #[test]
    fn a_planted_difference_is_found_where_it_is_and_nowhere_else() {
        let mut maps = noise(2, 60, 49);
        maps.iter_mut().step_by(2).for_each(|map| map[10] += 0.5);
        let result = compare(&maps, &Units::each(60));
        let p = result.p().unwrap();
        assert!(p[10] < 0.01 && p.iter().enumerate().all(|(i, &p)| i == 10 || p > 0.05), "{p:?}");
        assert_eq!(result.overall_p(), Some(p[10]));
        assert!((result.difference().unwrap()[10] - 0.5).abs() < 0.2);
    }

    #[test]
    fn noise_raises_an_alarm_about_once_in_twenty_times() {
        let alarms = (0..200)
            .filter(|&seed| compare(&noise(seed, 40, 25), &Units::each(40)).overall_p().unwrap() < 0.05)
            .count();
        assert!((2..=20).contains(&alarms), "{alarms}");
    }

    #[test]
    fn few_patients_give_a_map_without_p_and_fewer_give_none() {
        let maps = noise(3, 60, 9);
        let by = |patients: usize| Units::by_key((0..60).map(|i| Some((i % 2, i / 2 % patients))));
        let some = compare(&maps, &by(10));
        assert!(some.units() == [10, 10] && some.difference().is_some() && some.p().is_none());
        let none = compare(&maps, &by(4));
        assert!(none.difference().is_none() && none.silence().is_some());
        let mut broken = maps.clone();
        broken[0][0] = f32::NAN;
        assert!(compare(&broken, &Units::each(60)).silence().unwrap().to_string().contains("not numbers"));
        assert!(compare(&vec![vec![1.0; 4]; 60], &Units::each(60)).p().unwrap().iter().all(|&p| p == 1.0));
    }
}
