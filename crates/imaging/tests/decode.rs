//! Picture files of every kind against what Pillow reads from them, and broken ones.

mod common;

use std::collections::BTreeMap;

use common::{golden, read};
use heatlens_imaging::{DecodeLimits, Fault, ImageError, decode, read_npy};
use proptest::prelude::*;

fn try_decode(bytes: &[u8]) -> Result<heatlens_imaging::Photograph, ImageError> {
    decode(bytes, &DecodeLimits::default())
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let names =
        std::fs::read_dir(golden("decode")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".npy")).map(|name| (name.clone(), read(&format!("decode/{name}")))).collect()
}

#[test]
fn every_kind_of_file_reads_as_in_pillow() {
    let files = files();
    assert!(files.len() > 30);
    for (name, bytes) in &files {
        let got = try_decode(bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        let want = read_npy(&read(&format!("decode/{name}.npy"))).unwrap();
        assert_eq!(want.shape, [got.height, got.width, 3], "{name}");
        let difference = got.rgb.iter().zip(&want.values).map(|(&a, b)| (f32::from(a) - b).abs()).fold(0.0, f32::max);
        println!("{name}: {difference}");
        // Lossy formats: the inverse transforms and the colour conversion round differently.
        let allowed = if name.ends_with(".jpg") || name == "lossy.webp" { 3.0 } else { 0.0 };
        assert!(difference <= allowed, "{name}: {difference}");
    }
}

#[test]
fn the_first_of_several_pictures_in_a_file_is_read() {
    // As stereo and telephone cameras write them: one JPEG behind the other.
    let first = read("decode/subsampled.jpg");
    let several = [&first[..], &read("decode/grey.jpg")].concat();
    assert_eq!(try_decode(&several).unwrap().rgb, try_decode(&first).unwrap().rgb);
}

#[test]
fn the_name_does_not_matter_and_the_size_does() {
    let png = read("decode/grey.png");
    let error = decode(&png, &DecodeLimits { max_pixels: 769 }).unwrap_err();
    assert_eq!(error, ImageError::TooLarge { width: 35, height: 22, limit: 769 });
    assert!(decode(&png, &DecodeLimits { max_pixels: 770 }).is_ok());
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let mut png = read("decode/grey.png");
    png[16..24].copy_from_slice(&[0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(
        try_decode(&png).unwrap_err(),
        ImageError::TooLarge { width: 40_000, height: 40_000, limit: 200_000_000 }
    );
    let mut jpeg = read("decode/grey.jpg");
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(matches!(try_decode(&jpeg).unwrap_err(), ImageError::TooLarge { width: 65_535, .. }));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    })
}

#[test]
fn what_is_no_picture_says_what_it_is() {
    let mut dicom = vec![0; 128];
    dicom.extend(b"DICM");
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"hello world", "none of JPEG"),
        (b"<!DOCTYPE html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04....", "zip"),
        (&dicom, "DICOM"),
        (b"\x93NUMPY", ".npy"),
        (b"\xff\xd8\xff", "cut short"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
    ] {
        let error = try_decode(bytes).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(error.fault(), Fault::File);
    }
}

#[test]
fn files_cut_short_are_errors() {
    for (name, bytes) in files() {
        for length in [bytes.len() / 8, bytes.len() / 3, bytes.len() / 2, bytes.len() * 9 / 10] {
            let result = try_decode(&bytes[..length]);
            // A still picture from half an animation is whole all the same.
            if !(name == "frames.gif" && length * 2 >= bytes.len() - 1) {
                assert!(result.is_err(), "{name} cut to {length} of {}", bytes.len());
                let error = result.unwrap_err();
                println!("{name} {length}: {error}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]
    #[test]
    fn damaged_files_never_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        for (_, mut bytes) in files() {
            for (at, to) in &flips {
                let at = at.index(bytes.len());
                bytes[at] = *to;
            }
            // Small limits: a damaged header may claim anything below them.
            let _ = decode(&bytes, &DecodeLimits { max_pixels: 1_000_000 });
        }
    }
}
