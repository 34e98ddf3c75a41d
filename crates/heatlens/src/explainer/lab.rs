//! Where methods run the network again on changed images or activations.

use super::Explainer;
use super::pass::Run;
use super::tail::TailRun;
use crate::{Evidence, Prediction, Score};

/// One image and score that a method makes trials with.
pub struct Trial<'a> {
    /// What the first pass tells.
    pub evidence: Evidence<'a>,
    /// Position of the target layer.
    pub layer: Option<usize>,
    /// What is explained.
    pub score: Score,
    /// Its value for the image.
    pub value: f32,
    /// What the network says of the image.
    pub prediction: &'a Prediction,
    /// What reaches the logits beside the layer.
    pub bypass: Vec<&'a [f32]>,
    /// Seed for what is drawn at random: the same for every image, so that equal images have equal maps.
    pub seed: u64,
}

/// The compiled networks that trials run on, with memory of their own; made when first used.
pub struct Lab<'e> {
    explainer: &'e Explainer,
    runs: Option<Run>,
    gradient_runs: Option<Run>,
    tails: Vec<Option<TailRun<'e>>>,
}

impl<'e> Lab<'e> {
    pub fn new(explainer: &'e Explainer) -> Self {
        Lab { explainer, runs: None, gradient_runs: None, tails: explainer.tails.iter().map(|_| None).collect() }
    }

    /// The score of each of `count` changed images, which `fill` writes channels first.
    ///
    /// # Panics
    /// If the method does not declare [`Need::Runs`](crate::methods::Need::Runs).
    pub fn scores(&mut self, trial: &Trial<'_>, count: usize, mut fill: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
        let Lab { explainer, runs, .. } = self;
        let run = runs.get_or_insert_with(|| Run::new(explainer.runs.as_ref().expect("the method declares runs")));
        let mut scores = Vec::with_capacity(count);
        forward_many(explainer, run, count, &mut fill, |run, many| {
            scores.extend(run.logits().take(many).map(|outputs| trial.score.value(&explainer.head.predict(outputs))));
        });
        scores
    }

    /// Runs each of `count` changed images forwards and the score of the trial backwards; `each` is given what is then known of it, at the trial's layer.
    ///
    /// # Panics
    /// If the method declares neither [`Need::GradientRuns`](crate::methods::Need::GradientRuns) nor
    /// [`Need::ImageGradientRuns`](crate::methods::Need::ImageGradientRuns).
    pub fn gradients(
        &mut self,
        trial: &Trial<'_>,
        count: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
        mut each: impl FnMut(&Evidence<'_>),
    ) {
        let Lab { explainer, gradient_runs, .. } = self;
        let run =
            gradient_runs.get_or_insert_with(|| Run::new(explainer.gradient_runs.as_ref().expect("the method declares gradient runs")));
        forward_many(explainer, run, count, &mut fill, |run, many| {
            let predictions: Vec<Prediction> = run.logits().take(many).map(|outputs| explainer.head.predict(outputs)).collect();
            run.backward(|image, cotangent| {
                if let Some(prediction) = predictions.get(image) {
                    explainer.head.seed(&trial.score.gradient(prediction, explainer.head), cotangent);
                }
            });
            (0..many).for_each(|image| each(&run.evidence(trial.layer, image, None)));
        });
    }

    /// The score for each of `count` changed activations of the trial's layer, which `fill` writes.
    ///
    /// # Panics
    /// If the method does not declare [`Need::TailRuns`](crate::methods::Need::TailRuns).
    pub fn tail_scores(&mut self, trial: &Trial<'_>, count: usize, fill: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
        let layer = trial.layer.expect("a method that runs tails looks at a layer");
        let explainer = self.explainer;
        let run = self.tails[layer].get_or_insert_with(|| explainer.tails[layer].run());
        let mut scores = Vec::with_capacity(count);
        run.outputs(&trial.bypass, count, fill, |outputs| scores.push(trial.score.value(&explainer.head.predict(outputs))));
        scores
    }
}

/// Runs changed images forwards, a batch at a time; `done` is told how many of the batch count.
fn forward_many(
    explainer: &Explainer,
    run: &mut Run,
    count: usize,
    fill: &mut impl FnMut(usize, &mut [f32]),
    mut done: impl FnMut(&mut Run, usize),
) {
    let batch = run.pass.batch;
    for start in (0..count).step_by(batch) {
        let many = batch.min(count - start);
        let length = explainer.input.len();
        for (i, slot) in run.images_mut().chunks_exact_mut(length).take(many).enumerate() {
            explainer.input.filled(slot, |image| fill(start + i, image));
        }
        run.session.run();
        done(run, many);
    }
}
