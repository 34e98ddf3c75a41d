//! `run.json`: all that the results of a run depend on, so that it can be judged, continued and
//! repeated.

use std::collections::BTreeMap;

use heatlens_anatomy::ZoneCard;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run depended on. It holds no time of day: the same run gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of this layout; of an older run, the one that it was written in.
    pub schema: String,
    /// Version of heatlens.
    pub heatlens: String,
    /// The command that made it.
    pub task: Task,
    /// Day of the first start, in UTC, where a run may go on later.
    pub date: Option<String>,
    /// The network.
    pub model: ModelRecord,
    /// Names of the classes, in the network's order.
    pub classes: Vec<String>,
    /// The positive one of two.
    pub positive: Option<String>,
    /// Target layers.
    pub layers: Vec<LayerRecord>,
    /// Methods, by name.
    pub methods: Vec<String>,
    /// What was explained: classes by name, `predicted`, `A vs B`.
    pub targets: Vec<String>,
    /// What was explained of a class: `logit` or `probability`.
    pub score: String,
    /// How the maps of several layers became one.
    pub combine: Option<String>,
    /// How maps were smoothed.
    pub smoothing: SmoothingRecord,
    /// From photographs to tensors.
    pub preprocessing: PreprocessingRecord,
    /// The images.
    pub data: DataRecord,
    /// The zones that photographs are divided into, in the order of the rows' lists.
    pub zones: Vec<ZoneCard>,
    /// On how many cases experiments are made.
    pub experiments: ExperimentsRecord,
    /// Who outlined the target structure where the data did not.
    pub segmenter: Option<String>,
    /// Seed of what is drawn at random.
    pub seed: u64,
    /// From which probability on each label is present, where several may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<f32>,
    /// What an explanation writes for each image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<PicturesRecord>,
    /// What the network's batch norms say of the preprocessing, where they were asked.
    pub check: Option<CheckRecord>,
    /// How far apart the networks lie that the model's file may hold, where there are several.
    pub twins: Option<TwinsRecord>,
    /// What was assumed, in words.
    pub notes: Vec<String>,
    /// How it went, where that is known when the record is written.
    pub summary: Option<SummaryRecord>,
    /// The pictures and maps of an explanation, relative to its folder, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Maps and pictures of images.
    Explain,
    /// Measurements over a labelled set.
    #[default]
    Audit,
}

impl Task {
    /// The name of the command.
    pub fn name(self) -> &'static str {
        match self {
            Task::Explain => "explain",
            Task::Audit => "audit",
        }
    }
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The file, as the user named it.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The format of the file.
    pub format: String,
    /// The architecture, where it is known by name.
    pub architecture: Option<String>,
    /// How its outputs are read: `softmax`, `sigmoid`, `multilabel` or `regression`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The part of the file that holds the weights, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// The output that holds the class scores, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Values of inputs that are no image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constants: Vec<ConstantRecord>,
    /// What it takes.
    pub input: InputRecord,
}

/// The values of an input that is no image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConstantRecord {
    /// Its name.
    pub input: String,
    /// Its values.
    pub values: Vec<f32>,
}

/// The input of a network, a batch of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRecord {
    /// Order of the dimensions: `nchw` or `nhwc`.
    pub layout: String,
    /// Channels.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl InputRecord {
    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }
}

/// A target layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRecord {
    /// Its name.
    pub name: String,
    /// Its channels.
    pub channels: usize,
    /// Its rows and columns.
    pub cells: [usize; 2],
}

/// How maps were smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmoothingRecord {
    /// The mean over changed images.
    pub aug: bool,
    /// The first principal component in place of the sum over channels.
    pub eigen: bool,
}

/// What an explanation writes for each image, and how it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PicturesRecord {
    /// Kinds of files, as `--save` names them.
    pub save: Vec<String>,
    /// Colours and their mixture with the photograph.
    pub style: Value,
    /// Longer side of a panel's pictures in pixels, where one was asked for.
    pub tile: Option<usize>,
    /// Maps that share what full colour stands for, where it is not each map's own maximum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// What of the anatomy is outlined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline: Vec<String>,
    /// Whether contour lines of the maps are drawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contours: bool,
}

/// A preprocessing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PreprocessingRecord {
    /// Its steps, as `heatlens preprocess show --json` has them.
    pub steps: Value,
    /// In words.
    pub words: String,
    /// SHA-256 of the steps, in hexadecimal.
    pub sha256: String,
}

/// What a network's batch norms say of a preprocessing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// `fits`, `another fits better` or `cannot be told`.
    pub verdict: String,
    /// The same in a sentence, with its figures.
    pub words: String,
    /// Photographs that were looked at.
    pub images: usize,
}

/// How far apart the networks lie that a model's file may hold: the weights of all of them have the
/// same names and shapes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TwinsRecord {
    /// `agree` or `differ`.
    pub verdict: String,
    /// The same in a sentence, with its figures.
    pub words: String,
    /// Images of the run that were looked at.
    pub images: usize,
    /// The networks beside the one that was read.
    pub networks: Vec<TwinRecord>,
}

/// One of these networks beside the one that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TwinRecord {
    /// Its name, as `--arch` takes it.
    pub name: String,
    /// Images of which it predicts the same class, where one is predicted.
    pub same: Option<usize>,
    /// By how much its probabilities, or its values, differ at most.
    pub apart: f64,
}

/// A set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The table or folder, as the user named it; empty where single files were named.
    pub path: String,
    /// The folder that `images` lie below; empty where single files were named.
    pub root: String,
    /// How the data lie on disk.
    pub layout: String,
    /// SHA-256 of all that is known of the images but their contents, in hexadecimal.
    pub sha256: String,
    /// Images of the whole run, all shards together.
    pub cases: usize,
    /// What is left out.
    pub excluded: Vec<ExclusionRecord>,
    /// What a reader of the results must know of the data.
    pub notes: Vec<String>,
    /// The images, below `root`, in order.
    pub images: Vec<String>,
}

/// An image that is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusionRecord {
    /// Its name.
    pub image: String,
    /// Why.
    pub reason: String,
}

/// On how many cases experiments are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperimentsRecord {
    /// Cases whose regions are taken out, one after the other.
    pub regions: usize,
    /// Cases seen with the target alone and without it.
    pub remainders: usize,
}

/// How a run went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryRecord {
    /// Images in all.
    pub images: usize,
    /// Images that could not be explained.
    pub failed: usize,
    /// Images with a label.
    pub labelled: usize,
    /// Those of them that were predicted rightly.
    pub correct: usize,
    /// Number of images by outcome.
    pub outcomes: BTreeMap<String, usize>,
    /// Each label, where several may be present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelRecord>,
    /// Each value, where outputs are values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueRecord>,
}

/// How one of several labels went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelRecord {
    /// Its name.
    pub label: String,
    /// From which probability on it is present.
    pub threshold: f32,
    /// Number of images by outcome.
    pub outcomes: BTreeMap<String, usize>,
}

/// How one value went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueRecord {
    /// Its name.
    pub value: String,
    /// Images whose true value is known.
    pub images: usize,
    /// The mean of value less true value.
    pub mean_error: f64,
    /// The mean of the same without its sign.
    pub mean_absolute_error: f64,
    /// The root of the mean square.
    pub root_mean_square_error: f64,
}
