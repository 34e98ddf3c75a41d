//! GIF files, by the `gif` crate: the first frame on the logical screen.

use gif::{ColorOutput, DecodeOptions, DecodingError};

use super::raster::{Raster, Samples};
use super::{check_size, cut_off, memory, needs_memory, refused};
use crate::{DecodeLimits, ImageError};

const FORMAT: &str = "GIF";

/// What the first frame does not cover is black; its transparent pixels keep their colour.
pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).map_err(explain)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    check_size(width as u64, height as u64, FORMAT, limits)?;
    let frame = decoder.next_frame_info().map_err(explain)?;
    let frame = frame.ok_or_else(|| ImageError::Corrupt { format: FORMAT, what: "it has no frame".into() })?;
    let [left, top, columns, rows] = [frame.left, frame.top, frame.width, frame.height].map(usize::from);
    if columns as u64 * rows as u64 * 4 > memory(limits) {
        return Err(needs_memory(FORMAT, limits));
    }
    let mut pixels = vec![0; columns * rows * 4];
    decoder.read_into_buffer(&mut pixels).map_err(explain)?;
    if [left, top, columns, rows] == [0, 0, width, height] {
        return Ok(Raster { width, height, channels: 4, samples: Samples::Bytes(pixels), orientation: 1 });
    }
    let mut screen = vec![0; width * height * 4];
    let seen = columns.min(width.saturating_sub(left)) * 4;
    if seen > 0 {
        let lines = screen.chunks_exact_mut(width * 4).skip(top);
        lines.zip(pixels.chunks_exact(columns * 4)).for_each(|(to, from)| {
            to[left * 4..][..seen].copy_from_slice(&from[..seen]);
        });
    }
    Ok(Raster { width, height, channels: 4, samples: Samples::Bytes(screen), orientation: 1 })
}

fn explain(error: DecodingError) -> ImageError {
    match error {
        DecodingError::Io(error) => cut_off(FORMAT, &error),
        other => refused(FORMAT, &other),
    }
}
