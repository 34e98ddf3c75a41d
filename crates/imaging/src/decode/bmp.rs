//! BMP files (<https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-storage>), read here:
//! palettes of 1, 2, 4 and 8 bits, 15 and 16 bits, 24 and 32 bits, masks, both run-length codings.

mod header;
mod runs;

use self::header::{Coding, Header, Mask};
use super::raster::{Raster, Samples};
use crate::{DecodeLimits, ImageError};

const FORMAT: &str = "BMP";

pub(super) fn read(bytes: &[u8], limits: &DecodeLimits) -> Result<Raster, ImageError> {
    let header = Header::read(&mut Reader { bytes, at: 0 }, limits)?;
    let (width, height) = (header.width, header.height);
    let mut rgb = vec![0; width * height * 3];
    let rows = rgb.chunks_exact_mut(width * 3);
    let data = Reader { bytes, at: header.data };
    if header.top_down {
        fill(rows, data, &header)?
    } else {
        fill(rows.rev(), data, &header)?
    }
    Ok(Raster { width, height, channels: 3, samples: Samples::Bytes(rgb), orientation: 1 })
}

/// Fills the rows in the order in which the file has them.
fn fill<'a>(
    mut rows: impl Iterator<Item = &'a mut [u8]>,
    mut data: Reader<'_>,
    header: &Header,
) -> Result<(), ImageError> {
    match &header.coding {
        Coding::Palette { bits, colours } => {
            let length = (usize::from(*bits) * header.width).div_ceil(32) * 4;
            rows.try_for_each(|row| data.take(length).map(|indices| look_up(row, indices, *bits, colours)))
        }
        Coding::Runs { bits, colours } => runs::expand(&mut rows, &mut data, *bits, colours),
        Coding::Masks { bytes: size, masks } => {
            let length = (size * header.width).next_multiple_of(4);
            rows.try_for_each(|row| data.take(length).map(|pixels| unmask(row, pixels, *size, masks)))
        }
    }
}

/// A row of indices, the leftmost in the highest bits.
fn look_up(row: &mut [u8], indices: &[u8], bits: u8, colours: &[[u8; 3]; 256]) {
    let (bits, each) = (usize::from(bits), 8 / usize::from(bits));
    for (x, pixel) in row.as_chunks_mut().0.iter_mut().enumerate() {
        let index = usize::from(indices[x / each]) >> (8 - bits * (x % each + 1)) & ((1 << bits) - 1);
        *pixel = colours[index];
    }
}

/// A row of little-endian pixels of some bytes each, a mask for each of red, green and blue.
fn unmask(row: &mut [u8], pixels: &[u8], size: usize, masks: &[Mask; 3]) {
    for (to, from) in row.as_chunks_mut::<3>().0.iter_mut().zip(pixels.chunks_exact(size)) {
        let pixel = from.iter().rev().fold(0, |pixel, &byte| pixel << 8 | u32::from(byte));
        *to = [masks[0].level(pixel), masks[1].level(pixel), masks[2].level(pixel)];
    }
}

/// Bytes from a place in the file on.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ImageError> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| ImageError::Truncated {
            format: FORMAT,
            what: "the file ends before the picture does".into(),
        })?;
        self.at += length;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ImageError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn word(&mut self) -> Result<u16, ImageError> {
        self.take(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn long(&mut self) -> Result<u32, ImageError> {
        self.take(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}

fn corrupt(what: String) -> ImageError {
    ImageError::Corrupt { format: FORMAT, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with an information header, masks or a palette behind it, and pixels.
    fn file([width, height]: [i32; 2], bits: u16, coding: u32, behind: &[u8], pixels: &[u8]) -> Vec<u8> {
        let mut bytes = b"BM\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend((54 + behind.len() as u32).to_le_bytes());
        bytes.extend(40u32.to_le_bytes());
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(coding.to_le_bytes());
        // Sizes and resolutions, which nobody needs, the number of colours, the important ones.
        bytes.extend([0; 12]);
        bytes.extend((if bits <= 8 { behind.len() as u32 / 4 } else { 0 }).to_le_bytes());
        bytes.extend([0; 4]);
        [&bytes[..], behind, pixels].concat()
    }

    fn pixels(bytes: &[u8]) -> Result<Vec<[u8; 3]>, ImageError> {
        let photograph = read(bytes, &DecodeLimits::default())?.into_photograph(FORMAT)?;
        Ok(photograph.rgb.as_chunks().0.to_vec())
    }

    const GREYS: [u8; 16] = [10, 10, 10, 0, 20, 20, 20, 0, 30, 30, 30, 0, 40, 40, 40, 0];

    fn greys(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
        Ok(pixels(bytes)?.into_iter().map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn indices_begin_in_the_highest_bits() {
        let of = |bits: u16, row: [u8; 4]| greys(&file([3, 1], bits, 0, &GREYS[..8], &row)).unwrap();
        assert_eq!(of(1, [0b0100_0000, 0, 0, 0]), [10, 20, 10]);
        assert_eq!(of(4, [0x01, 0x10, 0, 0]), [10, 20, 20]);
        assert_eq!(of(8, [1, 0, 1, 9]), [20, 10, 20]);
        assert_eq!(greys(&file([3, 1], 2, 0, &GREYS, &[0b1101_1000, 0, 0, 0])).unwrap(), [40, 20, 30]);
        // A colour that the palette lacks is black.
        assert_eq!(of(8, [7, 0, 1, 9]), [0, 10, 20]);
    }

    #[test]
    fn rows_run_upwards_unless_the_height_is_negative() {
        let rows = [1, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(greys(&file([1, 2], 8, 0, &GREYS, &rows)).unwrap(), [10, 20]);
        assert_eq!(greys(&file([1, -2], 8, 0, &GREYS, &rows)).unwrap(), [20, 10]);
    }

    #[test]
    fn colours_are_where_the_masks_say() {
        assert_eq!(pixels(&file([1, 1], 24, 0, &[], &[1, 2, 3, 0])).unwrap(), [[3, 2, 1]]);
        assert_eq!(pixels(&file([1, 1], 32, 0, &[], &[1, 2, 3, 4])).unwrap(), [[3, 2, 1]]);
        // Five bits each: 31 → 255, 16 → 132, 1 → 8.
        let five = (31u16 << 10 | 16 << 5 | 1).to_le_bytes();
        assert_eq!(pixels(&file([1, 1], 16, 0, &[], &[five[0], five[1], 0, 0])).unwrap(), [[255, 132, 8]]);
        let masks: Vec<u8> = [0xff00_0000u32, 0x00ff_0000, 0x0000_ff00].iter().flat_map(|m| m.to_le_bytes()).collect();
        assert_eq!(pixels(&file([1, 1], 32, 3, &masks, &[1, 2, 3, 4])).unwrap(), [[4, 3, 2]]);
        // More than eight bits: the highest eight.
        let masks: Vec<u8> = [0x3ff0_0000u32, 0x000f_fc00, 0x0000_03ff].iter().flat_map(|m| m.to_le_bytes()).collect();
        assert_eq!(pixels(&file([1, 1], 32, 3, &masks, &[0xff, 0x03, 0, 0])).unwrap(), [[0, 0, 255]]);
    }

    #[test]
    fn every_width_of_a_mask_reaches_white() {
        for bits in 1..=8 {
            let mask = Mask::new((1 << bits) - 1, 32).unwrap();
            for value in 0..1u32 << bits {
                let exact = (f64::from(value) / f64::from((1 << bits) - 1) * 255.0).round();
                assert_eq!(f64::from(mask.level(value)), exact, "{value} of {bits} bits");
            }
        }
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        let masks = |values: [u32; 3]| values.iter().flat_map(|m| m.to_le_bytes()).collect::<Vec<u8>>();
        for (bytes, word) in [
            (file([0, 1], 24, 0, &[], &[]), "0×1"),
            (file([-1, 1], 24, 0, &[], &[]), "-1"),
            (file([1, i32::MIN], 24, 0, &[], &[]), "-2147483648"),
            (file([1, 1], 23, 0, &[], &[0; 4]), "23 bits"),
            (file([1, -1], 8, 1, &GREYS, &[0; 4]), "downwards"),
            (file([1, 1], 24, 4, &[], &[0; 4]), "compression 4"),
            (file([1, 1], 32, 3, &masks([5, 2, 1]), &[0; 4]), "mask"),
            (file([1, 1], 16, 3, &masks([0x10_0000, 2, 1]), &[0; 4]), "mask"),
            (file([1, 1], 32, 3, &masks([0, 2, 1]), &[0; 4]), "mask"),
            (file([1, 1], 1, 0, &GREYS, &[0; 4]), "4 colours"),
            (file([2, 2], 24, 0, &[], &[0; 15]), "cut short"),
        ] {
            let error = pixels(&bytes).unwrap_err().to_string();
            assert!(error.contains(word), "{word}: {error}");
        }
    }

    #[test]
    fn runs_are_expanded() {
        let wide = |pixels: &[u8]| greys(&file([4, 2], 8, 1, &GREYS, pixels));
        // A run, the end of the row, three single ones with a byte of padding, the end.
        assert_eq!(wide(&[3, 1, 0, 0, 0, 3, 2, 1, 0, 9, 0, 1]).unwrap(), [30, 20, 10, 0, 20, 20, 20, 0]);
        // A jump by one column and one row leaves black behind.
        assert_eq!(wide(&[1, 1, 0, 2, 1, 1, 1, 2, 0, 1]).unwrap(), [0, 0, 30, 0, 20, 0, 0, 0]);
        // ImageMagick lets runs of eight bits leave the row.
        assert_eq!(wide(&[9, 1, 0, 1]).unwrap(), [0, 0, 0, 0, 20, 20, 20, 20]);
        for lies in [&[0, 2, 5, 0][..], &[0, 2, 0, 5], &[0, 5, 1, 1, 1, 1, 1, 1]] {
            assert!(wide(lies).unwrap_err().to_string().contains("run"), "{lies:?}");
        }
        assert!(wide(&[3, 1, 0]).unwrap_err().to_string().contains("cut short"));
        let narrow = |pixels: &[u8]| greys(&file([3, 1], 4, 2, &GREYS, pixels));
        assert_eq!(narrow(&[3, 0x12, 0, 1]).unwrap(), [20, 30, 20]);
        assert_eq!(narrow(&[0, 3, 0x01, 0x20, 0, 1]).unwrap(), [10, 20, 30]);
        assert!(narrow(&[4, 0x12, 0, 1]).unwrap_err().to_string().contains("run"));
    }
}
