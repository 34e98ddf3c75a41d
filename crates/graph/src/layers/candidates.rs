//! Layers worth offering.

use std::collections::HashMap;

use super::modules::Modules;
use super::trunk::trunk;
use super::{Layer, default_target, is_feature_map};
use crate::{Graph, ModulePath, Op, ValueId};

/// Layers worth explaining, in topological order: the outputs of blocks that every path from image to logits passes, where they are feature maps of more
/// than one cell. What only lies between a convolution and its activation is left out, and so are the insides of blocks.
pub fn candidates(graph: &Graph) -> Vec<Layer> {
    let modules = Modules::of(graph);
    let names = modules.names();
    // Adaptive pooling is the classifier's: it evens out image sizes, and with the usual one it does nothing.
    let evened = |v: ValueId| graph.value(v).producer.is_some_and(|node| matches!(graph.node(node).op, Op::AdaptiveAveragePool(_)));
    let trunk: Vec<ValueId> = trunk(graph).into_iter().filter(|&v| is_feature_map(graph, v) && !evened(v)).collect();
    let mut layers: Vec<Layer> = if names.is_empty() {
        let followed = |v: &ValueId| continues(graph, *v, |next| trunk.contains(&next));
        trunk.iter().filter(|v| !followed(v)).map(|&value| Layer { value, name: graph.value(value).name.clone() }).collect()
    } else {
        of_blocks(graph, &modules, &names, &trunk)
    };
    if layers.is_empty() {
        layers = everything(graph, &modules, &names);
    }
    if let Ok(target) = default_target(graph)
        && layers.iter().all(|layer| layer.value != target.value)
    {
        layers.push(target);
        layers.sort_by_key(|layer| layer.value);
    }
    layers
}

fn of_blocks(graph: &Graph, modules: &Modules, names: &HashMap<ValueId, Vec<&ModulePath>>, trunk: &[ValueId]) -> Vec<Layer> {
    let named = |value: ValueId| {
        let paths = names.get(&value)?;
        // The innermost block that hands the value out decides: inside a block, nothing is offered.
        let offered = paths.iter().any(|path| !inside_block(modules, path));
        Some(Layer { value, name: modules.title(paths)? }).filter(|_| offered)
    };
    let layers: Vec<Layer> = trunk.iter().filter_map(|&v| named(v)).collect();
    let is_offered = |value: ValueId| layers.iter().any(|layer| layer.value == value);
    layers.iter().filter(|layer| !continues(graph, layer.value, is_offered)).cloned().collect()
}

/// Every feature map that a module hands out: for networks without a trunk.
fn everything(graph: &Graph, modules: &Modules, names: &HashMap<ValueId, Vec<&ModulePath>>) -> Vec<Layer> {
    let maps = graph.value_ids().filter(|&v| is_feature_map(graph, v));
    maps.filter_map(|value| Some(Layer { value, name: modules.title(names.get(&value)?)? })).collect()
}

/// Whether a module lies within one that is a unit: neither the whole, nor most of it, nor a sequence of numbered parts.
fn inside_block(modules: &Modules, path: &ModulePath) -> bool {
    std::iter::successors(path.parent(), ModulePath::parent).any(|around| !is_sequence(modules, &around))
}

fn is_sequence(modules: &Modules, path: &ModulePath) -> bool {
    let all: usize = modules.children(&ModulePath::root()).iter().map(|child| modules.convolutions(&child.as_str().into())).sum();
    let convolutions = modules.convolutions(path);
    let numbered = |names: &[String]| {
        let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        names.len() > 1 && names.iter().all(|name| stem(name) == stem(&names[0]) && name.ends_with(|c: char| c.is_ascii_digit()))
    };
    path.is_root() || (convolutions > 1 && (2 * convolutions > all || numbered(modules.children(path))))
}

/// Whether a convolution or normalisation made the value, and its normalisation or activation alone takes it and is offered itself.
fn continues(graph: &Graph, value: ValueId, is_offered: impl Fn(ValueId) -> bool) -> bool {
    let made_by = graph.value(value).producer.map(|node| &graph.node(node).op);
    if !made_by.is_some_and(|op| matches!(op, Op::Conv(_) | Op::ConvTranspose(_)) || is_normalisation(op)) {
        return false;
    }
    let users: Vec<_> = graph.nodes().iter().filter(|node| node.inputs.contains(&Some(value))).collect();
    let is_continued = |op: &Op| is_normalisation(op) || is_activation(op);
    !users.is_empty() && users.iter().all(|node| is_continued(&node.op) && node.outputs.iter().all(|&o| is_offered(o)))
}

/// Normalisations that have the activation as input 0.
pub(super) fn is_normalisation(op: &Op) -> bool {
    matches!(
        op,
        Op::BatchNormalization(_) | Op::InstanceNormalization(_) | Op::GroupNormalization(_) | Op::LayerNormalization(_) | Op::Lrn(_)
    )
}

/// Activations: functions of one cell.
pub(super) fn is_activation(op: &Op) -> bool {
    use Op::{Clip, Elu, Gelu, HardSigmoid, HardSwish, LeakyRelu, Mish, PRelu, Relu, Selu, Sigmoid, Silu, Softplus, Softsign, Tanh};
    matches!(
        op,
        Clip(_)
            | Elu(_)
            | Gelu(_)
            | HardSigmoid(_)
            | HardSwish(_)
            | LeakyRelu(_)
            | Mish(_)
            | PRelu(_)
            | Relu(_)
            | Selu(_)
            | Sigmoid(_)
            | Silu(_)
            | Softplus(_)
            | Softsign(_)
            | Tanh(_)
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Net, densenet, efficientnet, resnet, vgg};
    use super::*;

    fn offered(graph: &Graph) -> Vec<String> {
        candidates(graph).into_iter().map(|layer| layer.name).collect()
    }

    #[test]
    fn blocks_are_offered_and_not_their_insides() {
        assert_eq!(offered(&resnet()), ["relu", "maxpool", "layer1.0", "layer1.1", "layer4.0", "layer4.1"]);
        assert_eq!(offered(&efficientnet()), ["features.0", "features.1", "features.2.0", "features.2", "features.3"]);
        let dense =
            ["features.relu0", "features.pool0", "features.denseblock1", "features.transition1", "features.denseblock2", "features.norm5"];
        assert_eq!(offered(&densenet()), dense);
    }

    #[test]
    fn a_plain_stack_offers_activations_and_pooling() {
        assert_eq!(offered(&vgg()), ["features.2", "features.3", "features.6", "features.7"]);
    }

    #[test]
    fn without_modules_values_are_offered() {
        let mut net = Net::image();
        net.conv("", 4).batch_norm("").relu("").global_pool("").linear("", 2);
        let graph = net.finish();
        let layers = candidates(&graph);
        assert_eq!(layers.len(), 1);
        assert_eq!(graph.value(layers[0].value).name, layers[0].name);
        assert_eq!(graph.node(graph.value(layers[0].value).producer.unwrap()).op.name(), "Relu");
    }
}
