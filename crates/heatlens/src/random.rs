//! Numbers drawn at random, the same for the same seed in every release and whatever the number of
//! threads.

use std::f64::consts::TAU;

use oorandom::Rand64;

/// A stream of random numbers.
pub(crate) struct Random {
    bits: Rand64,
    /// Normal numbers come in pairs: the second of the last pair.
    spare: Option<f64>,
}

impl Random {
    /// A stream of its own for each pair of seed and stream number: what one trial draws does not
    /// depend on the others.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        Random { bits: Rand64::new_inc(seed.into(), stream.into()), spare: None }
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.bits.rand_float()
    }

    /// Uniform in 0 … bound − 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.bits.rand_range(0..bound as u64) as usize
    }

    /// The first `count` of a random order of 0 … all − 1 (Fisher and Yates).
    pub(crate) fn sample(&mut self, all: usize, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..all).collect();
        for i in 0..count.min(all) {
            let j = i + self.below(all - i);
            order.swap(i, j);
        }
        order.truncate(count);
        order
    }

    /// Standard normal (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // 1 − u lies in (0, 1], whose logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.unit()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::new(7, 0);
        let draws: Vec<f64> = (0..40_000).map(|_| random.normal()).collect();
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / draws.len() as f64;
        assert!(
            moment(1).abs() < 0.02
                && (moment(2) - 1.0).abs() < 0.03
                && moment(3).abs() < 0.1
                && (moment(4) - 3.0).abs() < 0.2
        );
        let mut counts = [0; 5];
        (0..50_000).for_each(|_| counts[random.below(5)] += 1);
        assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 400), "{counts:?}");
    }

    #[test]
    fn a_sample_has_no_repeats() {
        let mut sample = Random::new(1, 2).sample(50, 50);
        assert_ne!(sample, Random::new(1, 3).sample(50, 50));
        sample.sort_unstable();
        assert_eq!(sample, (0..50).collect::<Vec<_>>());
        assert_eq!(Random::new(1, 0).sample(3, 9).len(), 3);
    }

    #[test]
    fn streams_are_unlike_and_repeatable() {
        let first = |seed, stream| Random::new(seed, stream).unit();
        assert_eq!(first(1, 2), first(1, 2));
        assert!(first(1, 2) != first(1, 3) && first(1, 2) != first(2, 2));
    }
}
