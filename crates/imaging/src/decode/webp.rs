//! WebP files, lossy and lossless, by the `image-webp` crate; the first frame of an animation.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::raster::{Raster, Samples, exif_orientation};
use super::{check_size, cut_off, needs_memory, refused};
use crate::{DecodeLimits, ImageError};

const FORMAT: &str = "WebP";

pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(explain)?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into(), FORMAT, limits)?;
    // A damaged EXIF block is no reason to lose the picture.
    let orientation = decoder.exif_metadata().ok().flatten().map_or(1, |block| exif_orientation(&block));
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut samples = vec![0; decoder.output_buffer_size().ok_or_else(|| needs_memory(FORMAT, limits))?];
    decoder.read_image(&mut samples).map_err(explain)?;
    let samples = Samples::Bytes(samples);
    Ok(Raster { width: width as usize, height: height as usize, channels, samples, orientation })
}

fn explain(error: DecodingError) -> ImageError {
    match error {
        DecodingError::IoError(error) => cut_off(FORMAT, &error),
        other => refused(FORMAT, &other),
    }
}
