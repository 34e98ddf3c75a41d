//! PyTorch's TorchScript exporter names nodes by the modules that ran them:
//! `/layer4/layer4.1/conv2/Conv` is the convolution in `layer4.1.conv2`. A container's child
//! repeats the container's name.

use std::collections::{HashMap, HashSet};

use heatlens_graph::ModulePath;

use super::super::proto::NodeProto;
use super::{DEEPEST, LONGEST};

/// Operators that take weights have few arguments.
const MOST_ARGUMENTS: usize = 16;

/// What has to be known of all nodes to name the modules of one.
pub(in super::super) struct TorchScriptNames {
    /// The modules of the file, by dotted path, and the weights that nodes within them take.
    weights: HashMap<String, HashSet<String>>,
}

impl TorchScriptNames {
    /// Collects the modules of the file.
    pub fn new(nodes: &[NodeProto]) -> Self {
        let made: HashSet<&String> = nodes.iter().flat_map(|n| &n.output).collect();
        let mut weights: HashMap<String, HashSet<String>> = HashMap::new();
        for node in nodes.iter().filter(|n| n.name.len() <= LONGEST) {
            let Some(elements) = elements(&node.name) else { continue };
            let mut path = String::new();
            for element in elements {
                extend(&mut path, element);
                let within = weights.entry(path.clone()).or_default();
                within.extend(
                    node.input.iter().take(MOST_ARGUMENTS).filter(|i| !made.contains(i) && !is_image(i, node)).cloned(),
                );
            }
        }
        TorchScriptNames { weights }
    }

    /// The innermost module that ran a node.
    pub fn path(&self, node: &NodeProto) -> Option<ModulePath> {
        let (mut raw, mut path) = (String::new(), String::new());
        for element in elements(&node.name)? {
            let parent = raw.clone();
            extend(&mut raw, element);
            extend(&mut path, self.first_call(&parent, element, &raw));
        }
        let path = ModulePath::from(path);
        if is_fused(node) { path.parent().or(Some(path)) } else { Some(path) }
    }

    /// A module that runs again is named `relu_1`, `relu_2`: this gives back `relu`, where there is
    /// one and no weight tells the two apart.
    fn first_call<'e>(&self, parent: &str, element: &'e str, raw: &str) -> &'e str {
        let Some((base, serial)) = element.rsplit_once('_') else { return element };
        if base.is_empty() || serial.is_empty() || !serial.bytes().all(|b| b.is_ascii_digit()) {
            return element;
        }
        let mut first = parent.to_owned();
        extend(&mut first, base);
        match (self.weights.get(&first), self.weights.get(raw)) {
            (Some(of_first), Some(of_this)) if of_this.is_subset(of_first) => base,
            _ => element,
        }
    }
}

/// Whether an argument that no node makes is the network's input, not a weight: the first argument
/// is what a module works on.
fn is_image(name: &str, node: &NodeProto) -> bool {
    node.input.first().is_some_and(|first| first == name)
}

/// The names of the modules around a node, each relative to the one before; none if the name is not
/// of this kind.
fn elements(name: &str) -> Option<Vec<&str>> {
    let mut names: Vec<&str> = name.strip_prefix('/')?.split('/').collect();
    names.pop();
    if names.len() > DEEPEST || names.contains(&"") {
        return None;
    }
    let mut elements = Vec::with_capacity(names.len());
    let mut previous = "";
    for name in names {
        let relative = name.strip_prefix(previous).and_then(|rest| rest.strip_prefix('.'));
        elements.push(relative.filter(|r| !previous.is_empty() && !r.is_empty()).unwrap_or(name));
        previous = name;
    }
    Some(elements)
}

/// The name of a node that this module runs, as this exporter gives it. The children of containers
/// have numbers.
pub(super) fn node_name(module: &ModulePath, op_type: &str) -> String {
    let (mut name, mut previous) = (String::from("/"), String::new());
    for element in module.components() {
        let is_numbered = element.bytes().all(|b| b.is_ascii_digit()) && !previous.is_empty();
        let element = if is_numbered { format!("{previous}.{element}") } else { element.to_owned() };
        name.push_str(&element);
        name.push('/');
        previous = element;
    }
    name + op_type
}

/// The module that [`node_name`] was given.
pub(super) fn written_path(node: &NodeProto) -> Option<ModulePath> {
    let mut path = String::new();
    for element in elements(&node.name)? {
        extend(&mut path, element);
    }
    Some(path.into())
}

fn extend(path: &mut String, element: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(element);
}

/// Whether the exporter folded the batch normalisation behind a convolution into it, which shows in
/// weights that it had to name itself. What the node makes is then the output of the batch
/// normalisation, whose name is lost, so the module around both is all that is known.
fn is_fused(node: &NodeProto) -> bool {
    let own = |i: usize| node.input.get(i).is_some_and(|name| name.starts_with("onnx::"));
    matches!(node.op_type.as_str(), "Conv" | "ConvTranspose") && own(1) && own(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, inputs: &[&str]) -> NodeProto {
        let op_type = name.rsplit('/').next().unwrap_or("").to_owned();
        NodeProto {
            name: name.into(),
            op_type,
            input: inputs.iter().map(|&i| i.into()).collect(),
            ..Default::default()
        }
    }

    fn path_of(nodes: &[NodeProto], i: usize) -> Option<String> {
        TorchScriptNames::new(nodes).path(&nodes[i]).map(|p| p.to_string())
    }

    #[test]
    fn children_of_containers_repeat_its_name() {
        for (name, path) in [
            ("/layer4/layer4.1/conv2/Conv", Some("layer4.1.conv2")),
            ("/features/features.1/features.1.0/block/block.0/block.0.0/Conv", Some("features.1.0.block.0.0")),
            ("/unet1/down_path.0/pool/MaxPool", Some("unet1.down_path.0.pool")),
            ("/features/features_extra/Conv", Some("features.features_extra")),
            ("/Flatten", Some("")),
            ("Conv_12", None),
            ("//Conv", None),
        ] {
            assert_eq!(path_of(&[node(name, &["x", "w"])], 0).as_deref(), path, "{name}");
        }
    }

    #[test]
    fn names_are_written_as_they_are_read() {
        for (path, name) in [
            ("layer4.1.conv2", "/layer4/layer4.1/conv2/Conv"),
            ("features.1.0.block.0.0", "/features/features.1/features.1.0/block/block.0/block.0.0/Conv"),
            ("0.1", "/0/0.1/Conv"),
            ("a.relu_1", "/a/relu_1/Conv"),
            ("", "/Conv"),
        ] {
            assert_eq!(node_name(&path.into(), "Conv"), name);
            assert_eq!(written_path(&node(name, &[])).unwrap().as_str(), path);
        }
    }

    #[test]
    fn a_module_that_runs_again_keeps_its_name() {
        let nodes = [
            node("/a/relu/Relu", &["x"]),
            node("/a/relu_1/Relu", &["y"]),
            node("/a/conv/Conv", &["x", "w0"]),
            node("/a/conv_1/Conv", &["x", "w1"]),
            node("/b/relu_1/Relu", &["x"]),
            node("/a/conv_2/Conv", &["x", "w0"]),
        ];
        let paths: Vec<_> = (0..nodes.len()).map(|i| path_of(&nodes, i).unwrap()).collect();
        assert_eq!(paths, ["a.relu", "a.relu", "a.conv", "a.conv_1", "b.relu_1", "a.conv"]);
    }

    #[test]
    fn a_convolution_with_a_folded_batch_normalisation_belongs_to_the_module_around_both() {
        let folded = node("/layer4/layer4.1/conv2/Conv", &["x", "onnx::Conv_250", "onnx::Conv_251"]);
        assert_eq!(path_of(&[folded], 0).unwrap(), "layer4.1");
    }
}
