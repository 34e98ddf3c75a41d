//! The tables of a run. Their versions are part of their names; a change of columns is a new
//! version.

use sha2::{Digest, Sha256};

use heatlens_imaging::{Affine, Map, Scale};

use crate::row::row;
use crate::upgrade;

row! {
    /// One image.
    pub struct ImageRow = "heatlens.images 2", or older by upgrade::images {
        /// Position in the data set.
        case: usize,
        /// Name of the image.
        image: String,
        /// True class, where known.
        label: Option<String>,
        /// Part of the set.
        split: Option<String>,
        /// Whose eye it is.
        patient: Option<String>,
        /// Further columns of the manifest, as a JSON object.
        subgroups: String,
        /// Predicted class.
        predicted: Option<String>,
        /// Its probability.
        confidence: Option<f64>,
        /// Outcome: `true_positive`, `correct/<class>`, …
        outcome: Option<String>,
        /// One logit a class, in the order of run.json.
        logits: Vec<f32>,
        /// One probability a class.
        probabilities: Vec<f32>,
        /// Largest probability less the second largest.
        margin: Option<f64>,
        /// Entropy of the probabilities, in bits.
        entropy: Option<f64>,
        /// Columns of the photograph.
        width: Option<usize>,
        /// Rows of the photograph.
        height: Option<usize>,
        /// Variance of the Laplacian of the grey picture at 256 pixels: sharpness.
        sharpness: Option<f64>,
        /// Mean grey level inside the picture's lit part, 0 to 1.
        exposure: Option<f64>,
        /// Share of pixels at either end of the grey scale within the lit part.
        clipped: Option<f64>,
        /// Properties of the whole photograph that say nothing of the anatomy, as a JSON object:
        /// `red`, `sharpness`, `jpeg_quality` and others.
        cues: String,
        /// Photograph pixels per input pixel along x.
        scale_x: Option<f64>,
        /// Photograph pixels per input pixel along y.
        scale_y: Option<f64>,
        /// Photograph x of the input's left edge.
        offset_x: Option<f64>,
        /// Photograph y of the input's upper edge.
        offset_y: Option<f64>,
        /// Where the mask came from: manifest, segmenter, classical.
        mask_source: Option<String>,
        /// How sure the mask is, 0 to 1.
        mask_confidence: Option<f64>,
        /// x of the disc's centre, photograph pixels.
        target_x: Option<f64>,
        /// y of the disc's centre, photograph pixels.
        target_y: Option<f64>,
        /// Equivalent diameter of the disc, photograph pixels.
        target_diameter: Option<f64>,
        /// right or left.
        side: Option<String>,
        /// Why the side is known.
        side_source: Option<String>,
        /// Further anatomical figures, as a JSON object.
        anatomy: String,
        /// What is doubtful about the anatomy, in words.
        doubts: String,
        /// Share of the input's area in each zone, in the order of run.json; empty without zones.
        zone_areas: Vec<f32>,
        /// SHA-256 of the file, in hexadecimal.
        sha256: Option<String>,
        /// The structure inside the field of view, by which copies are found.
        structure: Vec<f32>,
        /// Why the image could not be explained.
        error: Option<String>,
    }
}

impl ImageRow {
    /// From the network's input to the photograph, both in pixels; none for an image that could not
    /// be explained.
    pub fn to_photograph(&self) -> Option<Affine> {
        Some(Affine { scale: [self.scale_x?, self.scale_y?], offset: [self.offset_x?, self.offset_y?] })
    }

    /// Centre and diameter of the target structure in the photograph's pixels, where it is known.
    pub fn target(&self) -> Option<[f64; 3]> {
        Some([self.target_x?, self.target_y?, self.target_diameter?])
    }

    /// Whether these are the bytes of the file that was explained; a file that could not be read
    /// then is not compared.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.sha256.as_ref().is_none_or(|known| *known == format!("{:x}", Sha256::digest(bytes)))
    }
}

row! {
    /// One map.
    pub struct MapRow = "heatlens.maps 2", or older by upgrade::maps {
        /// Position of the image in the data set.
        case: usize,
        /// The class explained.
        class: String,
        /// The method.
        method: String,
        /// The target layer; none where a method looks at none, or at several.
        layer: Option<String>,
        /// The score explained.
        score: f64,
        /// Rows of the raw map.
        rows: usize,
        /// Columns of the raw map.
        columns: usize,
        /// The raw map, row by row: signed, before ReLU.
        values: Vec<f32>,
        /// How it is finished: `positive` (what speaks for the class: ReLU, min–max), `signed`
        /// (what speaks for and against it: divided by the largest magnitude) or `finished`.
        scale: String,
        /// Whether nothing in it speaks for the class.
        empty: bool,
        /// Whether all its values are numbers.
        finite: bool,
        /// Cells of the raw map across the disc.
        cells_per_target: Option<f64>,
        /// Share of the finished map's energy in each zone; empty without zones or energy.
        shares: Vec<f32>,
        /// The least share of each zone with the disc moved by 0.1 diameters.
        shares_low: Vec<f32>,
        /// The largest share of each zone with the disc moved by 0.1 diameters.
        shares_high: Vec<f32>,
        /// The share of each zone that the same map has when it is moved at random: chance.
        shares_chance: Vec<f32>,
        /// Whether the maximum lies on the target structure.
        pointing: Option<bool>,
        /// Whether it lies there or within 15 pixels of an input of 224.
        pointing_near: Option<bool>,
        /// Area under the precision-recall curve of the map for the target's pixels.
        auprc: Option<f64>,
        /// The share of the target's pixels: what a random map reaches.
        auprc_chance: Option<f64>,
        /// x of the map's centre of mass, as a share of the input's width.
        centre_x: Option<f64>,
        /// y of it, as a share of the height.
        centre_y: Option<f64>,
        /// Its distance from the disc's centre, disc diameters.
        centre_r: Option<f64>,
        /// Its angle, degrees.
        centre_theta: Option<f64>,
        /// Root mean square distance of the map from its centre of mass, as a share of the input's
        /// diagonal.
        spread: Option<f64>,
        /// x of the maximum, as a share of the input's width.
        peak_x: Option<f64>,
        /// y of the maximum, as a share of the height.
        peak_y: Option<f64>,
        /// Its distance from the disc's centre, disc diameters.
        peak_r: Option<f64>,
        /// Its angle, degrees.
        peak_theta: Option<f64>,
        /// The sector it lies in; none where the map is coarser than three cells across the disc.
        peak_sector: Option<String>,
    }
}

impl MapRow {
    /// How the map is finished; a scale that is not known counts as positive.
    pub fn scale(&self) -> Scale {
        Scale::named(&self.scale).unwrap_or(Scale::Positive)
    }

    /// The raw map; none where it holds what is no number, or another number of values than it has
    /// cells.
    pub fn raw(&self) -> Option<Map> {
        let cells = self.rows.checked_mul(self.columns)?;
        let whole = self.finite && cells > 0 && self.values.len() == cells;
        (whole && self.values.iter().all(|v| v.is_finite()))
            .then(|| Map::new(self.rows, self.columns, self.values.clone()))
    }
}

row! {
    /// One experiment: a part of an image changed, and what the network then says.
    pub struct CauseRow = "heatlens.causes 3", or older by upgrade::causes {
        /// Position of the image in the data set.
        case: usize,
        /// What was done: `remove` a region, `keep` it alone, or `move` a property of the whole
        /// photograph to that of a photograph of another class.
        experiment: String,
        /// The region: a zone, `disc`, or a part of the picture such as `corner lower left`; of a move
        /// the property, such as `colour`.
        region: String,
        /// How the region was filled: `inpaint`, or `both`, which is what is left when it is blurred as
        /// well (asked where inpainting flips the prediction; `blur` in older runs); of a move `other
        /// class`.
        way: String,
        /// Share of the input's area that was changed.
        area: f64,
        /// Logit of the predicted class less the largest other, before.
        margin_before: f64,
        /// The same, after.
        margin_after: f64,
        /// Probability of the positive or predicted class, before.
        probability_before: f64,
        /// The same, after.
        probability_after: f64,
        /// Whether the prediction changed.
        flipped: bool,
        /// Margins after as much was done at random places: to the same shape, or to patches where
        /// it fits nowhere; empty where neither does. Of a move: after moves to photographs of the
        /// predicted class.
        controls: Vec<f32>,
        /// How many of those changed the prediction.
        control_flips: usize,
        /// What a place around the disc looks like: what inpainting takes out of it, means of 4 × 5
        /// parts, outwards and around, a channel after the other; empty for other regions.
        look: Vec<f32>,
    }
}

row! {
    /// One image's logits after an experiment over the whole set: the disc alone, or all but the
    /// disc.
    pub struct RemainderRow = "heatlens.remainders 1" {
        /// Position of the image in the data set.
        case: usize,
        /// What was kept: `target` or `rest`.
        kept: String,
        /// One probability a class.
        probabilities: Vec<f32>,
    }
}
