//! The parts of a picture that experiments take out beside the zones of the anatomy, by the names
//! that [`CauseRow::region`](crate::CauseRow) has.

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
