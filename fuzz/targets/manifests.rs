//! Tables of images and labels. The files that they name are not there, which is no error.

#![no_main]

use heatlens_run::data::{DataOptions, LabelTable, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = heatlens_fuzz::file("manifest.csv", bytes);
    let _ = LabelTable::read(&path);
    let _ = load(&path, &DataOptions::default());
    let classes = vec!["healthy".to_owned(), "glaucoma".to_owned()];
    if let Ok(data) = load(&path, &DataOptions { classes, ..Default::default() }) {
        data.hash();
        data.classes();
    }
});
