//! Picture files of every kind, up to a megapixel.

#![no_main]

use heatlens_imaging::{DecodeLimits, decode_with_bits};
use libfuzzer_sys::fuzz_target;

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 1 << 20 };

fuzz_target!(
    // A panic of a decoder is caught by `decode` and costs one picture: no finding.
    init: std::panic::set_hook(Box::new(|_| ())),
    |bytes: &[u8]| {
        let _ = decode_with_bits(bytes, &LIMITS);
    }
);
