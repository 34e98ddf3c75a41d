//! A safetensors file, header and all.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    heatlens_fuzz::load(bytes, &Default::default());
});
