//! Do maps depend on what the network has learnt (Adebayo et al., arXiv 1810.03292), and on the
//! class (Sixt et al., arXiv 1912.09818)?
//!
//! The weights are put in a random order, from the logits down to the image (cascading) and module
//! by module (independent), and the maps of the randomised network are compared with those of the
//! trained one. A method whose maps survive does not show what was learnt: the verdict is on the
//! mean over the cascade.
//!
//! ```no_run
//! # fn main() -> Result<(), heatlens::Error> {
//! # let (model, images): (heatlens::Model, Vec<&[f32]>) = todo!();
//! use heatlens::sanity::{self, SanityOptions};
//! let report = sanity::check(&model, &images, &SanityOptions::default(), |done, of| {
//!     eprintln!("{done} of {of}");
//!     Ok(())
//! })?;
//! report.methods.iter().for_each(|method| println!("{}: {}", method.method.card().title, method.words()));
//! # Ok(()) }
//! ```

mod likeness;
mod report;
mod weights;

pub use likeness::Likeness;
pub use report::{MethodReport, SanityReport, Step, Verdict};

use heatlens_graph::{Tensor, ValueId};

use crate::random::Random;
use crate::{Error, Explainer, ExplainerOptions, Heatmap, Map, Method, Model, Scale, Target};
use likeness::{chance, magnitude};

/// What to check.
#[derive(Clone, Debug)]
pub struct SanityOptions {
    /// The methods.
    pub methods: Vec<Method>,
    /// The target layer; the default one where `None`.
    pub layer: Option<String>,
    /// Whether to randomise each module alone too, which takes as long again.
    pub independent: bool,
    /// Seed of everything drawn at random.
    pub seed: u64,
}

impl Default for SanityOptions {
    fn default() -> Self {
        SanityOptions { methods: vec![Method::GradCam], layer: None, independent: true, seed: 0 }
    }
}

/// Images a forward pass.
const AT_ONCE: usize = 8;
/// Pairs of random maps for the likeness of chance.
const PAIRS: usize = 50;

/// Checks the methods on preprocessed images. `progress` is told how many of how many explanations
/// are done.
///
/// # Errors
/// As [`Explainer::new`], and of the first image that the network cannot take.
pub fn check(
    model: &Model,
    images: &[&[f32]],
    options: &SanityOptions,
    progress: impl FnMut(usize, usize) -> Result<(), Error>,
) -> Result<SanityReport, Error> {
    Check::new(model, images.len(), options)?.run(images, progress)
}

/// A check that can begin: the trained network is compiled.
pub struct Check<'m> {
    model: &'m Model,
    explainer: Explainer,
    options: SanityOptions,
}

impl<'m> Check<'m> {
    /// Compiles the network for so many images.
    ///
    /// # Errors
    /// As [`Explainer::new`].
    pub fn new(model: &'m Model, images: usize, options: &SanityOptions) -> Result<Check<'m>, Error> {
        Ok(Check { model, explainer: compiled(model, images, options)?, options: options.clone() })
    }

    /// Bytes that it takes for activations and workspace. One network is compiled at a time.
    pub fn worker_bytes(&self) -> usize {
        self.explainer.worker_bytes()
    }

    /// As [`check`].
    ///
    /// # Errors
    /// As [`check`].
    pub fn run(
        self,
        images: &[&[f32]],
        progress: impl FnMut(usize, usize) -> Result<(), Error>,
    ) -> Result<SanityReport, Error> {
        let Check { model, explainer, options } = self;
        randomise(model, explainer, images, &options, progress)
    }
}

/// Explains by the trained network, then by what is left of it as one module after the other is put in a
/// random order.
fn randomise(
    model: &Model,
    explainer: Explainer,
    images: &[&[f32]],
    options: &SanityOptions,
    mut progress: impl FnMut(usize, usize) -> Result<(), Error>,
) -> Result<SanityReport, Error> {
    let groups = weights::groups(model.graph());
    let kinds = if options.independent { 2 } else { 1 };
    let total = images.len() * (2 + kinds * groups.len());
    let mut done = 0;
    let mut explained = |explainer: &Explainer, targets: &[Target]| {
        explain(explainer, images, targets, || {
            done += 1;
            progress(done, total)
        })
    };
    let predicted = explained(&explainer, &vec![Target::Predicted; images.len()])?;
    let classes: Vec<usize> = predicted.iter().map(|image| image.class).collect();
    let mut trained: Vec<Trained> =
        options.methods.iter().map(|&method| Trained::new(model, method, &predicted, options.seed)).collect();
    drop(predicted);

    let mut random = Random::new(options.seed, 0xc1a5);
    if let others @ 2.. = model.classes().len() {
        let others: Vec<Target> =
            classes.iter().map(|class| Target::Class((class + 1 + random.below(others - 1)) % others)).collect();
        let explained = explained(&explainer, &others)?;
        trained.iter_mut().for_each(|method| method.compare_class(&explained));
    }
    // A network at a time is in memory.
    drop(explainer);
    let targets: Vec<Target> = classes.into_iter().map(Target::Class).collect();
    let randomised =
        |weights: &[(ValueId, Tensor)]| compiled(&model.with_weights(weights.iter().cloned())?, images.len(), options);
    let mut all = Vec::new();
    for group in &groups {
        let shuffled = weights::shuffled(model.graph(), group, options.seed);
        if options.independent {
            let alone = explained(&randomised(&shuffled)?, &targets)?;
            trained.iter_mut().for_each(|method| method.compare(&alone, &group.name, false));
        }
        all.extend(shuffled);
        let cascade = explained(&randomised(&all)?, &targets)?;
        trained.iter_mut().for_each(|method| method.compare(&cascade, &group.name, true));
    }
    Ok(SanityReport {
        methods: trained.into_iter().map(Trained::report).collect(),
        images: images.len(),
        seed: options.seed,
    })
}

/// The maps of one image, and the class predicted.
struct Explained {
    class: usize,
    maps: Vec<Heatmap>,
}

/// A network, trained or randomised, compiled for so many images.
fn compiled(model: &Model, images: usize, options: &SanityOptions) -> Result<Explainer, Error> {
    let options = ExplainerOptions {
        layers: options.layer.iter().cloned().collect(),
        methods: options.methods.clone(),
        batch: model.at_once(AT_ONCE.min(images.max(1))),
        seed: options.seed,
        ..ExplainerOptions::default()
    };
    Explainer::new(model, &options)
}

/// Explains each image for a target of its own, with every method in one pass.
fn explain(
    explainer: &Explainer,
    images: &[&[f32]],
    targets: &[Target],
    mut advance: impl FnMut() -> Result<(), Error>,
) -> Result<Vec<Explained>, Error> {
    let mut worker = explainer.worker();
    let mut explained = Vec::with_capacity(images.len());
    let mut start = 0;
    // Targets are those of a batch: images of one class go together.
    for run in targets.chunk_by(|a, b| a == b) {
        for batch in images[start..start + run.len()].chunks(worker.batch()) {
            for explanation in worker.explain_batch(batch, &run[..1]) {
                let (class, maps) = match explanation {
                    Ok(explanation) => (explanation.prediction.class, explanation.maps),
                    // A randomised network may overflow: it then has no maps.
                    Err(Error::LogitsNotFinite { .. }) => (0, Vec::new()),
                    Err(error) => return Err(error),
                };
                explained.push(Explained { class, maps });
                advance()?;
            }
        }
        start += run.len();
    }
    Ok(explained)
}

/// The map of a method that an image is judged by: the first, where there are several; `None` for
/// one that says nothing.
fn map_of(method: Method, image: &Explained) -> Option<&Heatmap> {
    image.maps.iter().find(|map| map.method == method).filter(|map| !map.is_empty() && map.raw.is_finite())
}

/// The maps of one method on the trained network, and what became of them.
struct Trained {
    size: [usize; 2],
    /// By image: the finished map, and the same without its sign; `None` where there is nothing to
    /// compare with.
    maps: Vec<Option<(Map, Map)>>,
    /// The distance between the smallest and the largest value that a map can have.
    range: f64,
    /// The likeness of chance where signs are kept.
    with_sign: Likeness,
    report: MethodReport,
}

impl Trained {
    fn new(model: &Model, method: Method, predicted: &[Explained], seed: u64) -> Trained {
        let size = model.input().size();
        let maps: Vec<Option<(Map, Map)>> = predicted
            .iter()
            .map(|image| {
                let map = map_of(method, image)?;
                let magnitude = magnitude(map, size);
                // A constant has no order to compare.
                magnitude.values.iter().any(|v| *v != magnitude.values[0]).then(|| (map.finish(size), magnitude))
            })
            .collect();
        let signed =
            predicted.iter().find_map(|image| map_of(method, image)).is_some_and(|map| map.scale == Scale::Signed);
        let range = if signed { 2.0 } else { 1.0 };
        let magnitudes = chance(maps.iter().flatten().map(|(_, magnitude)| magnitude), 1.0, PAIRS, seed);
        let with_sign =
            if signed { chance(maps.iter().flatten().map(|(map, _)| map), range, PAIRS, seed) } else { magnitudes };
        let images = maps.iter().flatten().count();
        let report = MethodReport {
            method,
            images,
            chance: magnitudes,
            cascade: Vec::new(),
            independent: Vec::new(),
            other_class: None,
            model: Verdict::Undecided,
            class: Verdict::Undecided,
        };
        Trained { size, maps, range, with_sign, report }
    }

    /// Compares with the maps of a randomised network. A map that vanished is as unlike as can be.
    fn compare(&mut self, randomised: &[Explained], modules: &str, cascade: bool) {
        let (mut likenesses, mut vanished) = (Vec::new(), 0);
        for (map, image) in self.maps.iter().zip(randomised) {
            let Some((_, map)) = map else { continue };
            let other = map_of(self.report.method, image).map(|other| magnitude(other, self.size));
            let likeness = other.and_then(|other| Likeness::of(map, &other, 1.0).ok());
            vanished += usize::from(likeness.is_none());
            likenesses.push(likeness.unwrap_or_default());
        }
        let step =
            Step { modules: modules.to_owned(), likeness: Likeness::mean(&likenesses).unwrap_or_default(), vanished };
        if cascade { &mut self.report.cascade } else { &mut self.report.independent }.push(step);
    }

    /// Compares with the maps of other classes, signs kept, over the images where both say
    /// something.
    fn compare_class(&mut self, others: &[Explained]) {
        let pairs = self.maps.iter().zip(others);
        let likenesses: Vec<Likeness> = pairs
            .filter_map(|(map, image)| {
                let other = map_of(self.report.method, image)?.finish(self.size);
                Likeness::of(&map.as_ref()?.0, &other, self.range).ok()
            })
            .collect();
        self.report.other_class = Likeness::mean(&likenesses);
    }

    fn report(self) -> MethodReport {
        let mut report = self.report;
        let verdict = |likeness: Option<Likeness>, chance: &Likeness| {
            Verdict::of(likeness.filter(|_| report.images > 0).map(|likeness| likeness.above(chance)))
        };
        (report.model, report.class) =
            (verdict(report.survival(), &report.chance), verdict(report.other_class, &self.with_sign));
        report
    }
}
