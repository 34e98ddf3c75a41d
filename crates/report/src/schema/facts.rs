//! What was run on what.

use std::borrow::Cow;

use heatlens_anatomy::ZoneCard;
use heatlens_record::{LayerRecord, RunRecord};
use serde::{Deserialize, Serialize};

/// The run's own description with what is read from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// All of run.json.
    pub run: RunRecord,
    /// Version of heatlens that made the report.
    pub heatlens: Cow<'static, str>,
    /// The classes, in the network's order.
    pub classes: Vec<String>,
    /// The positive class, where there is one.
    pub positive: Option<String>,
    /// Target layers.
    pub layers: Vec<LayerRecord>,
    /// The zones, in the order of every list of zones.
    pub zones: Vec<ZoneCard>,
}

/// A method on a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct View {
    /// The method.
    pub method: String,
    /// The layer; none where the method looks at none, or at several.
    pub layer: Option<String>,
}

/// A view with its figures on the maps of the predicted class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ViewSummary {
    /// Which.
    #[serde(flatten)]
    pub view: View,
    /// Whether the answers are about this one.
    pub primary: bool,
    /// Maps of the predicted class.
    pub maps: usize,
    /// Maps in which nothing speaks for the class.
    pub empty: usize,
    /// Maps that hold values that are no numbers.
    pub broken: usize,
    /// Median cells across the disc.
    pub cells_per_target: Option<f64>,
    /// Mean share of the map on the target; none without masks.
    pub target_share: Option<f64>,
    /// What the same maps reach when they are moved at random.
    pub target_chance: Option<f64>,
    /// Share of maps whose maximum lies on the target.
    pub pointing: Option<f64>,
}

/// The images behind the figures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Rows of the run.
    pub images: usize,
    /// Of these explained.
    pub explained: usize,
    /// Of these that could not be.
    pub failed: usize,
    /// Explained images with a label among the model's classes.
    pub labelled: usize,
    /// Images of each label, by class.
    pub labels: Vec<(String, usize)>,
    /// Images of each prediction, by class.
    pub predictions: Vec<(String, usize)>,
    /// Images of each outcome.
    pub outcomes: Vec<(String, usize)>,
    /// Patients; none where they are not known.
    pub patients: Option<usize>,
    /// Images with a disc that is trusted.
    pub with_target: usize,
    /// Where the masks come from, with the number of images.
    pub mask_sources: Vec<(String, usize)>,
    /// Images of a known side.
    pub with_side: usize,
    /// Images on which regions were removed.
    pub experimented: usize,
    /// Images seen with the target alone and without it.
    pub remainders: usize,
    /// Median map cells across the target's diameter, in the primary view.
    pub cells_per_target: Option<f64>,
}

/// Why some images are in no figure, or in some only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The reason, in a sentence.
    pub reason: String,
    /// How many images.
    pub images: usize,
    /// Names of the first few.
    pub examples: Vec<String>,
}

/// Photographs that occur more than once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Copies {
    /// Groups of copies.
    pub groups: usize,
    /// Images beyond the first of each group.
    pub surplus: usize,
    /// Groups of identical files.
    pub identical: usize,
    /// Groups whose members have different labels.
    pub across_labels: usize,
    /// Groups whose members have different patients.
    pub across_patients: usize,
    /// Groups whose members are in different parts of the set.
    pub across_splits: usize,
    /// The most troublesome groups, as names of images.
    pub examples: Vec<Membership>,
    /// In a sentence.
    pub sentence: String,
}

/// One group of copies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// Names of its images.
    pub images: Vec<String>,
    /// Their labels.
    pub labels: Vec<Option<String>>,
    /// Least correlation that ties it together; 1 for identical files.
    pub likeness: f64,
}
