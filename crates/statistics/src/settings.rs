//! What all intervals and random parts of an analysis share.

use serde::{Deserialize, Serialize};

/// Level of the intervals, number of resamples, seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Level of confidence intervals, between 0 and 1.
    pub level: f64,
    /// Bootstrap resamples and permutations.
    pub resamples: usize,
    /// Seed of everything random. The same seed gives the same result whatever the number of
    /// threads.
    pub seed: u64,
}

impl Default for Settings {
    /// 95 % intervals, 2,000 resamples, seed 0.
    fn default() -> Self {
        Settings { level: 0.95, resamples: 2000, seed: 0 }
    }
}
