//! Type: the embedded Inter (SIL Open Font License, beside it), kerned and smooth.

use std::sync::LazyLock;

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use ttf_parser::{Face as Font, GlyphId, OutlineBuilder};

use super::canvas::{Canvas, Rgb};

static REGULAR: LazyLock<Font<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../../assets/fonts/Inter-Regular.otf")));
static SEMI_BOLD: LazyLock<Font<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../../assets/fonts/Inter-SemiBold.otf")));

fn embedded(bytes: &'static [u8]) -> Font<'static> {
    Font::parse(bytes, 0).expect("the embedded font is whole")
}

/// A typeface at a size.
#[derive(Clone, Copy)]
pub(super) struct Face {
    font: &'static Font<'static>,
    /// Pixels an em.
    size: f32,
}

impl Face {
    pub fn regular(size: f32) -> Self {
        Self { font: &REGULAR, size }
    }

    pub fn semi_bold(size: f32) -> Self {
        Self { font: &SEMI_BOLD, size }
    }

    /// Pixels a unit of the font, by way of its height: pictures drawn with `ab_glyph`, which measures
    /// fonts so, stay the same to the bit.
    fn scale(&self) -> f32 {
        let height = f32::from(self.font.ascender()) - f32::from(self.font.descender());
        self.size * height / f32::from(self.font.units_per_em()) / height
    }

    /// Glyphs with their horizontal positions, and the width of the whole.
    fn lay_out(&self, text: &str) -> (Vec<(GlyphId, f32)>, f32) {
        let scale = self.scale();
        let (mut x, mut previous) = (0.0, None);
        let mut glyphs = Vec::new();
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            x += previous.map_or(0.0, |previous| scale * self.kerning(previous, glyph));
            glyphs.push((glyph, x));
            x += scale * f32::from(self.font.glyph_hor_advance(glyph).unwrap_or(0));
            previous = Some(glyph);
        }
        (glyphs, x)
    }

    /// A control character is a space; a letter that the subset lacks is the box of glyph 0.
    fn glyph(&self, letter: char) -> GlyphId {
        self.font.glyph_index(if letter.is_control() { ' ' } else { letter }).unwrap_or_default()
    }

    /// What a pair of glyphs moves together or apart, in units of the font.
    fn kerning(&self, first: GlyphId, second: GlyphId) -> f32 {
        let tables = self.font.tables().kern.into_iter().flat_map(|kern| kern.subtables);
        let mut tables = tables.filter(|table| table.horizontal && !table.variable);
        tables.find_map(|table| table.glyphs_kerning(first, second)).map_or(0.0, f32::from)
    }

    /// The width of a text in pixels.
    pub fn width(&self, text: &str) -> f32 {
        self.lay_out(text).1
    }

    /// Draws a text whose baseline begins at `x`, `baseline`.
    pub fn draw(&self, canvas: &mut Canvas, text: &str, x: f32, baseline: f32, colour: Rgb) {
        for (glyph, offset) in self.lay_out(text).0 {
            self.draw_glyph(canvas, glyph, point(x + offset, baseline), colour);
        }
    }

    fn draw_glyph(&self, canvas: &mut Canvas, glyph: GlyphId, position: Point, colour: Rgb) {
        let mut outline = Outline::default();
        let Some(bounds) = self.font.outline_glyph(glyph, &mut outline) else { return };
        if bounds.x_min >= bounds.x_max || bounds.y_min >= bounds.y_max {
            return;
        }
        let scale = self.scale();
        // Whole pixels apart from the fraction, so that equal fractions round alike everywhere.
        let x = |unit: i16| f32::from(unit) * scale + position.x.fract();
        let y = |unit: i16| f32::from(unit) * -scale + position.y.fract();
        let whole = point(position.x.trunc(), position.y.trunc());
        let corner = point(x(bounds.x_min).floor(), y(bounds.y_max).floor()) + whole;
        let opposite = point(x(bounds.x_max).ceil(), y(bounds.y_min).ceil()) + whole;
        let size = opposite - corner;
        let mut raster = Rasterizer::new(size.x as usize, size.y as usize);
        let offset = position - corner;
        let placed = |unit: Point| point(unit.x * scale, unit.y * -scale) + offset;
        for curve in outline.curves {
            match curve {
                Curve::Line(a, b) => raster.draw_line(placed(a), placed(b)),
                Curve::Quadratic(a, b, c) => raster.draw_quad(placed(a), placed(b), placed(c)),
                Curve::Cubic(a, b, c, d) => raster.draw_cubic(placed(a), placed(b), placed(c), placed(d)),
            }
        }
        raster.for_each_pixel_2d(|dx, dy, coverage| {
            canvas.paint(corner.x as i64 + i64::from(dx), corner.y as i64 + i64::from(dy), colour, coverage)
        });
    }

    /// The text, or as much of its beginning and end as fits into `width` with an ellipsis between:
    /// a file name is told by both.
    pub fn elided(&self, text: &str, width: f32) -> String {
        if self.width(text) <= width {
            return text.to_string();
        }
        let letters: Vec<char> = text.chars().collect();
        let kept = |n: usize| {
            let front: String = letters[..n.div_ceil(2)].iter().collect();
            let back: String = letters[letters.len() - n / 2..].iter().collect();
            format!("{}…{}", front.trim_end(), back.trim_start())
        };
        // The width grows with what is kept, so the largest that fits can be bisected.
        let (mut fits, mut too_many) = (0, letters.len());
        while fits + 1 < too_many {
            let middle = (fits + too_many) / 2;
            if self.width(&kept(middle)) <= width { fits = middle } else { too_many = middle }
        }
        kept(fits)
    }
}

/// A piece of an outline, in units of the font, y upwards.
enum Curve {
    Line(Point, Point),
    Quadratic(Point, Point, Point),
    Cubic(Point, Point, Point, Point),
}

/// The outline of a glyph, of which each contour is closed.
#[derive(Default)]
struct Outline {
    curves: Vec<Curve>,
    first: Point,
    last: Point,
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.first = point(x, y);
        self.last = self.first;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let from = std::mem::replace(&mut self.last, point(x, y));
        self.curves.push(Curve::Line(from, self.last));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let from = std::mem::replace(&mut self.last, point(x, y));
        self.curves.push(Curve::Quadratic(from, point(x1, y1), self.last));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let from = std::mem::replace(&mut self.last, point(x, y));
        self.curves.push(Curve::Cubic(from, point(x1, y1), point(x2, y2), self.last));
    }

    fn close(&mut self) {
        self.curves.push(Curve::Line(self.last, self.first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_field_are_there() {
        for face in [Face::regular(15.0), Face::semi_bold(15.0)] {
            for letter in "Aäßéłžαβμ·×→←–—…’±≤≥−%½²°".chars() {
                assert_ne!(face.glyph(letter), GlyphId(0), "{letter}");
            }
            assert!(face.font.outline_glyph(GlyphId(0), &mut Outline::default()).is_some());
        }
    }

    #[test]
    fn pairs_are_kerned() {
        let face = Face::regular(100.0);
        assert!(face.width("AV") < face.width("A") + face.width("V") - 2.0);
    }

    #[test]
    fn long_names_lose_their_middle() {
        let face = Face::regular(15.0);
        assert_eq!(face.elided("short.jpg", 200.0), "short.jpg");
        let elided = face.elided("a_very_long_name_of_a_photograph_from_a_clinic_2661_right.jpg", 200.0);
        assert!(elided.starts_with("a_very") && elided.ends_with("right.jpg") && elided.contains('…'), "{elided}");
        assert!(face.width(&elided) <= 200.0);
        assert_eq!(face.elided("abc", 0.0), "…");
    }
}
