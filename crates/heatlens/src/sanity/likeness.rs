//! How alike maps are, and how alike maps of chance are.

use crate::metrics::MetricError;
use crate::metrics::similarity::{rank_correlation, ssim};
use crate::random::Random;
use crate::{Heatmap, Map};

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
        Ok(Likeness {
            ssim: ssim(&a.values, &b.values, a.width, range)?,
            rank: rank_correlation(&a.values, &b.values)?,
        })
    }

    /// The mean of several; `None` of none.
    pub fn mean(several: &[Likeness]) -> Option<Likeness> {
        let n = several.len() as f64;
        let mean = |part: fn(&Likeness) -> f64| several.iter().map(part).sum::<f64>() / n;
        (!several.is_empty()).then(|| Likeness { ssim: mean(|l| l.ssim), rank: mean(|l| l.rank) })
    }

    /// How much of the way from the likeness of chance to identity it is, by the measure that goes
    /// farther: 0 and below where maps are as unlike as random ones, 1 where they are the same.
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

/// What is left where nothing agrees: the likeness of maps to themselves, mirrored and moved
/// anywhere, what leaves on one side entering on the other. A pair of random maps that have the
/// same values and are as coarse, whatever the method: of maps that are nearly zero nearly
/// everywhere, SSIM is high without any agreement.
pub(super) fn chance<'a>(maps: impl Iterator<Item = &'a Map>, range: f64, pairs: usize, seed: u64) -> Likeness {
    let maps: Vec<&Map> = maps.collect();
    let mut random = Random::new(seed, 0xc4a2ce);
    let likeness = |map: &&Map| Likeness::of(map, &moved(map, &mut random), range).ok();
    let likenesses: Vec<Likeness> =
        maps.iter().cycle().take(if maps.is_empty() { 0 } else { pairs }).filter_map(likeness).collect();
    Likeness::mean(&likenesses).unwrap_or_default()
}

/// A map with its content elsewhere.
fn moved(map: &Map, random: &mut Random) -> Map {
    let mut order = |length: usize| -> Vec<usize> {
        let (by, mirrored) = (random.below(length), random.below(2) == 1);
        (0..length).map(|i| (if mirrored { length - 1 - i } else { i } + by) % length).collect()
    };
    let (rows, columns) = (order(map.height), order(map.width));
    let values = rows.iter().flat_map(|y| columns.iter().map(move |x| map.values[y * map.width + x])).collect();
    Map::new(map.height, map.width, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random_map(cells: usize, seed: u64, draw: fn(&mut Random) -> f32) -> Map {
        let mut random = Random::new(seed, 1);
        Map::new(cells, cells, (0..cells * cells).map(|_| draw(&mut random)).collect()).finish([56, 56])
    }

    #[test]
    fn fine_maps_are_unlike_by_chance_and_coarse_ones_less_so() {
        let chance = |cells| {
            let maps: Vec<Map> = (0..8).map(|seed| random_map(cells, seed, |random| random.unit() as f32)).collect();
            super::chance(maps.iter(), 1.0, 40, 1)
        };
        let (fine, coarse) = (chance(56), chance(4));
        assert!(fine.ssim.abs() < 0.05 && fine.rank.abs() < 0.05, "{fine:?}");
        assert!(coarse.ssim > fine.ssim && coarse.rank.abs() < 0.25, "{coarse:?}");
    }

    #[test]
    fn maps_that_are_nearly_zero_everywhere_have_the_likeness_of_their_like() {
        let sparse = |seed| random_map(56, seed, |random| random.unit().powi(400) as f32);
        let maps: Vec<Map> = (0..4).map(sparse).collect();
        let floor = chance(maps.iter(), 1.0, 40, 1);
        let independent: Vec<Likeness> =
            (0..20).map(|i| Likeness::of(&sparse(100 + i), &sparse(200 + i), 1.0).unwrap()).collect();
        let independent = Likeness::mean(&independent).unwrap();
        assert!(floor.ssim > 0.2 && (floor.ssim - independent.ssim).abs() < 0.1, "{floor:?}, {independent:?}");
        assert!(independent.above(&floor) < 0.1);
    }

    #[test]
    fn what_is_moved_keeps_its_values() {
        let map = Map::new(3, 5, (0..15).map(|v| v as f32).collect());
        let mut random = Random::new(3, 0);
        for _ in 0..20 {
            let mut moved = moved(&map, &mut random);
            moved.values.sort_by(f32::total_cmp);
            assert_eq!(moved, map);
        }
    }

    #[test]
    fn the_way_from_chance_to_identity() {
        let floor = Likeness { ssim: 0.2, rank: 0.0 };
        assert_eq!(Likeness { ssim: 1.0, rank: 1.0 }.above(&floor), 1.0);
        assert!((Likeness { ssim: 0.6, rank: 0.1 }.above(&floor) - 0.5).abs() < 1e-12);
        assert_eq!(floor.above(&floor), 0.0);
    }
}
