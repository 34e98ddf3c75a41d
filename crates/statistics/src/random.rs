//! A small generator, so that a seed means the same resamples in every release and on every
//! platform.

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// A stream of its own for each pair of seed and stream number.
    pub fn new(seed: u64, stream: u64) -> Self {
        Random { state: mixed(seed ^ mixed(stream.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }

    /// Uniform in `0..bound`; the bias of the plain multiplication (Lemire 2019) is below
    /// `bound`/2⁶⁴.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "nothing lies below 0");
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_outputs_are_those_of_the_reference_implementation() {
        assert_eq!(Random { state: 0 }.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(Random { state: 1_234_567 }.bits(), 6_457_827_717_110_365_317);
    }

    #[test]
    fn every_number_below_the_bound_comes_equally_often() {
        let mut random = Random::new(5, 0);
        let mut counts = [0; 7];
        for _ in 0..70_000 {
            counts[random.below(7)] += 1;
        }
        assert!(counts.iter().all(|&c: &i32| (c - 10_000).abs() < 400), "{counts:?}");
        let mean = (0..10_000).map(|_| random.unit()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.015, "{mean}");
    }

    #[test]
    fn streams_differ_and_shuffling_keeps_the_items() {
        assert_ne!(Random::new(1, 0).bits(), Random::new(1, 1).bits());
        let mut items: Vec<usize> = (0..20).collect();
        Random::new(1, 0).shuffle(&mut items);
        assert_ne!(items, (0..20).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }
}
