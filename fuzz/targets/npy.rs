//! NumPy arrays, read and written and read again.

#![no_main]

use heatlens_imaging::{read_npy, write_npy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(array) = read_npy(bytes) else { return };
    if array.shape.len() <= 64 {
        let again = read_npy(&write_npy(&array.shape, &array.values)).expect("what was written is read");
        assert_eq!(again.shape, array.shape);
        assert!(again.values.iter().zip(&array.values).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
});
