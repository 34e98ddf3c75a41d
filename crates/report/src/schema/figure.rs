//! What is drawn: data only, no drawing.

use serde::{Deserialize, Serialize};

use super::{Confusion, Measurement};
use heatlens_statistics::{Bin, Finding, RocPoint};

/// A figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Answers refer to it by this.
    pub id: String,
    /// A heading.
    pub title: String,
    /// What is seen and how it is to be read, in sentences.
    pub caption: String,
    /// What is drawn.
    pub data: FigureData,
}

/// The kinds of figures.
// A report holds some twenty: their size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FigureData {
    /// Share of the map in each zone (of `Provenance::zones`) against chance and area, a series a
    /// group of maps.
    ZoneBars {
        /// One series a group of maps.
        series: Vec<ZoneSeries>,
    },
    /// Mean heatmaps side by side on one scale.
    MeanMaps {
        /// Where the cells lie.
        frame: Frame,
        /// One a group of maps.
        maps: Vec<MeanMap>,
        /// Largest cell of all, for a common colour scale.
        largest: f32,
    },
    /// The difference of two mean maps.
    MapDifference {
        /// Where the cells lie.
        frame: Frame,
        /// The group that is subtracted from.
        first: String,
        /// The group that is subtracted.
        second: String,
        /// Patients or images in each.
        units: [usize; 2],
        /// Mean of the first less that of the second, row by row; none where a cell was never seen.
        cells: Vec<Option<f32>>,
        /// Cells whose difference is significant at 5 %, corrected for all cells; empty where
        /// nothing was tested.
        significant: Vec<bool>,
        /// p of "no difference anywhere".
        overall_p: Option<f64>,
    },
    /// Two quantities, a point a case; a sample where there are many.
    Scatter {
        /// Words at the axes.
        x: String,
        /// Words at the axes.
        y: String,
        /// Names of the groups that points belong to.
        groups: Vec<String>,
        /// The points.
        points: Vec<ScatterPoint>,
        /// Cases that the points were drawn from.
        of: usize,
        /// Where chance lies along y.
        chance_y: Option<f64>,
    },
    /// Receiver operating characteristic.
    Roc {
        /// The curve, at most 500 points of it.
        points: Vec<RocPoint>,
        /// The area.
        auc: Measurement,
        /// `[false positive rate, true positive rate]` of each operating point, with its name.
        operating: Vec<(String, [f64; 2])>,
    },
    /// Predicted probability against observed share.
    Reliability {
        /// The bins.
        bins: Vec<Bin>,
        /// What the probability is of.
        event: String,
        /// Expected calibration error.
        error: Measurement,
        /// Brier score.
        brier: Measurement,
    },
    /// Groups of maps that look alike.
    ClusterMap {
        /// Where the cells of the mean maps lie.
        frame: Frame,
        /// The clusters, the largest first.
        clusters: Vec<Cluster>,
        /// A point a map, placed by the two leading eigenvectors.
        points: Vec<MapPoint>,
    },
    /// What removing regions does.
    CauseBars {
        /// A bar a region, way and class.
        bars: Vec<CauseBar>,
    },
    /// Estimates with intervals, one below the other.
    Forest {
        /// Words at the axis.
        axis: String,
        /// The rows.
        rows: Vec<ForestRow>,
        /// Where there is no effect, or chance.
        reference: Option<f64>,
    },
    /// The spread of one quantity in several groups.
    Boxes {
        /// Words at the axis.
        axis: String,
        /// The groups.
        boxes: Vec<Box5>,
        /// The level of chance.
        reference: Option<f64>,
    },
    /// Labels against predictions.
    Confusion(Confusion),
}

/// Where the cells of a map lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Cells along each side.
    pub side: usize,
    /// What the square shows.
    pub field: Field,
}

/// What the square of a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Field {
    /// The network's input, its sides stretched to a square: the upper left cell is the picture's
    /// upper left corner.
    Picture,
    /// The surroundings of the disc's centre, `reach` disc diameters to each side, superior at the
    /// top. If `sided`, left eyes are mirrored into right ones: temporal is left, nasal right.
    /// Otherwise photographs lie as they were taken, and nothing may be said of nasal and temporal.
    Disc {
        /// Disc diameters from the centre to each side.
        reach: f64,
        /// Whether sides are known and left eyes mirrored.
        sided: bool,
    },
}

/// A mean heatmap.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeanMap {
    /// In words, such as `true positives` or `maps for glaucoma, all images`.
    pub name: String,
    /// The class explained.
    pub class: Option<String>,
    /// The outcome, where the group is one.
    pub outcome: Option<String>,
    /// Maps in it.
    pub maps: usize,
    /// Density of energy, 1 as if it were spread evenly over the picture, row by row; none where a
    /// cell was seen in less than a tenth of the maps.
    pub cells: Vec<Option<f32>>,
}

/// Shares of energy in the zones for a group of maps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ZoneSeries {
    /// In words.
    pub name: String,
    /// The class explained.
    pub class: Option<String>,
    /// The group: an outcome, a predicted class; none for all.
    pub group: Option<String>,
    /// Maps in it.
    pub maps: usize,
    /// Mean share of each zone.
    pub shares: Vec<Finding>,
    /// Mean share of the same maps moved at random.
    pub chance: Vec<f64>,
    /// Mean share of the area.
    pub area: Vec<f64>,
    /// Mean share over mean area; none for a zone without area.
    pub enrichment: Vec<Option<f64>>,
}

/// A point of a scatter plot.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ScatterPoint {
    /// Along the first axis.
    pub x: f64,
    /// Along the second.
    pub y: f64,
    /// Position in the figure's groups.
    pub group: usize,
    /// The case.
    pub case: usize,
}

/// A group of similar maps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    /// `A`, `B`, …
    pub name: String,
    /// Maps in it.
    pub maps: usize,
    /// In a sentence: where its maps look and what it is rich in.
    pub sentence: String,
    /// The mean of its maps, as in [`MeanMap`].
    pub cells: Vec<Option<f32>>,
    /// The cases nearest to its centre.
    pub exemplars: Vec<usize>,
    /// Each outcome with the number of its cases.
    pub outcomes: Vec<(String, usize)>,
}

/// A map as a point of the cluster figure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MapPoint {
    /// Along the first axis, −1 to 1.
    pub x: f64,
    /// Along the second, −1 to 1.
    pub y: f64,
    /// Position in the figure's clusters.
    pub cluster: usize,
    /// The case.
    pub case: usize,
}

/// What the removal of a region does to the predictions of a class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CauseBar {
    /// The region as rows have it.
    pub region: String,
    /// In words.
    pub title: String,
    /// Whether a clinician would look there, where the region is a zone.
    pub role: Option<heatlens_anatomy::Role>,
    /// The way it was filled.
    pub way: String,
    /// The class that was predicted before.
    pub class: String,
    /// Images.
    pub images: usize,
    /// Mean share of the area removed.
    pub area: f64,
    /// Share of predictions that turn.
    pub flips: Finding,
    /// Share that turn when as much is removed elsewhere; none where there is no place for it.
    pub control_flips: Option<f64>,
    /// Median drop of the margin, in logits.
    pub drop: Option<f64>,
    /// Median drop when as much is removed elsewhere.
    pub control_drop: Option<f64>,
}

/// One estimate of a forest plot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ForestRow {
    /// In words.
    pub name: String,
    /// Cases behind it.
    pub cases: usize,
    /// The estimate.
    pub finding: Finding,
}

/// Five numbers of a distribution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Box5 {
    /// In words.
    pub name: String,
    /// Cases behind it.
    pub cases: usize,
    /// Quantiles at 5, 25, 50, 75 and 95 %.
    pub quantiles: [f64; 5],
}
