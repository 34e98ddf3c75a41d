//! Finding the shared photographs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use heatlens_imaging::{DecodeLimits, Photograph, decode};

/// The shared folder; none, with a line that says so, where it is absent.
pub fn shared(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("HEATLENS_SHARED").map_or_else(beside, PathBuf::from);
    if !folder.join("data").is_dir() {
        println!("skipped: {test} needs the shared data in {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The rows of a manifest by column.
pub fn manifest(folder: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("manifest.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

pub fn picture(path: &Path) -> Photograph {
    decode(&std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap()
}
