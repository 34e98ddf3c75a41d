//! How alike maps are, and how alike maps of chance are.

use crate::metrics::MetricError;
use crate::metrics::similarity::{rank_correlation, ssim};
use crate::random::Random;
use crate::{Heatmap, Map, Scale};

/// Structural similarity and rank correlation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Mean structural similarity (skimage's), at most 1.
    pub ssim: f64,
    /// Mean rank correlation (Spearman's), −1 to 1.
    pub rank: f64,
}

impl Likeness {
    /// Of two finished maps of one size.
    ///
    /// # Errors
    /// As [`ssim`] and [`rank_correlation`].
    pub fn of(a: &Map, b: &Map, range: f64) -> Result<Likeness, MetricError> {
        Ok(Likeness { ssim: ssim(&a.values, &b.values, a.width, range)?, rank: rank_correlation(&a.values, &b.values)? })
    }

    /// The mean of several; `None` of none.
    pub fn mean(several: &[Likeness]) -> Option<Likeness> {
        let n = several.len() as f64;
        let mean = |part: fn(&Likeness) -> f64| several.iter().map(part).sum::<f64>() / n;
        (!several.is_empty()).then(|| Likeness { ssim: mean(|l| l.ssim), rank: mean(|l| l.rank) })
    }

    /// How much of the way from the likeness of chance to identity it is, by the measure that goes farther: 0 and below where maps are as unlike as random
    /// ones, 1 where they are the same.
    pub fn above(&self, chance: &Likeness) -> f64 {
        let part = |value: f64, floor: f64| (value - floor) / (1.0 - floor).max(1e-6);
        part(self.ssim, chance.ssim).max(part(self.rank, chance.rank))
    }
}

/// A finished map without its sign: where it looks at all.
pub(super) fn magnitude(map: &Heatmap, size: [usize; 2]) -> Map {
    let mut finished = map.finish(size);
    finished.values.iter_mut().for_each(|v| *v = v.abs());
    finished
}

/// The likeness of pairs of random maps that are as coarse as `cells` and finished as `scale` says: what is left where nothing agrees.
pub(super) fn chance(cells: [usize; 2], scale: Scale, size: [usize; 2], pairs: usize, seed: u64) -> Likeness {
    let random_map = |stream: u64| {
        let mut random = Random::new(seed, stream);
        let draw = |_| match scale {
            Scale::Signed => random.normal() as f32,
            _ => random.unit() as f32,
        };
        let mut map = finish(&Map::new(cells[0], cells[1], (0..cells[0] * cells[1]).map(draw).collect()), scale, size);
        map.values.iter_mut().for_each(|v| *v = v.abs());
        map
    };
    let likeness = |pair: usize| Likeness::of(&random_map(2 * pair as u64), &random_map(2 * pair as u64 + 1), 1.0).ok();
    Likeness::mean(&(0..pairs).filter_map(likeness).collect::<Vec<_>>()).unwrap_or_default()
}

fn finish(raw: &Map, scale: Scale, size: [usize; 2]) -> Map {
    match scale {
        Scale::Signed => raw.finish_signed(size),
        Scale::Positive | Scale::Finished => raw.finish(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_maps_are_unlike_and_coarse_ones_less_so() {
        let fine = chance([56, 56], Scale::Positive, [56, 56], 20, 1);
        let coarse = chance([4, 4], Scale::Positive, [56, 56], 20, 1);
        assert!(fine.ssim.abs() < 0.05 && fine.rank.abs() < 0.05, "{fine:?}");
        assert!(coarse.ssim > fine.ssim && coarse.rank.abs() < 0.25, "{coarse:?}");
    }

    #[test]
    fn the_way_from_chance_to_identity() {
        let floor = Likeness { ssim: 0.2, rank: 0.0 };
        assert_eq!(Likeness { ssim: 1.0, rank: 1.0 }.above(&floor), 1.0);
        assert!((Likeness { ssim: 0.6, rank: 0.1 }.above(&floor) - 0.5).abs() < 1e-12);
        assert_eq!(floor.above(&floor), 0.0);
    }
}
