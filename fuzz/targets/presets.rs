//! Descriptions of preprocessing in every form that is read; what is understood comes back from its
//! own files and is applied to a small photograph.

#![no_main]

use heatlens_imaging::{Photograph, Preprocess};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    let name = ["a.toml", "a.json", "timm:a.json", "hf:a.json"][usize::from(kind % 4)];
    let Ok(preprocess) = Preprocess::from_spec(name, |_| Ok(bytes.to_vec())) else { return };
    assert_eq!(Preprocess::from_json(&preprocess.to_json()).expect("its own JSON"), preprocess);
    assert_eq!(Preprocess::from_toml(&preprocess.to_toml()).expect("its own TOML"), preprocess);
    // Large inputs are refused or slow, and say no more.
    let input = preprocess.input.filter(|input| input.iter().all(|&side| side <= 64)).unwrap_or([16, 16]);
    let mut photograph = Photograph::filled(24, 20, [90, 60, 30]);
    photograph.rgb.iter_mut().enumerate().for_each(|(i, level)| *level = level.wrapping_add((i % 97) as u8));
    let _ = preprocess.prepare(&photograph, input);
});
