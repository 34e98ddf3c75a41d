//! TIFF files, by the `tiff` crate: the first picture of a file.

use std::io::Cursor;

use tiff::decoder::{BufferLayoutPreference, Decoder, DecodingResult, Limits};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

use super::raster::{Raster, Samples};
use super::{check_size, cut_off, memory, needs_memory, refused};
use crate::{DecodeLimits, ImageError};

const FORMAT: &str = "TIFF";

/// Grey of 1, 8 or 16 bits; RGB and CMYK of 8 or 16; alpha is dropped later.
pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    let fail = |error| explain(error, limits);
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(fail)?;
    let (width, height) = decoder.dimensions().map_err(fail)?;
    check_size(width.into(), height.into(), FORMAT, limits)?;
    let colour = decoder.colortype().map_err(fail)?;
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(fail)?;
    let (bits, channels) = readable(colour, &formats.unwrap_or_default())?;
    // A damaged tag is no reason to lose the picture.
    let orientation = decoder.find_tag(Tag::Orientation).ok().flatten().and_then(|value| value.into_u16().ok());
    let orientation = orientation.and_then(|value| u8::try_from(value).ok()).unwrap_or(1);
    let (width, height) = (width as usize, height as usize);
    let decoded = decode(decoder, width as u64 * height as u64 * u64::from(bits.div_ceil(8)) * channels, limits)?;
    let channels = channels as usize;
    let (samples, channels) = match (decoded, colour) {
        (DecodingResult::U8(rows), ColorType::Gray(1)) => (Samples::Bytes(unpacked(&rows, width)), 1),
        (DecodingResult::U8(inks), ColorType::CMYK(_)) => (Samples::Bytes(without_inks(&inks, |v| v as u8, 255.0)), 3),
        (DecodingResult::U16(inks), ColorType::CMYK(_)) => {
            (Samples::Words(without_inks(&inks, |v| v as u16, 65_535.0)), 3)
        }
        (DecodingResult::U8(samples), _) => (Samples::Bytes(samples), channels),
        (DecodingResult::U16(samples), _) => (Samples::Words(samples), channels),
        _ => return Err(unsupported(format!("samples of {colour:?}"))),
    };
    Ok(Raster { width, height, channels, samples, orientation })
}

/// Bits a sample and samples a pixel of what can be read.
fn readable(colour: ColorType, formats: &[u16]) -> Result<(u8, u64), ImageError> {
    let (bits, channels) = match colour {
        ColorType::Gray(bits @ (1 | 8 | 16)) => (bits, 1),
        ColorType::GrayA(bits @ (8 | 16)) => (bits, 2),
        ColorType::RGB(bits @ (8 | 16)) => (bits, 3),
        ColorType::RGBA(bits @ (8 | 16)) | ColorType::CMYK(bits @ (8 | 16)) => (bits, 4),
        ColorType::Gray(32 | 64) | ColorType::RGB(32 | 64) | ColorType::RGBA(32 | 64) => {
            return Err(unsupported("32-bit and floating-point pixels have no agreed range".into()));
        }
        other => return Err(unsupported(format!("the colour type {other:?}"))),
    };
    match formats.iter().find(|&&format| SampleFormat::from_u16(format) != Some(SampleFormat::Uint)) {
        Some(format) => Err(unsupported(format!("samples of format {format} in {bits} bits"))),
        None => Ok((bits, channels)),
    }
}

/// All samples, interleaved.
fn decode(decoder: Decoder<Cursor<&[u8]>>, expected: u64, limits: &DecodeLimits) -> Result<DecodingResult, ImageError> {
    let fail = |error| explain(error, limits);
    let narrow = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut allowed = Limits::default();
    allowed.decoding_buffer_size = narrow(expected.min(memory(limits)));
    allowed.intermediate_buffer_size = narrow(memory(limits).saturating_sub(expected));
    allowed.ifd_value_size = allowed.intermediate_buffer_size;
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.with_limits(allowed).read_image_to_buffer(&mut samples).map_err(fail)?;
    if samples.as_buffer(0).as_bytes().len() < layout.complete_len {
        return Err(needs_memory(FORMAT, limits));
    }
    match samples {
        DecodingResult::U8(planes) if layout.planes > 1 => interleaved(&planes, &layout, 1).map(DecodingResult::U8),
        DecodingResult::U16(planes) if layout.planes > 1 => interleaved(&planes, &layout, 2).map(DecodingResult::U16),
        other => Ok(other),
    }
}

/// One plane a channel → one pixel after another.
fn interleaved<T: Copy>(planes: &[T], layout: &BufferLayoutPreference, size: usize) -> Result<Vec<T>, ImageError> {
    let stride = layout.plane_stride.map_or(0, |stride| stride.get() / size);
    if stride == 0 || planes.len() < stride * layout.planes {
        return Err(ImageError::Corrupt { format: FORMAT, what: "it has fewer planes than channels".into() });
    }
    Ok((0..stride).flat_map(|i| (0..layout.planes).map(move |plane| planes[plane * stride + i])).collect())
}

/// Rows of bits that begin at whole bytes, as black and white.
fn unpacked(rows: &[u8], width: usize) -> Vec<u8> {
    let bit = |row: &[u8], x: usize| if row[x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 };
    rows.chunks_exact(width.div_ceil(8)).flat_map(|row| (0..width).map(move |x| bit(row, x))).collect()
}

/// What is left of white when the inks have taken theirs, rounded down.
fn without_inks<T: Copy + Into<f32>>(inks: &[T], level: fn(f32) -> T, white: f32) -> Vec<T> {
    let left = |ink: T, black: T| level((white - ink.into()) * (1.0 - black.into() / white));
    inks.as_chunks().0.iter().flat_map(|&[c, m, y, k]| [left(c, k), left(m, k), left(y, k)]).collect()
}

fn unsupported(what: String) -> ImageError {
    ImageError::Unsupported { format: FORMAT, what }
}

fn explain(error: TiffError, limits: &DecodeLimits) -> ImageError {
    match error {
        TiffError::IoError(error) => cut_off(FORMAT, &error),
        TiffError::UnsupportedError(error) => unsupported(error.to_string()),
        TiffError::LimitsExceeded => needs_memory(FORMAT, limits),
        other => refused(FORMAT, &other),
    }
}
