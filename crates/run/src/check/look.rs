//! What photographs look like to a network's batch norms under several preprocessings.

use std::borrow::Cow;

use heatlens::batch_norms::{BatchNorms, Seen, Watcher};
use heatlens_imaging::{Colour, DecodeLimits, DiscAt, Photograph, Preprocess, Step, Stepped, decode};

use crate::disc::disc_in;
use crate::inputs::Source;
use crate::{Error, in_order};

/// What was seen under one preprocessing, image by image; none where it leads to no input of the
/// network, as a crop that is larger than a picture.
pub(super) type Looks = Option<Vec<Seen>>;

/// Looks at every photograph under every preprocessing: a result for each, in their order, and in
/// words which photographs cannot be used.
///
/// # Errors
/// If threads cannot be started.
pub(super) fn look(
    norms: &BatchNorms,
    sources: &[Source],
    settings: &[Preprocess],
    threads: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<(Vec<Looks>, Vec<usize>), Error> {
    let mut looks: Vec<Looks> = vec![Some(Vec::with_capacity(sources.len())); settings.len()];
    let mut left_out = Vec::new();
    in_order(
        sources.len(),
        threads,
        || norms.watcher(),
        |watcher: &mut Watcher<'_>, i| seen(watcher, &sources[i], settings),
        |i, seen: Option<Vec<Option<Seen>>>| {
            progress(settings.len());
            match seen {
                Some(seen) => looks.iter_mut().zip(seen).for_each(|(looks, seen)| add(looks, seen)),
                None => left_out.push(i),
            }
            Ok::<(), Error>(())
        },
    )?;
    Ok((looks, left_out))
}

/// Which photographs can be brought to a network by a preprocessing: those with a disc where it crops
/// to it.
///
/// # Errors
/// If threads cannot be started.
pub(super) fn usable(preprocess: &Preprocess, sources: &[Source], threads: usize) -> Result<Vec<bool>, Error> {
    let mut usable = vec![true; sources.len()];
    if preprocess.needs_disc() {
        let has_disc =
            |(): &mut (), i: usize| read(&sources[i]).is_some_and(|photograph| disc_in(&photograph).is_some());
        in_order(
            sources.len(),
            threads,
            || (),
            has_disc,
            |i, has| {
                usable[i] = has;
                Ok::<(), Error>(())
            },
        )?;
    }
    Ok(usable)
}

fn read(source: &Source) -> Option<Photograph> {
    decode(&std::fs::read(&source.path).ok()?, &DecodeLimits::default()).ok()
}

fn add(looks: &mut Looks, seen: Option<Seen>) {
    match (looks.as_mut(), seen) {
        (Some(looks), Some(seen)) => looks.push(seen),
        _ => *looks = None,
    }
}

/// One photograph; `None` if it cannot be read.
fn seen(watcher: &mut Watcher<'_>, source: &Source, settings: &[Preprocess]) -> Option<Vec<Option<Seen>>> {
    let photograph = read(source)?;
    let input = watcher.input().size();
    let mut steps = Steps { photograph, input, disc: None, done: Vec::new() };
    let mut of = |preprocess: &Preprocess| {
        let placed = steps.placed(preprocess)?;
        let tensor = preprocess.values_of(steps.of(&placed)?).tensor;
        watcher.look(&tensor).ok()
    };
    Some(settings.iter().map(&mut of).collect())
}

/// A photograph with what steps made of it: many settings share them.
struct Steps {
    photograph: Photograph,
    input: [usize; 2],
    /// Its disc, once it was looked for.
    disc: Option<Option<DiscAt>>,
    done: Vec<(Colour, Vec<Step>, Option<Stepped>)>,
}

impl Steps {
    /// The preprocessing for this photograph.
    fn placed<'p>(&mut self, preprocess: &'p Preprocess) -> Option<Cow<'p, Preprocess>> {
        if !preprocess.needs_disc() {
            return Some(Cow::Borrowed(preprocess));
        }
        let disc = *self.disc.get_or_insert_with(|| disc_in(&self.photograph));
        Some(Cow::Owned(preprocess.around(disc?)))
    }

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
