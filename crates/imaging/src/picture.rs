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

    /// The picture with its longer side at most so long: each pixel the mean of those it covers.
    pub fn shrunk(&self, longer: usize) -> Picture {
        let most = self.width.max(self.height);
        if most <= longer {
            return self.clone();
        }
        let [width, height] = [self.width, self.height].map(|side| (side * longer).div_ceil(most).clamp(1, longer));
        let mut rgb = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            let rows = y * self.height / height..((y + 1) * self.height).div_ceil(height);
            for x in 0..width {
                let (from, to) = (x * self.width / width, ((x + 1) * self.width).div_ceil(width));
                let mut sums = [0u64; 3];
                for row in rows.clone() {
                    let pixels = &self.rgb[(row * self.width + from) * 3..(row * self.width + to) * 3];
                    pixels.chunks_exact(3).for_each(|pixel| (0..3).for_each(|c| sums[c] += u64::from(pixel[c])));
                }
                let n = (rows.len() * (to - from)) as u64;
                rgb.extend(sums.map(|sum| ((sum + n / 2) / n) as u8));
            }
        }
        Picture { width, height, rgb }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean_and_the_shape() {
        let picture = Picture {
            width: 401,
            height: 200,
            rgb: (0..401 * 200).flat_map(|i| [(i % 401 / 2) as u8, 9, 200]).collect(),
        };
        let small = picture.shrunk(200);
        assert_eq!((small.width, small.height), (200, 100));
        assert!(small.rgb.chunks(3).all(|p| p[1] == 9 && p[2] == 200));
        assert!(small.at(199, 50)[0] > 195 && small.at(0, 50)[0] < 3);
        assert_eq!(Picture::filled(3, 900, [1; 3]).shrunk(200).size(), [200, 1]);
    }
}
