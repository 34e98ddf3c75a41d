//! What is kept of each image and of each of its maps.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Facts;
use heatlens_record::{CauseRow, ImageRow, MapRow};

/// An image that was explained.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Position in the data set.
    pub case: usize,
    /// Name.
    pub name: String,
    /// SHA-256 of its file, where it is known.
    pub sha256: Option<String>,
    /// True class, where it is one of the network's.
    pub label: Option<usize>,
    /// Part of the set.
    pub split: Option<String>,
    /// Patient.
    pub patient: Option<String>,
    /// Further columns of the manifest.
    pub columns: BTreeMap<String, String>,
    /// Predicted class.
    pub predicted: usize,
    /// Its probability.
    pub confidence: f64,
    /// One a class.
    pub probabilities: Vec<f32>,
    /// Its name.
    pub outcome: String,
    /// Rows and columns of the photograph.
    pub size: [usize; 2],
    /// Photograph pixels per input pixel, and the photograph's place of the input's corner:
    /// `[x, y]` each.
    pub scale: [f64; 2],
    /// See `scale`.
    pub offset: [f64; 2],
    /// Centre and diameter of the target, photograph pixels.
    pub target: Option<[f64; 3]>,
    /// Whether it is a right eye.
    pub right: Option<bool>,
    /// Where the mask came from.
    pub mask_source: Option<String>,
    /// Share of the input's area in each zone; empty without zones.
    pub areas: Vec<f32>,
    /// Sharpness, exposure, clipped, mask confidence and the anatomy's figures, by name.
    pub figures: BTreeMap<String, f64>,
    /// Properties of the whole photograph, by name; empty in runs of older versions.
    pub cues: BTreeMap<String, f64>,
    /// What is doubtful about the anatomy.
    pub doubts: String,
}

impl Image {
    /// From a row without an error; none where the row lacks a prediction.
    pub fn read(row: &ImageRow, facts: &Facts) -> Option<Image> {
        let position = |name: &String| facts.classes.iter().position(|class| class == name);
        let target = match (row.target_x, row.target_y, row.target_diameter) {
            (Some(x), Some(y), Some(diameter)) => Some([x, y, diameter]),
            _ => None,
        };
        Some(Image {
            case: row.case,
            name: row.image.clone(),
            sha256: row.sha256.clone(),
            label: row.label.as_ref().and_then(position),
            split: row.split.clone(),
            patient: row.patient.clone(),
            columns: columns(&row.subgroups),
            predicted: row.predicted.as_ref().and_then(position)?,
            confidence: row.confidence?,
            probabilities: row.probabilities.clone(),
            outcome: row.outcome.clone()?,
            size: [row.height?, row.width?],
            scale: [row.scale_x?, row.scale_y?],
            offset: [row.offset_x?, row.offset_y?],
            target,
            right: row.side.as_deref().map(|side| side == "right"),
            mask_source: row.mask_source.clone(),
            areas: row.zone_areas.clone(),
            figures: figures(row),
            cues: serde_json::from_str(&row.cues).unwrap_or_default(),
            doubts: row.doubts.clone(),
        })
    }

    /// Whether the prediction is the label; none without one.
    pub fn is_correct(&self) -> Option<bool> {
        self.label.map(|label| label == self.predicted)
    }

    /// Where a point of the photograph lies in the input, as shares of its width and height.
    pub fn in_input(&self, point: [f64; 2], input: [usize; 2]) -> [f64; 2] {
        [0, 1].map(|i| (point[i] - self.offset[i]) / self.scale[i] / input[1 - i] as f64)
    }
}

fn columns(json: &str) -> BTreeMap<String, String> {
    let Ok(Value::Object(object)) = serde_json::from_str(json) else { return BTreeMap::new() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn figures(row: &ImageRow) -> BTreeMap<String, f64> {
    let anatomy = serde_json::from_str::<BTreeMap<String, Value>>(&row.anatomy).unwrap_or_default();
    let mut figures: BTreeMap<String, f64> =
        anatomy.into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?))).collect();
    let own = [
        ("sharpness", row.sharpness),
        ("exposure", row.exposure),
        ("clipped", row.clipped),
        ("mask_confidence", row.mask_confidence),
        ("entropy", row.entropy),
    ];
    figures.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    figures.retain(|_, value| value.is_finite());
    figures
}

/// What is kept of a map of the primary view.
#[derive(Clone, Debug, Default)]
pub struct MapFigures {
    /// Position among the images.
    pub image: usize,
    /// The class explained.
    pub class: usize,
    /// Whether it holds energy that can be measured.
    pub usable: bool,
    /// Cells across the target.
    pub cells: Option<f64>,
    /// Share of the map in each zone; empty without zones.
    pub shares: Vec<f32>,
    /// The same map moved at random.
    pub chance: Vec<f32>,
    /// Share on the target, and its least and largest with the target moved a little; none without
    /// a target.
    pub target: Option<TargetFigures>,
    /// Peak as shares of the input's width and height.
    pub peak: Option<[f64; 2]>,
    /// Distance of the peak from the target's centre, in its diameters.
    pub peak_r: Option<f64>,
    /// Sector of the peak, where the map is fine enough.
    pub sector: Option<String>,
    /// Root mean square radius, as a share of the input's diagonal.
    pub spread: Option<f64>,
    /// Share of the map in each of [`PICTURE_PARTS`](heatlens_record::regions::PICTURE_PARTS).
    pub parts: [f32; 8],
}

/// How a map lies on the target.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetFigures {
    /// Share of the map.
    pub share: f64,
    /// Least share of any single zone's shift, summed: a lower bound.
    pub low: f64,
    /// Upper bound likewise.
    pub high: f64,
    /// Share of the same map moved at random.
    pub chance: f64,
    /// The target's share of the area.
    pub area: f64,
    /// Whether the maximum lies on it.
    pub pointing: Option<bool>,
    /// Whether it lies there or close by.
    pub pointing_near: Option<bool>,
    /// Area under the precision–recall curve.
    pub auprc: Option<f64>,
}

impl MapFigures {
    /// From a row; `parts` are measured on the picture grid.
    pub fn read(
        row: &MapRow,
        image: usize,
        class: usize,
        of: &Image,
        target_zones: &[usize],
        parts: Option<[f32; 8]>,
    ) -> MapFigures {
        let sum = |values: &[f32]| {
            target_zones.iter().filter_map(|&zone| values.get(zone)).map(|&v| f64::from(v)).sum::<f64>()
        };
        let measured = !row.shares.is_empty() && of.target.is_some() && sum(&of.areas) > 0.0;
        MapFigures {
            image,
            class,
            usable: row.finite && !row.empty && parts.is_some(),
            cells: row.cells_per_target,
            target: measured.then(|| TargetFigures {
                share: sum(&row.shares),
                low: sum(&row.shares_low),
                high: sum(&row.shares_high),
                chance: sum(&row.shares_chance),
                area: sum(&of.areas),
                pointing: row.pointing,
                pointing_near: row.pointing_near,
                auprc: row.auprc,
            }),
            shares: row.shares.clone(),
            chance: row.shares_chance.clone(),
            peak: row.peak_x.zip(row.peak_y).map(|(x, y)| [x, y]),
            peak_r: row.peak_r,
            sector: row.peak_sector.clone(),
            spread: row.spread,
            parts: parts.unwrap_or_default(),
        }
    }
}

/// An experiment on one image.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Position among the images.
    pub image: usize,
    /// Position in [`super::Evidence::regions`].
    pub region: usize,
    /// Whether it was filled by inpainting; else it is what is left of that by blurring, too.
    pub inpainted: bool,
    /// Share of the area.
    pub area: f64,
    /// Margin of the predicted class before, in logits.
    pub before: f64,
    /// Fall of that margin.
    pub drop: f64,
    /// Whether the prediction turned.
    pub flipped: bool,
    /// Mean fall with as much removed elsewhere; none where there is no place.
    pub control_drop: Option<f64>,
    /// Share of those that turned the prediction.
    pub control_flips: Option<f64>,
    /// What the place looks like, where that is compared.
    pub look: Vec<f32>,
}

impl Cause {
    /// What is left of two ways of filling: it flips if both do, and falls by the lesser.
    pub fn and(self, other: &Cause) -> Cause {
        let lesser = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a.min(b));
        Cause {
            drop: self.drop.min(other.drop),
            flipped: self.flipped && other.flipped,
            control_drop: lesser(self.control_drop, other.control_drop),
            control_flips: lesser(self.control_flips, other.control_flips),
            ..self
        }
    }

    /// From a row.
    pub fn read(row: &CauseRow, image: usize, region: usize) -> Cause {
        let controls = row.controls.len();
        let mean = row.controls.iter().map(|&margin| f64::from(margin)).sum::<f64>() / controls as f64;
        Cause {
            image,
            region,
            inpainted: row.way == "inpaint",
            area: row.area,
            before: row.margin_before,
            drop: row.margin_before - row.margin_after,
            flipped: row.flipped,
            control_drop: (controls > 0).then_some(row.margin_before - mean),
            control_flips: (controls > 0).then(|| row.control_flips as f64 / controls as f64),
            look: row.look.clone(),
        }
    }
}
