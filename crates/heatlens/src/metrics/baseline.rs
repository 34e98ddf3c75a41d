//! Maps that look at nothing, to compare with.

use crate::Map;
use crate::random::Random;

/// A map that knows nothing of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Baseline {
    /// Random values as coarse as the target layer, finished as a map is.
    Random,
    /// A Gaussian in the middle, a quarter of each side wide: photographs have their subject there.
    Centre,
}

impl Baseline {
    /// Both.
    pub const ALL: [Baseline; 2] = [Baseline::Random, Baseline::Centre];

    /// How it is named in tables.
    pub fn name(self) -> &'static str {
        match self {
            Baseline::Random => "random map",
            Baseline::Centre => "centred Gaussian",
        }
    }

    /// The map, finished at `[height, width]`; random ones of `cells` and a seed.
    pub fn map(self, size: [usize; 2], cells: [usize; 2], seed: u64) -> Map {
        match self {
            Baseline::Random => {
                let mut random = Random::new(seed, 0xba5e);
                Map::new(cells[0], cells[1], (0..cells[0] * cells[1]).map(|_| random.unit() as f32).collect())
                    .finish(size)
            }
            Baseline::Centre => {
                let [height, width] = size;
                let square = |i: usize, length: usize| {
                    let from_centre = (i as f64 + 0.5) / length as f64 - 0.5;
                    (from_centre / 0.25).powi(2)
                };
                let value = |i: usize| (-0.5 * (square(i / width, height) + square(i % width, width))).exp() as f32;
                Map::new(height, width, (0..height * width).map(value).collect()).finish(size)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baselines_are_finished_and_seeded() {
        let size = [20, 30];
        for baseline in Baseline::ALL {
            let map = baseline.map(size, [4, 5], 1);
            let largest = map.values.iter().fold(0.0f32, |max, &v| max.max(v));
            assert!((largest - 1.0).abs() < 1e-5 && map.values.iter().all(|&v| v >= 0.0) && map.values.contains(&0.0));
            assert_eq!(map, baseline.map(size, [4, 5], 1));
        }
        assert_ne!(Baseline::Random.map(size, [4, 5], 1), Baseline::Random.map(size, [4, 5], 2));
        let centre = Baseline::Centre.map(size, [4, 5], 1);
        assert_eq!(centre.values[3 * 30 + 4], centre.values[16 * 30 + 25]);
    }
}
