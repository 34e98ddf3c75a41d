//! JPEG files.
//!
//! The decoder is `jpeg-decoder`: on retinal photographs 94 % of its samples equal libjpeg-turbo's,
//! the others differ by one level, seldom more, and without the brightening that `zune-jpeg` shows,
//! which moved an EfficientNet's probability by 0.012.

use jpeg_decoder::{Decoder, Error, PixelFormat};

use super::check_size;
use super::raster::{Raster, Samples, exif_orientation};
use crate::{DecodeLimits, ImageError};

/// Decodes a whole JPEG file.
pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    check_complete(bytes)?;
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(limits.max_pixels.saturating_mul(4)).unwrap_or(usize::MAX));
    decoder.read_info().map_err(explain)?;
    let info = decoder.info().ok_or_else(|| ImageError::Corrupt { format: "JPEG", what: "it has no frame".into() })?;
    check_size(info.width.into(), info.height.into(), "JPEG", limits)?;
    let pixels = decoder.decode().map_err(explain)?;
    let orientation = decoder.exif_data().map_or(1, exif_orientation);
    let (samples, channels) = match info.pixel_format {
        PixelFormat::L8 => (pixels, 1),
        PixelFormat::RGB24 => (pixels, 3),
        PixelFormat::CMYK32 => (cmyk_to_rgb(&pixels), 3),
        PixelFormat::L16 => {
            return Err(ImageError::Unsupported { format: "JPEG", what: "16-bit lossless coding".into() });
        }
    };
    let (width, height) = (info.width.into(), info.height.into());
    Ok(Raster { width, height, channels, samples: Samples::Bytes(samples), orientation })
}

/// What is left of white when the inks have taken theirs, as Pillow computes it.
fn cmyk_to_rgb(pixels: &[u8]) -> Vec<u8> {
    let left = |ink: u8, black: u8| ((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255) as u8;
    pixels
        .chunks_exact(4)
        .flat_map(|inks| [left(inks[0], inks[3]), left(inks[1], inks[3]), left(inks[2], inks[3])])
        .collect()
}

fn explain(error: Error) -> ImageError {
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ImageError::Truncated { format: "JPEG", what: "the file ends before the picture does".into() }
        }
        Error::Unsupported(feature) => ImageError::Unsupported { format: "JPEG", what: format!("{feature:?}") },
        other => ImageError::Corrupt { format: "JPEG", what: other.to_string() },
    }
}

/// Walks the markers of ISO 10918-1 to the end of the image: decoders fill what is missing with
/// grey, and a grey stripe across a retina is a finding.
///
/// # Errors
/// [`ImageError::Truncated`] if the file ends before the end marker (FF D9),
/// [`ImageError::Unsupported`] for the processes nobody writes.
fn check_complete(bytes: &[u8]) -> Result<(), ImageError> {
    let short = |what: &str| ImageError::Truncated { format: "JPEG", what: what.into() };
    let mut at = 2;
    let mut scans = 0;
    loop {
        let Some(skipped) = bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xff)) else {
            return Err(short(if scans == 0 {
                "no pixel data follows the header"
            } else {
                "the end marker (FF D9) is missing"
            }));
        };
        at += skipped + 1;
        let Some(&marker) = bytes.get(at) else { return Err(short("the end marker (FF D9) is missing")) };
        match marker {
            // A stuffed FF, fill bytes, restarts, TEM: no length follows.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            0xff => {}
            0xd9 if scans > 0 => return Ok(()),
            0xd9 => return Err(short("it ends before any pixel data")),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(ImageError::Unsupported {
                    format: "JPEG",
                    what: "lossless, hierarchical or arithmetic coding".into(),
                });
            }
            _ => {
                scans += usize::from(marker == 0xda);
                let Some(length) = bytes.get(at + 1..at + 3) else { return Err(short("it ends inside its header")) };
                at += 1 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_markers_inside_segments_do_not_count() {
        let start = [0xff, 0xd8];
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xda, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
        let end = [0xff, 0xd9];
        assert!(check_complete(&[&start[..], &thumbnail, &scan, &end].concat()).is_ok());
        for cut in [
            vec![&start[..], &thumbnail, &scan],
            vec![&start[..], &thumbnail],
            vec![&start[..], &end],
            vec![&start[..], &[0xff]],
        ] {
            assert!(matches!(check_complete(&cut.concat()), Err(ImageError::Truncated { .. })));
        }
    }
}
