//! The cluster bootstrap: units are drawn with replacement, each with all its cases.

use rayon::prelude::*;

use super::random::Random;
use super::special::{normal_cdf, normal_quantile};
use super::{Interval, IntervalMethod, Settings, Units};

/// More undefined resamples than this share, and there is no interval.
const UNDEFINED_SHARE: f64 = 0.05;
/// The acceleration is estimated by leaving out one of at most this many groups of units.
const JACKKNIFE_GROUPS: usize = 500;

/// The bias-corrected and accelerated interval (Efron 1987) of a statistic of cases; the percentile
/// interval where the correction does not exist; none where the statistic is undefined for the
/// whole or too often for resamples.
pub(super) fn cluster_bootstrap(
    units: &Units,
    settings: &Settings,
    statistic: &(impl Fn(&[usize]) -> f64 + Sync),
) -> Option<Interval> {
    let observed = statistic(&(0..units.cases()).collect::<Vec<_>>());
    if units.count() < 2 || !observed.is_finite() {
        return None;
    }
    let mut draws = resampled(units, settings, statistic);
    draws.retain(|v| v.is_finite());
    if draws.is_empty() || (draws.len() as f64) < (1.0 - UNDEFINED_SHARE) * settings.resamples as f64 {
        return None;
    }
    draws.sort_unstable_by(f64::total_cmp);
    let below = draws.partition_point(|&v| v < observed);
    let at_most = draws.partition_point(|&v| v <= observed);
    let bias = normal_quantile((below + at_most) as f64 / (2 * draws.len()) as f64);
    let tail = (1.0 - settings.level) / 2.0;
    let corrected = bias.is_finite().then(|| acceleration(units, statistic)).flatten().map(|a| {
        let shifted = |p: f64| {
            let z = bias + normal_quantile(p);
            normal_cdf(bias + z / (1.0 - a * z))
        };
        [shifted(tail), shifted(1.0 - tail)]
    });
    let (method, [low, high]) = match corrected {
        Some(bounds) if bounds.iter().all(|b| b.is_finite()) => (IntervalMethod::BcaBootstrap, bounds),
        _ => (IntervalMethod::PercentileBootstrap, [tail, 1.0 - tail]),
    };
    Some(Interval { low: quantile(&draws, low), high: quantile(&draws, high), level: settings.level, method })
}

/// The statistic of each resample, in order. Every resample has a stream of its own, so threads
/// change nothing.
fn resampled(units: &Units, settings: &Settings, statistic: &(impl Fn(&[usize]) -> f64 + Sync)) -> Vec<f64> {
    (0..settings.resamples)
        .into_par_iter()
        .map_init(Vec::new, |cases, resample| {
            let mut random = Random::new(settings.seed, resample as u64);
            cases.clear();
            for _ in 0..units.count() {
                cases.extend_from_slice(units.members(random.below(units.count())));
            }
            statistic(cases)
        })
        .collect()
}

/// Efron's acceleration, a sixth of the skewness of the jackknife; none if the statistic does not
/// react or cannot be had.
fn acceleration(units: &Units, statistic: &(impl Fn(&[usize]) -> f64 + Sync)) -> Option<f64> {
    let groups = units.count().min(JACKKNIFE_GROUPS);
    let group = |case: usize| units.of(case) * groups / units.count();
    let left_out: Vec<f64> = (0..groups)
        .into_par_iter()
        .map(|g| statistic(&(0..units.cases()).filter(|&c| group(c) != g).collect::<Vec<_>>()))
        .collect();
    let mean = left_out.iter().sum::<f64>() / groups as f64;
    let moment = |power: i32| left_out.iter().map(|v| (mean - v).powi(power)).sum::<f64>();
    let acceleration = moment(3) / (6.0 * moment(2).powf(1.5));
    acceleration.is_finite().then_some(acceleration)
}

/// The `p`-quantile of sorted values, linearly interpolated.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> f64 + Sync + '_ {
        |cases| cases.iter().map(|&c| values[c]).sum::<f64>() / cases.len() as f64
    }

    #[test]
    fn the_interval_of_a_mean_is_near_the_normal_one_and_repeats_exactly() {
        let mut random = Random::new(9, 0);
        let values: Vec<f64> = (0..200).map(|_| (0..12).map(|_| random.unit()).sum::<f64>() - 6.0).collect();
        let settings = Settings::default();
        let interval = cluster_bootstrap(&Units::each(200), &settings, &mean_of(&values)).unwrap();
        let mean = values.iter().sum::<f64>() / 200.0;
        let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 199.0 / 200.0).sqrt();
        assert!((interval.low - (mean - 1.96 * error)).abs() < 0.15 * error, "{interval:?} {mean} {error}");
        assert!((interval.high - (mean + 1.96 * error)).abs() < 0.15 * error, "{interval:?} {mean} {error}");
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(
            alone.install(|| cluster_bootstrap(&Units::each(200), &settings, &mean_of(&values))),
            Some(interval)
        );
        let other = Settings { seed: 1, ..settings };
        assert_ne!(cluster_bootstrap(&Units::each(200), &other, &mean_of(&values)), Some(interval));
    }

    #[test]
    fn both_eyes_of_a_patient_are_no_two_patients() {
        let values: Vec<f64> = (0..100).map(|i| f64::from((i / 2 * 7919) % 100)).collect();
        let settings = Settings::default();
        let width =
            |units: &Units| cluster_bootstrap(units, &settings, &mean_of(&values)).map(|i| i.high - i.low).unwrap();
        let ratio = width(&Units::by_key((0..100).map(|i| Some(i / 2)))) / width(&Units::each(100));
        assert!((ratio - 2f64.sqrt()).abs() < 0.1, "{ratio}");
    }

    #[test]
    fn what_does_not_vary_has_a_point_and_what_is_undefined_has_nothing() {
        let settings = Settings::default();
        let flat = cluster_bootstrap(&Units::each(30), &settings, &|_: &[usize]| 2.0).unwrap();
        assert_eq!((flat.low, flat.high, flat.method), (2.0, 2.0, IntervalMethod::PercentileBootstrap));
        assert_eq!(cluster_bootstrap(&Units::each(30), &settings, &|_: &[usize]| f64::NAN), None);
        let often_undefined = |cases: &[usize]| if cases.contains(&0) { 1.0 } else { f64::NAN };
        assert_eq!(cluster_bootstrap(&Units::each(30), &settings, &often_undefined), None);
    }
}
