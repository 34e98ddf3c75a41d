//! The material for developing that lies beside the checkout: photographs and trained models with
//! licences of their own, which are not part of the project. Tests that need it are ignored;
//! `cargo test -- --include-ignored` runs them.

use std::path::{Path, PathBuf};

/// A file or folder of the material.
///
/// # Panics
/// If it is not there.
pub fn shared(name: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("HEATLENS_SHARED").map_or(beside, PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "`{}` is not there: set HEATLENS_SHARED to the folder of the material", path.display());
    path
}
