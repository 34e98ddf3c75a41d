//! Mean maps of groups, summed as the maps go by.

use std::collections::BTreeMap;

use super::relief::{DISC_SIDE, PICTURE_SIDE};

/// A group of maps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The maps of the predicted class, of every image.
    Decisions,
    /// The maps of the predicted class of images predicted as this class.
    Predicted(usize),
    /// The maps of the predicted class of images of this outcome.
    Outcome(String),
    /// The maps of this class, of every image.
    Class(usize),
}

/// The frames in which means are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The picture.
    Picture,
    /// Around the disc, left eyes mirrored; eyes of unknown side are not in it.
    Sided,
    /// Around the disc, as photographed.
    Disc,
}

/// A cell is shown if at least this share of the maps saw it.
const SEEN: f64 = 0.1;

/// Sum and count of each cell.
#[derive(Clone, Debug, Default)]
struct Sum {
    maps: usize,
    cells: Vec<(f64, u32)>,
}

impl Sum {
    fn add(&mut self, grid: &[f32]) {
        self.maps += 1;
        self.cells.resize(grid.len(), (0.0, 0));
        for (cell, &value) in self.cells.iter_mut().zip(grid).filter(|(_, value)| value.is_finite()) {
            *cell = (cell.0 + f64::from(value), cell.1 + 1);
        }
    }

    fn mean(&self) -> Vec<Option<f32>> {
        let enough = |count: u32| count > 0 && f64::from(count) >= SEEN * self.maps as f64;
        self.cells.iter().map(|&(sum, count)| enough(count).then(|| (sum / f64::from(count)) as f32)).collect()
    }
}

/// Mean maps of all groups in all frames.
#[derive(Clone, Debug, Default)]
pub struct Means {
    groups: BTreeMap<Group, [Sum; 3]>,
}

impl Means {
    /// Adds a map to a group; grids that an image does not have are absent.
    pub fn add(&mut self, group: Group, picture: &[f32], sided: Option<&[f32]>, disc: Option<&[f32]>) {
        debug_assert_eq!(picture.len(), PICTURE_SIDE * PICTURE_SIDE);
        debug_assert!([sided, disc].iter().flatten().all(|grid| grid.len() == DISC_SIDE * DISC_SIDE));
        let sums = self.groups.entry(group).or_default();
        sums[Place::Picture as usize].add(picture);
        sided.into_iter().for_each(|grid| sums[Place::Sided as usize].add(grid));
        disc.into_iter().for_each(|grid| sums[Place::Disc as usize].add(grid));
    }

    /// Number of maps and mean of a group; none where it has no map.
    pub fn mean(&self, group: &Group, place: Place) -> Option<(usize, Vec<Option<f32>>)> {
        let sum = &self.groups.get(group)?[place as usize];
        (sum.maps > 0).then(|| (sum.maps, sum.mean()))
    }

    /// The groups with maps.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_few_maps_saw_are_left_open() {
        let mut sum = Sum::default();
        sum.add(&[1.0, f32::NAN, f32::NAN]);
        (0..14).for_each(|i| sum.add(&[2.0, if i < 3 { 4.0 } else { f32::NAN }, if i == 0 { 1.0 } else { f32::NAN }]));
        let mean = sum.mean();
        assert_eq!((mean[1], mean[2]), (Some(4.0), None));
        assert!((mean[0].unwrap() - 29.0 / 15.0).abs() < 1e-6);
    }
}
