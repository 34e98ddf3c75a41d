//! What is asked of whoever knows the anatomy, and what is answered about one photograph.

use std::collections::BTreeMap;

use heatlens_imaging::Photograph;

use crate::{DiscMask, Side, ZoneCard, Zoning};

/// How a doubt begins where the data set's own mask cannot be used.
pub const MASK_LEFT_ASIDE: &str = "the mask is left aside";

/// Someone who knows the anatomy of the photographs.
pub trait Anatomist: Send + Sync {
    /// The zones, in order of priority: they divide every photograph.
    fn zones(&self) -> &[ZoneCard];

    /// What is seen on a photograph; never an error: what cannot be found is said in the survey.
    fn survey(&self, photograph: &Photograph, known: &Known<'_>) -> Survey;
}

/// What is known of a photograph before it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// Its mask, in its own pixels.
    pub mask: Option<DiscMask>,
    /// Its side, as the data set says.
    pub side: Option<Side>,
    /// The name of its file, which may tell the side.
    pub file_name: &'a str,
}

/// What was found on one photograph.
#[derive(Default)]
pub struct Survey {
    /// Where the mask came from, by [`MaskSource::name`](crate::MaskSource::name); none where no
    /// target was found.
    pub source: Option<String>,
    /// How sure it is, 0 to 1.
    pub confidence: Option<f64>,
    /// The target structure.
    pub target: Option<Structure>,
    /// Right or left; none where unknown.
    pub side: Option<Side>,
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
