//! Tests of cause for whole photographs: a property of one becomes that of another, and the network is
//! asked again.
//!
//! The other is of another class than the predicted one, or, for comparison, of the same. Colours,
//! light, sharpness and the place of the field are changed in the picture that the network is given;
//! compression and size in the photograph, towards the worse alone: what was lost cannot be given back.

mod donors;
mod levels;

use heatlens::{Prediction, Worker};
use heatlens_imaging::{Photograph, Preprocess, Stepped, decode, encode_jpeg};
use heatlens_record::CauseRow;
use heatlens_record::cues::CueKind;
use heatlens_statistics::Random;

use super::Plan;
use super::causes::{Experiment, Subject};
use super::cues::compression;
use donors::{Donor, donors};
use levels::Levels;

/// Photographs of the predicted class that lend a property for comparison.
const CONTROLS: usize = 2;
/// Stream of the random numbers that choose photographs.
const STREAM: u64 = 0xD0_4042;
/// JPEG qualities nearer than this are one.
const SAME_QUALITY: f64 = 2.0;
/// Sizes whose ratio is nearer to 1 than this are one.
const SAME_SIZE: f64 = 0.95;

/// A photograph and what became of it on its way to the network.
pub struct Scene<'a> {
    pub bytes: &'a [u8],
    pub photograph: &'a Photograph,
    /// With the place of the disc, where it crops to it.
    pub preprocess: &'a Preprocess,
    pub stepped: &'a Stepped,
}

/// Every property moved to that of a photograph of another class, where it is another there.
pub fn moves(plan: &Plan, subject: &Subject<'_>, scene: &Scene<'_>, network: &mut Worker<'_>) -> Vec<CauseRow> {
    let before = subject.prediction;
    let predicted = plan.model.classes()[before.class].as_str();
    let mut random = Random::new(subject.seed ^ STREAM, subject.case as u64);
    let is_other = |label: &str| label != predicted && plan.model.classes().iter().any(|class| class == label);
    let mut lent = donors(plan, subject.case, 1, &mut random, is_other);
    let controls = donors(plan, subject.case, CONTROLS, &mut random, |label| label == predicted);
    if lent.is_empty() || controls.is_empty() {
        return Vec::new();
    }
    lent.extend(controls);
    let own = Levels::of(scene.stepped);
    let moved: Vec<Moved> = CueKind::ALL.into_iter().filter_map(|kind| scene.all(plan, kind, &own, &lent)).collect();
    let mut answers = answers(network, &moved).into_iter();
    let mut rows = Vec::new();
    for Moved { kind, pictures } in &moved {
        let answer = |picture: &Option<_>| if picture.is_some() { answers.next()? } else { Some(before.clone()) };
        let answers: Vec<Option<Prediction>> = pictures.iter().map(answer).collect();
        if let Some((Some(after), controls)) = answers.split_first() {
            let experiment = Experiment { name: "move", region: kind.name(), way: "other class", area: 1.0 };
            rows.push(experiment.row(subject, after, &controls.iter().flatten().collect::<Vec<_>>()));
        }
    }
    rows
}

/// What the network is given with one kind of property moved: to that of another class, then for
/// comparison; none is the picture as it was.
struct Moved {
    kind: CueKind,
    pictures: Vec<Option<Vec<f32>>>,
}

/// What the network says of each picture that was changed, in their order.
fn answers(network: &mut Worker<'_>, moved: &[Moved]) -> Vec<Option<Prediction>> {
    let tensors: Vec<&[f32]> =
        moved.iter().flat_map(|moved| moved.pictures.iter().flatten()).map(Vec::as_slice).collect();
    let batches = tensors.chunks(network.batch()).collect::<Vec<_>>();
    batches.into_iter().flat_map(|batch| network.predict_batch(batch)).map(Result::ok).collect()
}

impl Scene<'_> {
    /// One kind moved to that of every donor, of which the first is of another class; none where it is
    /// the same there.
    fn all(&self, plan: &Plan, kind: CueKind, own: &Levels, lent: &[Donor]) -> Option<Moved> {
        let mut pictures: Vec<_> = lent.iter().map(|donor| self.moved(plan, kind, own, donor)).collect();
        if kind == CueKind::Field {
            let unlike = || own.framed_unlike(&lent[0].traits).map(|levels| self.values(levels));
            pictures[1..].iter_mut().filter(|picture| picture.is_none()).for_each(|picture| *picture = unlike());
        }
        pictures[0].is_some().then_some(Moved { kind, pictures })
    }

    /// What the network is given with one property of another photograph; none where it is the same
    /// there, or cannot be moved.
    fn moved(&self, plan: &Plan, kind: CueKind, own: &Levels, donor: &Donor) -> Option<Vec<f32>> {
        let levels = match kind {
            CueKind::Colour => own.coloured_as(&donor.traits)?,
            CueKind::Light => own.lit_as(&donor.traits)?,
            CueKind::Sharpness => own.sharp_as(&donor.traits)?,
            CueKind::Field => own.framed_as(&donor.traits)?,
            CueKind::Compression => {
                let worse = donor.quality < compression(self.bytes) - SAME_QUALITY;
                let file = worse.then(|| encode_jpeg(self.photograph, donor.quality.round() as u8).ok())??;
                return self.prepared(plan, &decode(&file, &plan.limits).ok()?);
            }
            CueKind::Size => {
                // A crop to the disc takes the size away.
                let longer = self.photograph.width.max(self.photograph.height);
                let smaller = (donor.longer as f64) < SAME_SIZE * longer as f64;
                let shrunk =
                    (smaller && !plan.preprocess.needs_disc()).then(|| self.photograph.shrunk(donor.longer))?;
                return self.prepared(plan, &shrunk);
            }
        };
        Some(self.values(levels))
    }

    fn values(&self, levels: Vec<f32>) -> Vec<f32> {
        self.preprocess.values_of(&self.stepped.with_levels(levels)).tensor
    }

    fn prepared(&self, plan: &Plan, photograph: &Photograph) -> Option<Vec<f32>> {
        Some(self.preprocess.prepare(photograph, plan.model.input().size()).ok()?.tensor)
    }
}
