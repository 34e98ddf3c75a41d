//! Made-up runs whose answers are known.

use super::evidence::Evidence;
use super::summary;
use crate::schema::Report;
use heatlens_anatomy::{Role, ZoneCard};
use heatlens_record::cues::{CUES, CueKind};
use heatlens_record::{
    CauseRow, DataRecord, ExclusionRecord, ImageRow, InputRecord, LayerRecord, MapRow, ModelRecord, PART, Part,
    RemainderRow, RunDirectory, RunRecord, SCHEMA,
};
use heatlens_statistics::{Random, Settings};

/// Where the maps of a made-up model are dense.
#[derive(Clone, Copy, PartialEq)]
pub enum Looks {
    Disc,
    Corner,
    /// The disc for glaucoma, the corner for normal.
    Divided,
}

/// A made-up run.
#[derive(Clone)]
pub struct World {
    pub images: usize,
    pub seed: u64,
    pub labels: bool,
    pub masks: bool,
    pub one_class: bool,
    pub cells: f64,
    pub looks: Looks,
    /// Share of glaucoma predictions that flip when the lower left corner is removed.
    pub corner_flips: f64,
    /// Share of predictions that turn whatever is removed.
    pub noise_flips: f64,
    pub experiments: bool,
    /// What the photographs' colours go with.
    pub colours: GoesWith,
    /// What their cameras go with.
    pub cameras: GoesWith,
}

/// What a property of made-up photographs goes with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GoesWith {
    Nothing,
    Labels,
    /// What the model says, whatever the label.
    Answers,
}

impl Default for World {
    fn default() -> Self {
        World {
            images: 160,
            seed: 1,
            labels: true,
            masks: true,
            one_class: false,
            cells: 4.0,
            looks: Looks::Disc,
            corner_flips: 0.0,
            noise_flips: 0.03,
            experiments: true,
            colours: GoesWith::Nothing,
            cameras: GoesWith::Nothing,
        }
    }
}

pub const CLASSES: [&str; 2] = ["normal", "glaucoma"];
const SIDE: usize = 224;
const RAW: usize = 14;
const REGIONS: [&str; 6] = ["disc", "corner lower left", "corner upper right", "edge left", "outside", "elsewhere"];

/// What run.json says of every made-up run.
pub fn record(world: &World) -> RunRecord {
    let zone = |name: &'static str, role| ZoneCard {
        name: name.into(),
        title: name.into(),
        plain: format!("the {name}").into(),
        role,
    };
    RunRecord {
        schema: SCHEMA.into(),
        classes: CLASSES.map(str::to_owned).into(),
        positive: Some("glaucoma".into()),
        model: ModelRecord {
            file: "made-up.pth".into(),
            input: InputRecord { layout: "nchw".into(), channels: 3, height: SIDE, width: SIDE },
            ..ModelRecord::default()
        },
        layers: vec![LayerRecord { name: "layer4".into(), channels: 8, cells: [RAW, RAW] }],
        methods: vec!["gradcam".into()],
        data: DataRecord {
            path: "made-up".into(),
            cases: world.images,
            excluded: vec![ExclusionRecord { image: "x.jpg".into(), reason: "the file is not there".into() }],
            ..DataRecord::default()
        },
        zones: vec![
            zone("rim", Role::Target),
            zone("peripapillary", Role::Plausible),
            zone("elsewhere", Role::Elsewhere),
            zone("field_edge", Role::Edge),
            zone("outside", Role::Outside),
        ],
        ..RunRecord::default()
    }
}

/// The zone of a point, in shares of the picture.
fn zone(centre: [f64; 2], diameter: f64, [x, y]: [f64; 2]) -> usize {
    let r = (x - centre[0]).hypot(y - centre[1]) / diameter;
    let out = (x - 0.5).hypot(y - 0.5);
    if r <= 0.5 {
        0
    } else if r <= 1.5 {
        1
    } else if out > 0.52 {
        4
    } else if out > 0.48 {
        3
    } else {
        2
    }
}

impl World {
    /// Writes the run into a folder.
    pub fn write(&self, folder: &std::path::Path) -> (RunDirectory, RunRecord) {
        let run = record(self);
        let directory = RunDirectory::at(folder).opened(&run).unwrap();
        let mut random = Random::new(self.seed, 9);
        for part in 0..self.images.div_ceil(PART) {
            let mut rows = Part::default();
            for case in part * PART..((part + 1) * PART).min(self.images) {
                self.image(case, &mut random, &mut rows);
            }
            directory.write_part(part, &rows).unwrap();
        }
        (directory, run)
    }

    /// The report of the run.
    pub fn report(&self) -> Report {
        summary::report(&self.evidence())
    }

    /// What is gathered from the run.
    pub fn evidence(&self) -> Evidence {
        let folder = tempfile::tempdir().unwrap();
        let (directory, run) = self.write(folder.path());
        let settings = Settings { resamples: 300, ..Settings::default() };
        Evidence::gather(&directory, &run, &settings, &mut |_| {}).unwrap()
    }

    fn image(&self, case: usize, random: &mut Random, part: &mut Part) {
        let label = if self.one_class { 1 } else { case % 2 };
        let wrong = random.unit() < 0.3;
        let predicted = if wrong { 1 - label } else { label };
        // What is wrong looks less at the disc and is less sure.
        let focus = if wrong { 0.4 } else { 0.8 };
        let confidence = (0.55 + 0.4 * focus * random.unit()).min(0.999);
        let centre = [0.6 + 0.1 * random.unit(), 0.45 + 0.1 * random.unit()];
        let diameter = 0.16;
        let probabilities =
            if predicted == 1 { [1.0 - confidence, confidence] } else { [confidence, 1.0 - confidence] };
        let zones = self.areas(centre, diameter);
        let confidence_of_glaucoma = probabilities[1];
        let outcome = match (self.labels, label, predicted) {
            (false, _, p) => format!("predicted/{}", CLASSES[p]),
            (_, 1, 1) => "true_positive".into(),
            (_, 0, 0) => "true_negative".into(),
            (_, 1, _) => "false_negative".into(),
            _ => "false_positive".into(),
        };
        let camera = match self.cameras {
            GoesWith::Nothing => case.is_multiple_of(3),
            GoesWith::Labels => label == 1,
            GoesWith::Answers => predicted == 1,
        };
        let number = |value: f64| self.masks.then_some(value * SIDE as f64);
        part.images.push(ImageRow {
            case,
            image: format!("{case}.jpg"),
            label: self.labels.then(|| CLASSES[label].into()),
            subgroups: serde_json::json!({ "camera": if camera { "A" } else { "B" } }).to_string(),
            predicted: Some(CLASSES[predicted].into()),
            confidence: Some(confidence),
            outcome: Some(outcome),
            probabilities: probabilities.map(|p| p as f32).to_vec(),
            logits: probabilities.map(|p| p.ln() as f32).to_vec(),
            width: Some(SIDE),
            height: Some(SIDE),
            sharpness: Some(if wrong { 50.0 } else { 100.0 } + 60.0 * random.unit()),
            exposure: Some(0.4 + 0.1 * random.unit()),
            scale_x: Some(1.0),
            scale_y: Some(1.0),
            offset_x: Some(0.0),
            offset_y: Some(0.0),
            target_x: number(centre[0]),
            target_y: number(centre[1]),
            target_diameter: number(diameter),
            side: self.masks.then(|| if case.is_multiple_of(2) { "right" } else { "left" }.into()),
            mask_source: self.masks.then(|| "manifest".into()),
            anatomy: r#"{"vertical_cup_to_disc": 0.4}"#.into(),
            cues: self.cues(label, confidence_of_glaucoma, random),
            zone_areas: zones.clone(),
            sha256: Some(format!("{case:064x}")),
            ..ImageRow::default()
        });
        for class in 0..2 {
            let values = self.values(class, centre, focus, random);
            part.maps.push(self.map(case, class, &values, centre, diameter));
        }
        if self.experiments {
            self.experiments(case, predicted, random, part);
        }
    }

    /// Properties of noise, and colours that go with what is wanted.
    fn cues(&self, label: usize, probability: f64, random: &mut Random) -> String {
        let told = match self.colours {
            GoesWith::Nothing => 0.0,
            GoesWith::Labels => label as f64,
            GoesWith::Answers => probability,
        };
        // The run's other random numbers stay what they are.
        let mut noise = Random::new(random.clone().bits(), 10);
        let of = |&(name, kind): &(&str, CueKind)| {
            let told = if kind == CueKind::Colour { told } else { 0.0 };
            (name.to_owned(), serde_json::json!(told + 0.3 * noise.unit()))
        };
        serde_json::Value::Object(CUES.iter().map(of).collect()).to_string()
    }

    fn areas(&self, centre: [f64; 2], diameter: f64) -> Vec<f32> {
        if self.masks { self.shares(&[1.0; RAW * RAW], centre, diameter) } else { Vec::new() }
    }

    fn shares(&self, values: &[f32], centre: [f64; 2], diameter: f64) -> Vec<f32> {
        const FINE: usize = 112;
        let mut sums = [0.0f32; 5];
        for i in 0..FINE * FINE {
            let [x, y] = [i % FINE, i / FINE].map(|v| (v as f64 + 0.5) / FINE as f64);
            let cell = |v: f64| (v * RAW as f64) as usize;
            sums[zone(centre, diameter, [x, y])] += values[cell(y) * RAW + cell(x)].max(0.0);
        }
        let total: f32 = sums.iter().sum();
        sums.map(|sum| sum / total).to_vec()
    }

    fn values(&self, class: usize, centre: [f64; 2], focus: f64, random: &mut Random) -> Vec<f32> {
        let place = match (self.looks, CLASSES[class]) {
            (Looks::Disc, _) | (Looks::Divided, "glaucoma") => centre,
            _ => [0.08, 0.92],
        };
        let value = |i: usize, noise: f64| {
            let [x, y] = [i % RAW, i / RAW].map(|v| (v as f64 + 0.5) / RAW as f64);
            let far = ((x - place[0]).powi(2) + (y - place[1]).powi(2)) / 0.01;
            (focus * (-far).exp() + 0.05 * noise) as f32
        };
        (0..RAW * RAW).map(|i| value(i, random.unit())).collect()
    }

    fn map(&self, case: usize, class: usize, values: &[f32], centre: [f64; 2], diameter: f64) -> MapRow {
        let shares = if self.masks { self.shares(values, centre, diameter) } else { Vec::new() };
        let peak = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
        let [x, y] = [peak % RAW, peak / RAW].map(|v| (v as f64 + 0.5) / RAW as f64);
        let r = (x - centre[0]).hypot(y - centre[1]) / diameter;
        MapRow {
            case,
            class: CLASSES[class].into(),
            method: "gradcam".into(),
            layer: Some("layer4".into()),
            rows: RAW,
            columns: RAW,
            values: values.to_vec(),
            finite: true,
            cells_per_target: self.masks.then_some(self.cells),
            shares_low: shares.iter().map(|v| v * 0.9).collect(),
            shares_high: shares.iter().map(|v| v * 1.1).collect(),
            shares_chance: self.areas(centre, diameter),
            pointing: self.masks.then_some(r <= 0.5),
            pointing_near: self.masks.then_some(r <= 1.0),
            auprc: self.masks.then_some(0.3),
            peak_x: Some(x),
            peak_y: Some(y),
            peak_r: self.masks.then_some(r),
            shares,
            ..MapRow::default()
        }
    }

    fn experiments(&self, case: usize, predicted: usize, random: &mut Random, part: &mut Part) {
        let corner = predicted == 1 && random.unit() < self.corner_flips;
        for region in REGIONS {
            let own = corner && (region == "corner lower left" || region == "outside");
            for way in ["inpaint", "blur"] {
                let flipped = own || random.unit() < self.noise_flips;
                let control_flips = (0..3).filter(|_| random.unit() < self.noise_flips).count();
                part.causes.push(CauseRow {
                    case,
                    experiment: "remove".into(),
                    region: region.into(),
                    way: way.into(),
                    area: if region == "outside" { 0.2 } else { 0.05 },
                    margin_before: 2.0,
                    margin_after: if own { -1.5 } else { 2.0 - 0.5 * random.unit() },
                    flipped,
                    controls: (0..3).map(|_| 2.0 - 0.5 * random.unit() as f32).collect(),
                    control_flips,
                    ..CauseRow::default()
                });
            }
        }
        for kept in ["target", "rest"] {
            let p = (0.5 + (case % 2) as f64 * 0.2 + 0.2 * random.unit()).min(1.0) as f32;
            part.remainders.push(RemainderRow { case, kept: kept.into(), probabilities: vec![1.0 - p, p] });
        }
    }
}
