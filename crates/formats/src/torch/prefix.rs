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

use super::arch::{self, Built};
use super::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions};

/// A module with a smaller part of the weights than one in this many is not the network.
const SMALLEST_PART: usize = 4;
const DEEPEST: usize = 6;
const MOST_CANDIDATES: usize = 24;

/// Parts of names of tensors that take no part in the prediction.
const ASIDE: &str =
    "criterion loss metric accuracy auroc confmat confusion_matrix f1_score n_averaged class_weights pos_weight";
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
) -> Result<(Built, Vec<String>), FormatError> {
    let mut unknown = None;
    let mut incomplete = None;
    for prefix in candidates(weights) {
        let part = Part::new(weights, modules, &prefix);
        let numbered = part.numbered_resnet();
        for part in [part].into_iter().chain(numbered).filter(|part| !part.inside.is_empty()) {
            if part.unknown.is_empty() {
                match arch::build(&part.inside, part.module.as_ref(), options) {
                    Ok(built) => return Ok((built, part.notes())),
                    // The innermost module that holds everything says most.
                    Err(error @ FormatError::UnknownArchitecture(_)) => unknown = Some(error),
                    // Recognised, but not as it should be: an image size that is too small,
                    // quantised weights.
                    Err(error) => return Err(error),
                }
            } else if let Some(found) = part.with_head(modules, options) {
                return Ok(found);
            } else if incomplete.is_none()
                && let Ok(built) = arch::build(&part.inside, part.module.as_ref(), options)
            {
                incomplete = Some(part.unknown_outside(&built.name));
            }
        }
    }
    let nothing = || FormatError::UnknownArchitecture("the file holds no weights".into());
    Err(incomplete.or(unknown).unwrap_or_else(nothing))
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
    ASIDE.split_whitespace().any(|part| lower.contains(part))
        || lower.split('.').any(|segment| ASIDE_MODULES.split_whitespace().any(|module| module == segment))
        || lower.ends_with("num_batches_tracked")
}

/// The weights seen from one module.
struct Part<'a> {
    prefix: &'a str,
    /// The module, where the file holds one.
    module: Option<ModuleTree>,
    /// The module's tensors under their names in it.
    inside: StateDict,
    /// Tensors that take no part in the prediction.
    aside: Vec<&'a str>,
    /// Tensors outside of the module whose purpose is not known.
    unknown: Vec<(&'a str, &'a Tensor)>,
    /// Whether names were given to numbered modules.
    renamed: bool,
}

impl<'a> Part<'a> {
    fn new(weights: &'a StateDict, modules: Option<&ModuleTree>, prefix: &'a str) -> Self {
        let module = modules.and_then(|tree| tree.get(prefix)).cloned();
        let mut part = Part {
            prefix,
            module,
            inside: StateDict::default(),
            aside: Vec::new(),
            unknown: Vec::new(),
            renamed: false,
        };
        for (name, tensor) in weights.iter() {
            match inside(name, prefix) {
                Some(rest) if rest.ends_with("num_batches_tracked") || !is_aside(rest) => {
                    part.inside.insert(rest, tensor.clone())
                }
                None if !is_aside(name) => part.unknown.push((name, tensor)),
                _ => part.aside.push(name),
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
        let mut inside = StateDict::default();
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
        let aside: Vec<&str> =
            self.aside.iter().copied().filter(|name| !name.ends_with("num_batches_tracked")).collect();
        if let [first, others @ ..] = aside.as_slice() {
            let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            notes.push(format!("left out tensors that take no part in the prediction: `{first}`{more}"));
        }
        notes
    }

    /// The network with a head that lies beside it: `backbone.conv1.weight`, `head.weight`.
    fn with_head(&self, modules: Option<&ModuleTree>, options: &LoadOptions<'_>) -> Option<(Built, Vec<String>)> {
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
            let built = arch::build(&whole, module.as_ref(), options).ok()?;
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
        assert_eq!(part.aside, ["criterion.weight", "val_acc.total"]);
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
    fn prefers_the_student_to_its_average() {
        let state = state(&["ema.conv.weight", "student.conv.weight"]);
        assert_eq!(candidates(&state)[1..3], ["student", "ema"]);
    }
}
