//! The same photographs at other sizes of the input, and seen by networks whose weights have the
//! same names and shapes.

use heatlens::Model;
use heatlens::batch_norms::{BatchNorms, Depth, Seen};
use heatlens_imaging::Preprocess;
use heatlens_statistics::Random;

use super::look::{Samples, look};
use super::verdict::{FARTHER, SURE};
use crate::Error;

/// Sizes that networks are usually trained at.
const SIZES: [usize; 8] = [128, 160, 192, 224, 256, 299, 320, 384];
/// Sizes are tried up to so many times the present one's pixels: a pass takes as much longer.
pub(super) const MOST_PIXELS: f64 = 2.1;
/// Resamples of the photographs.
const RESAMPLES: usize = 400;

/// Another network or another size under the best preprocessing.
#[derive(Clone, Debug)]
pub struct Other {
    /// What it is.
    pub words: String,
    /// Whether it is what was given.
    pub is_given: bool,
    /// How far the first batch norm is from what it remembers, in nats.
    pub first: f64,
    /// The mean over all batch norms.
    pub all: f64,
    /// By how much the probability of a class differs at most from the given one's, over all
    /// photographs.
    pub apart: f64,
    /// Photographs that are predicted otherwise.
    pub flips: usize,
    /// The share of resamples in which it fits better than the given one.
    pub share: f64,
}

impl Other {
    /// Whether it fits clearly better than what was given.
    pub fn is_clear(&self, given: &Other) -> bool {
        self.share >= SURE && given.all >= FARTHER * self.all
    }
}

/// The given model among others, the best first.
pub(super) fn networks(
    given: (&str, &Model),
    others: impl Iterator<Item = (String, Model)>,
    preprocess: &Preprocess,
    samples: &Samples,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<Vec<Other>, Error> {
    let given = std::iter::once((given.0.to_owned(), given.1.clone()));
    stand(given.chain(others).map(|(name, model)| (name, model, preprocess.clone())), samples, seed, progress)
}

/// The given size among others that the network takes, in their order.
pub(super) fn sizes(
    model: &Model,
    preprocess: &Preprocess,
    samples: &Samples,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<Vec<Other>, Error> {
    let [height, width] = model.input().size();
    let given = std::iter::once((format!("{height}×{width}"), model.clone(), preprocess.clone()));
    let pixels = |side: usize| (side * side) as f64 / (height * width) as f64;
    let others = SIZES.into_iter().filter(|&side| [side; 2] != [height, width] && pixels(side) <= MOST_PIXELS);
    let of = |side: usize| {
        let other = model.with_input_size([side; 2]).ok()?;
        Some((format!("{side}×{side}"), other, Preprocess { input: Some([side; 2]), ..preprocess.clone() }))
    };
    stand(given.chain(others.filter_map(of)), samples, seed, progress)
}

/// How each stands beside the first; one at a time is in memory.
fn stand(
    all: impl Iterator<Item = (String, Model, Preprocess)>,
    samples: &Samples,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<Vec<Other>, Error> {
    let mut given: Option<(Vec<Seen>, Vec<f64>)> = None;
    let mut standing = Vec::new();
    for (words, model, preprocess) in all {
        let Some(norms) = BatchNorms::of(&model, Depth::All)? else { continue };
        let (mut looks, _) = look(&norms, samples, std::slice::from_ref(&preprocess), progress)?;
        let Some(seen) = looks.pop().flatten() else { continue };
        let divergences = norms.divergences(seen.iter());
        let resampled = resampled(&norms, &seen, seed);
        let (first, of_first) = given.get_or_insert_with(|| (seen.clone(), resampled.clone()));
        let pairs =
            || first.iter().zip(&seen).filter_map(|(a, b)| Some((a.prediction.as_ref()?, b.prediction.as_ref()?)));
        let won = resampled.iter().zip(of_first.iter()).filter(|(own, given)| own < given).count();
        standing.push(Other {
            words,
            is_given: standing.is_empty(),
            first: divergences[0],
            all: divergences.iter().sum::<f64>() / divergences.len() as f64,
            apart: f64::from(pairs().map(|(a, b)| a.apart(b)).fold(0.0, f32::max)),
            flips: pairs().filter(|(a, b)| a.class != b.class).count(),
            share: won as f64 / resampled.len() as f64,
        });
    }
    Ok(standing)
}

/// The mean over all batch norms in resamples of the photographs, the same ones for all.
fn resampled(norms: &BatchNorms, seen: &[Seen], seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, 1);
    let mut draw = |_| {
        let drawn: Vec<&Seen> = (0..seen.len()).map(|_| &seen[random.below(seen.len())]).collect();
        let divergences = norms.divergences(drawn.iter().copied());
        divergences.iter().sum::<f64>() / divergences.len() as f64
    };
    (0..RESAMPLES).map(&mut draw).collect()
}
