//! What one thread does with its images.

use std::time::Duration;

use super::compile::Explainer;
use super::options::{Explanation, StepTime};
use crate::methods::{self, How, Need, Recipe};
use crate::passes::{Lab, Run, Trial};
use crate::{Error, Evidence, Head, Heatmap, InputSpec, Map, Method, Prediction, Scale, Score, ScoreKind, Target};

/// Explains images, reusing its buffers.
pub struct Worker<'e> {
    explainer: &'e Explainer,
    run: Run,
    lab: Lab<'e>,
}

/// What the network tells of one image, for methods of one's own.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// Its answer.
    pub prediction: Prediction,
    /// The score that is differentiated.
    pub score: Score,
    /// Activations, gradients and what else the explainer's methods need; the image itself is left
    /// out.
    pub evidence: Evidence<'a>,
}

/// An image that the network has answered for.
struct Answered<'a> {
    /// Position in the batch.
    position: usize,
    /// Its values, channels first.
    pixels: &'a [f32],
    prediction: &'a Prediction,
    scores: &'a [Score],
}

/// Multiples of the preprocessed image over which `augment` averages, each as it is and mirrored.
const SHADES: [f32; 3] = [0.9, 1.0, 1.1];

impl Explainer {
    /// Something that explains one batch after the other; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        let compiled = &self.compiled;
        Worker { explainer: self, run: Run::new(&compiled.first), lab: Lab::new(compiled) }
    }
}

impl<'e> Worker<'e> {
    /// Images that fit into one call.
    pub fn batch(&self) -> usize {
        self.explainer.options.batch
    }

    /// Explains one preprocessed image.
    ///
    /// # Errors
    /// [`Error::InputLength`], [`Error::InputNotFinite`], [`Error::LogitsNotFinite`].
    pub fn explain(&mut self, image: &[f32], targets: &[Target]) -> Result<Explanation, Error> {
        self.explain_batch(&[image], targets).pop().expect("one image, one answer")
    }

    /// Explains up to [`ExplainerOptions::batch`](crate::ExplainerOptions::batch) preprocessed
    /// images. One that cannot be explained costs its own answer only.
    ///
    /// # Panics
    /// If there are more images than the batch size.
    pub fn explain_batch(&mut self, images: &[&[f32]], targets: &[Target]) -> Vec<Result<Explanation, Error>> {
        let predictions = self.predict_batch(images);
        let kind = self.explainer.options.score;
        let scores: Vec<Vec<Score>> = predictions
            .iter()
            .map(|p| p.as_ref().map_or_else(|_| Vec::new(), |p| distinct(targets, p, kind)))
            .collect();
        let mut maps = self.maps(images, &predictions, &scores);
        if self.explainer.options.augment {
            self.augment(images, &predictions, &scores, &mut maps);
        }
        predictions
            .into_iter()
            .zip(maps)
            .map(|(prediction, maps)| Ok(Explanation { prediction: prediction?, maps }))
            .collect()
    }

    /// Runs one preprocessed image forwards and the score of the target backwards, and shows what
    /// is then known at a layer, by its position in [`Explainer::layers`].
    ///
    /// # Errors
    /// As [`Worker::explain`].
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn observe(&mut self, image: &[f32], target: Target, layer: usize) -> Result<Observation<'_>, Error> {
        assert!(layer < self.explainer.layers.len(), "no layer {layer}");
        let prediction = self.predict_batch(&[image]).pop().expect("one image, one answer")?;
        let score = target.score(prediction.class, self.explainer.options.score);
        self.backward(&[Answered { position: 0, pixels: image, prediction: &prediction, scores: &[score] }], 0, None);
        Ok(Observation { score, evidence: self.run.evidence(Some(layer), 0, None), prediction })
    }

    /// What the network says of the image last given where the output of a layer is changed: only
    /// the tail behind it runs, once for each of `count` outputs, which `fill` writes, channel by
    /// channel.
    ///
    /// # Panics
    /// If no method of the explainer declares [`Need::TailRuns`], or there is no such layer.
    pub fn rerun_tail(&mut self, layer: usize, count: usize, fill: impl FnMut(usize, &mut [f32])) -> Vec<Prediction> {
        let head = self.explainer.compiled.head;
        let outputs = self.lab.tail_outputs(layer, &self.run.bypass(layer, 0), count, fill);
        outputs.chunks_exact(self.explainer.compiled.first.outputs).map(|outputs| head.predict(outputs)).collect()
    }

    /// The forward pass alone, with which [`Worker::explain_batch`] begins: what the network says
    /// of up to [`ExplainerOptions::batch`](crate::ExplainerOptions::batch) preprocessed images.
    ///
    /// # Panics
    /// If there are more images than the batch size.
    pub fn predict_batch(&mut self, images: &[&[f32]]) -> Vec<Result<Prediction, Error>> {
        let explainer = self.explainer;
        let length = explainer.compiled.input.len();
        let input = self.run.images_mut();
        assert!(images.len() * length <= input.len(), "more images than the batch size");
        input.fill(0.0);
        let checks: Vec<_> = images.iter().map(|image| check_input(image, &explainer.compiled.input)).collect();
        for ((image, slot), _) in
            images.iter().zip(input.chunks_exact_mut(length)).zip(&checks).filter(|(_, check)| check.is_ok())
        {
            slot.copy_from_slice(image);
        }
        self.run.session.run();
        self.lab.begin(false);
        let answers = checks.into_iter().zip(self.run.logits());
        answers.map(|(check, outputs)| check.and_then(|()| read_logits(outputs, explainer.compiled.head))).collect()
    }

    /// Runs the forward pass and the gradient once more on the images and classes of the last call
    /// (on zeros before the first), timing each step in the order in which they run.
    pub fn profile(&mut self) -> Vec<StepTime<'e>> {
        let steps = self.explainer.compiled.first.program.steps();
        let mut times: Vec<_> = steps
            .map(|step| StepTime { operator: step.op, node: step.node, gradient: step.late, time: Duration::ZERO })
            .collect();
        self.run.session.profile(|step, time| times[step].time = time);
        times
    }

    /// The maps of images that the network has just been run on, each with scores of its own.
    fn maps(
        &mut self,
        images: &[&[f32]],
        predictions: &[Result<Prediction, Error>],
        scores: &[Vec<Score>],
    ) -> Vec<Vec<Heatmap>> {
        let pixels: Vec<_> = images.iter().map(|image| self.explainer.compiled.input.channels_first(image)).collect();
        let answered: Vec<Answered<'_>> = predictions
            .iter()
            .zip(scores)
            .enumerate()
            .filter_map(|(position, (prediction, scores))| {
                Some(Answered { position, pixels: &pixels[position], prediction: prediction.as_ref().ok()?, scores })
            })
            .collect();
        let mut maps: Vec<Vec<Heatmap>> = images.iter().map(|_| Vec::new()).collect();
        let most = answered.iter().map(|image| image.scores.len()).max().unwrap_or(0);
        self.lab.begin(most > 1);
        for nth in 0..most {
            // Methods that explain the same score share its backward pass.
            let mut seeded: Option<Option<Method>> = None;
            for &method in &self.explainer.options.methods {
                let own = matches!(method.recipe().how, How::OwnScore(..)).then_some(method);
                if asks_gradient(method) && seeded != Some(own) {
                    self.backward(&answered, nth, own);
                    seeded = Some(own);
                }
                for image in answered.iter().filter(|image| nth < image.scores.len()) {
                    let of_image = self.heatmaps(method, image, image.scores[nth]);
                    maps[image.position].extend(of_image);
                }
            }
        }
        maps
    }

    /// One backward pass for the whole batch, each image with its own score, or with what `own`
    /// makes of it.
    fn backward(&mut self, answered: &[Answered<'_>], nth: usize, own: Option<Method>) {
        let head = self.explainer.compiled.head;
        self.run.backward(|position, cotangent| {
            let image = answered.iter().find(|image| image.position == position);
            let Some((image, score)) = image.and_then(|image| Some((image, image.scores.get(nth)?))) else { return };
            let of_classes = match own.map(|method| method.recipe().how) {
                Some(How::OwnScore(seed, _)) if score.against.is_none() => seed(&image.prediction.logits, score.class),
                _ => score.gradient(image.prediction, head),
            };
            head.seed(&of_classes, cotangent);
        });
    }

    /// The maps of one method, image and score.
    fn heatmaps(&mut self, method: Method, image: &Answered<'_>, score: Score) -> Vec<Heatmap> {
        let explainer = self.explainer;
        let size = explainer.compiled.input.size();
        let value = score.value(image.prediction);
        let heatmap = |layer, raw, scale| Heatmap { method, layer, score, value, part: None, raw, scale };
        let scale = method.card().scale;
        match method.recipe().how {
            How::Layers(base, combine) => {
                let maps: Vec<Map> = explainer
                    .stages
                    .iter()
                    .map(|&layer| self.layer_map(base, image, score, layer).finish(size))
                    .collect();
                vec![heatmap(None, combine.of(&maps), Scale::Finished)]
            }
            How::Pixels(pixels) => {
                let evidence = self.run.evidence(Some(0), image.position, Some(image.pixels));
                vec![heatmap(None, Map::new(size[0], size[1], pixels(&evidence)), scale)]
            }
            How::TrialPixels(pixels) => {
                let trial = trial(&self.run, explainer, method.recipe(), image, score, 0);
                vec![heatmap(None, Map::new(size[0], size[1], pixels(&trial, &mut self.lab)), scale)]
            }
            How::Concepts(concepts) => {
                let mut maps = Vec::new();
                for layer in 0..explainer.layers.len() {
                    let trial = trial(&self.run, explainer, method.recipe(), image, score, layer);
                    let parts = concepts(&trial, &mut self.lab).into_iter().enumerate();
                    maps.extend(parts.map(|(i, (raw, value))| Heatmap {
                        value,
                        part: Some(i + 1),
                        ..heatmap(Some(layer), raw, scale)
                    }));
                }
                maps
            }
            _ => {
                let maps: Vec<Map> = (0..explainer.layers.len())
                    .map(|layer| self.layer_map(method.recipe(), image, score, layer))
                    .collect();
                match explainer.options.combine {
                    Some(combine) if maps.len() > 1 => {
                        let finished: Vec<Map> = maps.iter().map(|map| map.finished_to_be_joined(size)).collect();
                        vec![heatmap(None, combine.of(&finished), Scale::Finished)]
                    }
                    _ => maps.into_iter().enumerate().map(|(layer, raw)| heatmap(Some(layer), raw, scale)).collect(),
                }
            }
        }
    }

    /// The raw map of a layer method.
    fn layer_map(&mut self, recipe: &Recipe, image: &Answered<'_>, score: Score, layer: usize) -> Map {
        let explainer = self.explainer;
        let evidence = self.run.evidence(Some(layer), image.position, Some(image.pixels));
        let activations = evidence.activations();
        let sum = |weights: Vec<f32>| match explainer.options.eigen {
            true => methods::eigen_weighted(&weights, &activations),
            false => methods::weighted_sum(&weights, &activations),
        };
        let values = match recipe.how {
            How::Weights(weights) | How::OwnScore(_, weights) => sum(weights(&evidence)),
            How::TrialWeights(weights) => {
                sum(weights(&trial(&self.run, explainer, recipe, image, score, layer), &mut self.lab))
            }
            How::LayerPixels(pixels) => {
                let [height, width] = explainer.compiled.input.size();
                return Map::new(height, width, pixels(&evidence));
            }
            How::Cells(f) if explainer.options.eigen => methods::eigen_cells(&evidence, f),
            _ => return recipe.map(&evidence).expect("a layer method"),
        };
        Map::new(activations.height, activations.width, values)
    }

    /// Replaces the maps by the mean of the finished maps over shades and mirror images; the mean
    /// is not stretched again.
    fn augment(
        &mut self,
        images: &[&[f32]],
        predictions: &[Result<Prediction, Error>],
        scores: &[Vec<Score>],
        maps: &mut [Vec<Heatmap>],
    ) {
        let size = self.explainer.compiled.input.size();
        let finish = |maps: &[Heatmap]| maps.iter().map(|map| map.finish(size)).collect::<Vec<_>>();
        let mut sums: Vec<Vec<Map>> = maps.iter().map(|maps| finish(maps)).collect();
        for (mirrored, shade) in [false, true].into_iter().flat_map(|mirrored| SHADES.map(|shade| (mirrored, shade))) {
            if !mirrored && shade == 1.0 {
                continue;
            }
            let changed: Vec<Vec<f32>> = images
                .iter()
                .zip(predictions)
                .map(|(image, p)| match p {
                    Ok(_) => self.explainer.compiled.input.shaded(image, shade, mirrored),
                    Err(_) => image.to_vec(),
                })
                .collect();
            let changed: Vec<&[f32]> = changed.iter().map(Vec::as_slice).collect();
            let answers = self.predict_batch(&changed);
            for (sums, maps) in sums.iter_mut().zip(self.maps(&changed, &answers, scores)) {
                for (sum, map) in sums.iter_mut().zip(finish(&maps)) {
                    add(sum, &map, mirrored);
                }
            }
        }
        for (maps, sums) in maps.iter_mut().zip(sums) {
            for (map, mut sum) in maps.iter_mut().zip(sums) {
                sum.values.iter_mut().for_each(|v| *v /= 2.0 * SHADES.len() as f32);
                (map.raw, map.scale) = (sum, if map.scale == Scale::Signed { Scale::Signed } else { Scale::Finished });
            }
        }
    }
}

/// Adds a map to a sum, mirrored back if it was.
fn add(sum: &mut Map, map: &Map, mirrored: bool) {
    for (sum, row) in sum.values.chunks_exact_mut(map.width).zip(map.values.chunks_exact(map.width)) {
        for (x, value) in sum.iter_mut().enumerate() {
            *value += row[if mirrored { map.width - 1 - x } else { x }];
        }
    }
}

fn asks_gradient(method: Method) -> bool {
    [Need::Gradients, Need::Curvature, Need::ImageGradient, Need::GuidedGradient, Need::BiasGradients]
        .iter()
        .any(|&need| method.needs(need))
}

fn trial<'a>(
    run: &'a Run,
    explainer: &Explainer,
    recipe: &Recipe,
    image: &'a Answered<'_>,
    score: Score,
    layer: usize,
) -> Trial<'a> {
    Trial {
        evidence: run.evidence(Some(layer), image.position, Some(image.pixels)),
        method: recipe.card.name,
        layer,
        position: image.position,
        score,
        value: score.value(image.prediction),
        bypass: run.bypass(layer, image.position),
        seed: explainer.options.seed,
    }
}

/// The scores to explain for an image, each once.
fn distinct(targets: &[Target], prediction: &Prediction, kind: ScoreKind) -> Vec<Score> {
    let mut scores: Vec<Score> = Vec::new();
    for score in targets.iter().map(|target| target.score(prediction.class, kind)) {
        if !scores.contains(&score) {
            scores.push(score);
        }
    }
    scores
}

fn check_input(image: &[f32], input: &InputSpec) -> Result<(), Error> {
    if image.len() != input.len() {
        let shape = format!("{:?}", input.shape(1));
        return Err(Error::InputLength { expected: input.len(), shape, got: image.len() });
    }
    if image.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(Error::InputNotFinite) }
}

fn read_logits(logits: &[f32], head: Head) -> Result<Prediction, Error> {
    if logits.iter().all(|z| z.is_finite()) {
        Ok(head.predict(logits))
    } else {
        Err(Error::LogitsNotFinite { logits: logits.iter().copied().take(8).collect() })
    }
}
