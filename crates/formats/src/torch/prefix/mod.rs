//! Takes off what training frameworks put before the names of a network's weights (`module.`,
//! `model.`, `backbone.`, `_orig_mod.`), in any combination.
//!
//! No list of prefixes is kept: every module that holds a good part of the weights is tried as the
//! network, the outermost first, until an architecture fits. What lies outside must be known to
//! take no part in the prediction (loss functions, metrics, averaged copies); then it is left out
//! and said. Weights of unknown purpose are never left out silently: a head beside its backbone is
//! put in its place if it fits there, which is said; all else is an error.

mod composed;
mod copies;
mod heads;
mod numbered;
mod part;
mod segmentation;

use std::collections::BTreeMap;

use self::part::Part;
use super::arch::{self, Built, Hints, Said};
use super::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions};

/// A module with a smaller part of the weights than one in this many is not the network.
const SMALLEST_PART: usize = 4;
const DEEPEST: usize = 6;
const MOST_CANDIDATES: usize = 24;

/// Words in the names of tensors that take no part in the prediction.
const ASIDE: &str = "criterion loss losses metric metrics accuracy auroc confmat confusion_matrix f1_score n_averaged \
    class_weights pos_weight";
/// Whole names of modules of that kind.
const ASIDE_MODULES: &str =
    "train_acc val_acc test_acc valid_acc acc ema model_ema ema_model teacher encoder_k target_encoder discriminator";

/// A network and what is to be said of how it was found.
type Found = (Built, Vec<String>);

/// Builds the network of the first module that is one.
///
/// # Errors
/// Those of [`arch::build`] for the most likely module.
pub(super) fn build(
    weights: &StateDict,
    modules: Option<&ModuleTree>,
    options: &LoadOptions<'_>,
    said: &[Said],
    left: &[LeftOut],
) -> Result<Found, FormatError> {
    if let Some(found) = modules.and_then(|tree| composed::build(weights, tree, options)) {
        return Ok(found);
    }
    let mut search = Search { modules, options, said, left, unknown: None, incomplete: None, headless: None };
    for prefix in candidates(weights) {
        let part = Part::new(weights, modules, &prefix);
        if part.inside.is_empty() {
            continue;
        }
        if let Some(found) = search.as_it_is(&part)? {
            return Ok(found);
        }
        if let Some(found) = search.renamed(&part)? {
            return Ok(found);
        }
    }
    let nothing = || FormatError::UnknownArchitecture("the file holds no weights".into());
    Err(search.incomplete.or(search.headless).or(search.unknown).unwrap_or_else(nothing))
}

/// What is known while modules are tried one after the other.
struct Search<'a> {
    modules: Option<&'a ModuleTree>,
    options: &'a LoadOptions<'a>,
    said: &'a [Said],
    left: &'a [LeftOut],
    /// Errors, of which the most telling is the last word.
    unknown: Option<FormatError>,
    incomplete: Option<FormatError>,
    headless: Option<FormatError>,
}

impl Search<'_> {
    /// The module as the network.
    ///
    /// # Errors
    /// Where it is one that cannot be read.
    fn as_it_is(&mut self, part: &Part<'_>) -> Result<Option<Found>, FormatError> {
        if !part.unknown.is_empty() {
            return self.beside_others(part);
        }
        let whole = part.module.as_ref().filter(|module| arch::whole::says_all(module));
        let built = match whole {
            Some(module) => Ok(arch::whole::build(&part.inside, module, self.options)?),
            None => {
                let hints = Hints { said: self.said, ..Hints::default() };
                arch::build_as_said(&part.inside, part.module.as_ref(), self.options, &hints)
            }
        };
        match built {
            Ok(built) => {
                let aside = part.aside.iter().map(|(name, t)| ((*name).to_owned(), t.shape().to_vec()));
                refuse_unfinished(&built, &aside.chain(self.left.iter().cloned()).collect::<Vec<_>>())?;
                let mut notes = part.notes();
                part.note_around(self.modules, &mut notes);
                Ok(Some((built, notes)))
            }
            // The innermost module that holds everything says most.
            Err(error @ FormatError::UnknownArchitecture(_)) => {
                self.headless = self.headless.take().or_else(|| part.headless(&error));
                self.unknown = Some(error);
                Ok(None)
            }
            // Recognised, but not as it should be: an image size that is too small, quantised
            // weights.
            Err(error) => Err(error),
        }
    }

    /// The module as a network that goes on in what lies beside it.
    ///
    /// # Errors
    /// Where it may go on in two ways.
    fn beside_others(&mut self, part: &Part<'_>) -> Result<Option<Found>, FormatError> {
        if let Some((built, mut notes)) = heads::build(part, self.modules, self.options, self.said)? {
            part.note_around(self.modules, &mut notes);
            return Ok(Some((built, notes)));
        }
        if self.incomplete.is_none() {
            match arch::build(&part.inside, part.module.as_ref(), self.options) {
                Ok(built) => self.incomplete = Some(part.unknown_outside(&built.name)),
                Err(error) => self.headless = self.headless.take().or_else(|| part.headless(&error)),
            }
        }
        Ok(None)
    }

    /// The module under the names of a network that it may have been cut out of.
    ///
    /// # Errors
    /// Where it may be cut out of several.
    fn renamed(&mut self, part: &Part<'_>) -> Result<Option<Found>, FormatError> {
        let errors = (self.unknown.take(), self.incomplete.take(), self.headless.take());
        let mut found: Vec<Found> = Vec::new();
        let mut nearest = None;
        for numbering in numbered::NUMBERINGS {
            let Some(renamed) = part.renamed(numbering) else { continue };
            if let Some(network) = self.as_it_is(&renamed)?
                && !is_own_stack(&network.0)
                && found.iter().all(|(built, _)| built.name != network.0.name)
            {
                found.push(network);
            }
            // Under names of the wrong network nothing is near.
            let error = self.incomplete.take().or(self.headless.take()).or(self.unknown.take());
            nearest = nearest.or(error.filter(tells_of_most));
        }
        (self.unknown, self.incomplete, self.headless) = errors;
        if found.is_empty() {
            if self.incomplete.is_none() && self.headless.is_none() {
                self.headless = nearest;
            }
            return Ok(None);
        }
        if found.len() > 1 {
            let names: Vec<String> = found.iter().map(|(built, _)| format!("`{}`", built.name)).collect();
            return Err(FormatError::UnknownArchitecture(format!(
                "its numbered modules may be those of {}: say which (`--arch`). {}",
                names.join(" or "),
                arch::EXPORT
            )));
        }
        Ok(found.pop())
    }
}

/// Whether a network is but a stack of convolutions, whose numbers say nothing of what stands
/// between them.
fn is_own_stack(built: &Built) -> bool {
    built.family == "VGG" && built.notes.iter().any(|note| note.contains("of unusual depth"))
}

/// Whether an error says of a network that most of the file has its place in it.
fn tells_of_most(error: &FormatError) -> bool {
    let text = error.to_string();
    let Some((before, after)) = text.split_once(" of the file's ") else { return false };
    let number = |word: Option<&str>| word.and_then(|word| word.parse::<usize>().ok());
    let (used, all) = (number(before.rsplit(' ').next()), number(after.split(' ').next()));
    used.zip(all).is_some_and(|(used, all)| 2 * used > all)
}

/// The modules that may be the network by their paths, the outermost and then the largest first.
fn candidates(weights: &StateDict) -> Vec<String> {
    let names: Vec<&str> =
        weights.iter().filter(|(_, tensor)| tensor.shape().len() > 1).map(|(name, _)| name).collect();
    let mut candidates = vec![String::new()];
    let mut level = vec![String::new()];
    for _ in 0..DEEPEST {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for parent in &level {
            for name in names.iter().filter(|name| parent.is_empty() || inside(name, parent).is_some()) {
                let from = if parent.is_empty() { 0 } else { parent.len() + 1 };
                if let Some(dot) = name[from..].find('.') {
                    *sizes.entry(&name[..from + dot]).or_default() += 1;
                }
            }
        }
        let mut next: Vec<(&str, usize)> =
            sizes.into_iter().filter(|(_, n)| n * SMALLEST_PART >= names.len()).collect();
        next.sort_by_key(|&(path, n)| (is_aside(path), std::cmp::Reverse(n)));
        level = next.into_iter().map(|(path, _)| path.to_owned()).collect();
        candidates.extend(level.iter().cloned());
    }
    candidates.truncate(MOST_CANDIDATES);
    candidates
}

/// The name within the module `path`.
fn inside<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    if path.is_empty() { Some(name) } else { name.strip_prefix(path)?.strip_prefix('.') }
}

/// Whether a tensor is known to take no part in the prediction.
fn is_aside(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ASIDE.split_whitespace().any(|words| has_words(&lower, words))
        || lower.split('.').any(|segment| ASIDE_MODULES.split_whitespace().any(|module| module == segment))
        || lower.ends_with("num_batches_tracked")
}

/// Whether a name has these words, which `_` joins, one behind the other: `val_loss` has `loss`,
/// `biometric_fc` does not have `metric`.
fn has_words(name: &str, words: &str) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    name.match_indices(words)
        .any(|(at, _)| is_end(name[..at].chars().next_back()) && is_end(name[at + words.len()..].chars().next()))
}

/// A tensor that was left out: its name and shape.
pub(super) type LeftOut = (String, Vec<usize>);

/// Refuses a network that ends in features: a matrix that was left out takes as many values as it
/// gives and makes fewer of them.
fn refuse_unfinished(built: &Built, left: &[LeftOut]) -> Result<(), FormatError> {
    let outputs = built.graph.shape(built.graph.outputs()[0]).get(1).copied().unwrap_or(0);
    let continues = |(_, shape): &&LeftOut| match shape[..] {
        [a, b] => (a == outputs && b < outputs) || (b == outputs && a < outputs),
        _ => false,
    };
    match left.iter().find(continues) {
        None => Ok(()),
        Some((name, shape)) => Err(FormatError::UnknownArchitecture(format!(
            "the weights are those of {} with {outputs} outputs, and `{name}` {shape:?}, which was left out, takes as \
             many: it seems to make the class scores of them, as a classifier or the layer of ArcFace does, and a \
             file of weights does not say how. {}",
            built.name,
            arch::EXPORT
        ))),
    }
}

#[cfg(test)]
mod tests {
    use heatlens_graph::Tensor;

    use super::*;

    fn state(names: &[&str]) -> StateDict {
        let mut state = StateDict::default();
        for name in names {
            let shape = if name.ends_with("bias") { vec![1] } else { vec![1, 1] };
            state.insert(*name, Tensor::f32(shape, vec![0.0]));
        }
        state
    }

    #[test]
    fn tries_the_outermost_first() {
        let state = state(&[
            "module.model.features.0.weight",
            "module.model.features.1.weight",
            "module.model.classifier.weight",
        ]);
        assert_eq!(candidates(&state)[..3], ["", "module", "module.model"]);
    }

    #[test]
    fn keeps_known_extras_and_unknown_weights_apart() {
        let state = state(&[
            "net.conv1.weight",
            "net.bn1.num_batches_tracked",
            "criterion.weight",
            "val_acc.total",
            "head.weight",
        ]);
        let part = Part::new(&state, None, "net");
        assert_eq!(
            part.inside.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["conv1.weight", "bn1.num_batches_tracked"]
        );
        assert_eq!(part.aside.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["criterion.weight", "val_acc.total"]);
        assert_eq!(part.unknown[0].0, "head.weight");
    }

    #[test]
    fn names_the_numbered_children_of_a_resnet() {
        let mut state = state(&["f.1.weight", "f.4.0.conv1.weight", "f.7.0.conv1.weight", "fc.weight"]);
        state.insert("f.0.weight", Tensor::f32([1, 1, 1, 1], vec![0.0]));
        let part = Part::new(&state, None, "f").renamed(&numbered::NUMBERINGS[0]).unwrap();
        assert_eq!(
            part.inside.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["bn1.weight", "layer1.0.conv1.weight", "layer4.0.conv1.weight", "conv1.weight"]
        );
    }

    #[test]
    fn names_are_told_by_whole_words() {
        for name in ["val_loss.weight", "criterion.weight", "train_metrics.total", "metric_fc.weight", "f1_score.tp"] {
            assert!(is_aside(name), "{name}");
        }
        for name in ["biometric_fc.weight", "glossary.weight", "lossless.weight", "fc.weight"] {
            assert!(!is_aside(name), "{name}");
        }
    }

    #[test]
    fn prefers_the_student_to_its_average() {
        let state = state(&["ema.conv.weight", "student.conv.weight"]);
        assert_eq!(candidates(&state)[1..3], ["student", "ema"]);
    }
}
