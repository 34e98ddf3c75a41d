//! A listing of names and shapes: which network it is taken for, and whether it can be built. The
//! first line may be an architecture to build whatever the names say.

#![no_main]

use heatlens_formats::LoadOptions;
use heatlens_fuzz::{checkpoint, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let asked = text.strip_prefix("as ").and_then(|text| text.split_once('\n'));
    let (architecture, listing) = asked.map_or((None, text), |(name, listing)| (Some(name), listing));
    let options = LoadOptions { architecture, input_size: Some([64, 64]), ..Default::default() };
    load(&checkpoint::of_listing(listing), &options);
});
