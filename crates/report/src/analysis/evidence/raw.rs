//! What is needed to draw a case: its photograph's place and hash, and its raw map.

use std::collections::HashMap;
use std::path::PathBuf;

use heatlens_imaging::{Affine, Map, Scale};
use heatlens_record::{Fingerprint, PART, RunDirectory, RunError};

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
    /// The raw map of the class that its card is about, with how it is finished.
    pub map: Option<(Map, Scale)>,
}

impl Evidence {
    /// What is needed to draw a case, its map that of `class`.
    ///
    /// # Errors
    /// [`RunError`] where the map must be read again and cannot be.
    pub fn shown(&self, directory: &RunDirectory, case: usize, class: Option<&str>) -> Result<Option<Shown>, RunError> {
        let Ok(i) = self.images.binary_search_by_key(&case, |image| image.case) else { return Ok(None) };
        let image = &self.images[i];
        let class = class.and_then(|name| self.facts.classes.iter().position(|class| class == name));
        let map = match class.map(|class| (class, self.raw.maps.get(&(i, class)))) {
            Some((_, Some(kept))) => Some(kept.clone()),
            Some((class, None)) if self.raw.more => self.read_again(directory, case, class)?,
            _ => None,
        };
        Ok(Some(Shown {
            case,
            photograph: self.facts.run.photograph(case),
            sha256: self.prints[i].as_ref().map(Fingerprint::sha256).copied(),
            to_photograph: Affine { scale: image.scale, offset: image.offset },
            map,
        }))
    }

    fn read_again(
        &self,
        directory: &RunDirectory,
        case: usize,
        class: usize,
    ) -> Result<Option<(Map, Scale)>, RunError> {
        let of_view = |row: &heatlens_record::MapRow| {
            row.case == case
                && row.class == self.facts.classes[class]
                && row.method == self.view.method
                && row.layer == self.view.layer
        };
        let row = directory.read_maps(case / PART)?.into_iter().find(of_view);
        Ok(row.and_then(|row| Some((row.raw()?, row.scale()))))
    }
}
