//! The layer explained where none is asked for.

use super::kinds::{is_activation, is_normalisation, passes_on};
use super::modules::Modules;
use super::trunk::trunk;
use super::{Layer, is_feature_map};
use crate::flow::Flow;
use crate::{Graph, GraphError, NodeId, Op, Reason, ValueId};

/// The last feature map larger than one cell that a convolution block makes before the classifier,
/// the graph's last operator with weights.
///
/// Pooling, dropout and changes of shape behind the block are stepped over, and so is an activation
/// that no named module runs (DenseNet's last ReLU: the layer is `features.norm5`).
///
/// # Errors
/// [`GraphError::UnusableLayer`] if the graph has no such value: no classifier, or none with
/// convolutions.
pub fn default_target(graph: &Graph) -> Result<Layer, GraphError> {
    let unusable = |reason: String| GraphError::UnusableLayer { layer: "(default)".to_owned(), reason: Reason(reason) };
    let Some(&logits) = graph.outputs().first() else { return Err(unusable("the network has no output".to_owned())) };
    let shape = graph.shape(logits);
    if let [_, _, spatial @ ..] = shape
        && spatial.iter().product::<usize>() != 1
    {
        return Err(unusable(format!(
            "the network's output has shape {shape:?}, one score a place and not one an image: name a layer"
        )));
    }
    let classifier = classifier(graph, logits);
    let trunk = trunk(graph);
    let maps: Vec<(ValueId, NodeId)> = trunk.iter().filter_map(|&v| Some((v, graph.value(v).producer?))).collect();
    let made = |&&(value, node): &&(ValueId, NodeId)| {
        is_feature_map(graph, value) && Some(node) < classifier && !passes_on(&graph.node(node).op)
    };
    let beyond = |(_, node): &&(ValueId, NodeId)| !in_head(graph, *node);
    let found = maps.iter().rev().filter(beyond).find(made).or_else(|| maps.iter().rev().find(made));
    let &(value, _) = found
        .ok_or_else(|| unusable("no convolution makes a feature map of more than one cell: name a layer".to_owned()))?;
    Ok(named(graph, value))
}

/// The pooling to a smaller map of several cells that alone stands behind a layer, as at the end of
/// the features of VGG and AlexNet: other tools explain there.
pub fn pooled(graph: &Graph, layer: &Layer) -> Option<Layer> {
    let trunk = trunk(graph);
    let cells = |value: ValueId| graph.shape(value).iter().skip(2).product::<usize>();
    let op = |value: ValueId| graph.value(value).producer.map(|node| &graph.node(node).op);
    let is_pooling = |value: ValueId| matches!(op(value), Some(Op::MaxPool(_) | Op::AveragePool(_)));
    let smaller = |value: ValueId| is_feature_map(graph, value) && cells(value) < cells(layer.value);
    let behind = trunk.iter().copied().skip_while(|&value| value != layer.value).skip(1);
    behind
        .take_while(|&value| op(value).is_some_and(|op| passes_on(op) || is_activation(op) || is_normalisation(op)))
        .find(|&value| is_pooling(value) && smaller(value))
        .map(|value| named(graph, value))
}

/// The last operator with weights that the logits depend on.
fn classifier(graph: &Graph, logits: ValueId) -> Option<NodeId> {
    let flow = Flow::to(graph, &[logits]);
    let weighted =
        |op: &Op| matches!(op, Op::Gemm(_) | Op::MatMul(_) | Op::Conv(_) | Op::ConvTranspose(_) | Op::Einsum(_));
    (0..graph.nodes().len())
        .rev()
        .find(|&i| flow.carries(i) && weighted(&graph.nodes()[i].op))
        .map(|i| graph.node_id(i))
}

/// Whether a node belongs to a module that is the classifier by name. VGG's in timm convolves, so
/// with a large image its maps have several cells.
fn in_head(graph: &Graph, node: NodeId) -> bool {
    graph
        .node(node)
        .module
        .components()
        .any(|name| matches!(name, "classifier" | "pre_logits" | "logits" | "head" | "fc"))
}

/// The layer at `value`, or at the value that a named module made and that only activations
/// separate from it.
fn named(graph: &Graph, value: ValueId) -> Layer {
    let modules = Modules::of(graph);
    let names = modules.names();
    let mut made = value;
    loop {
        if let Some(name) = names.get(&made).and_then(|paths| modules.title(paths)) {
            return Layer { value: made, name };
        }
        let node = graph.value(made).producer.map(|node| graph.node(node));
        let before =
            node.filter(|node| is_activation(&node.op) || is_normalisation(&node.op)).and_then(|node| node.inputs[0]);
        match before.filter(|&before| is_feature_map(graph, before)) {
            Some(before) => made = before,
            None => return Layer { value, name: graph.value(value).name.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Net, densenet, efficientnet, resnet, squeeze_excite, vgg};
    use super::*;

    fn target(graph: &Graph) -> String {
        default_target(graph).unwrap().name
    }

    #[test]
    fn networks_that_pool_their_last_block() {
        assert_eq!(target(&resnet()), "layer4.1");
        assert_eq!(target(&efficientnet()), "features.3");
    }

    #[test]
    fn a_functional_relu_behind_the_last_module_is_stepped_over() {
        let graph = densenet();
        let layer = default_target(&graph).unwrap();
        assert_eq!(layer.name, "features.norm5");
        assert_eq!(graph.node(graph.value(layer.value).producer.unwrap()).op.name(), "BatchNormalization");
    }

    #[test]
    fn pooling_behind_the_last_convolution_is_stepped_over() {
        // AlexNet and VGG: ReLU, max pooling, adaptive pooling to several cells.
        assert_eq!(target(&vgg()), "features.6");
        let graph = vgg();
        let behind = pooled(&graph, &default_target(&graph).unwrap()).expect("a pooling");
        assert_eq!(behind.name, "features.7");
        for graph in [resnet(), densenet(), efficientnet()] {
            assert_eq!(pooled(&graph, &default_target(&graph).unwrap()), None, "pooled to one cell");
        }
        // Keras lays the map out anew before it flattens.
        let mut net = Net::image();
        net.conv("block1_conv1", 8)
            .relu("block1_conv1")
            .max_pool("block1_pool")
            .transpose(&[0, 2, 3, 1], "")
            .linear("predictions", 3);
        assert_eq!(target(&net.finish()), "block1_conv1");
    }

    #[test]
    fn a_convolution_that_makes_class_maps_is_the_classifier() {
        // SqueezeNet: Fire, dropout, 1×1 convolution to classes, ReLU, average pooling.
        let mut net = Net::image();
        net.conv("features.0", 8).relu("features.1");
        net.conv("features.12.squeeze", 4).relu("features.12.squeeze_activation");
        let squeezed = net.value();
        net.conv("features.12.expand1x1", 4).relu("features.12.expand1x1_activation");
        let left = net.value();
        net.at(squeezed)
            .conv("features.12.expand3x3", 4)
            .relu("features.12.expand3x3_activation")
            .concat(left, "features.12");
        net.dropout("classifier.0")
            .conv("classifier.1", 3)
            .relu("classifier.2")
            .global_pool("classifier.3")
            .flatten("");
        assert_eq!(target(&net.finish()), "features.12");
    }

    #[test]
    fn blocks_of_one_component_keep_it() {
        // GoogLeNet, Inception v3: branches joined.
        let mut net = Net::image();
        net.conv("conv1.conv", 8).batch_norm("conv1.bn").relu("conv1");
        let stem = net.value();
        net.conv("inception5b.branch1.conv", 4).relu("inception5b.branch1");
        let branch = net.value();
        net.at(stem).conv("inception5b.branch2.0.conv", 4).relu("inception5b.branch2.0").concat(branch, "inception5b");
        net.global_pool("avgpool").dropout("dropout").linear("fc", 3);
        assert_eq!(target(&net.finish()), "inception5b");
        // ShuffleNet: one convolution with its normalisation, then a mean over height and width.
        let mut net = Net::image();
        net.conv("stage4.0.branch2.0", 8).relu("stage4.0.branch2.1");
        net.conv("conv5.0", 8).batch_norm("conv5.1").relu("conv5.2").mean("").linear("fc", 3);
        assert_eq!(target(&net.finish()), "conv5");
        // timm's EfficientNet: activation within the normalisation.
        let mut net = Net::image();
        net.conv("blocks.0.0.conv", 8)
            .conv("conv_head", 8)
            .batch_norm("bn2")
            .relu("bn2.act")
            .global_pool("global_pool")
            .linear("classifier", 3);
        assert_eq!(target(&net.finish()), "bn2");
    }

    #[test]
    fn stages_and_sequences_go_by_their_last_part() {
        // MNASNet: one long sequence.
        let mut net = Net::image();
        net.conv("layers.0", 8).batch_norm("layers.1").relu("layers.2");
        net.conv("layers.14", 8)
            .batch_norm("layers.15")
            .relu("layers.16")
            .mean("")
            .dropout("classifier.0")
            .linear("classifier.1", 3);
        assert_eq!(target(&net.finish()), "layers.16");
        // ConvNeXt: the last stage's last block, which has a residual; normalisation of the pooled
        // map in the head.
        let mut net = Net::image();
        net.conv("features.0.0", 8);
        let stem = net.value();
        net.conv("features.7.0.block.0", 8).add(stem, "features.7.0");
        let block = net.value();
        net.conv("features.7.1.block.0", 8).add(block, "features.7.1");
        net.global_pool("avgpool").batch_norm("classifier.0").linear("classifier.2", 3);
        assert_eq!(target(&net.finish()), "features.7");
        // RegNet: dashes in names.
        let mut net = Net::image();
        net.conv("stem.0", 8).conv("trunk_output.block4.block4-0.f.a", 8);
        let trunk = net.value();
        net.conv("trunk_output.block4.block4-1.f.a", 8)
            .add(trunk, "trunk_output.block4.block4-1")
            .relu("trunk_output.block4.block4-1.activation");
        net.global_pool("avgpool").linear("fc", 3);
        assert_eq!(target(&net.finish()), "trunk_output.block4");
    }

    #[test]
    fn single_cells_and_convolutions_on_them_do_not_mislead() {
        // MobileNet v3 in timm convolves the pooled map; squeeze and excitation gates the last
        // block.
        let mut net = Net::image();
        net.conv("conv_stem", 8);
        squeeze_excite(&mut net, "blocks.0.0.se");
        net.conv("blocks.0.0.conv_pwl", 8).relu("blocks.0.0.act");
        net.global_pool("global_pool").conv("conv_head", 8).relu("act2").linear("classifier", 3);
        assert_eq!(target(&net.finish()), "blocks.0");
        // A gate at the very end: what it gates is the map.
        let mut net = Net::image();
        net.conv("features.0", 8).relu("features.1");
        squeeze_excite(&mut net, "features.2");
        net.global_pool("avgpool").linear("classifier", 3);
        assert_eq!(target(&net.finish()), "features.2");
    }

    #[test]
    fn a_head_by_name_is_skipped_even_where_it_has_cells() {
        let mut net = Net::image();
        net.conv("features.0", 8)
            .conv("features.1", 8)
            .relu("features.2")
            .conv("pre_logits.fc1", 8)
            .relu("pre_logits.act1");
        net.global_pool("head.global_pool").linear("head.fc", 3);
        assert_eq!(target(&net.finish()), "features.2");
        // But a network that is all head still has a target.
        let mut net = Net::image();
        net.conv("head.0", 8).conv("head.1", 8).relu("head.2").global_pool("head.3").linear("head.4", 3);
        assert_eq!(target(&net.finish()), "head.2");
    }

    #[test]
    fn without_modules_the_value_has_its_own_name() {
        let mut net = Net::image();
        net.conv("", 8).relu("");
        let value = net.value();
        net.max_pool("").flatten("").linear("", 3);
        let graph = net.finish();
        assert_eq!(default_target(&graph).unwrap(), Layer { value, name: graph.value(value).name.clone() });
    }

    #[test]
    fn networks_without_a_target_say_so() {
        let mut net = Net::image();
        net.conv("down", 8).conv("up", 3);
        let error = default_target(&net.finish()).unwrap_err().to_string();
        assert!(error.contains("one score a place"), "{error}");
        let mut net = Net::image();
        net.flatten("").linear("fc", 3);
        let error = default_target(&net.finish()).unwrap_err().to_string();
        assert!(error.contains("no convolution"), "{error}");
        assert!(default_target(&Graph::new()).is_err());
    }
}
