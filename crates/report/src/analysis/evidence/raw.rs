//! What is needed to draw a case: its photograph's place and hash, and its raw map.

use std::collections::HashMap;
use std::path::PathBuf;

use heatlens_imaging::{Affine, Map, Scale};
use heatlens_record::{Fingerprint, MapRow, PART, RunDirectory, RunError};

use super::Evidence;

/// Values of raw maps that are kept in memory: 64 MB. A report draws a hundred cases, chosen when
/// everything has been read; where more was measured, their maps are read a second time.
const MOST_VALUES: usize = 16 << 20;

/// Raw maps of the primary view by image and class.
#[derive(Clone, Debug, Default)]
pub struct RawMaps {
    maps: HashMap<(usize, usize), (Map, Scale)>,
    values: usize,
    /// Whether there were more than could be kept.
    more: bool,
}

impl RawMaps {
    pub fn keep(&mut self, image: usize, class: usize, map: Map, scale: Scale) {
        if self.values + map.values.len() > MOST_VALUES {
            self.more = true;
            return;
        }
        self.values += map.values.len();
        self.maps.insert((image, class), (map, scale));
    }
}

/// A case to be drawn.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Position in the data set.
    pub case: usize,
    /// The photograph's file, where the run lists it.
    pub photograph: Option<PathBuf>,
    /// SHA-256 of the file that was explained, where it was taken.
    pub sha256: Option<[u8; 32]>,
    /// From the network's input to the photograph, both in pixels.
    pub to_photograph: Affine,
    /// The raw map of each class that was asked for, with how it is finished.
    pub maps: Vec<Option<(Map, Scale)>>,
}

impl Evidence {
    /// What is needed to draw a case with the maps of some classes, in their order.
    ///
    /// # Errors
    /// [`RunError`] where maps must be read again and cannot be.
    pub fn shown(&self, directory: &RunDirectory, case: usize, classes: &[&str]) -> Result<Option<Shown>, RunError> {
        let Ok(i) = self.images.binary_search_by_key(&case, |image| image.case) else { return Ok(None) };
        let image = &self.images[i];
        let position = |name: &&str| self.facts.classes.iter().position(|class| class == name);
        let kept = |class: usize| self.raw.maps.get(&(i, class)).cloned();
        let mut maps: Vec<Option<(Map, Scale)>> = classes.iter().map(|name| position(name).and_then(kept)).collect();
        if self.raw.more && maps.contains(&None) {
            let rows = directory.read_maps(case / PART)?;
            let missing = maps.iter_mut().zip(classes).filter(|(map, _)| map.is_none());
            missing.for_each(|(map, name)| *map = self.among(&rows, case, name));
        }
        Ok(Some(Shown {
            case,
            photograph: self.facts.run.photograph(case),
            sha256: self.prints[i].as_ref().map(Fingerprint::sha256).copied(),
            to_photograph: Affine { scale: image.scale, offset: image.offset },
            maps,
        }))
    }

    /// The map of a case for a class among the rows of its part.
    fn among(&self, rows: &[MapRow], case: usize, class: &str) -> Option<(Map, Scale)> {
        let of_view = |row: &&MapRow| {
            row.case == case && row.class == class && row.method == self.view.method && row.layer == self.view.layer
        };
        let row = rows.iter().find(of_view)?;
        Some((row.raw()?, row.scale()))
    }
}
