//! The zones of one photograph.

use heatlens_imaging::Affine;

/// A point seen from the target structure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Distance from its centre, in its diameters.
    pub r: f64,
    /// Angle in degrees: 0 temporal, 90 superior.
    pub theta: f64,
    /// The sector's name; none where the side is unknown.
    pub sector: Option<&'static str>,
}

/// The division of one photograph into zones.
pub trait Zoning: Send + Sync {
    /// Whether the target structure is known; without it its zones are empty.
    fn has_target(&self) -> bool;

    /// The zone of each cell of a grid `[height, width]`, row by row, as positions in
    /// [`Anatomist::zones`](crate::Anatomist::zones); the target moved by `shift` of its diameters,
    /// right and down.
    fn labels(&self, grid: [usize; 2], to_photograph: &Affine, shift: [f64; 2]) -> Vec<u8>;

    /// A point of the photograph seen from the target.
    fn place(&self, point: [f64; 2]) -> Option<Place>;

    /// The point of the photograph at (temporal, superior) diameters from the target's centre.
    fn to_photograph(&self, place: [f64; 2]) -> Option<[f64; 2]>;

    /// Cells of a grid across the target's diameter.
    fn cells_across(&self, grid_to_photograph: &Affine) -> Option<f64>;
}
