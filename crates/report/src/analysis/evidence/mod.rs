//! A run's rows as far as answers need them: figures of every image and map, sums, a sample of
//! small maps. Raw maps are not kept, so that memory grows by some hundred bytes an image.

mod facts;
mod gather;
mod images;
mod means;
mod raw;
mod relief;
mod views;

use std::collections::BTreeMap;

use crate::schema::{View, ViewSummary};
use heatlens_anatomy::Role;
use heatlens_record::cues::CueKind;
use heatlens_record::{Fingerprint, ImageRow, RunDirectory, RunError, RunRecord};
use heatlens_statistics::{Settings, Units};

pub use facts::Facts;
pub use gather::{SAMPLE, STRUCTURES};
pub use images::{Cause, Image, MapFigures, TargetFigures};
pub use means::{Group, Means, Place};
pub use raw::Shown;
pub use relief::{DISC_REACH, DISC_SIDE, PICTURE_SIDE, share_in_target};
pub use views::{median, quantile};

/// Cells along each side of the grids of [`SampledMap`]: half of the full grids', enough for maps
/// that are 7 to 14 cells wide.
pub const SAMPLED_PICTURE: usize = PICTURE_SIDE / 2;
/// The same for grids around the disc.
pub const SAMPLED_DISC: usize = DISC_SIDE / 2;

/// All that answers are made from.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What run.json says.
    pub facts: Facts,
    /// Images that were explained, by case.
    pub images: Vec<Image>,
    /// Patients of `images`.
    pub units: Units,
    /// Images that could not be explained.
    pub failed: Vec<Failed>,
    /// Labels that are no class of the network, with the number of images.
    pub unknown_labels: BTreeMap<String, usize>,
    /// The method and layer that answers are about.
    pub view: View,
    /// All methods and layers.
    pub views: Vec<ViewSummary>,
    /// Maps of the primary view.
    pub maps: Vec<MapFigures>,
    /// Position in `maps` of each image's map of each class.
    of_image: Vec<BTreeMap<usize, usize>>,
    /// Mean maps.
    pub means: Means,
    /// Small maps of a sample of images.
    pub sampled: Vec<SampledMap>,
    /// Names of the regions that were removed.
    pub regions: Vec<String>,
    /// Regions that were removed.
    pub causes: Vec<Cause>,
    /// Properties of whole photographs that were moved to those of another class.
    pub moves: Vec<(CueKind, Cause)>,
    /// Probabilities with the target alone, and without it, by position of the image.
    pub remainders: BTreeMap<usize, [Option<Vec<f32>>; 2]>,
    /// One an image.
    pub prints: Vec<Option<Fingerprint>>,
    /// Raw maps of the primary view, to be drawn, as far as memory is given to them.
    raw: raw::RawMaps,
    /// Level, resamples, seed.
    pub settings: Settings,
}

/// An image without an explanation.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A map on small grids.
#[derive(Clone, Debug)]
pub struct SampledMap {
    /// Position in [`Evidence::maps`].
    pub map: usize,
    /// Density on the picture.
    pub picture: Vec<f32>,
    /// Density around the disc, left eyes mirrored; nothing outside the picture.
    pub sided: Option<Vec<f32>>,
    /// Density around the disc, as photographed.
    pub disc: Option<Vec<f32>>,
}

impl SampledMap {
    fn of(map: usize, picture: &[f32], sided: Option<&[f32]>, disc: Option<&[f32]>) -> SampledMap {
        let halve = |grid: &[f32]| halved(grid, DISC_SIDE);
        SampledMap { map, picture: halved(picture, PICTURE_SIDE), sided: sided.map(halve), disc: disc.map(halve) }
    }
}

/// A square grid at half its size; cells outside the picture hold no energy.
fn halved(grid: &[f32], side: usize) -> Vec<f32> {
    let half = side / 2;
    let value = |row: usize, column: usize| Some(grid[row * side + column]).filter(|v| v.is_finite()).unwrap_or(0.0);
    let cell = |i: usize| {
        let (row, column) = (2 * (i / half), 2 * (i % half));
        (value(row, column) + value(row, column + 1) + value(row + 1, column) + value(row + 1, column + 1)) / 4.0
    };
    (0..half * half).map(cell).collect()
}

impl Evidence {
    /// Reads a run, each of its files once; `each` is shown every image in order.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn gather(
        directory: &RunDirectory,
        run: &RunRecord,
        settings: &Settings,
        each: &mut dyn FnMut(&ImageRow),
    ) -> Result<Evidence, RunError> {
        gather::gather(directory, run, settings, None, each)
    }

    /// The same about another method and layer than the run's first.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn gather_view(
        directory: &RunDirectory,
        run: &RunRecord,
        settings: &Settings,
        view: Option<View>,
    ) -> Result<Evidence, RunError> {
        gather::gather(directory, run, settings, view, &mut |_| {})
    }

    fn index_maps(&mut self) {
        self.of_image = vec![BTreeMap::new(); self.images.len()];
        for (i, map) in self.maps.iter().enumerate() {
            self.of_image[map.image].insert(map.class, i);
        }
    }

    /// The map of an image for a class, where it holds energy.
    pub fn map(&self, image: usize, class: usize) -> Option<&MapFigures> {
        self.of_image[image].get(&class).map(|&map| &self.maps[map]).filter(|map| map.usable)
    }

    /// The map of an image for its predicted class, where it holds energy.
    pub fn decision(&self, image: usize) -> Option<&MapFigures> {
        self.map(image, self.images[image].predicted)
    }

    /// Maps of the predicted class of the images that `of` chooses.
    pub fn decisions(&self, of: impl Fn(&Image) -> bool) -> Vec<&MapFigures> {
        (0..self.images.len()).filter(|&i| of(&self.images[i])).filter_map(|i| self.decision(i)).collect()
    }

    /// The patients behind some maps.
    pub fn units_of(&self, maps: &[&MapFigures]) -> Units {
        self.units.select(&maps.iter().map(|map| map.image).collect::<Vec<_>>())
    }

    /// Whether any image has a target that is trusted.
    pub fn has_targets(&self) -> bool {
        self.images.iter().any(|image| image.target.is_some())
    }

    /// Whether any image has a label.
    pub fn has_labels(&self) -> bool {
        self.images.iter().any(|image| image.label.is_some())
    }

    /// The share of a map's energy in zones of a role.
    pub fn role_share(&self, shares: &[f32], role: Role) -> f64 {
        self.facts.zones_of(role).iter().filter_map(|&zone| shares.get(zone)).map(|&v| f64::from(v)).sum()
    }

    /// Median cells across the target.
    pub fn cells_per_target(&self) -> Option<f64> {
        self.views.iter().find(|view| view.primary)?.cells_per_target
    }

    /// Classes that are predicted at least once, in order.
    pub fn predicted_classes(&self) -> Vec<usize> {
        (0..self.facts.classes.len())
            .filter(|&class| self.images.iter().any(|image| image.predicted == class))
            .collect()
    }

    /// Whether disc grids are of known sides: where most eyes with a disc have one.
    pub fn disc_place(&self) -> Place {
        let with_target = self.images.iter().filter(|image| image.target.is_some());
        let (sided, all) =
            with_target.fold((0, 0), |(sided, all), image| (sided + usize::from(image.right.is_some()), all + 1));
        if 2 * sided >= all && sided > 0 { Place::Sided } else { Place::Disc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_means_and_counts_nothing_outside() {
        let mut grid = vec![1.0; 16];
        grid[0] = f32::NAN;
        assert_eq!(halved(&grid, 4), [0.75, 1.0, 1.0, 1.0]);
    }
}
