//! Layers worth offering.

use std::collections::HashSet;

use super::kinds::{is_activation, is_normalisation, passes_on};
use super::modules::Modules;
use super::target::default_target;
use super::trunk::trunk;
use super::{Layer, is_feature_map};
use crate::{Graph, ModulePath, NodeId, Op, ValueId};

/// Layers worth explaining, in topological order: the outputs of blocks that every path from image
/// to logits passes, where they are feature maps of more than one cell. What only lies between a
/// convolution and its activation is left out, and so are the insides of blocks.
pub fn candidates(graph: &Graph) -> Vec<Layer> {
    let modules = Modules::of(graph);
    let sequences = sequences(&modules);
    let names = modules.names();
    let outputs: HashSet<ValueId> = graph.outputs().iter().copied().collect();
    let offerable = |v: ValueId| is_feature_map(graph, v) && is_made(graph, v) && !outputs.contains(&v);
    let trunk = trunk(graph).into_iter().filter(|&v| offerable(v));
    let mut layers: Vec<Layer> = if names.is_empty() {
        trunk.map(|value| Layer { value, name: graph.value(value).name.clone() }).collect()
    } else {
        trunk.filter_map(|value| block(&modules, &sequences, value, names.get(&value)?)).collect()
    };
    drop_unfinished(graph, &mut layers);
    if layers.is_empty() {
        layers = outermost(
            &modules,
            &sequences,
            graph.value_ids().filter(|&v| offerable(v) && names.contains_key(&v)).map(|v| (v, &names[&v][..])),
        );
    }
    if let Ok(target) = default_target(graph)
        && layers.iter().all(|layer| layer.value != target.value)
    {
        layers.push(target);
        layers.sort_by_key(|layer| layer.value);
    }
    layers
}

/// The layer at a value that these modules hand out, unless all of them lie inside a block.
fn block(modules: &Modules, sequences: &HashSet<ModulePath>, value: ValueId, paths: &[&ModulePath]) -> Option<Layer> {
    let offered = paths.iter().any(|path| !inside_block(sequences, path));
    Some(Layer { value, name: modules.title(paths)? }).filter(|_| offered)
}

/// For networks without a trunk, such as U-Nets: what the outermost modules hand out that are no
/// mere sequences.
fn outermost<'m>(
    modules: &Modules,
    sequences: &HashSet<ModulePath>,
    values: impl Iterator<Item = (ValueId, &'m [&'m ModulePath])>,
) -> Vec<Layer> {
    let values: Vec<_> = values.collect();
    let units: HashSet<&ModulePath> =
        values.iter().flat_map(|(_, paths)| *paths).copied().filter(|p| !sequences.contains(p)).collect();
    let within_unit = |path: &ModulePath| {
        std::iter::successors(path.parent(), ModulePath::parent).any(|around| units.contains(&around))
    };
    let outer = values.into_iter().filter(|(_, paths)| paths.iter().any(|path| !within_unit(path)));
    outer.filter_map(|(value, paths)| Some(Layer { value, name: modules.title(paths)? })).collect()
}

/// Drops layers that a convolution or normalisation makes, where its normalisation or activation
/// alone takes it and is offered itself.
fn drop_unfinished(graph: &Graph, layers: &mut Vec<Layer>) {
    let consumers = graph.consumers();
    let offered: HashSet<ValueId> = layers.iter().map(|layer| layer.value).collect();
    let continues = |user: &NodeId| {
        let node = graph.node(*user);
        (is_normalisation(&node.op) || is_activation(&node.op)) && node.outputs.iter().all(|o| offered.contains(o))
    };
    layers.retain(|layer| {
        let made_by = graph.value(layer.value).producer.map(|node| &graph.node(node).op);
        let unfinished =
            made_by.is_some_and(|op| matches!(op, Op::Conv(_) | Op::ConvTranspose(_)) || is_normalisation(op));
        let users = &consumers[layer.value.index()];
        !(unfinished && !users.is_empty() && users.iter().all(continues))
    });
}

/// Whether an operator computes the value. What only moves cells shows nothing new, and neither
/// does adaptive pooling, which is the classifier's: it evens out image sizes and does nothing with
/// the usual one.
fn is_made(graph: &Graph, value: ValueId) -> bool {
    let Some(node) = graph.value(value).producer.map(|node| graph.node(node)) else { return false };
    match &node.op {
        Op::MaxPool(_) | Op::AveragePool(_) => node.inputs[0].is_some_and(|x| graph.shape(x) != graph.shape(value)),
        op => !passes_on(op),
    }
}

/// Whether a module lies within one that is a unit.
fn inside_block(sequences: &HashSet<ModulePath>, path: &ModulePath) -> bool {
    std::iter::successors(path.parent(), ModulePath::parent).any(|around| !sequences.contains(&around))
}

/// The modules that are no units: the whole, what is most of it, and sequences of numbered parts.
fn sequences(modules: &Modules) -> HashSet<ModulePath> {
    let root = ModulePath::root();
    let all: usize = modules.children(&root).iter().map(|child| modules.convolutions(&child.as_str().into())).sum();
    let numbered = |names: &[String]| {
        let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        names.len() > 1
            && names.iter().all(|name| stem(name) == stem(&names[0]) && name.ends_with(|c: char| c.is_ascii_digit()))
    };
    let is_sequence = |path: &&ModulePath| {
        let convolutions = modules.convolutions(path);
        convolutions > 1 && (2 * convolutions > all || numbered(modules.children(path)))
    };
    modules.paths().filter(is_sequence).cloned().chain([root.clone()]).collect()
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
        let dense = [
            "features.relu0",
            "features.pool0",
            "features.denseblock1",
            "features.transition1",
            "features.denseblock2",
            "features.norm5",
        ];
        assert_eq!(offered(&densenet()), dense);
    }

    #[test]
    fn a_plain_stack_offers_activations_and_pooling() {
        assert_eq!(offered(&vgg()), ["features.2", "features.3", "features.6", "features.7"]);
    }

    #[test]
    fn a_network_without_a_trunk_offers_its_units() {
        let mut net = Net::image();
        let image = net.value();
        net.conv("first.0", 4).relu("first.1");
        let skip = net.value();
        net.max_pool("down.0.pool")
            .conv("down.0.conv", 4)
            .relu("down.0.act")
            .conv("down.1.conv", 4)
            .relu("down.1.act")
            .conv_transpose("up", 4);
        net.concat(skip, "").concat(image, "").conv("final", 2);
        assert_eq!(offered(&net.finish()), ["first", "down.0", "down.1", "up"]);
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
