//! Takes off what training frameworks put before the names of a network's weights (`module.`,
//! `model.`, `backbone.`, `_orig_mod.`), in any combination.
//!
//! No list of prefixes is kept: every module that holds a good part of the weights is tried as the
//! network, the outermost first, until an architecture fits. What lies outside must be known to
//! take no part in the prediction (loss functions, metrics, averaged copies); then it is left out
//! and said. Weights of unknown purpose are never left out silently: a head beside its backbone is
//! put in its place if it fits there, which is said; all else is an error.

use std::collections::BTreeMap;

use heatlens_graph::Tensor;

use super::arch::{self, Built, Said};
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
/// The modules of a torchvision ResNet in order, as `Sequential(*resnet.children())` numbers them.
const RESNET_CHILDREN: &str = "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc";
/// Where architectures have their heads.
const HEADS: &str = "fc classifier head head.fc _fc last_linear";

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
) -> Result<(Built, Vec<String>), FormatError> {
    let mut unknown = None;
    let mut incomplete = None;
    let mut headless = None;
    for prefix in candidates(weights) {
        let part = Part::new(weights, modules, &prefix);
        let numbered = part.numbered_resnet();
        for part in [part].into_iter().chain(numbered).filter(|part| !part.inside.is_empty()) {
            if part.unknown.is_empty() {
                match arch::build_as_said(&part.inside, part.module.as_ref(), options, said) {
                    Ok(built) => {
                        let aside = part.aside.iter().map(|(name, t)| ((*name).to_owned(), t.shape().to_vec()));
                        refuse_unfinished(&built, &aside.chain(left.iter().cloned()).collect::<Vec<_>>())?;
                        let mut notes = part.notes();
                        part.note_around(modules, &mut notes);
                        return Ok((built, notes));
                    }
                    // The innermost module that holds everything says most.
                    Err(error @ FormatError::UnknownArchitecture(_)) => {
                        headless = headless.or_else(|| part.headless(&error));
                        unknown = Some(error);
                    }
                    // Recognised, but not as it should be: an image size that is too small,
                    // quantised weights.
                    Err(error) => return Err(error),
                }
            } else if let Some((built, mut notes)) = part.with_head(modules, options, said) {
                part.note_around(modules, &mut notes);
                return Ok((built, notes));
            } else if incomplete.is_none() {
                match arch::build(&part.inside, part.module.as_ref(), options) {
                    Ok(built) => incomplete = Some(part.unknown_outside(&built.name)),
                    Err(error) => headless = headless.or_else(|| part.headless(&error)),
                }
            }
        }
    }
    let nothing = || FormatError::UnknownArchitecture("the file holds no weights".into());
    Err(incomplete.or(headless).or(unknown).unwrap_or_else(nothing))
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

/// The weights seen from one module.
struct Part<'a> {
    prefix: &'a str,
    /// The module, where the file holds one.
    module: Option<ModuleTree>,
    /// The module's tensors under their names in it.
    inside: StateDict,
    /// Tensors that take no part in the prediction.
    aside: Vec<(&'a str, &'a Tensor)>,
    /// Tensors outside of the module whose purpose is not known.
    unknown: Vec<(&'a str, &'a Tensor)>,
    /// Whether names were given to numbered modules.
    renamed: bool,
}

impl<'a> Part<'a> {
    fn new(weights: &'a StateDict, modules: Option<&ModuleTree>, prefix: &'a str) -> Self {
        let module = modules.and_then(|tree| tree.get(prefix)).cloned();
        let mut part =
            Part { prefix, module, inside: weights.like(), aside: Vec::new(), unknown: Vec::new(), renamed: false };
        for (name, tensor) in weights.iter() {
            match inside(name, prefix) {
                Some(rest) if rest.ends_with("num_batches_tracked") || !is_aside(rest) => {
                    part.inside.insert(rest, tensor.clone())
                }
                None if !is_aside(name) => part.unknown.push((name, tensor)),
                _ => part.aside.push((name, tensor)),
            }
        }
        part
    }

    /// The same with the names of a ResNet where the module is
    /// `Sequential(*list(resnet.children())[:-1])`, a common way to cut off the head.
    fn numbered_resnet(&self) -> Option<Part<'a>> {
        let stem = self.inside.get("0.weight").is_some_and(|conv| conv.shape().len() == 4);
        if !stem || !["4.0.conv1.weight", "7.0.conv1.weight"].iter().all(|name| self.inside.get(name).is_some()) {
            return None;
        }
        let name_of = |number: &str| RESNET_CHILDREN.split_whitespace().nth(number.parse().ok()?);
        let mut inside = self.inside.like();
        for (name, tensor) in self.inside.iter() {
            let (number, rest) = name.split_once('.')?;
            inside.insert(format!("{}.{rest}", name_of(number)?), tensor.clone());
        }
        let mut module = self.module.clone();
        for (number, _) in module.iter_mut().flat_map(|module| &mut module.children) {
            *number = name_of(number)?.to_owned();
        }
        Some(Part {
            prefix: self.prefix,
            module,
            inside,
            aside: self.aside.clone(),
            unknown: self.unknown.clone(),
            renamed: true,
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.prefix.is_empty() {
            notes.push(format!("the network's weights have the prefix `{}.`", self.prefix));
        }
        if self.renamed {
            notes.push(
                "numbered modules were taken for the children of a ResNet: 0 is conv1, 4 to 7 are layer1 to layer4"
                    .into(),
            );
        }
        let aside: Vec<_> = self.aside.iter().filter(|(name, _)| !name.ends_with("num_batches_tracked")).collect();
        if !aside.is_empty() {
            let list: Vec<String> =
                aside.iter().take(8).map(|(name, tensor)| format!("`{name}` {:?}", tensor.shape())).collect();
            let more = if aside.len() > 8 { format!(" and {} more", aside.len() - 8) } else { String::new() };
            notes.push(format!("left out what by its name takes no part in the prediction: {}{more}", list.join(", ")));
        }
        notes
    }

    /// Names the modules around and beside this one whose code is not read or that are not run.
    fn note_around(&self, modules: Option<&ModuleTree>, notes: &mut Vec<String>) {
        let Some(tree) = modules.filter(|_| !self.prefix.is_empty()) else { return };
        let within = |path: &str| inside(path, self.prefix).is_some() || path == self.prefix;
        let (mut own, mut beside) = (Vec::new(), Vec::new());
        for (path, module) in tree.walk() {
            if within(&path) || module.class.is_empty() {
                continue;
            }
            let place = if path.is_empty() { "the whole".to_owned() } else { format!("`{path}`") };
            if !module.is_library() {
                own.push(format!("`{}` ({place})", module.class));
            } else if module.children.is_empty() && !module.computes_nothing() && !self.is_read(&path) {
                beside.push(format!("{place} ({})", module.class_name()));
            }
        }
        own.truncate(6);
        beside.truncate(6);
        if !own.is_empty() {
            notes.push(format!(
                "the network lies within classes whose own code is not read: {}. They may prepare the image or change \
                 the result",
                own.join(", ")
            ));
        }
        if !beside.is_empty() {
            notes.push(format!("modules beside the network are not run: {}", beside.join(", ")));
        }
    }

    /// Whether a module outside of this one has tensors, of which other rules tell.
    fn is_read(&self, path: &str) -> bool {
        self.unknown.iter().chain(&self.aside).any(|(name, _)| inside(name, path).is_some())
    }

    /// What is said of a network without a classifier whose weights lie in this module.
    fn headless(&self, error: &FormatError) -> Option<FormatError> {
        let FormatError::UnknownArchitecture(text) = error else { return None };
        let why = text.strip_prefix("the weights belong to no architecture that is built in. ")?;
        let why = why.split("\nName the architecture").next().filter(|why| why.starts_with("The nearest is"))?;
        let outside: Vec<LeftOut> =
            self.unknown.iter().chain(&self.aside).map(|(name, t)| ((*name).to_owned(), t.shape().to_vec())).collect();
        let matrices: Vec<String> = outside
            .iter()
            .filter(|(_, shape)| shape.len() == 2)
            .take(6)
            .map(|(name, shape)| format!("`{name}` {shape:?}"))
            .collect();
        (!matrices.is_empty()).then(|| {
            let place = if self.prefix.is_empty() { String::new() } else { format!(" under `{}.`", self.prefix) };
            FormatError::UnknownArchitecture(format!(
                "the weights{place} are no network that is built in. {why} Beside it lie {}; which of them makes the \
                 class scores, and how, a file of weights does not say. {}",
                matrices.join(", "),
                arch::EXPORT
            ))
        })
    }

    /// The network with a head that lies beside it: `backbone.conv1.weight`, `head.weight`.
    fn with_head(
        &self,
        modules: Option<&ModuleTree>,
        options: &LoadOptions<'_>,
        said: &[Said],
    ) -> Option<(Built, Vec<String>)> {
        let (first, _) = self.unknown.first()?;
        let (group, _) = first.split_once('.')?;
        let head: Option<Vec<_>> =
            self.unknown.iter().map(|(name, tensor)| Some((inside(name, group)?, *tensor))).collect();
        let head = head?;
        let is_head = head.iter().all(|(_, tensor)| tensor.shape().len() <= 2)
            && head.iter().any(|(_, tensor)| tensor.shape().len() == 2);
        let free = |place: &&str| is_head && !self.inside.iter().any(|(name, _)| inside(name, place).is_some());
        HEADS.split_whitespace().filter(free).find_map(|place| {
            let mut whole = self.inside.clone();
            head.iter().for_each(|(rest, tensor)| whole.insert(format!("{place}.{rest}"), (*tensor).clone()));
            let mut module = self.module.clone();
            if let (Some(module), Some(head)) = (&mut module, modules.and_then(|tree| tree.get(group))) {
                module.children.retain(|(name, _)| name != place);
                module.children.push((place.to_owned(), head.clone()));
            }
            let built = arch::build_as_said(&whole, module.as_ref(), options, said).ok()?;
            let mut notes = self.notes();
            notes.push(format!(
                "assumed that `{group}` takes the pooled features of `{}` and gives the logits: a file of weights \
                 does not say how they are connected",
                self.prefix
            ));
            Some((built, notes))
        })
    }

    /// The error where a known network lies in the file beside weights of unknown purpose.
    fn unknown_outside(&self, architecture: &str) -> FormatError {
        let names: Vec<String> =
            self.unknown.iter().take(3).map(|(name, tensor)| format!("`{name}` {:?}", tensor.shape())).collect();
        let more = if self.unknown.len() > 3 { format!(" and {} more", self.unknown.len() - 3) } else { String::new() };
        FormatError::UnknownArchitecture(format!(
            "under `{}.` lie the weights of {architecture}, but beside it there are {}{more}, and a file of weights \
             does not say what is done with them. {}",
            self.prefix,
            names.join(", "),
            arch::EXPORT
        ))
    }
}

#[cfg(test)]
mod tests {
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
        let part = Part::new(&state, None, "f").numbered_resnet().unwrap();
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
