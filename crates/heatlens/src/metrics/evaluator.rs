//! All metrics of all methods on one image after the other.

use std::collections::HashMap;

use heatlens_imaging::{Photograph, Preprocess};

use super::robustness::{Change, Pair};
use super::trial::{Case, Trial};
use super::{Agreement, Baseline, Cost, How, Metric, MetricError, Scorer, Scoring};
use crate::{
    Error, Explainer, ExplainerOptions, Heatmap, InputSpec, Map, Method, Model, Prediction, Scale, Target, Worker,
};

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct EvaluatorOptions {
    /// The methods, without repeats.
    pub methods: Vec<Method>,
    /// The target layer; the default one where `None`.
    pub layer: Option<String>,
    /// The metrics; those that need a mask or a photograph have no value where there is none.
    pub metrics: Vec<Metric>,
    /// Seed of everything drawn at random.
    pub seed: u64,
}

impl Default for EvaluatorOptions {
    fn default() -> Self {
        EvaluatorOptions { methods: vec![Method::GradCam], layer: None, metrics: Metric::ALL.to_vec(), seed: 0 }
    }
}

/// A network compiled for metrics. Shared by any number of [`Evaluating`]s.
///
/// ```no_run
/// # fn main() -> Result<(), heatlens::Error> {
/// # let (model, image): (heatlens::Model, Vec<f32>) = todo!();
/// use heatlens::metrics::{Evaluator, Subject};
/// let evaluator = Evaluator::new(&model, &Default::default())?;
/// let evaluation = evaluator.evaluating().evaluate(&Subject::of(&image))?;
/// # Ok(()) }
/// ```
pub struct Evaluator {
    explainer: Explainer,
    scorer: Scorer,
    input: InputSpec,
    options: EvaluatorOptions,
}

/// An image to evaluate maps on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The preprocessed image.
    pub image: &'a [f32],
    /// What is explained.
    pub target: Target,
    /// The photograph and its preprocessing, for metrics that change it.
    pub photograph: Option<(&'a Photograph, &'a Preprocess)>,
    /// Where maps should lie: a value a pixel of the input, row by row.
    pub mask: Option<&'a [bool]>,
}

impl<'a> Subject<'a> {
    /// A preprocessed image of which nothing else is known.
    pub fn of(image: &'a [f32]) -> Self {
        Subject { image, target: Target::Predicted, photograph: None, mask: None }
    }
}

/// Whose values they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A method; `part` where it gives several maps of an image.
    Method {
        /// The method.
        method: Method,
        /// Which of its maps, counted from 1.
        part: Option<usize>,
    },
    /// A map to compare with.
    Baseline(Baseline),
}

impl Origin {
    /// How it is named in tables.
    pub fn name(self) -> String {
        match self {
            Origin::Method { method, part: None } => method.card().name.to_owned(),
            Origin::Method { method, part: Some(part) } => format!("{} {part}", method.card().name),
            Origin::Baseline(baseline) => baseline.name().to_owned(),
        }
    }
}

/// The values of one map.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// Whose map it is.
    pub origin: Origin,
    /// A value a metric, in the order of [`EvaluatorOptions::metrics`].
    pub values: Vec<Result<f64, MetricError>>,
}

/// What came of one image.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// What the network says of it.
    pub prediction: Prediction,
    /// The class that was explained.
    pub class: usize,
    /// The methods' maps, then the baselines.
    pub maps: Vec<Evaluated>,
    /// How far each two maps of methods agree, by their positions in `maps`.
    pub agreement: Vec<([usize; 2], Result<Agreement, MetricError>)>,
}

impl Evaluator {
    /// Compiles the network.
    ///
    /// # Errors
    /// As [`Explainer::new`].
    pub fn new(model: &Model, options: &EvaluatorOptions) -> Result<Evaluator, Error> {
        let explainer = ExplainerOptions {
            layers: options.layer.iter().cloned().collect(),
            methods: options.methods.clone(),
            seed: options.seed,
            ..ExplainerOptions::default()
        };
        Ok(Evaluator {
            explainer: Explainer::new(model, &explainer)?,
            scorer: Scorer::new(model)?,
            input: model.input(),
            options: options.clone(),
        })
    }

    /// What is evaluated.
    pub fn options(&self) -> &EvaluatorOptions {
        &self.options
    }

    /// Steps in which an image is evaluated: its own explanation, those of its changed versions,
    /// and each metric of each method and baseline. They are of unlike length; what goes without
    /// saying takes one too, so that their number is known beforehand.
    pub fn steps(&self) -> usize {
        let changed: usize = self.changes().map(|(_, images)| images).sum();
        1 + changed + (self.options.methods.len() + Baseline::ALL.len()) * self.options.metrics.len()
    }

    /// The kinds of changed images that the metrics ask for, each once, and how many images are of
    /// each.
    fn changes(&self) -> impl Iterator<Item = (Change, usize)> {
        let metrics = &self.options.metrics;
        let change = |metric: &Metric| match (metric.recipe().how, metric.card().cost) {
            (How::Changed(change, _), Cost::Explanations(images)) => Some((change, images)),
            _ => None,
        };
        let is_first =
            move |nth: usize, of: (Change, usize)| !metrics[..nth].iter().filter_map(change).any(|before| before == of);
        metrics.iter().enumerate().filter_map(move |(nth, metric)| change(metric).filter(|&of| is_first(nth, of)))
    }

    /// Bytes that each [`Evaluating`] takes to explain and to score; its changed images are few beside
    /// them.
    pub fn worker_bytes(&self) -> usize {
        self.explainer.worker_bytes() + self.scorer.scoring_bytes()
    }

    /// Something that evaluates one image after the other, with memory of its own; one a thread.
    pub fn evaluating(&self) -> Evaluating<'_> {
        Evaluating { evaluator: self, worker: self.explainer.worker(), scoring: self.scorer.scoring() }
    }
}

/// Evaluates one image after the other.
pub struct Evaluating<'e> {
    evaluator: &'e Evaluator,
    worker: Worker<'e>,
    scoring: Scoring<'e>,
}

/// The maps of an image's changed versions: by kind of change, for each of the image's maps its
/// pairs.
type Changes = HashMap<Change, Result<Vec<Vec<Pair>>, MetricError>>;

impl Evaluating<'_> {
    /// Every metric of every method and baseline on an image.
    ///
    /// # Errors
    /// As [`Worker::explain`]. What a single metric cannot judge is an error in its place.
    pub fn evaluate(&mut self, subject: &Subject<'_>) -> Result<Evaluation, Error> {
        self.evaluate_with(subject, || Ok(()))
    }

    /// The same; `done` is called after each of the [`Evaluator::steps`], and may end it.
    ///
    /// # Errors
    /// As [`Evaluating::evaluate`]; what `done` returns.
    pub fn evaluate_with(
        &mut self,
        subject: &Subject<'_>,
        mut done: impl FnMut() -> Result<(), Error>,
    ) -> Result<Evaluation, Error> {
        let Evaluator { input, options, .. } = self.evaluator;
        let size = input.size();
        let explanation = self.worker.explain(subject.image, &[subject.target])?;
        done()?;
        let prediction = explanation.prediction;
        let class = subject.target.score(prediction.class, Default::default()).class;
        let image = input.channels_first(subject.image);
        let case = Case::new(&image, *input, class, &prediction, subject.photograph, options.seed);

        let finished: Vec<Map> = explanation.maps.iter().map(|map| map.finish(size)).collect();
        let mut changes = Changes::new();
        for (change, images) in self.evaluator.changes() {
            let (mut left, mut asked) = (images, Ok(()));
            let mut one = || {
                left -= 1;
                if asked.is_ok() {
                    asked = done();
                }
            };
            changes.insert(change, self.pairs(change, &case, &explanation.maps, &finished, &mut one));
            asked?;
            // Those that cannot be had.
            (0..left).try_for_each(|_| done())?;
        }
        let mut maps = Vec::new();
        for (nth, (heatmap, map)) in explanation.maps.iter().zip(&finished).enumerate() {
            let origin = Origin::Method { method: heatmap.method, part: heatmap.part };
            // How many parts a method will have is not known beforehand.
            let mut done = || if heatmap.part.is_none_or(|part| part == 1) { done() } else { Ok(()) };
            maps.push(Evaluated {
                origin,
                values: self.values(&case, map, subject.mask, Some((&changes, nth)), &mut done)?,
            });
        }
        let cells =
            self.evaluator.explainer.layer_shapes().first().map_or([7, 7], |&[_, height, width]| [height, width]);
        for baseline in Baseline::ALL {
            let map = baseline.map(size, cells, options.seed);
            maps.push(Evaluated {
                origin: Origin::Baseline(baseline),
                values: self.values(&case, &map, subject.mask, None, &mut done)?,
            });
        }
        let pairs = (0..finished.len()).flat_map(|a| (a + 1..finished.len()).map(move |b| [a, b]));
        let agreement = pairs.map(|[a, b]| ([a, b], Agreement::of(&finished[a], &finished[b]))).collect();
        Ok(Evaluation { prediction, class, maps, agreement })
    }

    /// Every metric of a map that was made elsewhere, finished and as large as the input, in the
    /// order of [`EvaluatorOptions::metrics`]. Those that need the maps of changed images are
    /// [`MetricError::NotExplained`].
    ///
    /// # Errors
    /// As [`Worker::explain`]. What a single metric cannot judge is an error in its place:
    /// [`MetricError::Sizes`] in each for a map of another size.
    pub fn judge(&mut self, subject: &Subject<'_>, map: &Map) -> Result<Vec<Result<f64, MetricError>>, Error> {
        let Evaluator { input, options, .. } = self.evaluator;
        let prediction = self.worker.predict_batch(&[subject.image]).pop().expect("one image, one answer")?;
        let class = subject.target.score(prediction.class, Default::default()).class;
        let image = input.channels_first(subject.image);
        let case = Case::new(&image, *input, class, &prediction, subject.photograph, options.seed);
        if [map.height, map.width] != input.size() {
            let sizes = MetricError::Sizes { map: map.values.len(), other: case.pixels() };
            return Ok(vec![Err(sizes); options.metrics.len()]);
        }
        self.values(&case, map, subject.mask, None, &mut || Ok(()))
    }

    /// The metrics of one map; `changes` holds the pairs of the map at this position, where it is
    /// one that a method made.
    fn values(
        &mut self,
        case: &Case<'_>,
        map: &Map,
        mask: Option<&[bool]>,
        changes: Option<(&Changes, usize)>,
        done: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<Vec<Result<f64, MetricError>>, Error> {
        let mut trial = Trial::new(case, map, &mut self.scoring);
        let value = |metric: &Metric| match metric.recipe().how {
            How::Map(metric) => metric(map),
            How::Mask(metric) => metric(map, mask.ok_or(MetricError::NeedsMask)?),
            How::Runs(metric) => metric(&mut trial),
            How::Changed(change, metric) => {
                let (changes, nth) = changes.ok_or(MetricError::NotExplained)?;
                metric(&changes[&change].as_ref().map_err(Clone::clone)?[nth])
            }
        };
        let values = self.evaluator.options.metrics.iter().map(value);
        values.map(|value| done().map(|()| value)).collect()
    }

    /// The maps of the changed images of a kind, all methods in one pass each: a list a map, a pair
    /// an image.
    fn pairs(
        &mut self,
        change: Change,
        case: &Case<'_>,
        heatmaps: &[Heatmap],
        finished: &[Map],
        done: &mut dyn FnMut(),
    ) -> Result<Vec<Vec<Pair>>, MetricError> {
        let mut pairs: Vec<Vec<Pair>> = finished.iter().map(|_| Vec::new()).collect();
        for changed in change.images(case)? {
            let image = case.input.from_channels_first(&changed.image);
            let explanation =
                self.worker.explain(&image, &[Target::Class(case.class)]).map_err(|_| MetricError::ScoreNotFinite)?;
            for (nth, heatmap) in heatmaps.iter().enumerate() {
                let same =
                    |map: &&Heatmap| (map.method, map.layer, map.part) == (heatmap.method, heatmap.layer, heatmap.part);
                let map = explanation.maps.iter().find(same).ok_or(MetricError::NotExplained)?.finish(case.size);
                let range = if heatmap.scale == Scale::Signed { 2.0 } else { 1.0 };
                pairs[nth].push(changed.moved.pair(&finished[nth], &map, range));
            }
            done();
        }
        Ok(pairs)
    }
}
