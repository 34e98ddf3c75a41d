//! Where methods run the network again on changed images or activations.

use super::compiled::Compiled;
use super::pass::Run;
use super::tail::TailRun;
use crate::{Evidence, Prediction, Score};

/// One image and score that a method makes trials with.
pub struct Trial<'a> {
    /// What the first pass tells.
    pub evidence: Evidence<'a>,
    /// Whose trials they are: the method's name.
    pub method: &'static str,
    /// Position of the target layer.
    pub layer: usize,
    /// Position of the image in its batch.
    pub position: usize,
    /// What is explained.
    pub score: Score,
    /// Its value for the image.
    pub value: f32,
    /// What reaches the logits beside the layer.
    pub bypass: Vec<&'a [f32]>,
    /// Seed for what is drawn at random: the same for every image, so that equal images have equal
    /// maps.
    pub seed: u64,
}

/// Whose trials, with which image and where.
type Key = (&'static str, usize, usize);

/// The compiled networks that trials run on, with memory of their own; made when first used.
pub struct Lab<'e> {
    passes: &'e Compiled,
    runs: Option<Run>,
    gradient_runs: Option<Run>,
    tails: Vec<Option<TailRun<'e>>>,
    /// What the network said in the trials of the images at hand, one after the other: every class
    /// is answered at once.
    kept: Vec<(Key, Vec<f32>)>,
    /// Whether another score of the same images follows, so that answers are worth keeping.
    keep: bool,
}

impl<'e> Lab<'e> {
    pub fn new(passes: &'e Compiled) -> Self {
        let tails = passes.tails.iter().map(|_| None).collect();
        Lab { passes, runs: None, gradient_runs: None, tails, kept: Vec::new(), keep: false }
    }

    /// Forgets the trials of earlier images; `keep` tells whether these are explained for several
    /// scores.
    pub fn begin(&mut self, keep: bool) {
        self.kept.clear();
        self.keep = keep;
    }

    /// The score of each of `count` changed images, which `fill` writes channels first. A method
    /// asks once a map, and for the same images whatever the score: the answers for one score serve
    /// the others.
    ///
    /// # Panics
    /// If the method does not declare [`Need::Runs`](crate::methods::Need::Runs).
    pub fn scores(&mut self, trial: &Trial<'_>, count: usize, mut fill: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
        self.answered(trial, |lab| {
            let Lab { passes, runs, .. } = lab;
            let run = runs.get_or_insert_with(|| Run::new(passes.runs.as_ref().expect("the method declares runs")));
            let mut outputs = Vec::with_capacity(count * run.pass.outputs);
            forward_many(passes, run, count, &mut fill, |run, _, many| {
                run.logits().take(many).for_each(|of| outputs.extend(of))
            });
            outputs
        })
    }

    /// The score for each of `count` changed activations of the trial's layer, which `fill` writes;
    /// as [`Lab::scores`] otherwise.
    ///
    /// # Panics
    /// If the method does not declare [`Need::TailRuns`](crate::methods::Need::TailRuns).
    pub fn tail_scores(&mut self, trial: &Trial<'_>, count: usize, fill: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
        self.answered(trial, |lab| lab.tail_outputs(trial.layer, &trial.bypass, count, fill))
    }

    /// The raw outputs for changed activations, one after the other.
    pub fn tail_outputs(
        &mut self,
        layer: usize,
        bypass: &[&[f32]],
        count: usize,
        fill: impl FnMut(usize, &mut [f32]),
    ) -> Vec<f32> {
        let tails = &self.passes.tails;
        assert!(layer < tails.len(), "no method that runs tails, or no layer {layer}");
        let mut outputs = Vec::new();
        self.tails[layer]
            .get_or_insert_with(|| tails[layer].run())
            .outputs(bypass, count, fill, |of| outputs.extend(of));
        outputs
    }

    /// The scores for raw outputs that are kept, or that `run` finds.
    fn answered(&mut self, trial: &Trial<'_>, run: impl FnOnce(&mut Self) -> Vec<f32>) -> Vec<f32> {
        let key = (trial.method, trial.layer, trial.position);
        let at = self.kept.iter().position(|(of, _)| *of == key).unwrap_or_else(|| {
            let outputs = run(self);
            if !self.keep {
                self.kept.clear();
            }
            self.kept.push((key, outputs));
            self.kept.len() - 1
        });
        let Compiled { head, first, .. } = self.passes;
        self.kept[at].1.chunks_exact(first.outputs).map(|outputs| trial.score.value(&head.predict(outputs))).collect()
    }

    /// Runs each of `count` changed images forwards and the score of the trial backwards; `each` is
    /// given what is then known of it, at the trial's layer, and its score.
    ///
    /// # Panics
    /// If the method declares neither [`Need::GradientRuns`](crate::methods::Need::GradientRuns)
    /// nor [`Need::ImageGradientRuns`](crate::methods::Need::ImageGradientRuns).
    pub fn gradients(
        &mut self,
        trial: &Trial<'_>,
        count: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
        mut each: impl FnMut(usize, &Evidence<'_>, f32),
    ) {
        let Lab { passes, gradient_runs, .. } = self;
        let run = gradient_runs
            .get_or_insert_with(|| Run::new(passes.gradient_runs.as_ref().expect("the method declares gradient runs")));
        forward_many(passes, run, count, &mut fill, |run, start, many| {
            let predictions: Vec<Prediction> =
                run.logits().take(many).map(|outputs| passes.head.predict(outputs)).collect();
            run.backward(|image, cotangent| {
                if let Some(prediction) = predictions.get(image) {
                    passes.head.seed(&trial.score.gradient(prediction, passes.head), cotangent);
                }
            });
            for (image, prediction) in predictions.iter().enumerate() {
                each(start + image, &run.evidence(Some(trial.layer), image, None), trial.score.value(prediction));
            }
        });
    }
}

/// Runs changed images forwards, a batch at a time; `done` is told the first of the batch and how
/// many of it count.
fn forward_many(
    passes: &Compiled,
    run: &mut Run,
    count: usize,
    fill: &mut impl FnMut(usize, &mut [f32]),
    mut done: impl FnMut(&mut Run, usize, usize),
) {
    let batch = run.pass.batch;
    for start in (0..count).step_by(batch) {
        let many = batch.min(count - start);
        let length = passes.input.len();
        for (i, slot) in run.images_mut().chunks_exact_mut(length).take(many).enumerate() {
            passes.input.filled(slot, |image| fill(start + i, image));
        }
        run.session.run();
        done(run, start, many);
    }
}
