//! One sample about a value: Fisher's test by flipping signs (Pitman 1937), and the interval of all
//! values that the same test does not reject.
//!
//! Flipping the signs of the differences from c on a subset leaves their sum as large or larger
//! exactly where the mean of the subset is at most c. So the means of subsets are all that is needed
//! (Hartigan's typical values, JASA 1969): the share of them below c is the test, their quantiles
//! are the interval, and neither can say what the other does not. Both are exact where the values
//! lie symmetrically about their centre.

use rayon::prelude::*;

use super::random::Random;
use super::special::{normal_bound, normal_two_sided};
use super::{Interval, IntervalMethod, Settings};

/// Of up to this many values all subsets are taken.
const ALL_SUBSETS: usize = 13;
/// Of more than this many none is drawn: their means are normal by then.
const DRAWN_SUBSETS: usize = 512;
/// Subsets that are drawn for each resample of the settings: a corrected p-value needs finer steps
/// than an interval.
const DRAWS_A_RESAMPLE: usize = 5;

/// Where the mean of the values may lie.
pub(super) enum SignFlips {
    /// Means of subsets, ascending.
    Subsets(Vec<f64>),
    /// The mean and the sum of squared deviations of so many values.
    Normal { mean: f64, squares: f64, values: f64 },
}

impl SignFlips {
    /// Of finite values, at least one.
    pub(super) fn of(values: &[f64], settings: &Settings) -> SignFlips {
        let n = values.len();
        // Values that are all equal have exactly that mean, on every subset.
        let origin = values[0];
        let moved: Vec<f64> = values.iter().map(|v| v - origin).collect();
        if n > DRAWN_SUBSETS {
            let mean = moved.iter().sum::<f64>() / n as f64;
            let squares = moved.iter().map(|v| (v - mean).powi(2)).sum();
            return SignFlips::Normal { mean: origin + mean, squares, values: n as f64 };
        }
        // Means that differ by the order of summation are one.
        let grain = values.iter().fold(f64::MIN_POSITIVE, |most, v| most.max(v.abs())) / 2f64.powi(40);
        let rounded = |mean: f64| ((origin + mean) / grain).round() * grain;
        let mut means: Vec<f64> = if n <= ALL_SUBSETS {
            (1u64..1 << n).filter_map(|subset| mean_of(&moved, |_| subset)).map(rounded).collect()
        } else {
            let draw = |stream: usize| {
                let mut random = Random::new(settings.seed, stream as u64);
                mean_of(&moved, |_| random.bits())
            };
            (0..DRAWS_A_RESAMPLE * settings.resamples).into_par_iter().filter_map(draw).map(rounded).collect()
        };
        means.sort_unstable_by(f64::total_cmp);
        SignFlips::Subsets(means)
    }

    /// The two-sided p-value of the values lying about `centre`.
    pub(super) fn p(&self, centre: f64) -> f64 {
        match self {
            SignFlips::Subsets(means) => {
                let at_most = means.partition_point(|&mean| mean <= centre);
                let at_least = means.len() - means.partition_point(|&mean| mean < centre);
                // The values as they are count as one more.
                (2.0 * (1 + at_most.min(at_least)) as f64 / (1 + means.len()) as f64).min(1.0)
            }
            SignFlips::Normal { mean, squares, values } => {
                let distance = mean - centre;
                if distance == 0.0 {
                    return 1.0;
                }
                normal_two_sided(distance * values / (squares + values * distance * distance).sqrt())
            }
        }
    }

    /// All centres with a p-value above 1 − `level`. Where too few values are there for any to be
    /// rejected, from the least to the greatest.
    pub(super) fn interval(&self, level: f64) -> Interval {
        let (low, high) = match self {
            SignFlips::Subsets(means) => {
                let rejected = ((1.0 - level) / 2.0 * (1 + means.len()) as f64 + 1e-9).floor() as usize;
                let cut = rejected.saturating_sub(1);
                (means[cut], means[means.len() - 1 - cut])
            }
            SignFlips::Normal { mean, squares, values } => {
                let z = normal_bound(level);
                let half = z * (squares / values / (values - z * z)).sqrt();
                (mean - half, mean + half)
            }
        };
        Interval { low, high, level, method: IntervalMethod::SignFlips }
    }
}

/// The mean of the values whose bits are set, of 64 at a time; none where no bit is.
fn mean_of(values: &[f64], mut bits: impl FnMut(usize) -> u64) -> Option<f64> {
    let (mut sum, mut taken) = (0.0, 0);
    for (part, some) in values.chunks(64).enumerate() {
        let mut left = bits(part);
        if some.len() < 64 {
            left &= (1 << some.len()) - 1;
        }
        taken += left.count_ones();
        while left != 0 {
            sum += some[left.trailing_zeros() as usize];
            left &= left - 1;
        }
    }
    (taken > 0).then(|| sum / f64::from(taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> SignFlips {
        SignFlips::of(values, &Settings::default())
    }

    #[test]
    fn six_differences_of_one_sign_are_the_fewest_that_tell() {
        let p = |n: usize| of(&vec![0.3; n]).p(0.0);
        assert_eq!([p(5), p(6)], [2.0 / 32.0, 2.0 / 64.0]);
        // What does not differ says nothing, whatever its number.
        let rare: Vec<f64> = (0..60).map(|i| if i < 4 { 1.0 } else { 0.0 }).collect();
        assert!((of(&rare).p(0.0) - 2.0 / 16.0).abs() < 0.01 && of(&rare).interval(0.95).low == 0.0);
    }

    #[test]
    fn values_that_do_not_vary_lie_where_they_are() {
        for n in [5, 40, 1000] {
            let flips = of(&vec![0.1; n]);
            let interval = flips.interval(0.95);
            assert_eq!((interval.low, interval.high, flips.p(0.1)), (0.1, 0.1, 1.0), "{n}");
            assert!(flips.p(0.2) <= 2.0 / 32.0, "{n}");
        }
    }

    #[test]
    fn test_and_interval_never_contradict() {
        for seed in 0..300 {
            let mut random = Random::new(seed, 0);
            let n = [6, 9, 20, 47, 130, 700][random.below(6)];
            let spread = 4.0 * random.unit();
            let steps = [2.0, 1000.0][random.below(2)];
            let values: Vec<f64> = (0..n).map(|_| (random.unit().powf(spread) * steps).round() / steps).collect();
            let flips = of(&values);
            let interval = flips.interval(0.95);
            for step in 0..=100 {
                let centre = f64::from(step) / 100.0;
                assert_eq!(flips.p(centre) > 0.05, interval.contains(centre), "{seed} {n} {centre} {interval:?}");
            }
        }
    }

    #[test]
    fn drawn_subsets_and_the_normal_ones_agree_where_they_meet() {
        let mut random = Random::new(8, 1);
        let values: Vec<f64> = (0..DRAWN_SUBSETS).map(|_| random.unit().powi(3)).collect();
        let drawn = of(&values).interval(0.95);
        let (n, mean) = (values.len() as f64, values.iter().sum::<f64>() / values.len() as f64);
        let squares = values.iter().map(|v| (v - mean).powi(2)).sum();
        let normal = SignFlips::Normal { mean, squares, values: n }.interval(0.95);
        let width = normal.high - normal.low;
        let near = |a: f64, b: f64| (a - b).abs() < 0.04 * width;
        assert!(near(drawn.low, normal.low) && near(drawn.high, normal.high), "{drawn:?} {normal:?}");
    }

    #[test]
    fn threads_change_nothing() {
        let values: Vec<f64> = (0..30).map(|i| f64::from((i * 7) % 11)).collect();
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| of(&values).interval(0.95)), of(&values).interval(0.95));
    }

    #[test]
    fn the_interval_holds_the_mean_of_skewed_values_about_as_often_as_it_says() {
        // Exponential values, 30 of them: 95 % is exact for symmetric ones only.
        let holds = (0..400).filter(|&seed| {
            let mut random = Random::new(seed, 2);
            let values: Vec<f64> = (0..30).map(|_| -(1.0 - random.unit()).ln()).collect();
            of(&values).interval(0.95).contains(1.0)
        });
        let share = holds.count() as f64 / 400.0;
        assert!((0.90..=0.97).contains(&share), "{share}");
    }
}
