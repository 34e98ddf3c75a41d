//! Whether maps are right ([`heatlens::metrics`]), measured over photographs: several at a time, in
//! their order; its words, tables and picture.

mod results;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use heatlens::Targets;
use heatlens::metrics::{Evaluating, Evaluation, Evaluator, EvaluatorOptions, Metric, Subject as Image, summarise};
use heatlens_files::Kind;
use heatlens_imaging::{DecodeLimits, decode};
use heatlens_record::{RunDirectory, count};

pub use results::Results;

use crate::inputs::{Source, sample};
use crate::sanity::doubt;
use crate::schedule::in_order_until;
use crate::{Budget, Depths, Error, Listener, Memory, Need, Ready, Subject, prepare};

/// What the user asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Methods, layer, metrics and seed.
    pub evaluator: EvaluatorOptions,
    /// What is explained: a class by name or index, or `predicted`.
    pub target: String,
    /// A folder of masks named as the images.
    pub masks: Option<PathBuf>,
    /// Images to use at most, drawn with the seed, as many of each folder as of any other.
    pub sample: usize,
    /// Threads.
    pub threads: usize,
    /// Bytes of memory to use; three quarters of what there is where `None`.
    pub memory: Option<u64>,
}

/// The metrics that were named, all where none was; those of localisation only where there are masks.
pub fn metrics(named: &[Metric], masks: bool) -> Vec<Metric> {
    match named {
        [] => Metric::ALL.iter().copied().filter(|metric| masks || !metric.needs_mask()).collect(),
        named => named.to_vec(),
    }
}

/// Evaluates the methods on every image; `remarks` are what was noticed while listing them. Images that cannot be
/// evaluated are warned of. What is found is written to `out`, where there is such a folder, which nobody else works in
/// meanwhile. Whoever asks for the end has results of the images that are done.
///
/// # Errors
/// If the images or the model cannot be used, no image can be evaluated, or the folder cannot be written;
/// [`heatlens::Error::Stopped`] where none is done yet.
pub fn evaluate(
    subject: Subject,
    (mut sources, remarks): (Vec<Source>, Option<String>),
    options: &Options,
    out: Option<&Path>,
    listener: &mut dyn Listener,
) -> Result<Results, Error> {
    let subject = subject.for_images(&sources, remarks, listener)?;
    let Options { evaluator: of_evaluator, memory, threads, .. } = options;
    doubt(&subject, of_evaluator.layer.as_deref(), &of_evaluator.methods).into_iter().for_each(|w| listener.warn(w));
    sample(&mut sources, options.sample, of_evaluator.seed).into_iter().for_each(|note| listener.note(note));
    // What explains and what scores.
    let memory = Memory::new(*memory).beside(&subject.model, 2)?;
    let evaluator = Evaluator::new(&subject.model, of_evaluator)?;
    // A changed photograph stands beside its own.
    let need = Need { images: sources.len(), worker: evaluator.worker_bytes(), pixel: 2 * Need::PIXEL };
    let budget = memory.divided(*threads, need)?;
    budget.note.iter().for_each(|note| listener.note(note));
    let alone = out.map(|out| RunDirectory::at(out).alone()).transpose()?;
    let stop = listener.stop().clone();
    let work = Work { subject: &subject, options, evaluator: &evaluator, budget: &budget, depths: Depths::default() };
    let (names, evaluations): (Vec<String>, Vec<Evaluation>) = work.all(&sources, listener)?.into_iter().unzip();
    if stop.is_asked() {
        let all = count(sources.len(), "image");
        listener.note(format!("stopped: the tables are of {} of {all}", evaluations.len()));
        if evaluations.is_empty() {
            return Err(heatlens::Error::Stopped.into());
        }
    }
    if evaluations.is_empty() {
        return Err(Error::Request(format!("no image could be evaluated: {} failed", count(sources.len(), "image"))));
    }
    let summaries = summarise(&evaluations, &of_evaluator.metrics);
    let (options, images) = (of_evaluator.clone(), sources.len());
    let results = Results { names, evaluations, summaries, options, images };
    alone.iter().try_for_each(|directory| results.write(directory))?;
    Ok(results)
}

/// What all images share.
struct Work<'a> {
    subject: &'a Subject,
    options: &'a Options,
    evaluator: &'a Evaluator,
    budget: &'a Budget,
    depths: Depths,
}

impl Work<'_> {
    /// What came of each image that can be evaluated, in their order whatever the number of threads.
    fn all(&self, sources: &[Source], listener: &mut dyn Listener) -> Result<Vec<(String, Evaluation)>, Error> {
        let (stop, waits, steps) = (listener.stop().clone(), listener.waits(), self.evaluator.steps());
        let listener = Mutex::new(listener);
        let heard = || listener.lock().unwrap_or_else(PoisonError::into_inner);
        let advance = |failed| heard().advance(sources.len() * steps, failed);
        let work = |evaluating: &mut Evaluating<'_>, image: usize| {
            let mut left = steps;
            let step = || {
                left -= 1;
                advance(false);
                if stop.is_asked() && !waits { Err(heatlens::Error::Stopped) } else { Ok(()) }
            };
            let evaluation = self.one(&sources[image], evaluating, step);
            (0..left).for_each(|step| advance(step == 0));
            evaluation
        };
        let mut evaluations = Vec::with_capacity(sources.len());
        in_order_until(
            &stop,
            sources.len(),
            self.budget.threads,
            || self.evaluator.evaluating(),
            work,
            |image, evaluation| {
                let shown = &sources[image].shown;
                match evaluation {
                    Ok(evaluation) => evaluations.push((shown.clone(), evaluation)),
                    Err(_) if stop.is_asked() && !waits => {}
                    Err(error) => heard().warn(format!("`{shown}` is left out: {error}")),
                }
                Ok::<(), Error>(())
            },
        )?;
        self.depths.words().into_iter().for_each(|words| heard().warn(words));
        Ok(evaluations)
    }

    /// One image; why not, in words.
    fn one(
        &self,
        source: &Source,
        evaluating: &mut Evaluating<'_>,
        step: impl FnMut() -> Result<(), heatlens::Error>,
    ) -> Result<Evaluation, String> {
        let Work { subject: Subject { model, preprocess, .. }, options, budget, .. } = self;
        let size = model.input().size();
        let ready = prepare(source, preprocess, size, &budget.limits)?;
        self.depths.see(ready.bits, &source.shown);
        let target = match Targets::parse(&options.target, model).map_err(|error| error.to_string())?.as_slice() {
            &[target] => target,
            _ => return Err(format!("`{}` is several classes: evaluate one at a time", options.target)),
        };
        let of_folder = |folder: &PathBuf| mask(folder, source, &ready, size, &budget.limits);
        let mask = options.masks.as_ref().map(of_folder).transpose()?;
        // Of a tensor there is no photograph to change.
        let photograph = source.content.values().is_none().then_some((&ready.photograph, &ready.preprocess));
        let image = Image { image: &ready.tensor, target, photograph, mask: mask.as_deref() };
        evaluating.evaluate_with(&image, step).map_err(|error| error.to_string())
    }
}

/// The mask of an image in the pixels of the input: what is not black, taken at the middle of each
/// pixel.
fn mask(
    folder: &Path,
    source: &Source,
    ready: &Ready,
    [height, width]: [usize; 2],
    limits: &DecodeLimits,
) -> Result<Vec<bool>, String> {
    let stem = source.path.file_stem().unwrap_or_default();
    let path = folder.join(stem).with_extension("png");
    let bytes = heatlens_files::read(&path, Kind::Photograph)
        .map_err(|error| format!("cannot read the mask `{}`: {error}", path.display()))?;
    let mask = decode(&bytes, limits).map_err(|error| format!("`{}`: {error}", path.display()))?;
    // A mask may be smaller or larger than its photograph; both show the same scene.
    let scale = heatlens_imaging::Affine::scaling(ready.photograph.size(), mask.size());
    let to_mask = ready.to_photograph.then(&scale);
    let at = |i: usize| {
        let [x, y] = to_mask.apply([(i % width) as f64 + 0.5, (i / width) as f64 + 0.5]);
        let inside = x >= 0.0 && y >= 0.0 && x < mask.width as f64 && y < mask.height as f64;
        inside && mask.at(x as usize, y as usize) != [0, 0, 0]
    };
    Ok((0..height * width).map(at).collect())
}
