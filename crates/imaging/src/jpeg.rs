//! Pictures as JPEG files, for pages that must stay small.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

use crate::{ImageError, Picture};

/// A JPEG file of a picture at this quality (1 to 100), with half the resolution of colour (4:2:0).
///
/// # Errors
/// [`ImageError::Encode`] if the picture has more than 65,535 pixels a side.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    let failed = |error: &dyn std::fmt::Display| ImageError::Encode(format!("JPEG: {error}"));
    let side = |side: usize| u16::try_from(side).map_err(|error| failed(&error));
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode_image(Rows { rgb: &picture.rgb, width, height }).map_err(|error| failed(&error))?;
    Ok(file)
}

/// What `Encoder::encode` takes for RGB. That one function compiles the whole encoder nine times, once
/// a layout of pixels that nothing here has.
struct Rows<'a> {
    rgb: &'a [u8],
    width: u16,
    height: u16,
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = 3 * usize::from(self.width);
        for pixel in self.rgb[usize::from(y) * row..][..row].chunks_exact(3) {
            let (luma, blue, red) = rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
            buffers[0].push(luma);
            buffers[1].push(blue);
            buffers[2].push(red);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeLimits, decode};

    #[test]
    fn a_picture_is_read_again_as_it_was() {
        let rgb = (0..40 * 24).flat_map(|i| [(i % 40 * 6) as u8, (i / 40 * 9) as u8, 90]).collect();
        let picture = Picture { width: 40, height: 24, rgb };
        let read = decode(&encode_jpeg(&picture, 95).unwrap(), &DecodeLimits::default()).unwrap();
        assert_eq!(read.size(), [24, 40]);
        let far = read.rgb.iter().zip(&picture.rgb).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(far < 16, "{far}");
    }

    #[test]
    fn a_side_beyond_the_format_is_refused() {
        let error = encode_jpeg(&Picture::filled(70_000, 1, [0; 3]), 80).unwrap_err();
        assert!(error.to_string().contains("JPEG"), "{error}");
    }
}
