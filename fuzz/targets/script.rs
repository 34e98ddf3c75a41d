//! TorchScript: the code of a network, beside the modules of one of the goldens; or a whole archive.

#![no_main]

use std::sync::LazyLock;

use heatlens_fuzz::{goldens, load, zip};
use libfuzzer_sys::fuzz_target;

/// The entries of a golden.
static ENTRIES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| goldens::program("shared.trace.pt"));

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") {
        load(bytes, &Default::default());
    } else {
        load(&zip::stored(&goldens::with(&ENTRIES, "code/__torch__.py", bytes)), &Default::default());
    }
});
