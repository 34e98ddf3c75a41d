//! The headers of a BMP file: size, coding, palette, masks.

use super::{FORMAT, Reader, corrupt};
use crate::decode::check_size;
use crate::{DecodeLimits, ImageError};

/// What the headers say.
pub(super) struct Header {
    pub width: usize,
    pub height: usize,
    /// Whether the first row of the file is the highest.
    pub top_down: bool,
    /// Where the pixels begin.
    pub data: usize,
    pub coding: Coding,
}

/// How pixels are written.
pub(super) enum Coding {
    /// Indices of 1, 2, 4 or 8 bits.
    Palette { bits: u8, colours: Box<[[u8; 3]; 256]> },
    /// Run lengths of indices of 4 or 8 bits.
    Runs { bits: u8, colours: Box<[[u8; 3]; 256]> },
    /// Little-endian numbers of some bytes, with a mask for each of red, green and blue.
    Masks { bytes: usize, masks: [Mask; 3] },
}

/// The header of OS/2, whose palettes have three bytes a colour.
const CORE: u32 = 12;
/// `BITMAPINFOHEADER` and its successors.
const INFORMATION: [u32; 5] = [40, 52, 56, 108, 124];
/// The length of the file's own header, where the next one begins.
const FILE: usize = 14;

impl Header {
    pub fn read(reader: &mut Reader<'_>, limits: &DecodeLimits) -> Result<Self, ImageError> {
        reader.take(10)?;
        let data = reader.long()? as usize;
        let size = reader.long()?;
        let core = size == CORE;
        if !core && !INFORMATION.contains(&size) {
            return Err(unsupported(format!("a header of {size} bytes")));
        }
        let [width, height] = if core {
            [reader.word()?, reader.word()?].map(i64::from)
        } else {
            [i64::from(reader.long()?.cast_signed()), i64::from(reader.long()?.cast_signed())]
        };
        if width < 0 || height == i64::from(i32::MIN) {
            return Err(corrupt(format!("it claims {width}×{height} pixels")));
        }
        check_size(width.unsigned_abs(), height.unsigned_abs(), FORMAT, limits)?;
        let planes = reader.word()?;
        if planes != 1 {
            return Err(corrupt(format!("it claims {planes} planes")));
        }
        let top_down = height < 0;
        let bits = reader.word()?;
        let (compression, used) = if core { (0, 0) } else { compression_and_colours(reader)? };
        if top_down && !matches!(compression, 0 | 3) {
            return Err(corrupt(format!("rows of compression {compression} cannot run downwards")));
        }
        let end = FILE + size as usize;
        let palette = |reader: &mut Reader<'_>| {
            reader.at = end;
            palette(reader, bits, used, if core { 3 } else { 4 })
        };
        let coding = match (compression, bits) {
            (0, 1 | 4 | 8) | (0, 2) if !(core && bits == 2) => {
                Coding::Palette { bits: bits as u8, colours: palette(reader)? }
            }
            (0, 16) if !core => Coding::Masks { bytes: 2, masks: masks([0x7c00, 0x03e0, 0x001f], bits)? },
            (0, 24) => Coding::Masks { bytes: 3, masks: masks([0xff_0000, 0xff00, 0xff], bits)? },
            (0, 32) if !core => Coding::Masks { bytes: 4, masks: masks([0xff_0000, 0xff00, 0xff], bits)? },
            (1, 8) | (2, 4) => Coding::Runs { bits: bits as u8, colours: palette(reader)? },
            // The masks follow the first 40 bytes, whether they count as part of the header or not.
            (3, 16 | 32) => Coding::Masks {
                bytes: usize::from(bits / 8),
                masks: masks([reader.long()?, reader.long()?, reader.long()?], bits)?,
            },
            (0..=3, _) => return Err(corrupt(format!("compression {compression} has no pixels of {bits} bits"))),
            _ => return Err(unsupported(format!("compression {compression}"))),
        };
        Ok(Self { width: width as usize, height: height.unsigned_abs() as usize, top_down, data, coding })
    }
}

fn unsupported(what: String) -> ImageError {
    ImageError::Unsupported { format: FORMAT, what }
}

/// The rest of an information header: compression and the number of colours in the palette.
fn compression_and_colours(reader: &mut Reader<'_>) -> Result<(u32, u32), ImageError> {
    let compression = reader.long()?;
    // The size of the data and the resolution.
    reader.take(12)?;
    let used = reader.long()?;
    // The number of important colours.
    reader.take(4)?;
    Ok((compression, used))
}

/// Colours are stored as blue, green, red and perhaps a byte of nothing; missing ones are black.
fn palette(reader: &mut Reader<'_>, bits: u16, used: u32, size: usize) -> Result<Box<[[u8; 3]; 256]>, ImageError> {
    let most = 1 << bits;
    if used > most {
        return Err(corrupt(format!("{bits} bits cannot choose among {used} colours")));
    }
    let count = if used == 0 { most } else { used } as usize;
    let mut colours = Box::new([[0; 3]; 256]);
    let stored = reader.take(count * size)?.chunks_exact(size);
    colours.iter_mut().zip(stored).for_each(|(to, from)| *to = [from[2], from[1], from[0]]);
    Ok(colours)
}

fn masks(masks: [u32; 3], bits: u16) -> Result<[Mask; 3], ImageError> {
    let [red, green, blue] = masks;
    Ok([Mask::new(red, bits)?, Mask::new(green, bits)?, Mask::new(blue, bits)?])
}

/// Neighbouring bits of a pixel that hold one colour.
pub(super) struct Mask {
    shift: u32,
    /// At most 8: of longer ones the highest count.
    bits: u32,
}

impl Mask {
    pub fn new(mask: u32, pixel_bits: u16) -> Result<Self, ImageError> {
        let (shift, bits) = (mask.trailing_zeros(), mask.count_ones());
        let gaps = bits == 0 || (mask >> shift).trailing_ones() != bits;
        if gaps || shift + bits > u32::from(pixel_bits) {
            return Err(corrupt(format!("a colour has the mask {mask:#x} in pixels of {pixel_bits} bits")));
        }
        Ok(Self { shift: shift + bits.saturating_sub(8), bits: bits.min(8) })
    }

    /// The colour of a pixel, spread over 0 to 255.
    pub fn level(&self, pixel: u32) -> u8 {
        let most = (1 << self.bits) - 1;
        let value = pixel >> self.shift & most;
        ((value * 255 + most / 2) / most) as u8
    }
}
