//! An archive: its directory, and every entry as far as it claims no more than a mebibyte.

#![no_main]

use heatlens_formats::archive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = archive::entries(bytes) {
        entries.iter().filter(|entry| entry.length <= 1 << 20).for_each(|entry| drop(entry.read()));
    }
    heatlens_fuzz::load(bytes, &Default::default());
});
