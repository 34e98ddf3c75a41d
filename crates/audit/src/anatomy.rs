//! What the audit asks of anatomy. It knows no eyes: whoever starts an audit hands in someone who
//! does.

use std::collections::BTreeMap;

use heatlens_imaging::{Affine, Photograph};

use crate::data::{Case, DiscMask};

/// How far a zone is from what a clinician looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The structure itself: disc, cup, rim.
    Target,
    /// Where disease shows too: the surroundings of the disc, the nerve fibre layer.
    Plausible,
    /// Tissue without a known sign.
    Elsewhere,
    /// The edge of what the camera saw.
    Edge,
    /// Nothing of the eye.
    Outside,
}

/// A zone as reports name it.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct ZoneCard {
    /// In tables.
    pub name: &'static str,
    /// In sentences and pictures.
    pub title: &'static str,
    /// What looking there means.
    pub role: Role,
}

/// How a doubt begins where the data set's own mask cannot be used.
pub const MASK_LEFT_ASIDE: &str = "the mask is left aside";

/// Someone who knows the anatomy of the photographs.
pub trait Anatomist: Sync {
    /// The zones, in order of priority: they divide every photograph.
    fn zones(&self) -> &[ZoneCard];

    /// What is seen on a photograph, whose mask is `mask` where the data set has one; never an
    /// error: what cannot be found is said in the survey.
    fn survey(&self, case: &Case, photograph: &Photograph, mask: Option<&DiscMask>) -> Survey;
}

/// What was found on one photograph.
#[derive(Default)]
pub struct Survey {
    /// Where the mask came from: `manifest`, `segmenter`, `classical`; none where no target was
    /// found.
    pub source: Option<String>,
    /// How sure it is, 0 to 1.
    pub confidence: Option<f64>,
    /// The target structure.
    pub target: Option<Structure>,
    /// `right`, `left`; none where unknown.
    pub side: Option<String>,
    /// Why the side is known.
    pub side_source: Option<String>,
    /// Further figures by name, such as the vertical cup-to-disc ratio.
    pub figures: BTreeMap<String, f64>,
    /// What is doubtful, a sentence each.
    pub doubts: Vec<String>,
    /// The division into zones; without a trusted target it knows the field of view alone, and
    /// without that there is none.
    pub zoning: Option<Box<dyn Zoning>>,
}

/// The structure that the classifier ought to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Structure {
    /// Its centre in the photograph's pixels, edge coordinates.
    pub centre: [f64; 2],
    /// Its equivalent diameter in pixels.
    pub diameter: f64,
}

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

/// The zones of one photograph.
pub trait Zoning: Send + Sync {
    /// Whether the target structure is known; without it its zones are empty.
    fn has_target(&self) -> bool;

    /// The zone of each cell of a grid `[height, width]`, as positions in [`Anatomist::zones`]; the
    /// target moved by `shift` of its diameters, right and down.
    fn labels(&self, grid: [usize; 2], to_photograph: &Affine, shift: [f64; 2]) -> Vec<u8>;

    /// A point of the photograph seen from the target.
    fn place(&self, point: [f64; 2]) -> Option<Place>;

    /// The point of the photograph at (temporal, superior) diameters from the target's centre.
    fn to_photograph(&self, place: [f64; 2]) -> Option<[f64; 2]>;

    /// Cells of a grid across the target's diameter.
    fn cells_across(&self, grid_to_photograph: &Affine) -> Option<f64>;
}
