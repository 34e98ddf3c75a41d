//! Cases to look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Pictures to leaf through.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gallery {
    /// Answers refer to it by this.
    pub id: String,
    /// A heading.
    pub title: String,
    /// What is shown and how it was chosen.
    pub caption: String,
    /// By what they were chosen.
    pub kind: GalleryKind,
    /// The cases, in order.
    pub cases: Vec<usize>,
    /// Cases that it was chosen from.
    pub of: usize,
}

/// How a gallery was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GalleryKind {
    /// Cases of an outcome, spread over its confidences.
    Outcome,
    /// The most confident cases of an outcome.
    HighConfidence,
    /// The least confident cases of an outcome.
    LowConfidence,
    /// Right, with the least focus on the target.
    RightAnswerWrongPlace,
    /// Wrong, with the highest confidence.
    ConfidentErrors,
    /// Nearest to the centre of a cluster.
    Exemplars,
    /// Cases that hang most on a suspicious region.
    Shortcut,
}

/// What is known of a case; its heatmap lies in the run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseCard {
    /// Position in the data set.
    pub case: usize,
    /// Name of the image.
    pub image: String,
    /// True class.
    pub label: Option<String>,
    /// Predicted class.
    pub predicted: String,
    /// Its probability.
    pub confidence: f64,
    /// Outcome.
    pub outcome: String,
    /// Class whose map is to be shown: the predicted one where it was explained.
    pub class: Option<String>,
    /// Share of that map's energy on the target.
    pub target_share: Option<f64>,
    /// Least and largest share with the target moved by a tenth of its diameter.
    pub target_share_range: Option<[f64; 2]>,
    /// That share over the target's share of the area.
    pub enrichment: Option<f64>,
    /// Zone (its table name) with the highest enrichment among those with at least a tenth of the
    /// energy.
    pub main_zone: Option<String>,
    /// Cells of the map across the target.
    pub cells_per_target: Option<f64>,
    /// Peak of the map as a share of the input's width and height.
    pub peak: Option<[f64; 2]>,
    /// Centre (photograph pixels) and diameter of the disc.
    pub disc: Option<[f64; 3]>,
    /// right or left.
    pub side: Option<String>,
    /// Figures by name: sharpness, exposure, `vertical_cup_to_disc`, …
    pub figures: BTreeMap<String, f64>,
    /// What is doubtful about the anatomy.
    pub doubts: String,
    /// What may explain it, a sentence each: blurred, dark, a copy, hangs on a corner, …
    pub remarks: Vec<String>,
}
