//! What tells the networks of a family apart, as a table of questions to the names and shapes of a
//! file.

use super::weights::Weights;

/// One question, answered by a number; 0 where the file lacks what is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Probe {
    /// Whether there is a tensor or module of this path: 1 or 0.
    Has(&'static str),
    /// How many modules `<path>.0`, `<path>.1`, … there are.
    Count(&'static str),
    /// How many modules `<prefix><first>`, `<prefix><first + 1>`, … there are.
    CountFrom(&'static str, usize),
    /// The extent of a tensor along an axis.
    Extent(&'static str, usize),
    /// Dimensions of a tensor.
    Rank(&'static str),
}

impl Probe {
    /// The answers of a file to all questions: [`Family::measure`](super::family::Family::measure).
    pub fn measure(weights: &Weights<'_>, probes: &[Probe]) -> Vec<usize> {
        probes.iter().map(|probe| probe.ask(weights)).collect()
    }

    fn ask(self, weights: &Weights<'_>) -> usize {
        match self {
            Probe::Has(path) => weights.has(path).into(),
            Probe::Count(path) => weights.count(path),
            Probe::CountFrom(prefix, first) => weights.count_prefixed(prefix, first),
            Probe::Extent(name, axis) => weights.extent(name, axis).unwrap_or(0),
            Probe::Rank(name) => weights.shape(name).map_or(0, <[usize]>::len),
        }
    }
}
