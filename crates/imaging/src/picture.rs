//! Eight-bit RGB pictures, the only kind that leaves a decoder and enters an encoder.

use image::ExtendedColorType;
use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::ImageError;

/// An 8-bit RGB picture: rows from the top, three bytes a pixel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Width in pixels, at least 1.
    pub width: usize,
    /// Height in pixels, at least 1.
    pub height: usize,
    /// `height * width * 3` bytes, R, G, B.
    pub rgb: Vec<u8>,
}

/// A picture decoded from a file, upright.
pub type Photograph = Picture;

impl Picture {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat(width * height) }
    }

    /// `[height, width]`, the order in which tensors have it.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// The colour at column `x` and row `y`. Panics outside the picture.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let i = (y * self.width + x) * 3;
        [self.rgb[i], self.rgb[i + 1], self.rgb[i + 2]]
    }
}

/// A PNG file of the picture. Lossless; compressed for speed, as panels are written by the thousand.
///
/// # Errors
/// [`ImageError::Encode`] if `rgb` does not have `height * width * 3` bytes.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let fail = |what: String| ImageError::Encode(what);
    if picture.width == 0 || picture.height == 0 || picture.rgb.len() != picture.width * picture.height * 3 {
        return Err(fail(format!("{}×{} pixels do not go with {} bytes", picture.width, picture.height, picture.rgb.len())));
    }
    let narrow = |n: usize| u32::try_from(n).map_err(|_| fail(format!("{n} pixels are too many for a PNG")));
    let mut bytes = Vec::with_capacity(picture.rgb.len() / 2);
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&picture.rgb, narrow(picture.width)?, narrow(picture.height)?, ExtendedColorType::Rgb8)
        .map_err(|e| fail(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_comes_back_unchanged() {
        let rgb = (0..7 * 5 * 3).map(|i| (i * 37 % 256) as u8).collect();
        let picture = Picture { width: 7, height: 5, rgb };
        let bytes = encode_png(&picture).unwrap();
        assert_eq!(crate::decode(&bytes, &crate::DecodeLimits::default()).unwrap(), picture);
        assert!(encode_png(&Picture { width: 8, ..picture }).is_err());
    }
}
