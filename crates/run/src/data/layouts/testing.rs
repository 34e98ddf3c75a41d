//! Small made-up data sets.

use std::path::{Path, PathBuf};

use heatlens_anatomy::Tissue;
use heatlens_imaging::{Picture, encode_png};
use tempfile::TempDir;

use super::Layout;
use crate::data::{DataError, DataOptions, Dataset, LabelMap, load};

/// Height and width of the made-up photographs.
pub(crate) const SIZE: [usize; 2] = [6, 8];

/// A folder that goes away with it.
pub(crate) struct Example(TempDir);

impl Example {
    pub(crate) fn new() -> Example {
        Example(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn bytes(self, name: &str, bytes: &[u8]) -> Example {
        let path: PathBuf = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn text(self, name: &str, text: &str) -> Example {
        self.bytes(name, text.as_bytes())
    }

    /// Photographs of one colour: what is in them does not matter, and the bytes decide how they
    /// are decoded, not the names.
    pub(crate) fn photographs(self, names: &[&str]) -> Example {
        let png =
            encode_png(&Picture { width: SIZE[1], height: SIZE[0], rgb: vec![90; SIZE[0] * SIZE[1] * 3] }).unwrap();
        names.iter().fold(self, |example, name| example.bytes(name, &png))
    }

    /// A mask: `outside` everywhere but in a block of 4 × 4 pixels of `disc` with 2 × 2 of `cup`
    /// inside.
    pub(crate) fn mask(self, name: &str, [outside, disc, cup]: [u8; 3]) -> Example {
        let level = |y: usize, x: usize| match (y, x) {
            (2..4, 3..5) => cup,
            (1..5, 2..6) => disc,
            _ => outside,
        };
        let pixels = (0..SIZE[0]).flat_map(|y| (0..SIZE[1]).map(move |x| level(y, x)));
        let rgb = pixels.flat_map(|v| [v; 3]).collect();
        self.bytes(name, &encode_png(&Picture { width: SIZE[1], height: SIZE[0], rgb }).unwrap())
    }

    pub(crate) fn load(&self, layout: &str) -> Result<Dataset, DataError> {
        self.load_with(layout, "")
    }

    pub(crate) fn load_with(&self, layout: &str, labels: &str) -> Result<Dataset, DataError> {
        let labels = LabelMap::parse(labels).unwrap();
        load(
            self.path(),
            &DataOptions { layout: Some(Layout::named(layout).unwrap()), labels, ..DataOptions::default() },
        )
    }
}

/// Each case as `name label split patient eye disc/cup`, the last as pixels of the mask in disc and
/// cup; `-` for what is unknown.
pub(crate) fn told(dataset: &Dataset) -> Vec<String> {
    let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".into());
    let mask = |case: &crate::data::Case| match &case.mask {
        None => "-".to_owned(),
        Some(mask) => match mask.read(SIZE) {
            Ok(mask) => {
                let count = |least: Tissue| mask.tissue().iter().filter(|&&tissue| tissue >= least).count();
                format!("{}/{}", count(Tissue::Rim), count(Tissue::Cup))
            }
            Err(error) => error.to_string(),
        },
    };
    let eye = |case: &crate::data::Case| case.eye.map_or("-", |e| e.name());
    let told = |c: &crate::data::Case| {
        format!("{} {} {} {} {} {}", c.name, text(&c.label), text(&c.split), text(&c.patient), eye(c), mask(c))
    };
    dataset.cases.iter().map(told).collect()
}
