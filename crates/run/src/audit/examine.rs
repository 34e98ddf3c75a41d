//! What one thread does with its cases.

use std::ops::Range;
use std::time::Instant;

use heatlens::{Explanation, Prediction, Worker};
use heatlens_anatomy::{Known, MASK_LEFT_ASIDE, Survey};
use heatlens_files::Kind;
use heatlens_imaging::{Affine, Photograph, decode_with_bits};
use heatlens_record::{Fingerprint, ImageRow, Part};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Plan;
use super::causes::{Subject, experiments, remainders};
use super::cues::cues;
use super::focus::{self, Ground};
use super::moves::{Scene, moves};
use super::pace::ImageDone;
use super::quality::{Quality, quality};
use crate::data::Case;
use crate::disc::around_disc;
use crate::guard::guarded;

/// One thread's share of a run.
pub struct Examiner<'p> {
    plan: &'p Plan,
    explainer: Worker<'p>,
    network: Worker<'p>,
}

impl<'p> Examiner<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        Examiner { plan, explainer: plan.explainer.worker(), network: plan.network.worker() }
    }

    /// The rows of a range of cases, of which the first are those of `part`; fewer if it is asked to
    /// stop.
    pub fn part(&mut self, cases: Range<usize>, mut part: Part, progress: &dyn Fn(&ImageDone)) -> Part {
        for row in &part.images {
            let experiments = self.plan.has_experiments(row.case);
            progress(&ImageDone { failed: row.error.is_some(), experiments, time: None });
        }
        for case in cases.skip(part.images.len()) {
            if self.plan.stop.is_asked() {
                break;
            }
            let before = [part.maps.len(), part.causes.len(), part.remainders.len()];
            let Examiner { plan, explainer, network } = self;
            let started = Instant::now();
            let done = |failed| {
                let experiments = plan.has_experiments(case);
                progress(&ImageDone { failed, experiments, time: Some(started.elapsed()) });
            };
            let bytes = heatlens_files::read(&plan.dataset.cases[case].image, Kind::Photograph);
            let outcome = guarded(|| match &bytes {
                Ok(bytes) => examine(plan, explainer, network, case, bytes, &mut part),
                Err(error) => Err(format!("cannot be read: {error}")),
            });
            let error = match outcome.flatten() {
                Ok(row) => {
                    part.images.push(row);
                    done(false);
                    continue;
                }
                Err(error) => error,
            };
            part.maps.truncate(before[0]);
            part.causes.truncate(before[1]);
            part.remainders.truncate(before[2]);
            // The hash also of a file that is no picture, so that it is noticed when it becomes one.
            let sha256 = bytes.ok().map(|bytes| format!("{:x}", Sha256::digest(bytes)));
            part.images.push(ImageRow { error: Some(error), sha256, ..named(plan, case) });
            done(true);
        }
        part
    }
}

/// What is known of a case before its file is opened.
fn named(plan: &Plan, index: usize) -> ImageRow {
    let case = &plan.dataset.cases[index];
    ImageRow {
        case: index,
        image: case.name.clone(),
        label: case.label.clone(),
        split: case.split.clone(),
        patient: case.patient.clone(),
        subgroups: json!(case.subgroups).to_string(),
        anatomy: "{}".into(),
        cues: "{}".into(),
        ..ImageRow::default()
    }
}

fn examine(
    plan: &Plan,
    explainer: &mut Worker<'_>,
    network: &mut Worker<'_>,
    index: usize,
    bytes: &[u8],
    part: &mut Part,
) -> Result<ImageRow, String> {
    let case = &plan.dataset.cases[index];
    let (photograph, bits) = decode_with_bits(bytes, &plan.limits).map_err(|error| error.to_string())?;
    plan.depths.see(bits, &case.name);
    let input = plan.model.input();
    let preprocess = around_disc(&plan.preprocess, &photograph)?;
    let stepped = preprocess.stepped(&photograph, input.size()).map_err(|error| error.to_string())?;
    let prepared = preprocess.values_of(&stepped);
    let explanation = explainer.explain(&prepared.tensor, &plan.targets).map_err(|error| error.to_string())?;

    let mut row = named(plan, index);
    let fingerprint = Fingerprint::of(bytes, &photograph);
    row.sha256 = Some(fingerprint.sha256().iter().map(|byte| format!("{byte:02x}")).collect());
    row.structure = fingerprint.structure().to_vec();
    predicted(&mut row, plan, case, &explanation.prediction);
    let quality = quality(&photograph);
    seen(&mut row, &photograph, quality.as_ref(), &prepared.to_photograph);
    let survey = survey(plan, case, &photograph, &mut row);
    row.cues = json!(cues(&photograph, bytes, quality.as_ref(), row.target())).to_string();
    let cards = plan.anatomist.zones();
    let ground = survey.zoning.as_deref().map(|zoning| Ground::new(cards, zoning, input, prepared.to_photograph));
    if let Some(ground) = &ground {
        row.zone_areas = ground.areas();
    }
    maps(plan, index, &explanation, ground.as_ref(), part);
    let pixels = input.channels_first(&prepared.tensor);
    let subject = Subject {
        case: index,
        pixels: &pixels,
        input,
        prediction: &explanation.prediction,
        followed: plan.positive.unwrap_or(explanation.prediction.class),
        cards,
        ground: ground.as_ref(),
        target: row.target(),
        to_photograph: prepared.to_photograph,
        seed: plan.seed,
    };
    if plan.has_experiments(index) {
        part.causes.extend(experiments(&subject, network));
        let scene = Scene { bytes, photograph: &photograph, preprocess: &preprocess, stepped: &stepped };
        part.causes.extend(moves(plan, &subject, &scene, network));
    }
    if plan.is_chosen(index, plan.experiments.remainders) {
        part.remainders.extend(remainders(&subject, network));
    }
    Ok(row)
}

fn predicted(row: &mut ImageRow, plan: &Plan, case: &Case, prediction: &Prediction) {
    let classes = plan.model.classes();
    let label = case.label.as_ref().and_then(|label| classes.iter().position(|class| class == label));
    row.predicted = Some(classes[prediction.class].clone());
    row.confidence = prediction.confidence().map(f64::from);
    row.outcome = Some(plan.outcomes.of(label, prediction.class).to_string());
    row.logits = prediction.logits.clone();
    row.probabilities = prediction.probabilities.clone();
    let second = prediction
        .probabilities
        .iter()
        .enumerate()
        .filter(|(c, _)| *c != prediction.class)
        .map(|(_, &p)| p)
        .fold(0.0f32, f32::max);
    row.margin = prediction.confidence().map(|confidence| f64::from(confidence - second));
    let bits = |&p: &f32| if p > 0.0 { -f64::from(p) * f64::from(p).log2() } else { 0.0 };
    row.entropy = Some(prediction.probabilities.iter().map(bits).sum());
}

fn seen(row: &mut ImageRow, photograph: &Photograph, quality: Option<&Quality>, to_photograph: &Affine) {
    (row.width, row.height) = (Some(photograph.width), Some(photograph.height));
    [row.scale_x, row.scale_y] = to_photograph.scale.map(Some);
    [row.offset_x, row.offset_y] = to_photograph.offset.map(Some);
    if let Some(quality) = quality {
        (row.sharpness, row.exposure, row.clipped) =
            (Some(quality.sharpness), Some(quality.exposure), Some(quality.clipped));
    }
}

/// Has the anatomy looked at, with the data set's own mask where it can be read.
fn survey(plan: &Plan, case: &Case, photograph: &Photograph, row: &mut ImageRow) -> Survey {
    let mut doubts = Vec::new();
    let mask = case.mask.as_ref().and_then(|files| match files.read(photograph.size()) {
        Ok(mask) => Some(mask),
        Err(error) => {
            doubts.push(format!("{MASK_LEFT_ASIDE}: {error}"));
            None
        }
    });
    let file_name = case.image.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let known = Known { mask, side: case.eye, file_name: &file_name };
    let survey = plan.anatomist.survey(photograph, &known);
    doubts.extend(survey.doubts.iter().cloned());
    row.doubts = doubts.join("; ");
    row.mask_source = survey.source.clone();
    row.mask_confidence = survey.confidence;
    if let Some(target) = survey.target {
        (row.target_x, row.target_y, row.target_diameter) =
            (Some(target.centre[0]), Some(target.centre[1]), Some(target.diameter));
    }
    (row.side, row.side_source) = (survey.side.map(|side| side.name().to_owned()), survey.side_source.clone());
    row.anatomy = json!(survey.figures).to_string();
    survey
}

fn maps(plan: &Plan, case: usize, explanation: &Explanation, ground: Option<&Ground<'_>>, part: &mut Part) {
    let size = plan.model.input().size();
    for map in &explanation.maps {
        let class = &plan.model.classes()[map.score.class];
        let layer = map.layer.map(|layer| plan.explainer.layers()[layer].name.as_str());
        part.maps.push(focus::row(case, map, class, layer, size, ground));
    }
}
