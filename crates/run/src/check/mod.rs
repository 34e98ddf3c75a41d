//! Asks a trained network how its photographs were prepared: its batch norms remember what they
//! were like in training ([`heatlens::batch_norms`]), so the preprocessing under which photographs
//! look like that is the one of training.
//!
//! Values and the order of channels are told beyond doubt by the first batch norm, framing and
//! changed levels mostly, the size of the input hardly: random crops in training shift the deeper
//! ones.

mod asked;
mod field;
mod look;
mod others;
mod search;
mod settings;
mod standing;
mod verdict;
mod words;

use heatlens::Model;
use heatlens::batch_norms::{BatchNorms, Depth};
use heatlens_imaging::Preprocess;

use crate::inputs::Source;
use crate::{Error, Memory, Need, Subject};
use look::Samples;
use search::Search;

pub use asked::{AskOptions, Asked, ask};
pub use others::Other;
pub use settings::Aspect;
pub use standing::{Labelled, Standing};
pub use verdict::{Change, Reason, Verdict};

/// Photographs that a check looks at where the user names no number.
pub const PHOTOGRAPHS: usize = 32;
/// Photographs of a glance.
pub const GLANCED: usize = 16;
/// Fewer are too unlike each other to say anything.
pub const FEWEST: usize = 6;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Other values and other framings, mostly at the first batch norm: a second.
    Glance,
    /// Everything, and the best of it down to the prediction.
    Search,
}

/// How a check is made.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// How much is tried.
    pub effort: Effort,
    /// Threads.
    pub threads: usize,
    /// What memory there is.
    pub memory: Memory,
    /// Seed of the resamples.
    pub seed: u64,
}

/// What a network's batch norms say of a preprocessing.
#[derive(Clone, Debug)]
pub struct Check {
    /// Photographs looked at.
    pub images: usize,
    /// Settings tried.
    pub tried: usize,
    /// Names of the batch norms, from the image to the logits; none after a glance.
    pub norms: Vec<String>,
    /// The network and those whose weights have the same names and shapes, where there are such.
    pub networks: Vec<Other>,
    /// The network at the sizes that it takes, which are shown and not judged.
    pub sizes: Vec<Other>,
    /// Aspect by aspect the settings that differ from the best in it alone, the best first.
    pub standings: Vec<Standing>,
    /// What follows.
    pub verdict: Verdict,
    /// What was left out for want of memory, in words the user should see.
    pub note: Option<String>,
}

impl Check {
    fn untold(reason: Reason) -> Check {
        Check::of(Verdict::Untold(reason))
    }

    fn of(verdict: Verdict) -> Check {
        Check {
            images: 0,
            tried: 0,
            norms: Vec::new(),
            networks: Vec::new(),
            sizes: Vec::new(),
            standings: Vec::new(),
            verdict,
            note: None,
        }
    }
}

/// What is asked: a model, what else its weights may be, and how it is given photographs.
pub struct Question<'a> {
    /// The model.
    pub model: &'a Model,
    /// The network's name, for tables.
    pub name: &'a str,
    /// Where the networks come from whose weights have the same names and shapes, if they are asked for.
    pub twins_of: Option<&'a Subject>,
    /// The preprocessing that is asked about.
    pub preprocess: &'a Preprocess,
    /// Photographs, each with its class where known.
    pub photographs: &'a [(Source, Option<usize>)],
}

/// Looks at photographs, each with its class where known, under every usual preprocessing and says
/// which one the network remembers. Photographs that cannot be read and tensors are passed over.
/// `progress` is told how many looks at a photograph are done, and may end it.
///
/// # Errors
/// If the network cannot be run; [`Error::Memory`]; what `progress` returns.
pub fn check(
    question: &Question<'_>,
    options: &CheckOptions,
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<Check, Error> {
    let Question { model, preprocess: given, photographs, .. } = *question;
    let photographs: Vec<_> = photographs.iter().filter(|(source, _)| source.content.values().is_none()).collect();
    // A glance compiles the first third of the network; a search all of it, at another size or as another
    // network too, one after the other. Of too few photographs neither gets so far.
    let memory = match (photographs.len() < FEWEST, options.effort) {
        (true, _) => options.memory,
        (_, Effort::Glance) => options.memory.beside(model, 1)?,
        (_, Effort::Search) => options.memory.beside(model, 4)?,
    };
    let Some(norms) = Norms::of(model)? else { return Ok(Check::untold(Reason::NoBatchNorms)) };
    if photographs.len() < FEWEST {
        return Ok(Check::untold(Reason::FewPhotographs(photographs.len())));
    }
    let (sources, mut labels): (Vec<Source>, Vec<Option<usize>>) = photographs.into_iter().cloned().unzip();
    let deep = match options.effort {
        Effort::Glance => None,
        Effort::Search => BatchNorms::of(model, Depth::All)?,
    };
    let worker = match &deep {
        None => norms.early.watcher_bytes() as f64,
        Some(deep) => others::MOST_PIXELS * deep.watcher_bytes() as f64,
    };
    let need = Need { images: sources.len(), worker: worker as usize, pixel: Need::PIXEL_TRIED };
    let budget = memory.divided(options.threads, need)?;
    let note = budget.note.clone();
    // Finding discs takes longer than all that a glance does.
    let mut samples = if options.effort == Effort::Search || given.needs_disc() {
        Samples::with_discs(sources, budget)?
    } else {
        Samples::new(sources, budget)
    };
    if given.needs_disc() {
        // A run leaves them out, too.
        (samples.each, labels) =
            samples.each.into_iter().zip(labels).filter(|(sample, _)| sample.disc.is_some()).unzip();
    }
    let field = Search::new(&norms, given, &samples, options, &mut *progress).run()?;
    if field.images() < FEWEST {
        return Ok(Check::untold(Reason::FewPhotographs(field.images())));
    }
    let (verdict, base) = verdict::of(&field);
    let (images, tried) = (field.images(), field.len());
    let mut found = Check { images, tried, note, ..Check::of(verdict) };
    if let Some(deep) = deep {
        found.norms = deep.norms().iter().map(|norm| norm.name.clone()).collect();
        found.standings = standing::all(&field, base, &deep, &samples, &labels, progress)?;
        let best = field.settings.preprocess(base);
        found.sizes = others::sizes(model, &best, &samples, options.seed, progress)?;
        if let Some(subject) = question.twins_of.filter(|_| !model.twins().is_empty()) {
            let given = (question.name, model);
            found.networks = others::networks(given, subject.twins(), &best, &samples, options.seed, progress)?;
        }
    }
    Ok(found)
}

/// A look at a few photographs before a run, spread evenly over all: what its preprocessing should
/// be warned of. `None` where nobody asked for a preprocessing, as of tensors.
///
/// # Errors
/// As [`check`].
pub(crate) fn glance(
    model: &Model,
    preprocess: &Preprocess,
    sources: &[Source],
    (memory, threads): (Memory, usize),
) -> Result<Option<Check>, Error> {
    let photographs: Vec<&Source> = sources.iter().filter(|source| source.content.values().is_none()).collect();
    let step = photographs.len().div_ceil(GLANCED).max(1);
    let photographs: Vec<_> = photographs.into_iter().step_by(step).map(|source| (source.clone(), None)).collect();
    if photographs.is_empty() {
        return Ok(None);
    }
    let question = Question { model, name: "", twins_of: None, preprocess, photographs: &photographs };
    let options = CheckOptions { effort: Effort::Glance, threads, memory, seed: 0 };
    match check(&question, &options, &mut |_| Ok(())) {
        Err(Error::Memory(_)) => Ok(Some(Check::untold(Reason::NoMemory))),
        checked => checked.map(Some),
    }
}

/// The batch norms of a network, compiled to two depths.
struct Norms {
    first: BatchNorms,
    early: BatchNorms,
}

impl Norms {
    fn of(model: &Model) -> Result<Option<Norms>, Error> {
        let both = [Depth::First, Depth::Early].map(|depth| BatchNorms::of(model, depth));
        let [first, early] = both;
        Ok(first?.zip(early?).map(|(first, early)| Norms { first, early }))
    }
}
