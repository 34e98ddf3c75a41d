//! Eight-bit RGB pictures, the only kind that leaves a decoder and enters an encoder.

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
        let [r, g, b] = colour;
        let rgb = if r == g && g == b { vec![r; 3 * width * height] } else { colour.repeat(width * height) };
        Self { width, height, rgb }
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
