//! Pickled networks that say in full how they compute: `nn.Sequential`s, to any depth, of layers,
//! of blocks and of networks whose code is known. No architecture has to be recognised.

mod blocks;
mod layers;
mod pooling;
mod shapes;

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::continuation::Continuation;
use super::misfit::{Fit, Misfit};
use super::weights::Weights;
use super::{Built, LARGEST_IMAGE, unknown};
use crate::torch::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions};

/// Classes of libraries that run their children in the order of registration.
const IN_ORDER: &[&str] = &[
    "Sequential",
    // torchvision
    "Conv2dNormActivation",
    "ConvNormActivation",
    "ConvBNActivation",
    "ConvBNReLU",
    "SimpleStemIN",
    "AnyStage",
    "BottleneckTransform",
    "MLP",
    "_Transition",
    // timm
    "ConvNormAct",
    "BatchNormAct2d",
    "SelectAdaptivePool2d",
    "ConvNeXtStage",
    "RegStage",
    "DenseTransition",
    "ClassifierHead",
    "NormMlpClassifierHead",
    // fastai
    "ConvLayer",
    "XResNet",
];

/// Name and family of a network of no architecture.
const NAME: &str = "nn.Sequential";

/// The image that is built for where nothing says its size.
const SIDE: usize = 224;
/// The largest image that is tried where the size follows from a linear layer.
const LARGEST_SIDE: usize = 1100;

/// Whether the module says all that it computes, if the modules in it do.
pub(in crate::torch) fn says_all(module: &ModuleTree) -> bool {
    ["Sequential", "XResNet"].contains(&module.known_class()) && !module.children.is_empty()
}

/// Builds the network that a module for which [`says_all`] holds is. Nodes are named by its own
/// paths.
///
/// # Errors
/// [`FormatError::UnknownArchitecture`] where a class is not known or weights are left over, naming
/// it; [`FormatError::Graph`] if the network cannot take an image of the size asked for.
pub(in crate::torch) fn build(
    state: &StateDict,
    module: &ModuleTree,
    options: &LoadOptions<'_>,
) -> Result<Built, FormatError> {
    unknown::refuse_altered(state)?;
    super::check_size(options.input_size)?;
    let weights = Weights::new(state);
    let attempt = |size| network(&weights, module, size);
    match attempt(options.input_size.unwrap_or([SIDE; 2])) {
        Ok(built) => Ok(built),
        Err(Misfit::Graph(error)) if options.input_size.is_some() => Err(error.into()),
        // Behind convolutions and a flattening, a linear layer tells the size of the image.
        Err(misfit) if options.input_size.is_none() && depends_on_size(&misfit) => {
            sized(attempt).ok_or_else(|| refusal(&misfit))
        }
        Err(misfit) => Err(refusal(&misfit)),
    }
}

fn refusal(misfit: &Misfit) -> FormatError {
    FormatError::UnknownArchitecture(format!(
        "the file holds a whole network, which would be computed module by module as it is, but {misfit}. {}",
        unknown::EXPORT
    ))
}

fn depends_on_size(misfit: &Misfit) -> bool {
    match misfit {
        Misfit::Shape { expected, .. } => expected.contains("linear layer"),
        Misfit::Module { reason, .. } => reason.contains("`normalized_shape`"),
        misfit => matches!(misfit, Misfit::Graph(_)),
    }
}

/// The network for square images, where only some sizes fit: of these the one that is the roundest
/// number.
fn sized(attempt: impl Fn([usize; 2]) -> Fit<Built>) -> Option<Built> {
    let sizes = (1..=LARGEST_SIDE.min(LARGEST_IMAGE)).filter(|&side| attempt([side; 2]).is_ok()).collect::<Vec<_>>();
    let side = *sizes.iter().max_by_key(|side| (side.trailing_zeros(), *side % 10 == 0))?;
    let mut built = attempt([side; 2]).ok()?;
    built.input_size = [side; 2];
    if let (Some(first), Some(last)) = (sizes.first(), sizes.last())
        && first < last
    {
        built.notes.push(format!(
            "the network takes square images of {first} to {last} pixels, as its linear layers say; {side} are assumed"
        ));
    }
    Some(built)
}

fn network(weights: &Weights<'_>, module: &ModuleTree, size: [usize; 2]) -> Fit<Built> {
    let mut b = Builder::new(weights, Some(module), size);
    let channels = channels(weights, module)?;
    let image = b.image(channels);
    let outputs = in_order(&mut b, image, module)?;
    if let Some((name, tensor)) = b.unused().find(|(name, _)| !name.ends_with("num_batches_tracked")) {
        return Err(Misfit::Unused { name: name.into(), shape: tensor.shape().to_vec() });
    }
    if let Some((path, module)) = b.unconsulted().into_iter().next() {
        let reason = "nothing is known of it in its place".into();
        return Err(Misfit::Module { path, class: module.class.clone(), reason });
    }
    let (graph, notes) = b.finish(outputs);
    Ok(Built { graph, name: NAME.into(), family: NAME, preparation: None, notes, twins: Vec::new(), input_size: size })
}

/// Channels of the image: those that the first convolution or normalisation takes.
fn channels(weights: &Weights<'_>, module: &ModuleTree) -> Fit<usize> {
    for (path, module) in module.walk() {
        let groups = module.int("groups").and_then(|groups| usize::try_from(groups).ok()).unwrap_or(1);
        match weights.shape(&format!("{path}.weight")) {
            Some(&[_, per_group, _, _]) if per_group.checked_mul(groups).is_some_and(|n| n > 0) => {
                return Ok(per_group * groups);
            }
            Some(&[channels]) if channels > 0 => return Ok(channels),
            Some(_) => {
                let reason = "the first layer must be a convolution, which says how many channels the image has".into();
                return Err(Misfit::Module { path, class: module.class.clone(), reason });
            }
            None => {}
        }
    }
    Err(Misfit::Differs("it has no weights".into()))
}

/// Runs the children of the module that is the scope.
fn in_order(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    module.children.iter().try_fold(x, |x, (name, _)| run(b, x, name))
}

/// Runs the module `name` of the scope.
pub(super) fn run(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    let Some(module) = b.peek(name) else {
        return Err(Misfit::Differs(format!("the module `{}` is not there", b.path(name))));
    };
    if IN_ORDER.contains(&module.known_class()) {
        return b.within(name, |b| {
            // timm's normalisation has its own weights and then runs what it holds.
            let x = if module.known_class() == "BatchNormAct2d" { layers::batch_norm(b, x, module)? } else { x };
            in_order(b, x, module)
        });
    }
    if let Some(y) = layers::run(b, x, name, module)? {
        return Ok(y);
    }
    if let Some(block) = blocks::of(module) {
        return b.within(name, |b| block(b, x, module));
    }
    if !module.is_library() {
        let reason = "a class of its own, whose code is not in the file and would not be run";
        return Err(b.misplaced(name, module, reason));
    }
    known_network(b, x, name, module)
}

/// Runs a network of timm as fastai does: to the end of its features, or, where it does not pool, as a whole.
pub(super) fn body_of_timm(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let Some(network) = b.peek("model") else { return Err(b.misplaced("", module, "it has no `model`")) };
    let continuation = module.bool("needs_pool").unwrap_or(true).then_some(Continuation::Features);
    known_network_to(b, x, "model", network, continuation)
}

/// Runs a module that is a whole network of a built-in architecture, with its head or without.
fn known_network(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    known_network_to(b, x, name, module, None)
}

/// Runs a known network to its end, or to its features.
fn known_network_to(
    b: &mut Builder<'_>,
    x: ValueId,
    name: &str,
    module: &ModuleTree,
    continuation: Option<Continuation>,
) -> Fit<ValueId> {
    let place = b.path(name);
    let mut state = StateDict::default();
    for inner in b.weights().below(place.as_str()) {
        let tensor = b.weights().get(place.child(inner).as_str()).expect("a name of the file");
        state.insert(inner, tensor.clone());
    }
    let weights = Weights::new(&state);
    let attempts = super::attempts(&weights, Some(module), None, &[]).unwrap_or_default();
    let mut first = None;
    for attempt in attempts {
        let network = |b: &mut Builder<'_>| {
            b.continuation = continuation.clone();
            attempt.run(b)
        };
        match b.nested(name, x, &weights, network) {
            Ok(y) => return Ok(y),
            Err(misfit) => first = first.or(Some(misfit)),
        }
    }
    Err(first.unwrap_or_else(|| b.misplaced(name, module, "this class is not built in")))
}
