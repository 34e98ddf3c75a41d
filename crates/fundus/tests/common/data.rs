//! Finding the shared photographs.

use std::collections::HashMap;
use std::path::Path;

use heatlens_imaging::{DecodeLimits, Photograph, decode};

/// The rows of a manifest by column.
pub fn manifest(folder: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("manifest.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

pub fn picture(path: &Path) -> Photograph {
    decode(&std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap()
}
