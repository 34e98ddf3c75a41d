//! A program of `torch.export`; what begins as JSON does is the program in an archive with the weights
//! of one of the goldens.

#![no_main]

use std::sync::LazyLock;

use heatlens_fuzz::{goldens, load, zip};
use libfuzzer_sys::fuzz_target;

/// The entries of a golden.
static ENTRIES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| goldens::program("shared.pt2"));

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"{") {
        load(&zip::stored(&goldens::with(&ENTRIES, "models/model.json", bytes)), &Default::default());
    } else {
        load(bytes, &Default::default());
    }
});
