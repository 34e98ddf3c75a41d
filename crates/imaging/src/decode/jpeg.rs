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
    match raster(&guarded(bytes)?, limits) {
        // Only the guard stops it.
        Err(ImageError::Corrupt { .. }) if raster(bytes, limits).is_ok() => Err(ImageError::Truncated {
            format: "JPEG",
            what: "its pixel data end before the picture does, though an end marker follows".into(),
        }),
        read => read,
    }
}

fn raster(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
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

/// Stuffed bytes of ones: no Huffman code of a JPEG is all ones, so a decoder that reads them stops.
const NO_CODE: [u8; 64] = {
    let mut ones = [0xff; 64];
    let mut i = 1;
    while i < 64 {
        ones[i] = 0;
        i += 2;
    }
    ones
};

/// The file with a guard behind the data of each scan. Decoders fill what is missing of a scan with
/// grey or with the last colour, and a grey stripe across a retina is a finding: a scan that ends
/// early now runs into the guard, and one that is complete never reads it.
///
/// # Errors
/// As [`ends_of_scans`].
fn guarded(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    let ends = ends_of_scans(bytes)?;
    let mut guarded = Vec::with_capacity(bytes.len() + ends.len() * NO_CODE.len());
    let mut from = 0;
    for end in ends {
        guarded.extend_from_slice(&bytes[from..end]);
        guarded.extend(NO_CODE);
        from = end;
    }
    guarded.extend_from_slice(&bytes[from..]);
    Ok(guarded)
}

/// Walks the markers of ISO 10918-1 to the end of the image; where the data of each scan ends.
///
/// # Errors
/// [`ImageError::Truncated`] if the file ends before the end marker (FF D9),
/// [`ImageError::Unsupported`] for the processes nobody writes.
fn ends_of_scans(bytes: &[u8]) -> Result<Vec<usize>, ImageError> {
    let short = |what: &str| ImageError::Truncated { format: "JPEG", what: what.into() };
    let (mut at, mut scans, mut in_scan) = (2, 0, false);
    let (mut ends, mut refined) = (Vec::new(), Refined::default());
    loop {
        let Some(skipped) = bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xff)) else {
            return Err(short(if scans == 0 {
                "no pixel data follows the header"
            } else {
                "the end marker (FF D9) is missing"
            }));
        };
        let start = at + skipped;
        at = start + bytes[start..].iter().take_while(|&&b| b == 0xff).count();
        let Some(&marker) = bytes.get(at) else { return Err(short("the end marker (FF D9) is missing")) };
        if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
            // A stuffed FF, restarts, TEM: no length follows.
            at += 1;
            continue;
        }
        if in_scan {
            ends.push(start);
        }
        in_scan = marker == 0xda;
        scans += usize::from(in_scan);
        match marker {
            0xd9 if scans > 0 && !refined.is_whole() => return Err(short("its finest scans are missing")),
            0xd9 if scans > 0 => return Ok(ends),
            0xd9 => return Err(short("it ends before any pixel data")),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(ImageError::Unsupported {
                    format: "JPEG",
                    what: "lossless, hierarchical or arithmetic coding".into(),
                });
            }
            _ => {
                let Some(length) = bytes.get(at + 1..at + 3) else { return Err(short("it ends inside its header")) };
                let next = at + 1 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                let segment = bytes.get(at + 3..next).unwrap_or_default();
                match marker {
                    0xc2 => refined.frame(segment),
                    0xda => refined.scan(segment),
                    _ => {}
                }
                at = next;
            }
        }
    }
}

/// Which coefficients of a progressive picture have come to their last bit, a component each; a
/// picture that is not progressive has none.
#[derive(Default)]
struct Refined(Vec<(u8, [bool; 64])>);

impl Refined {
    /// Takes in a frame's header, after its length.
    fn frame(&mut self, header: &[u8]) {
        let components = header.get(6..).unwrap_or_default().chunks_exact(3);
        self.0 = components.map(|component| (component[0], [false; 64])).collect();
    }

    /// Takes in a scan's header, after its length.
    fn scan(&mut self, header: &[u8]) {
        let [count, rest @ ..] = header else { return };
        let Some((components, [first, last, bits])) = rest.split_at_checked(2 * usize::from(*count)) else { return };
        if bits & 15 != 0 {
            return;
        }
        let named = |id: u8| components.chunks_exact(2).any(|component| component[0] == id);
        for (_, done) in self.0.iter_mut().filter(|(id, _)| named(*id)) {
            done.iter_mut().take(usize::from(*last) + 1).skip(usize::from(*first)).for_each(|done| *done = true);
        }
    }

    fn is_whole(&self) -> bool {
        self.0.iter().all(|(_, done)| done.iter().all(|done| *done))
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
        let whole = [&start[..], &thumbnail, &scan, &end].concat();
        assert_eq!(ends_of_scans(&whole).unwrap(), [22]);
        assert_eq!(ends_of_scans(&[&whole[..22], &[0xff, 0xff], &end].concat()).unwrap(), [22], "fill bytes");
        for cut in [
            vec![&start[..], &thumbnail, &scan],
            vec![&start[..], &thumbnail],
            vec![&start[..], &end],
            vec![&start[..], &[0xff]],
        ] {
            assert!(matches!(ends_of_scans(&cut.concat()), Err(ImageError::Truncated { .. })));
        }
    }

    #[cfg(feature = "draw")]
    #[test]
    fn a_picture_whose_data_end_early_is_refused_though_an_end_marker_was_pasted_on() {
        use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
        let rgb: Vec<u8> = (0..96 * 80 * 3).map(|i: usize| ((i * i / 97 + i / 11) % 256) as u8).collect();
        let limits = DecodeLimits::default();
        for (progressive, interval) in [(false, None), (false, Some(3)), (true, None)] {
            let mut file = Vec::new();
            let mut encoder = Encoder::new(&mut file, 85);
            encoder.set_progressive(progressive);
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
            interval.into_iter().for_each(|interval| encoder.set_restart_interval(interval));
            encoder.encode(&rgb, 96, 80, ColorType::Rgb).unwrap();

            let plain = raster(&file, &limits).unwrap();
            let Samples::Bytes(whole) = read(&file, &limits).unwrap().samples else { unreachable!() };
            assert!(matches!(plain.samples, Samples::Bytes(plain) if plain == whole), "the guard is not read");
            let ends = ends_of_scans(&file).unwrap();
            let last = *ends.last().unwrap();
            if progressive {
                let unrefined = [&file[..ends[ends.len() - 2]], &[0xff, 0xd9]].concat();
                let error = read(&unrefined, &limits).err().unwrap().to_string();
                assert!(error.contains("its finest scans are missing"), "{error}");
            }
            for share in [2, 3, 5, 10, 40] {
                // Of the last scan a part is gone, never with half of a stuffed pair.
                let start = ends.iter().rev().nth(1).map_or(620, |before| before + 20);
                let mut cut = last - (last - start) / share;
                cut -= usize::from(file[cut - 1] == 0xff);
                let short = [&file[..cut], &[0xff, 0xd9]].concat();
                let error = read(&short, &limits).err().unwrap_or_else(|| panic!("{progressive} {interval:?} {share}"));
                assert!(matches!(error, ImageError::Truncated { .. } | ImageError::Corrupt { .. }), "{error}");
            }
        }
    }
}
