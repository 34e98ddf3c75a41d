//! A pickle alone, in the archive that PyTorch writes since 1.6, and as the file of older versions.

#![no_main]

use heatlens_fuzz::{checkpoint, load};
use libfuzzer_sys::fuzz_target;

/// The older form: magic number and version as pickles, sizes of the machine's types, then the object.
const LEGACY: &[u8] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00(X\x10\x00\x00\x00protocol_versionq\x01M\xe9\x03X\r\x00\x00\x00little_endianq\x02\x88X\n\x00\x00\x00type_sizesq\x03}q\x04(X\x05\x00\x00\x00shortq\x05K\x02X\x03\x00\x00\x00intq\x06K\x04X\x04\x00\x00\x00longq\x07K\x04uu.";

fuzz_target!(|pickle: &[u8]| {
    load(&checkpoint::wrapped(pickle), &Default::default());
    load(&[LEGACY, pickle].concat(), &Default::default());
});
