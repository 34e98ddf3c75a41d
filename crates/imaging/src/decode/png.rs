//! PNG files, by the `png` crate.

use std::io::Cursor;

use png::{BitDepth, Decoder, DecodingError, Limits, Transformations};

use super::raster::{Raster, Samples, exif_orientation};
use super::{check_size, cut_off, memory, needs_memory, refused};
use crate::{DecodeLimits, ImageError};

const FORMAT: &str = "PNG";

/// Palettes and fewer than eight bits become eight bits a sample; sixteen stay.
pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    let fail = |error| explain(error, limits);
    let allowed = Limits { bytes: usize::try_from(memory(limits)).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), allowed);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(fail)?;
    let (width, height) = reader.info().size();
    check_size(width.into(), height.into(), FORMAT, limits)?;
    let orientation = reader.info().exif_metadata.as_deref().map_or(1, exif_orientation);
    let (colour, depth) = reader.output_color_type();
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(|| needs_memory(FORMAT, limits))?];
    reader.next_frame(&mut samples).map_err(fail)?;
    let samples = match depth {
        BitDepth::Sixteen => {
            Samples::Words(samples.as_chunks().0.iter().map(|&word| u16::from_be_bytes(word)).collect())
        }
        _ => Samples::Bytes(samples),
    };
    Ok(Raster { width: width as usize, height: height as usize, channels: colour.samples(), samples, orientation })
}

fn explain(error: DecodingError, limits: &DecodeLimits) -> ImageError {
    match error {
        DecodingError::IoError(error) => cut_off(FORMAT, &error),
        DecodingError::LimitsExceeded => needs_memory(FORMAT, limits),
        other => refused(FORMAT, &other),
    }
}
