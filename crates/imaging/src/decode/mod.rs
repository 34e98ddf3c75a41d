//! Bytes of a picture file → [`Photograph`].
//!
//! The result is what Pillow's `ImageOps.exif_transpose(image).convert("RGB")` gives, with two
//! differences: JPEG decoders differ by a level or two in their inverse cosine transform, and
//! 16-bit grey keeps its upper byte (Pillow clips it at 255). In particular alpha is dropped, not
//! composited on a background; grey and palettes become RGB; 16-bit colour keeps its upper byte;
//! colour profiles are ignored; of an animation the first frame is taken.

#[cfg(feature = "bmp")]
mod bmp;
mod compression;
#[cfg(feature = "gif")]
mod gif;
#[cfg(feature = "jpeg")]
mod jpeg;
#[cfg(feature = "png")]
mod png;
mod raster;
#[cfg(feature = "tiff")]
mod tiff;
#[cfg(feature = "webp")]
mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::compression::jpeg_quality;
use self::raster::Raster;
use crate::{ImageError, Photograph};

/// The extensions, in lower case, of the files that [`decode`] reads: for walking folders. The
/// bytes decide, not the name.
pub const EXTENSIONS: &[&str] = &["jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "bmp", "webp", "gif"];

/// How large a picture may be. It is checked against the file's header, before memory is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodeLimits {
    /// The largest number of pixels.
    pub max_pixels: u64,
}

impl Default for DecodeLimits {
    /// 200 million pixels: twice the largest medium-format camera, 600 MB of RGB.
    fn default() -> Self {
        Self { max_pixels: 200_000_000 }
    }
}

type Read = fn(&[u8], &DecodeLimits) -> Result<Raster, ImageError>;

/// A kind of picture file.
struct Format {
    name: &'static str,
    recognises: fn(&[u8]) -> bool,
    /// The feature of this crate that brings the decoder.
    feature: &'static str,
    /// The decoder, if it is built in.
    read: Option<Read>,
}

/// One row of the table of formats.
macro_rules! row {
    ($name:literal, $feature:literal, $read:path, $recognises:expr) => {
        Format {
            name: $name,
            recognises: $recognises,
            feature: $feature,
            #[cfg(feature = $feature)]
            read: Some($read),
            #[cfg(not(feature = $feature))]
            read: None,
        }
    };
}

const FORMATS: &[Format] = &[
    row!("JPEG", "jpeg", jpeg::read, |b| b.starts_with(b"\xff\xd8\xff")),
    row!("PNG", "png", png::read, |b| b.starts_with(b"\x89PNG\r\n\x1a\n")),
    row!("TIFF", "tiff", tiff::read, |b| b.starts_with(b"II*\0") || b.starts_with(b"MM\0*")),
    row!("BMP", "bmp", bmp::read, |b| b.starts_with(b"BM")),
    row!("WebP", "webp", webp::read, |b| b.starts_with(b"RIFF") && b.get(8..12) == Some(b"WEBP")),
    row!("GIF", "gif", gif::read, |b| b.starts_with(b"GIF87a") || b.starts_with(b"GIF89a")),
];

/// Decodes a JPEG, PNG, TIFF, BMP, WebP or GIF file and turns it upright as its EXIF orientation
/// says.
///
/// # Errors
/// All of [`Fault::File`](crate::Fault::File): empty, not a picture, cut short, damaged, too large,
/// or a variant that is not supported; a format whose feature this crate was built without.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Photograph, ImageError> {
    decode_with_bits(bytes, limits).map(|(photograph, _)| photograph)
}

/// [`decode`], and for a file of 16-bit samples how many of its bits they use: 8, 10 or 12, to which
/// levels are then stretched, or 16.
///
/// # Errors
/// As [`decode`].
pub fn decode_with_bits(bytes: &[u8], limits: &DecodeLimits) -> Result<(Photograph, Option<u8>), ImageError> {
    let format = recognise(bytes)?;
    let read = format.read.ok_or_else(|| ImageError::Unsupported {
        format: format.name,
        what: format!("heatlens was built without the feature `{}`", format.feature),
    })?;
    // A decoder's bug must cost one picture, not the run.
    let decoded = || {
        let raster = read(bytes, limits)?;
        let bits = raster.bits();
        Ok((raster.into_photograph(format.name)?, bits))
    };
    catch_unwind(AssertUnwindSafe(decoded))
        .unwrap_or_else(|_| Err(ImageError::Corrupt { format: format.name, what: "its decoder gave up".into() }))
}

/// Refuses pictures without pixels and those above the limit, before memory is taken.
fn check_size(width: u64, height: u64, format: &'static str, limits: &DecodeLimits) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Corrupt { format, what: format!("it claims {width}×{height} pixels") });
    }
    if width * height > limits.max_pixels {
        return Err(ImageError::TooLarge { width, height, limit: limits.max_pixels });
    }
    Ok(())
}

fn recognise(bytes: &[u8]) -> Result<&'static Format, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    FORMATS
        .iter()
        .find(|format| (format.recognises)(bytes))
        .ok_or_else(|| ImageError::UnknownFormat { start: printable(&bytes[..bytes.len().min(8)]), hint: hint(bytes) })
}

/// What a file that is not a picture probably is.
fn hint(bytes: &[u8]) -> &'static str {
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    let at = |i: usize, what: &[u8]| bytes.get(i..i + what.len()) == Some(what);
    match () {
        () if at(128, b"DICM") => "; this is DICOM: export it as PNG first",
        () if at(4, b"ftyp") => "; this is HEIC, AVIF or a film: convert it to JPEG or PNG first",
        () if starts(b"\x93NUMPY") => "; this is a NumPy array: give it with the extension .npy",
        () if starts(b"PK\x03\x04") => "; this is a zip archive: unpack it first",
        () if starts(b"%PDF") => "; this is a PDF: export its pictures first",
        () if at(4, b"jP  ") || starts(b"\xff\x4f\xff\x51") => "; this is JPEG 2000: convert it to PNG first",
        () if starts(b"<") || starts(b"\xef\xbb\xbf<") => {
            "; this looks like a web page, so the download went wrong: fetch it again"
        }
        () if bytes.iter().take(64).all(|&b| b == 0) => "; it begins with zeros only: copy it again",
        () => "",
    }
}

fn printable(start: &[u8]) -> String {
    if start.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
        format!("{:?}", String::from_utf8_lossy(start))
    } else {
        start.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
    }
}

/// The bytes that decoding may take. Eight bytes a pixel is 16-bit RGBA, the widest that is read, and
/// some decoders hold the file's own form beside it.
fn memory(limits: &DecodeLimits) -> u64 {
    limits.max_pixels.saturating_mul(16).saturating_add(1 << 26)
}

fn needs_memory(format: &'static str, limits: &DecodeLimits) -> ImageError {
    let what = format!("decoding needs more memory than {} pixels can", limits.max_pixels);
    ImageError::Corrupt { format, what }
}

/// Reading the bytes failed, which lie in memory: there are too few.
fn cut_off(format: &'static str, error: &std::io::Error) -> ImageError {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        ImageError::Truncated { format, what: "the file ends before the picture does".into() }
    } else {
        refused(format, error)
    }
}

/// A decoder's refusal in its own words, which alone tell a file cut short from a damaged one.
fn refused(format: &'static str, error: &dyn std::error::Error) -> ImageError {
    let what = error.to_string();
    let text = what.to_lowercase();
    let ends = ["unexpected end", "end of file", "eof", "failed to fill whole buffer", "exhausted data"];
    if ends.iter().any(|words| text.contains(words)) {
        ImageError::Truncated { format, what }
    } else {
        ImageError::Corrupt { format, what }
    }
}
