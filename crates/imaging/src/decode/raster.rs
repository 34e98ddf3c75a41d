//! What a decoder leaves: samples in the file's own channels, and how to turn them upright.

use crate::{ImageError, Photograph};

/// A decoded picture before it is made RGB and turned.
pub(super) struct Raster {
    pub width: usize,
    pub height: usize,
    /// Grey, grey and alpha, RGB, or RGB and alpha.
    pub channels: usize,
    pub samples: Samples,
    /// The value of the EXIF tag `Orientation`, 1 to 8; 1 is upright.
    pub orientation: u8,
}

/// `height * width * channels` interleaved samples.
pub(super) enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

impl Raster {
    /// How many bits of its samples a 16-bit file uses: cameras and X-ray devices write 8, 10 or
    /// 12 as they are, which would be all but black as a part of 16.
    pub fn bits(&self) -> Option<u8> {
        let Samples::Words(words) = &self.samples else { return None };
        let colours = if self.channels < 3 { 1 } else { 3 };
        let most = words.chunks(self.channels).flat_map(|pixel| pixel.iter().take(colours)).max().copied().unwrap_or(0);
        Some([8, 10, 12].into_iter().find(|&bits| most >> bits == 0 && most > 0).unwrap_or(16))
    }

    /// Upright RGB: alpha dropped, grey repeated, the upper eight of the bits that samples of more
    /// than eight use.
    ///
    /// # Errors
    /// [`ImageError::Corrupt`] if the decoder delivered fewer samples than it promised.
    pub fn into_photograph(self, format: &'static str) -> Result<Photograph, ImageError> {
        let shift = self.bits().unwrap_or(16) - 8;
        let Self { width, height, channels, samples, orientation } = self;
        let rgb = match samples {
            Samples::Bytes(rgb) if channels == 3 => rgb,
            Samples::Bytes(samples) => to_rgb(&samples, channels, |v| v),
            Samples::Words(samples) => to_rgb(&samples, channels, |v| (v >> shift) as u8),
        };
        if rgb.len() != width * height * 3 {
            return Err(ImageError::Corrupt { format, what: "fewer pixels than its header claims".into() });
        }
        Ok(upright(Photograph { width, height, rgb }, orientation))
    }
}

fn to_rgb<T: Copy>(samples: &[T], channels: usize, level: impl Fn(T) -> u8) -> Vec<u8> {
    let pixels = samples.chunks_exact(channels);
    if channels < 3 {
        pixels.flat_map(|pixel| [level(pixel[0]); 3]).collect()
    } else {
        pixels.flat_map(|pixel| [level(pixel[0]), level(pixel[1]), level(pixel[2])]).collect()
    }
}

/// Undoes what the camera did: `orientation` says where the first row and column of the file lie.
fn upright(from: Photograph, orientation: u8) -> Photograph {
    if !(2..=8).contains(&orientation) {
        return from;
    }
    let (right, bottom) = (from.width - 1, from.height - 1);
    let (width, height) = if orientation < 5 { (from.width, from.height) } else { (from.height, from.width) };
    let mut rgb = Vec::with_capacity(from.rgb.len());
    for y in 0..height {
        for x in 0..width {
            let (x, y) = match orientation {
                2 => (right - x, y),
                3 => (right - x, bottom - y),
                4 => (x, bottom - y),
                5 => (y, x),
                6 => (y, bottom - x),
                7 => (right - y, bottom - x),
                _ => (right - y, x),
            };
            rgb.extend(from.at(x, y));
        }
    }
    Photograph { width, height, rgb }
}

/// The orientation in a block of EXIF data, which has the form of a TIFF file; 1 where there is
/// none: a damaged block is no reason to lose the picture.
#[cfg(any(feature = "jpeg", feature = "png", feature = "webp"))]
pub(super) fn exif_orientation(block: &[u8]) -> u8 {
    const ORIENTATION: u16 = 0x112;
    const SHORT: u16 = 3;
    let find = |word: fn([u8; 2]) -> u16, long: fn([u8; 4]) -> u32| {
        let directory = block.get(usize::try_from(long(*block.get(4..)?.first_chunk()?)).ok()?..)?;
        let entries = directory.get(2..)?.chunks_exact(12).take(word(*directory.first_chunk()?).into());
        let at = |entry: &[u8], at: usize| word([entry[at], entry[at + 1]]);
        let mut entries = entries.filter(|e| at(e, 0) == ORIENTATION && at(e, 2) == SHORT && e[4..8] == one(long));
        entries.next().map(|entry| at(entry, 8))
    };
    let found = match block.first_chunk() {
        Some(b"II*\0") => find(u16::from_le_bytes, u32::from_le_bytes),
        Some(b"MM\0*") => find(u16::from_be_bytes, u32::from_be_bytes),
        _ => None,
    };
    found.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// The four bytes that `long` reads as 1.
#[cfg(any(feature = "jpeg", feature = "png", feature = "webp"))]
fn one(long: fn([u8; 4]) -> u32) -> [u8; 4] {
    if long([1, 0, 0, 0]) == 1 { [1, 0, 0, 0] } else { [0, 0, 0, 1] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```text
    /// 0 1 2
    /// 3 4 5
    /// ```
    fn turned(orientation: u8) -> (usize, Vec<u8>) {
        let samples = Samples::Bytes((0..6).collect());
        let raster = Raster { width: 3, height: 2, channels: 1, samples, orientation };
        let photograph = raster.into_photograph("PNG").unwrap();
        (photograph.width, photograph.rgb.iter().step_by(3).copied().collect())
    }

    #[test]
    fn each_orientation_turns_upright() {
        // As Pillow's `ImageOps.exif_transpose` does.
        for (orientation, width, pixels) in [
            (1, 3, [0, 1, 2, 3, 4, 5]),
            (2, 3, [2, 1, 0, 5, 4, 3]),
            (3, 3, [5, 4, 3, 2, 1, 0]),
            (4, 3, [3, 4, 5, 0, 1, 2]),
            (5, 2, [0, 3, 1, 4, 2, 5]),
            (6, 2, [3, 0, 4, 1, 5, 2]),
            (7, 2, [5, 2, 4, 1, 3, 0]),
            (8, 2, [2, 5, 1, 4, 0, 3]),
        ] {
            assert_eq!(turned(orientation), (width, pixels.to_vec()), "{orientation}");
        }
    }

    #[test]
    fn channels_become_rgb() {
        let rgb = |channels: usize, samples: Samples| {
            Raster { width: 1, height: 1, channels, samples, orientation: 1 }.into_photograph("PNG").map(|p| p.rgb)
        };
        assert_eq!(rgb(2, Samples::Bytes(vec![9, 1])).unwrap(), [9, 9, 9]);
        assert_eq!(rgb(4, Samples::Bytes(vec![9, 8, 7, 1])).unwrap(), [9, 8, 7]);
        assert_eq!(rgb(3, Samples::Words(vec![0x1234, 0xff00, 0x00ff])).unwrap(), [0x12, 0xff, 0]);
        assert!(rgb(3, Samples::Bytes(vec![9, 1])).is_err());
        assert_eq!(rgb(1, Samples::Words(vec![0xff0])).unwrap(), [0xff; 3], "12 bits");
        assert_eq!(rgb(1, Samples::Words(vec![0x3fc])).unwrap(), [0xff; 3], "10 bits");
        assert_eq!(rgb(2, Samples::Words(vec![0xf0, 0xffff])).unwrap(), [0xf0; 3], "8 bits beside alpha");
        assert_eq!(rgb(1, Samples::Words(vec![0])).unwrap(), [0; 3]);
    }

    #[test]
    #[cfg(feature = "jpeg")]
    fn damaged_exif_is_upright() {
        let little =
            b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x01\0\0\0\0\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".to_vec();
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0".to_vec();
        assert_eq!((exif_orientation(&little), exif_orientation(&big)), (6, 8));
        (0..little.len() - 2).for_each(|cut| assert_eq!(exif_orientation(&little[..cut]), 1, "cut at {cut}"));
        let mut strange = big.clone();
        strange[19] = 9;
        assert_eq!(exif_orientation(&strange), 1);
        strange[4..8].fill(0xff);
        assert_eq!(exif_orientation(&strange), 1);
    }
}
