//! What photographs look like to a network's batch norms under several preprocessings.

use std::borrow::Cow;

use heatlens::batch_norms::{BatchNorms, Seen, Watcher};
use heatlens_files::Kind;
use heatlens_imaging::{Colour, DecodeLimits, DiscAt, Photograph, Preprocess, Step, Stepped, decode};

use crate::disc::disc_in;
use crate::inputs::Source;
use crate::{Budget, Error, in_order};

/// What was seen under one preprocessing, image by image; none where it leads to no input of the
/// network, as a crop that is larger than a picture.
pub(super) type Looks = Option<Vec<Seen>>;

/// A photograph that is looked at, with its optic disc where one was looked for and found.
pub(super) struct Sample {
    pub source: Source,
    pub disc: Option<DiscAt>,
}

/// The photographs that are looked at, and what may be used for it.
pub(super) struct Samples {
    pub each: Vec<Sample>,
    budget: Budget,
}

impl Samples {
    /// Photographs whose discs nobody asks for.
    pub fn new(sources: Vec<Source>, budget: Budget) -> Samples {
        Samples { each: sources.into_iter().map(|source| Sample { source, disc: None }).collect(), budget }
    }

    /// Photographs and their discs.
    ///
    /// # Errors
    /// If threads cannot be started.
    pub fn with_discs(sources: Vec<Source>, budget: Budget) -> Result<Samples, Error> {
        let mut discs = Vec::with_capacity(sources.len());
        let disc =
            |(): &mut (), i: usize| read(&sources[i], &budget.limits).and_then(|photograph| disc_in(&photograph));
        in_order(
            sources.len(),
            budget.threads,
            || (),
            disc,
            |_, disc| {
                discs.push(disc);
                Ok::<(), Error>(())
            },
        )?;
        let each = sources.into_iter().zip(discs).map(|(source, disc)| Sample { source, disc }).collect();
        Ok(Samples { each, budget })
    }
}

impl Sample {
    /// The preprocessing for this photograph, which stays whole where no disc was found to crop to.
    fn placed<'p>(&self, preprocess: &'p Preprocess) -> Cow<'p, Preprocess> {
        if !preprocess.needs_disc() {
            return Cow::Borrowed(preprocess);
        }
        Cow::Owned(match self.disc {
            Some(disc) => preprocess.around(disc),
            None => {
                let is_crop = |step: &&Step| matches!(step, Step::DiscCrop(_));
                let steps = preprocess.steps.iter().filter(|step| !is_crop(step)).copied().collect();
                Preprocess { steps, ..preprocess.clone() }
            }
        })
    }
}

/// Looks at every photograph under every preprocessing: a result for each, in their order, and in
/// words which photographs cannot be used.
///
/// # Errors
/// If threads cannot be started.
pub(super) fn look(
    norms: &BatchNorms,
    samples: &Samples,
    settings: &[Preprocess],
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<(Vec<Looks>, Vec<usize>), Error> {
    let Samples { each: samples, budget } = samples;
    let mut looks: Vec<Looks> = vec![Some(Vec::with_capacity(samples.len())); settings.len()];
    let mut left_out = Vec::new();
    in_order(
        samples.len(),
        budget.threads,
        || norms.watcher(),
        |watcher: &mut Watcher<'_>, i| seen(watcher, &samples[i], settings, &budget.limits),
        |i, seen: Option<Vec<Option<Seen>>>| {
            progress(settings.len())?;
            match seen {
                Some(seen) => looks.iter_mut().zip(seen).for_each(|(looks, seen)| add(looks, seen)),
                None => left_out.push(i),
            }
            Ok::<(), Error>(())
        },
    )?;
    Ok((looks, left_out))
}

fn read(source: &Source, limits: &DecodeLimits) -> Option<Photograph> {
    decode(&heatlens_files::read(&source.path, Kind::Photograph).ok()?, limits).ok()
}

fn add(looks: &mut Looks, seen: Option<Seen>) {
    match (looks.as_mut(), seen) {
        (Some(looks), Some(seen)) => looks.push(seen),
        _ => *looks = None,
    }
}

/// One photograph; `None` if it cannot be read.
fn seen(
    watcher: &mut Watcher<'_>,
    sample: &Sample,
    settings: &[Preprocess],
    limits: &DecodeLimits,
) -> Option<Vec<Option<Seen>>> {
    let photograph = read(&sample.source, limits)?;
    let input = watcher.input().size();
    let mut steps = Steps { photograph, input, done: Vec::new() };
    let mut of = |preprocess: &Preprocess| {
        let placed = sample.placed(preprocess);
        let tensor = preprocess.values_of(steps.of(&placed)?).tensor;
        watcher.look(&tensor).ok()
    };
    Some(settings.iter().map(&mut of).collect())
}

/// A photograph with what steps made of it: many settings share them.
struct Steps {
    photograph: Photograph,
    input: [usize; 2],
    done: Vec<(Colour, Vec<Step>, Option<Stepped>)>,
}

impl Steps {
    fn of(&mut self, preprocess: &Preprocess) -> Option<&Stepped> {
        let is_same =
            |(colour, steps, _): &(Colour, Vec<Step>, _)| *colour == preprocess.colour && *steps == preprocess.steps;
        let at = self.done.iter().position(is_same).unwrap_or_else(|| {
            let stepped = preprocess.stepped(&self.photograph, self.input).ok();
            self.done.push((preprocess.colour, preprocess.steps.clone(), stepped));
            self.done.len() - 1
        });
        self.done[at].2.as_ref()
    }
}
