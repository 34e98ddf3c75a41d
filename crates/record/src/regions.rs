//! The parts of a picture that experiments take out beside the zones of the anatomy, by the names
//! that [`CauseRow::region`](crate::CauseRow) has.

use std::sync::LazyLock;

/// Side of a corner's square, as a share of the picture's sides.
pub const CORNER: f64 = 0.22;
/// Width of an edge's strip, as a share of the picture's sides.
pub const STRIP: f64 = 0.06;

/// A corner or an edge of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PicturePart {
    /// In tables.
    pub name: &'static str,
    /// In sentences.
    pub title: &'static str,
    /// The rows it takes up, as shares of the height.
    pub rows: [f64; 2],
    /// The columns it takes up, as shares of the width.
    pub columns: [f64; 2],
}

const fn part(name: &'static str, title: &'static str, rows: [f64; 2], columns: [f64; 2]) -> PicturePart {
    PicturePart { name, title, rows, columns }
}

/// The corners and edges.
pub const PICTURE_PARTS: [PicturePart; 8] = [
    part("corner upper left", "the upper left corner of the picture", [0.0, CORNER], [0.0, CORNER]),
    part("corner upper right", "the upper right corner of the picture", [0.0, CORNER], [1.0 - CORNER, 1.0]),
    part("corner lower left", "the lower left corner of the picture", [1.0 - CORNER, 1.0], [0.0, CORNER]),
    part("corner lower right", "the lower right corner of the picture", [1.0 - CORNER, 1.0], [1.0 - CORNER, 1.0]),
    part("edge top", "the upper edge of the picture", [0.0, STRIP], [0.0, 1.0]),
    part("edge bottom", "the lower edge of the picture", [1.0 - STRIP, 1.0], [0.0, 1.0]),
    part("edge left", "the left edge of the picture", [0.0, 1.0], [0.0, STRIP]),
    part("edge right", "the right edge of the picture", [0.0, 1.0], [1.0 - STRIP, 1.0]),
];

impl PicturePart {
    /// Its share of the picture's area.
    pub fn area(&self) -> f64 {
        (self.rows[1] - self.rows[0]) * (self.columns[1] - self.columns[0])
    }
}

/// A place of the picture that is looked through for marks where nobody thought of any.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedPlace {
    /// In tables.
    pub name: String,
    /// In sentences.
    pub title: String,
    /// Which places it is compared with: those of the same pattern.
    pub pattern: &'static str,
    /// The rows it takes up, as shares of the height.
    pub rows: [f64; 2],
    /// The columns it takes up, as shares of the width.
    pub columns: [f64; 2],
}

/// A place around the disc that is looked through for marks, seen in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AroundPlace {
    /// In tables.
    pub name: &'static str,
    /// In sentences.
    pub title: &'static str,
}

/// Where the ring around the disc begins and ends, in disc diameters from its centre: beyond what
/// atrophy beside the disc takes up.
pub const AROUND_RADII: [f64; 2] = [0.8, 1.6];

/// The eighths of the ring around the disc, against the clock, each about its direction.
pub const AROUND: [AroundPlace; 8] = [
    AroundPlace { name: "around right", title: "the place to the right of the disc" },
    AroundPlace { name: "around upper right", title: "the place to the upper right of the disc" },
    AroundPlace { name: "around above", title: "the place above the disc" },
    AroundPlace { name: "around upper left", title: "the place to the upper left of the disc" },
    AroundPlace { name: "around left", title: "the place to the left of the disc" },
    AroundPlace { name: "around lower left", title: "the place to the lower left of the disc" },
    AroundPlace { name: "around below", title: "the place below the disc" },
    AroundPlace { name: "around lower right", title: "the place to the lower right of the disc" },
];

/// Width of a broad strip, as a share of the picture's sides.
pub const BROAD_STRIP: f64 = 0.15;

/// Sixteen squares that cover the picture, nine that lie over their borders, and a broad strip along
/// each side.
pub static SCANNED: LazyLock<Vec<ScannedPlace>> = LazyLock::new(|| {
    let down = ["at the top", "above the middle", "below the middle", "at the bottom"];
    let across = ["far left", "left of the middle", "right of the middle", "far right"];
    let mut places = squares("square", 0.0, &down, &across);
    let (down, across) =
        (["in the upper part", "halfway down", "in the lower part"], ["left", "in the middle", "right"]);
    places.extend(squares("offset square", 0.125, &down, &across));
    let far = 1.0 - BROAD_STRIP;
    for (side, rows, columns) in [
        ("top", [0.0, BROAD_STRIP], [0.0, 1.0]),
        ("bottom", [far, 1.0], [0.0, 1.0]),
        ("left", [0.0, 1.0], [0.0, BROAD_STRIP]),
        ("right", [0.0, 1.0], [far, 1.0]),
    ] {
        let title = format!("the broad strip along the {side} of the picture");
        places.push(ScannedPlace { name: format!("strip {side}"), title, pattern: "strip", rows, columns });
    }
    places
});

/// Squares of a quarter of the picture's sides, from an offset on.
fn squares(pattern: &'static str, offset: f64, down: &[&str], across: &[&str]) -> Vec<ScannedPlace> {
    let span = |i: usize| [offset + i as f64 / 4.0, offset + (i + 1) as f64 / 4.0];
    let place = |(row, down): (usize, &&str)| {
        let of_row = move |(column, across): (usize, &&str)| ScannedPlace {
            name: format!("{pattern} {} {}", row + 1, column + 1),
            title: format!("the square {down}, {across}"),
            pattern,
            rows: span(row),
            columns: span(column),
        };
        across.iter().enumerate().map(of_row).collect::<Vec<_>>()
    };
    down.iter().enumerate().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn scanned_places_cover_the_picture_and_have_names_of_their_own() {
        let of = |value: fn(&ScannedPlace) -> &str| SCANNED.iter().map(value).collect::<BTreeSet<_>>().len();
        assert_eq!((SCANNED.len(), of(|place| &place.name), of(|place| &place.title)), (29, 29, 29));
        let area = |place: &ScannedPlace| (place.rows[1] - place.rows[0]) * (place.columns[1] - place.columns[0]);
        assert_eq!(SCANNED.iter().filter(|place| place.pattern == "square").map(area).sum::<f64>(), 1.0);
        let within = |span: [f64; 2]| 0.0 <= span[0] && span[1] <= 1.0;
        assert!(SCANNED.iter().all(|place| within(place.rows) && within(place.columns)));
    }
}
