//! Bytes of a picture file → [`Photograph`].
//!
//! The result is what Pillow's `ImageOps.exif_transpose(image).convert("RGB")` gives, with two
//! differences: JPEG decoders differ by a level or two in their inverse cosine transform, and
//! 16-bit grey keeps its upper byte (Pillow clips it at 255). In particular alpha is dropped, not
//! composited on a background; grey and palettes become RGB; 16-bit colour keeps its upper byte;
//! colour profiles are ignored; of an animation the first frame is taken.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::{DecodingError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::{ImageError, Photograph, jpeg};

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

/// Decodes a JPEG, PNG, TIFF, BMP, WebP or GIF file and turns it upright as its EXIF orientation
/// says.
///
/// # Errors
/// All of [`Fault::File`](crate::Fault::File): empty, not a picture, cut short, damaged, too large,
/// or a variant that is not supported.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Photograph, ImageError> {
    let format = recognise(bytes)?;
    // A decoder's bug must cost one picture, not the run.
    catch_unwind(AssertUnwindSafe(|| decode_as(bytes, format, limits)))
        .unwrap_or_else(|_| Err(ImageError::Corrupt { format: name(format), what: "its decoder gave up".into() }))
}

fn decode_as(bytes: &[u8], format: ImageFormat, limits: &DecodeLimits) -> Result<Photograph, ImageError> {
    let (decoded, orientation) = match format {
        ImageFormat::Jpeg => jpeg::decode(bytes, limits)?,
        _ => decode_other(bytes, format, limits)?,
    };
    let mut upright = DynamicImage::ImageRgb8(to_rgb8(decoded, format)?);
    upright.apply_orientation(orientation);
    let (width, height) = (upright.width() as usize, upright.height() as usize);
    Ok(Photograph { width, height, rgb: upright.into_rgb8().into_raw() })
}

/// Everything but JPEG.
fn decode_other(
    bytes: &[u8],
    format: ImageFormat,
    limits: &DecodeLimits,
) -> Result<(DynamicImage, Orientation), ImageError> {
    let fail = |error| explain(error, format, limits);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = Limits::default();
    // Eight bytes a pixel is 16-bit RGBA, the widest that is read, and some decoders hold the
    // file's own form beside it.
    allowed.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(1 << 26));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(fail)?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into(), name(format), limits)?;
    // A damaged EXIF block is no reason to lose the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(fail)?, orientation))
}

/// Refuses pictures without pixels and those above the limit, before memory is taken.
pub(crate) fn check_size(
    width: u64,
    height: u64,
    format: &'static str,
    limits: &DecodeLimits,
) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Corrupt { format, what: format!("it claims {width}×{height} pixels") });
    }
    if width * height > limits.max_pixels {
        return Err(ImageError::TooLarge { width, height, limit: limits.max_pixels });
    }
    Ok(())
}

/// Alpha dropped, grey repeated, the upper byte of 16-bit samples.
fn to_rgb8(decoded: DynamicImage, format: ImageFormat) -> Result<image::RgbImage, ImageError> {
    let (width, height) = (decoded.width(), decoded.height());
    let upper = |v: u16| (v >> 8) as u8;
    let rgb: Vec<u8> = match decoded {
        DynamicImage::ImageLuma16(p) => p.into_raw().iter().flat_map(|&v| [upper(v); 3]).collect(),
        DynamicImage::ImageLumaA16(p) => p.into_raw().chunks_exact(2).flat_map(|c| [upper(c[0]); 3]).collect(),
        DynamicImage::ImageRgb16(p) => p.into_raw().into_iter().map(upper).collect(),
        DynamicImage::ImageRgba16(p) => {
            p.into_raw().chunks_exact(4).flat_map(|c| [upper(c[0]), upper(c[1]), upper(c[2])]).collect()
        }
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
            return Err(ImageError::Unsupported {
                format: name(format),
                what: "floating-point pixels have no agreed range".into(),
            });
        }
        other => return Ok(other.into_rgb8()),
    };
    image::RgbImage::from_raw(width, height, rgb)
        .ok_or_else(|| ImageError::Corrupt { format: name(format), what: "fewer pixels than its header claims".into() })
}

fn recognise(bytes: &[u8]) -> Result<ImageFormat, ImageError> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    match image::guess_format(bytes) {
        Ok(format @ (Jpeg | Png | Tiff | Bmp | WebP | Gif)) => Ok(format),
        _ => Err(ImageError::UnknownFormat { start: printable(&bytes[..bytes.len().min(8)]), hint: hint(bytes) }),
    }
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

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::WebP => "WebP",
        _ => "GIF",
    }
}

fn explain(error: image::ImageError, format: ImageFormat, limits: &DecodeLimits) -> ImageError {
    let truncated = |what: String| ImageError::Truncated { format: name(format), what };
    match error {
        image::ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            truncated("the file ends before the picture does".into())
        }
        image::ImageError::Limits(e) => match e.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => ImageError::Corrupt {
                format: name(format),
                what: format!("decoding needs more memory than {} pixels can", limits.max_pixels),
            },
            _ => ImageError::Corrupt { format: name(format), what: e.to_string() },
        },
        image::ImageError::Unsupported(e) => ImageError::Unsupported { format: name(format), what: e.to_string() },
        image::ImageError::Decoding(e) if is_end_of_file(&e) => truncated(e.to_string()),
        other => ImageError::Corrupt { format: name(format), what: other.to_string() },
    }
}

fn is_end_of_file(error: &DecodingError) -> bool {
    let text = error.to_string().to_lowercase();
    ["unexpected end", "end of file", "eof", "failed to fill whole buffer", "exhausted data"]
        .iter()
        .any(|s| text.contains(s))
}
