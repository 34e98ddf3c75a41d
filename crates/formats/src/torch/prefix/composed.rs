//! Whole modules of a class of one's own that hold a network in two pieces, features and
//! classifier, which say everything but how they are connected.

use super::copies::{Contents, is_trunk};
use super::{Found, inside};
use crate::LoadOptions;
use crate::torch::{ModuleTree, StateDict, arch};

/// The network of the two pieces one behind the other, in the order of registration, if that is
/// what the module's children can be.
pub(super) fn build(weights: &StateDict, tree: &ModuleTree, options: &LoadOptions<'_>) -> Option<Found> {
    if tree.class.is_empty() || tree.is_library() {
        return None;
    }
    let copies = copies(weights, tree);
    let is_copy = |name: &str| copies.iter().any(|copy| copy == name);
    let children: Vec<_> = tree.children.iter().filter(|(name, _)| !is_copy(name)).cloned().collect();
    let (features, classifier) = pieces(weights, &children)?;
    let mut module = ModuleTree { class: SEQUENTIAL.into(), children, ..ModuleTree::default() };
    // A classifier that is a linear layer takes flattened features.
    if module.children.iter().any(|(name, m)| *name == classifier && m.children.is_empty()) {
        let at = module.children.iter().position(|(name, _)| *name == classifier)?;
        let flatten = ModuleTree { class: "torch.nn.modules.flatten.Flatten".into(), ..ModuleTree::default() };
        module.children.insert(at, ("flatten".into(), flatten));
    }
    let mut state = weights.like();
    for (name, tensor) in weights.iter().filter(|(name, _)| !copies.iter().any(|copy| inside(name, copy).is_some())) {
        state.insert(name, tensor.clone());
    }
    // A size at which the pieces fit by chance would say nothing.
    let options = LoadOptions { input_size: options.input_size.or(Some([SIDE; 2])), ..LoadOptions::default() };
    let built = arch::whole::build(&state, &module, &options).ok()?;
    let mut notes = vec![format!(
        "assumed that `{features}` and `{classifier}` run one behind the other and nothing else does: the code of \
         their class `{}` is not in the file",
        tree.class
    )];
    if !copies.is_empty() {
        let listed: Vec<String> = copies.iter().map(|copy| format!("`{copy}`")).collect();
        notes.push(format!(
            "{} holds the weights of `{features}` once more and was left out, with what it has beyond them",
            listed.join(", ")
        ));
    }
    Some((built, notes))
}

/// The image that is built for where nothing says its size.
const SIDE: usize = 224;

const SEQUENTIAL: &str = "torch.nn.modules.container.Sequential";

/// The names of the two children with weights, if they are features and a classifier and what else
/// there is can stand where it was registered.
fn pieces(weights: &StateDict, children: &[(String, ModuleTree)]) -> Option<(String, String)> {
    let has_weights = |name: &str| weights.iter().any(|(tensor, _)| inside(tensor, name).is_some());
    let with: Vec<usize> = (0..children.len()).filter(|&i| has_weights(&children[i].0)).collect();
    let &[features, classifier] = with.as_slice() else { return None };
    let is_head = |module: &ModuleTree| matches!(module.known_class(), "Linear" | "Sequential");
    let fits = |(i, (_, module)): (usize, &(String, ModuleTree))| {
        let class = module.known_class();
        module.computes_nothing()
            || (features < i && i < classifier && class.starts_with("Adaptive") && module.is_library())
            || (i > classifier && matches!(class, "Softmax" | "LogSoftmax" | "Sigmoid"))
            || i == features
            || i == classifier
    };
    let flat = weights.iter().all(|(name, t)| inside(name, &children[classifier].0).is_none() || t.shape().len() <= 2);
    (arch::whole::says_all(&children[features].1)
        && is_head(&children[classifier].1)
        && flat
        && children.iter().enumerate().all(fits))
    .then(|| (children[features].0.clone(), children[classifier].0.clone()))
}

/// Children that hold all weights of another child, and more.
fn copies(weights: &StateDict, tree: &ModuleTree) -> Vec<String> {
    let tensors = |child: &str| {
        let of = weights.iter().filter(|(name, _)| inside(name, child).is_some());
        of.filter(|(name, _)| !name.ends_with("num_batches_tracked")).map(|(_, tensor)| tensor).collect::<Vec<_>>()
    };
    let all: Vec<_> = tree.children.iter().map(|(name, _)| (name, tensors(name))).collect();
    let mut copies: Vec<String> = Vec::new();
    for (name, own) in &all {
        let contents = Contents::of(own.iter().copied());
        let holds = |(other, theirs): &&(&String, Vec<_>)| {
            other != name
                && !copies.contains(other)
                && theirs.len() <= own.len()
                && is_trunk(theirs.iter().copied())
                && theirs.iter().all(|tensor| contents.has(tensor))
        };
        if all.iter().any(|other| holds(&other)) {
            copies.push((*name).clone());
        }
    }
    copies
}
