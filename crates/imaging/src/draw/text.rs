//! Type: the embedded Inter (SIL Open Font License, beside it), kerned and smooth.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};

use super::canvas::{Canvas, Rgb};

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../../assets/fonts/Inter-Regular.otf")));
static SEMI_BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| embedded(include_bytes!("../../assets/fonts/Inter-SemiBold.otf")));

fn embedded(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded font is whole")
}

/// A typeface at a size.
#[derive(Clone, Copy)]
pub(super) struct Face {
    font: &'static FontRef<'static>,
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

    fn scale(&self) -> PxScale {
        // ab_glyph measures fonts from ascender to descender, everyone else by the em.
        PxScale::from(self.size * self.font.height_unscaled() / self.font.units_per_em().unwrap_or(1000.0))
    }

    /// Glyphs with their horizontal positions, and the width of the whole.
    fn lay_out(&self, text: &str) -> (Vec<(GlyphId, f32)>, f32) {
        let scaled = self.font.as_scaled(self.scale());
        let (mut x, mut previous) = (0.0, None);
        let mut glyphs = Vec::new();
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            x += previous.map_or(0.0, |p| scaled.kern(p, glyph));
            glyphs.push((glyph, x));
            x += scaled.h_advance(glyph);
            previous = Some(glyph);
        }
        (glyphs, x)
    }

    /// A control character is a space; a letter that the subset lacks is the box of glyph 0.
    fn glyph(&self, letter: char) -> GlyphId {
        self.font.glyph_id(if letter.is_control() { ' ' } else { letter })
    }

    /// The width of a text in pixels.
    pub fn width(&self, text: &str) -> f32 {
        self.lay_out(text).1
    }

    /// Draws a text whose baseline begins at `x`, `baseline`.
    pub fn draw(&self, canvas: &mut Canvas, text: &str, x: f32, baseline: f32, colour: Rgb) {
        for (glyph, offset) in self.lay_out(text).0 {
            let glyph = glyph.with_scale_and_position(self.scale(), point(x + offset, baseline));
            if let Some(outline) = self.font.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|dx, dy, coverage| {
                    canvas.paint(corner.x as i64 + i64::from(dx), corner.y as i64 + i64::from(dy), colour, coverage)
                });
            }
        }
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

/// Lines at most: names from strangers' files make no picture of any height.
const MOST_LINES: usize = 6;

/// Lines of whole words, as long as fit; a word that is wider than a line goes on in the next.
pub(super) fn wrapped(face: &Face, text: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if face.width(&format!("{line} {word}")) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => broken(face, word, width, &mut lines),
        }
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines[MOST_LINES - 1].push_str(" …");
            break;
        }
    }
    lines
}

/// A word in as many lines as it needs.
fn broken(face: &Face, word: &str, width: f32, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0.0;
    for letter in word.chars() {
        let advance = face.width(letter.encode_utf8(&mut [0; 4]));
        if !line.is_empty() && used + advance > width {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
            if lines.len() > MOST_LINES {
                return;
            }
        }
        line.push(letter);
        used += advance;
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_field_are_there() {
        for face in [Face::regular(15.0), Face::semi_bold(15.0)] {
            for letter in "Aäßéłžαβμ·×→←–—…’±≤≥−%½²°".chars() {
                assert_ne!(face.font.glyph_id(letter), GlyphId(0), "{letter}");
            }
            assert!(face.font.outline(GlyphId(0)).is_some());
        }
    }

    #[test]
    fn pairs_are_kerned() {
        let face = Face::regular(100.0);
        assert!(face.width("AV") < face.width("A") + face.width("V") - 2.0);
    }

    #[test]
    fn nothing_is_lost_of_what_is_wrapped_unless_it_is_endless() {
        let face = Face::regular(15.0);
        let text = "a_very_long_name_of_a_photograph_from_a_clinic_2661_right.jpg and a few words";
        let lines = wrapped(&face, text, 150.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| face.width(line) <= 151.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(wrapped(&face, "one two", 500.0), ["one two"]);
        assert!(wrapped(&face, "", 500.0).is_empty());
        assert_eq!(wrapped(&face, &"x".repeat(9000), 150.0).len(), MOST_LINES);
        assert_eq!(wrapped(&face, &"x y ".repeat(9000), 150.0).len(), MOST_LINES);
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
