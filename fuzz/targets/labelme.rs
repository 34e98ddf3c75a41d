//! Outlines of disc and cup as LabelMe writes them, and as lists of corners.

#![no_main]

use heatlens_run::data::MaskFiles;
use libfuzzer_sys::fuzz_target;

/// Height and width of the photograph.
const SIZE: [usize; 2] = [48, 64];

fuzz_target!(|bytes: &[u8]| {
    let path = heatlens_fuzz::file("outline", bytes);
    let _ = MaskFiles::LabelMe(path.clone()).read(SIZE);
    let _ = MaskFiles::Contours { disc: vec![path], cup: Vec::new() }.read(SIZE);
});
