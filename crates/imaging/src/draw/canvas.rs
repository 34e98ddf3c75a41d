//! A picture to draw on.

use std::sync::LazyLock;

use crate::Picture;

/// A colour with 8 bits a channel.
pub(super) type Rgb = [u8; 3];

/// Rectangles with corners, pictures, and whatever lays paint on pixels by coverage.
pub(super) struct Canvas {
    pub picture: Picture,
}

impl Canvas {
    pub fn new(width: usize, height: usize, background: Rgb) -> Self {
        Self { picture: Picture::filled(width, height, background) }
    }

    /// Lays paint on a pixel; `coverage` is 0 to 1. Pixels outside are ignored.
    ///
    /// The mixture is one of light, not of stored values (sRGB is close to the square of light's
    /// root), so that thin dark strokes on white keep their weight and light ones on dark do not
    /// swell.
    pub fn paint(&mut self, x: i64, y: i64, colour: Rgb, coverage: f32) {
        let (width, height) = (self.picture.width as i64, self.picture.height as i64);
        if !(0..width).contains(&x) || !(0..height).contains(&y) || coverage <= 0.0 {
            return;
        }
        let coverage = coverage.min(1.0);
        let at = ((y * width + x) * 3) as usize;
        for (under, over) in self.picture.rgb[at..at + 3].iter_mut().zip(colour) {
            let (from, to) = (LIGHT[usize::from(*under)], LIGHT[usize::from(over)]);
            *under = LEVEL[((from + coverage * (to - from)) * (LEVELS - 1) as f32 + 0.5) as usize];
        }
    }

    /// A filled rectangle with round corners, smooth at the edge.
    pub fn rounded(&mut self, [left, top, width, height]: [f32; 4], radius: f32, colour: Rgb) {
        let radius = radius.min(width / 2.0).min(height / 2.0);
        let centre = [left + width / 2.0, top + height / 2.0];
        for y in top.floor() as i64..=(top + height).ceil() as i64 {
            for x in left.floor() as i64..=(left + width).ceil() as i64 {
                // Distance to the rounded rectangle, negative inside.
                let dx = ((x as f32 + 0.5 - centre[0]).abs() - width / 2.0 + radius).max(0.0);
                let dy = ((y as f32 + 0.5 - centre[1]).abs() - height / 2.0 + radius).max(0.0);
                let distance = dx.hypot(dy) - radius;
                self.paint(x, y, colour, 0.5 - distance);
            }
        }
    }

    /// A straight stroke with round ends, smooth at the edge.
    pub fn stroke(&mut self, from: [f32; 2], to: [f32; 2], width: f32, colour: Rgb) {
        let reach = width / 2.0 + 1.0;
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = (dx * dx + dy * dy).max(1e-6);
        for y in (from[1].min(to[1]) - reach).floor() as i64..=(from[1].max(to[1]) + reach).ceil() as i64 {
            for x in (from[0].min(to[0]) - reach).floor() as i64..=(from[0].max(to[0]) + reach).ceil() as i64 {
                let (px, py) = (x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]);
                let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                let distance = (px - along * dx).hypot(py - along * dy) - width / 2.0;
                self.paint(x, y, colour, 0.5 - distance);
            }
        }
    }

    /// The outline of a rectangle of whole pixels, one pixel wide, inside it; what reaches outside
    /// the picture is cut off.
    pub fn outline(&mut self, [left, top, width, height]: [usize; 4], colour: Rgb) {
        let (across, down) = (Picture::filled(width, 1, colour), Picture::filled(1, height, colour));
        self.place(&across, left, top);
        self.place(&across, left, top + height - 1);
        self.place(&down, left, top);
        self.place(&down, left + width - 1, top);
    }

    /// Copies a picture whose upper left corner comes to lie at `x`, `y`; what reaches outside is
    /// cut off.
    pub fn place(&mut self, picture: &Picture, x: usize, y: usize) {
        let columns = picture.width.min(self.picture.width.saturating_sub(x));
        let rows = picture.height.min(self.picture.height.saturating_sub(y));
        if columns == 0 {
            return;
        }
        for row in 0..rows {
            let from = &picture.rgb[row * picture.width * 3..][..columns * 3];
            self.picture.rgb[((y + row) * self.picture.width + x) * 3..][..columns * 3].copy_from_slice(from);
        }
    }
}

/// Between light (2.2), which makes dark text thin, and stored values (1), which makes light text
/// thin.
const GAMMA: f32 = 1.5;

/// The light of every level, 0 to 1.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|level| (level as f32 / 255.0).powf(GAMMA)));

/// Steps of light that are told apart: enough for every level to be hit exactly.
const LEVELS: usize = 1 << 14;

/// The level of every step of light.
static LEVEL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let light = |step: usize| step as f32 / (LEVELS - 1) as f32;
    (0..LEVELS).map(|step| (255.0 * light(step).powf(1.0 / GAMMA)).round() as u8).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_coverage_is_the_colour_itself_and_none_leaves_what_was() {
        for level in 0..=255 {
            let mut canvas = Canvas::new(2, 1, [level; 3]);
            canvas.paint(0, 0, [255 - level, level, 7], 1.0);
            canvas.paint(1, 0, [255 - level, level, 7], 1e-9);
            assert_eq!((canvas.picture.at(0, 0), canvas.picture.at(1, 0)), ([255 - level, level, 7], [level; 3]));
        }
    }
}
