//! How well the network classifies.

use serde::{Deserialize, Serialize};

use super::Measurement;
use heatlens_statistics::{Calibration, OperatingPoint};

/// Performance on the labelled images.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Performance {
    /// Labelled images.
    pub images: usize,
    /// Share that is right.
    pub accuracy: Measurement,
    /// What always saying the most frequent class reaches.
    pub majority: f64,
    /// Labels against predictions.
    pub confusion: Confusion,
    /// One a class, or the positive one alone where there are two.
    pub classes: Vec<ClassPerformance>,
    /// Of the positive class's probability, or of the confidence against being right.
    pub calibration: Calibration,
    /// The threshold of the highest probability, and Youden's; empty without a positive class.
    pub operating: Vec<OperatingPoint>,
    /// What qualifies these figures, a sentence each.
    pub notes: Vec<String>,
    /// What to try where two classes look turned round.
    #[serde(default)]
    pub turned: Option<String>,
}

/// One class against the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClassPerformance {
    /// The class.
    pub class: String,
    /// Images of it.
    pub images: usize,
    /// Area under the ROC curve of its probability.
    pub auc: Measurement,
    /// Average precision; its chance is the share of the class.
    pub average_precision: Measurement,
    /// Share of its images that are found.
    pub recall: Measurement,
}

/// Labels against predictions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// The classes.
    pub classes: Vec<String>,
    /// `counts[label][prediction]`.
    pub counts: Vec<Vec<usize>>,
}

/// One column of the set, such as the camera.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubgroupTable {
    /// The column.
    pub column: String,
    /// Its groups, the largest first.
    pub rows: Vec<SubgroupRow>,
    /// How strongly it goes with the label (Cramér's V); a strong tie is a built-in shortcut.
    pub with_label: Option<Measurement>,
    /// How strongly it goes with being right.
    pub with_correct: Option<Measurement>,
    /// Whether groups too many to show were left out.
    pub omitted: usize,
    /// What stands out, a sentence each.
    pub notes: Vec<String>,
}

/// One group of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubgroupRow {
    /// Its value.
    pub value: String,
    /// Images.
    pub images: usize,
    /// Images of the positive class, where labels and such a class are known.
    pub positives: Option<usize>,
    /// Share that is right.
    pub accuracy: Option<Measurement>,
    /// Area under the ROC curve.
    pub auc: Option<Measurement>,
    /// Share of the map on the target.
    pub target_share: Option<Measurement>,
}
