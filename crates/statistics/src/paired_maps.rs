//! Two maps of each image, cell by cell, with one error rate for the whole map.

use rayon::prelude::*;

use super::finding::{CASES_BELOW, INTERVAL_BELOW};
use super::random::Random;
use super::{MapDifference, Settings, Silence, Units};

/// Max-statistic test of paired maps of the same size: under "no difference" each unit's mean
/// difference is as likely with either sign (Nichols and Holmes 2002).
///
/// # Panics
/// If the lengths or the maps' sizes differ.
pub fn compare_paired_maps(first: &[&[f32]], second: &[&[f32]], units: &Units, settings: &Settings) -> MapDifference {
    assert!(first.len() == second.len() && first.len() == units.cases(), "pairs, one unit each");
    let cells = first.first().map_or(0, |map| map.len());
    assert!(first.iter().chain(second).all(|map| map.len() == cells), "maps of one size");
    let count = units.count();
    if count < CASES_BELOW {
        return MapDifference::silent([count; 2], Silence::TooFew { smallest: count });
    }
    let rows: Vec<Vec<f64>> =
        (0..count).map(|unit| mean_difference(first, second, units.members(unit), cells)).collect();
    if rows.iter().flatten().any(|v| !v.is_finite()) {
        return MapDifference::silent([count; 2], Silence::Undefined("a map holds values that are not numbers".into()));
    }
    let squares: Vec<f64> = (0..cells).map(|cell| rows.iter().map(|row| row[cell] * row[cell]).sum()).collect();
    let sums = signed_sums(&rows, |_| 1.0, cells);
    let n = count as f64;
    let t = |(&sum, &square): (&f64, &f64)| {
        let variance = (square - sum * sum / n).max(0.0) / (n - 1.0);
        if variance > 0.0 { sum / n / (variance / n).sqrt() } else { 0.0 }
    };
    let p = (count >= INTERVAL_BELOW).then(|| p_values(&rows, &sums, &squares, settings));
    MapDifference::of(
        [count; 2],
        sums.iter().map(|sum| sum / n).collect(),
        sums.iter().zip(&squares).map(t).collect(),
        p,
    )
}

fn mean_difference(first: &[&[f32]], second: &[&[f32]], members: &[usize], cells: usize) -> Vec<f64> {
    let mut mean = vec![0.0; cells];
    for &case in members {
        let pairs = first[case].iter().zip(second[case]);
        mean.iter_mut().zip(pairs).for_each(|(m, (&a, &b))| *m += (f64::from(a) - f64::from(b)) / members.len() as f64);
    }
    mean
}

fn signed_sums(rows: &[Vec<f64>], mut sign: impl FnMut(usize) -> f64, cells: usize) -> Vec<f64> {
    let mut sums = vec![0.0; cells];
    for (unit, row) in rows.iter().enumerate() {
        let sign = sign(unit);
        sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += sign * v);
    }
    sums
}

/// Signs do not change the squares, and |t| rises with sum²/squares, which is compared instead.
fn p_values(rows: &[Vec<f64>], sums: &[f64], squares: &[f64], settings: &Settings) -> Vec<f64> {
    let size = |sum: f64, square: f64| if square > 0.0 { sum * sum / square } else { 0.0 };
    let mut largest: Vec<f64> = (0..settings.resamples)
        .into_par_iter()
        .map(|resample| {
            let mut random = Random::new(settings.seed, resample as u64);
            let sums = signed_sums(rows, |_| if random.below(2) == 0 { 1.0 } else { -1.0 }, sums.len());
            sums.iter().zip(squares).map(|(&s, &q)| size(s, q)).fold(0.0, f64::max)
        })
        .collect();
    largest.sort_unstable_by(f64::total_cmp);
    let reach = |observed: f64| largest.len() - largest.partition_point(|&l| l < observed * (1.0 - 1e-12));
    sums.iter().zip(squares).map(|(&s, &q)| (reach(size(s, q)) + 1) as f64 / (largest.len() + 1) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, maps: usize, cells: usize) -> Vec<Vec<f32>> {
        let mut random = Random::new(seed, 1);
        (0..maps).map(|_| (0..cells).map(|_| random.unit() as f32).collect()).collect()
    }

    fn slices(maps: &[Vec<f32>]) -> Vec<&[f32]> {
        maps.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn a_planted_difference_is_found_where_it_is() {
        let (mut a, b) = (noise(1, 60, 30), noise(2, 60, 30));
        a.iter_mut().for_each(|map| map[7] += 0.4);
        let settings = Settings { resamples: 400, ..Settings::default() };
        let result = compare_paired_maps(&slices(&a), &slices(&b), &Units::each(60), &settings);
        let p = result.p().unwrap();
        assert!(p[7] < 0.01 && p.iter().enumerate().all(|(i, &p)| i == 7 || p > 0.05), "{p:?}");
        let direct = (0..60).map(|i| f64::from(a[i][7]) - f64::from(b[i][7])).sum::<f64>() / 60.0;
        assert!((result.difference().unwrap()[7] - direct).abs() < 1e-9);
    }

    #[test]
    fn noise_raises_an_alarm_about_once_in_twenty_times() {
        let settings = Settings { resamples: 200, ..Settings::default() };
        let alarm = |seed: &u64| {
            let (a, b) = (noise(2 * seed, 40, 20), noise(2 * seed + 1, 40, 20));
            compare_paired_maps(&slices(&a), &slices(&b), &Units::each(40), &settings).overall_p().unwrap() < 0.05
        };
        let alarms = (0..200).filter(alarm).count();
        assert!((2..=20).contains(&alarms), "{alarms}");
    }

    #[test]
    fn few_patients_hold_back_p() {
        let (a, b) = (noise(1, 40, 4), noise(2, 40, 4));
        let by = |n: usize| Units::by_key((0..40).map(|i| Some(i % n)));
        assert!(compare_paired_maps(&slices(&a), &slices(&b), &by(10), &Settings::default()).p().is_none());
        assert!(compare_paired_maps(&slices(&a), &slices(&b), &by(4), &Settings::default()).silence().is_some());
    }
}
