//! A Keras model, `.h5` or `.keras`; what begins as JSON does is the description in a `.keras` file.

#![no_main]

use std::sync::LazyLock;

use heatlens_formats::archive;
use heatlens_fuzz::{load, zip};
use libfuzzer_sys::fuzz_target;

/// The weights beside a description: those of one of the goldens.
static WEIGHTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let entry = |bytes: &[u8], name: &str| {
        let entries = archive::entries(bytes).expect("an archive");
        entries.iter().find(|entry| entry.name == name).expect(name).read().expect(name).into_owned()
    };
    let goldens = include_bytes!("../../tests/golden/keras/layers3.zip");
    entry(&entry(goldens, "merged.keras"), "model.weights.h5")
});

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"{") {
        let entries = [("config.json", bytes), ("metadata.json", &b"{}"[..]), ("model.weights.h5", &WEIGHTS[..])];
        load(&zip::stored(&entries), &Default::default());
    } else {
        load(bytes, &Default::default());
    }
});
