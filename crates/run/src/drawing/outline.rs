//! Disc and cup of a photograph as lines, by the shipped segmenter.

use std::sync::OnceLock;

use heatlens_anatomy::{DiscMask, Known, Tissue};
use heatlens_fundus::anatomy::{Anatomy, Segmenter};
use heatlens_imaging::{Affine, Map, Photograph, blur};

/// What can be outlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The optic disc, cup included.
    Disc,
    /// The cup.
    Cup,
}

impl Part {
    /// Each part: its name, and what it is.
    pub const ALL: [(Part, &'static str, &'static str); 2] =
        [(Part::Disc, "disc", "the optic disc, in white"), (Part::Cup, "cup", "the cup in it, in blue")];

    /// The part of this name.
    pub fn named(name: &str) -> Option<Part> {
        Part::ALL.iter().find(|(_, known, _)| *known == name).map(|(part, ..)| *part)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Part::Disc => "disc",
            Part::Cup => "cup",
        }
    }

    fn colour(self) -> [u8; 3] {
        match self {
            Part::Disc => [255, 255, 255],
            Part::Cup => [110, 205, 255],
        }
    }
}

/// The outlines of one photograph.
#[derive(Clone, Debug)]
pub struct Outline {
    /// How much of each place belongs to a part, and where that lies in the photograph.
    lines: Vec<(Part, Map, Affine)>,
    words: String,
}

/// Longer side of the grid that masks are smoothed on.
const GRID: usize = 512;

impl Outline {
    /// Finds the parts asked for; no lines, and words that say why, where there is no disc that one
    /// can be sure of.
    pub fn find(photograph: &Photograph, parts: &[Part]) -> Outline {
        static SEGMENTER: OnceLock<Option<Segmenter>> = OnceLock::new();
        let segmenter = SEGMENTER.get_or_init(|| Segmenter::shipped().ok()).as_ref();
        let anatomy = Anatomy::of(photograph, &Known::default(), segmenter);
        match anatomy.ok().as_ref().and_then(Anatomy::sure_disc) {
            Some(disc) => Outline::of(&disc.mask, parts, disc.confidence()),
            None => {
                let words = "No optic disc was found that one can be sure of: nothing is outlined.";
                Outline { lines: Vec::new(), words: words.to_owned() }
            }
        }
    }

    fn of(mask: &DiscMask, parts: &[Part], confidence: f64) -> Outline {
        let is_there = |part: &&Part| **part == Part::Disc || mask.has_cup();
        let lines: Vec<(Part, Map, Affine)> = parts
            .iter()
            .filter(is_there)
            .map(|&part| {
                let (map, way) = smooth(mask, part);
                (part, map, way)
            })
            .collect();
        let named = |part: &Part| lines.iter().any(|(of, ..)| of == part);
        let outlined = match (named(&Part::Disc), named(&Part::Cup)) {
            (true, true) => "White line: the optic disc; blue line: its cup",
            (true, false) => "White line: the optic disc",
            (false, true) => "Blue line: the cup of the optic disc",
            (false, false) => "No cup was found to outline",
        };
        let words = format!("{outlined}, as the shipped segmenter sees them (confidence {confidence:.2}).");
        Outline { lines, words }
    }

    /// What the lines are.
    pub(super) fn words(&self) -> String {
        self.words.clone()
    }

    /// Each part as a map that takes one half on its line, its way into the photograph, and the
    /// line's colour.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&Map, &Affine, [u8; 3])> {
        self.lines.iter().map(|(part, map, way)| (map, way, part.colour()))
    }
}

/// A part as a map from 0 to 1 whose line at one half has no steps.
fn smooth(mask: &DiscMask, part: Part) -> (Map, Affine) {
    let [width, height] = mask.size();
    let shrink = (GRID as f64 / width.max(height) as f64).min(1.0);
    let size = [height, width].map(|side| ((side as f64 * shrink).round() as usize).max(1));
    let way = Affine::scaling(size, [height, width]);
    let belongs = |tissue: Tissue| match part {
        Part::Disc => tissue != Tissue::Background,
        Part::Cup => tissue == Tissue::Cup,
    };
    let at = |i: usize| mask.at(way.apply([(i % size[1]) as f64 + 0.5, (i / size[1]) as f64 + 0.5]));
    let values: Vec<f32> = (0..size[0] * size[1]).map(|i| f32::from(u8::from(belongs(at(i))))).collect();
    (Map::new(size[0], size[1], blur(&values, size, 1.2)), way)
}

#[cfg(test)]
mod tests {
    use heatlens_fundus::demo::demo_eye;
    use heatlens_imaging::Picture;

    use super::*;

    #[test]
    fn the_lines_lie_where_the_disc_does() {
        let eye = demo_eye(0, 600).unwrap().photograph;
        let disc = eye.truth.geometry;
        let photograph = Picture { width: eye.size, height: eye.size, rgb: eye.rgb };
        let outline = Outline::find(&photograph, &[Part::Disc, Part::Cup]);
        assert!(outline.words().starts_with("White line: the optic disc; blue line: its cup"), "{}", outline.words());
        let lines: Vec<_> = outline.lines().collect();
        let area = |map: &Map, way: &Affine| {
            let cells = map.values.iter().filter(|value| **value > 0.5).count() as f64;
            cells * way.scale[0] * way.scale[1]
        };
        let [whole, cup] = [area(lines[0].0, lines[0].1), area(lines[1].0, lines[1].1)];
        let true_area = std::f64::consts::PI / 4.0 * f64::from(disc.disc_diameters[0] * disc.disc_diameters[1]);
        assert!((0.8..1.25).contains(&(whole / true_area)) && cup < whole && cup > 0.05 * whole, "{whole} {true_area}");
        let none = Outline::find(&Picture::filled(90, 80, [60; 3]), &[Part::Disc]);
        assert!(none.lines().next().is_none() && none.words().contains("nothing is outlined"));
    }
}
