//! A small generator of our own, so that a seed means the same eye in every release and on every
//! platform.

/// SplitMix64 (Steele, Lea and Flood 2014): one addition and a mixing function a draw.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// A stream of its own for each (seed, purpose), so that drawing more for one purpose leaves
    /// the others alone.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Random { state: mixed(seed ^ mixed(purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))) }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// Uniform in [low, high).
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Standard normal, as the sum of twelve uniforms (Irwin–Hall): no logarithm, and no outlier
    /// beyond six.
    pub(super) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    /// Normal with mean and standard deviation, redrawn until it falls in [low, high].
    pub(super) fn normal_within(&mut self, mean: f32, deviation: f32, low: f32, high: f32) -> f32 {
        for _ in 0..64 {
            let x = mean + deviation * self.normal();
            if (low..=high).contains(&x) {
                return x;
            }
        }
        mean.clamp(low, high)
    }

    /// +1 or −1.
    pub(super) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_moments() {
        // First outputs of SplitMix64 for state 0 and 1234567, from the reference implementation.
        assert_eq!(Random { state: 0 }.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(Random { state: 1_234_567 }.bits(), 6_457_827_717_110_365_317);
        let mut random = Random::new(3, 1);
        let draws: Vec<f32> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f32>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        assert_ne!(Random::new(3, 1).bits(), Random::new(3, 2).bits());
    }
}
