//! tf2onnx keeps TensorFlow's node names, which begin with the layer's:
//! `StatefulPartitionedCall/resnet50/conv5_block3_out/Relu` is the ReLU of layer
//! `conv5_block3_out`.

use heatlens_graph::ModulePath;

use super::super::proto::NodeProto;
use super::{DEEPEST, LONGEST};

/// What has to be known of all nodes to name the layer of one.
pub(in super::super) struct KerasNames {
    /// The model's own name, which all names begin with.
    model: Option<String>,
    /// What Keras 3 appends to the names of the model and its layers (`_1`); a few get another
    /// number.
    suffix: String,
}

impl KerasNames {
    /// Finds what all names share.
    pub fn new(nodes: &[NodeProto]) -> Self {
        let paths: Vec<Vec<&str>> =
            nodes.iter().filter_map(scope_name).map(components).filter(|p| p.len() >= 3).collect();
        let first = paths.first().map(|p| p[0]);
        let model = first.filter(|first| paths.iter().all(|p| p[0] == *first));
        let depth = usize::from(model.is_some());
        let layers: Vec<&str> = paths.iter().map(|p| p[depth]).collect();
        let suffix = model.and_then(serial).filter(|s| most(&layers, |l| l.ends_with(s))).unwrap_or("");
        KerasNames { model: model.map(str::to_owned), suffix: suffix.to_owned() }
    }

    /// The layer that a node belongs to.
    pub fn path(&self, node: &NodeProto) -> Option<ModulePath> {
        let mut names = components(scope_name(node)?);
        names.pop();
        if self.model.is_some() && names.first().copied() == self.model.as_deref() {
            names.remove(0);
        }
        names.retain(|name| !matches!(*name, "batchnorm" | "moments" | "Tensordot"));
        if let Some(layer) = names.first_mut() {
            *layer = layer.strip_suffix(self.suffix.as_str()).unwrap_or(layer);
        }
        (names.len() <= DEEPEST).then(|| names.join(".").into())
    }
}

/// The name that tells a node's layer. Nodes that tf2onnx made itself end in `__` and a number:
/// rearrangements belong to no layer, and a convolution with a folded batch normalisation to the
/// layer that its bias came from.
fn scope_name(node: &NodeProto) -> Option<&str> {
    let made = node.name.rsplit_once("__").is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let name = match node.op_type.as_str() {
        _ if !made => &node.name,
        "Conv" | "ConvTranspose" | "MatMul" | "Gemm" if !node.name.contains('/') => {
            node.input.iter().skip(1).rfind(|i| i.contains('/'))?
        }
        "Transpose" | "Reshape" | "Squeeze" | "Unsqueeze" | "Identity" | "Cast" => return None,
        _ => &node.name,
    };
    (name.len() <= LONGEST && name.contains('/')).then_some(name)
}

/// The parts of a name, without TensorFlow's wrappers.
fn components(name: &str) -> Vec<&str> {
    let wrapper =
        |c: &&str| c.starts_with("StatefulPartitionedCall") || c.starts_with("PartitionedCall") || c.is_empty();
    name.split('/').skip_while(wrapper).collect()
}

/// Whether nine of ten names have this property.
fn most(names: &[&str], has: impl Fn(&&str) -> bool) -> bool {
    names.iter().filter(|name| has(name)).count() * 10 >= names.len() * 9
}

/// `_1` of `relu_1`.
fn serial(name: &str) -> Option<&str> {
    let at = name.rfind('_')?;
    let digits = &name[at + 1..];
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(&name[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(op_type: &str, name: &str, inputs: &[&str]) -> NodeProto {
        NodeProto {
            name: name.into(),
            op_type: op_type.into(),
            input: inputs.iter().map(|&i| i.into()).collect(),
            ..Default::default()
        }
    }

    fn paths(nodes: &[NodeProto]) -> Vec<Option<String>> {
        let names = KerasNames::new(nodes);
        nodes.iter().map(|n| names.path(n).map(|p| p.to_string())).collect()
    }

    #[test]
    fn wrappers_and_the_model_name_are_dropped() {
        let nodes = [
            node("Conv", "StatefulPartitionedCall/resnet50/conv1_conv/Conv2D", &[]),
            node("Relu", "StatefulPartitionedCall/resnet50/conv5_block3_out/Relu", &[]),
            node("Transpose", "StatefulPartitionedCall/resnet50/conv1_pad/Pad__7", &[]),
        ];
        assert_eq!(paths(&nodes), [Some("conv1_conv".into()), Some("conv5_block3_out".into()), None]);
    }

    #[test]
    fn the_suffix_of_keras_3_and_scopes_within_layers_are_dropped() {
        let nodes = [
            node(
                "Conv",
                "Conv__917",
                &["x", "m_1/Conv1_1/convolution/merged_input:0", "m_1/bn_Conv1_1/batchnorm/sub:0"],
            ),
            node("Add", "m_1/block_1_BN_1/batchnorm/add_1", &[]),
            node("Clip", "m_1/Conv_1_relu_1/Relu6", &[]),
        ];
        assert_eq!(paths(&nodes), [Some("bn_Conv1".into()), Some("block_1_BN".into()), Some("Conv_1_relu".into())]);
    }

    #[test]
    fn without_a_common_beginning_nothing_is_dropped() {
        let nodes = [node("Relu", "block_1/sub/Relu", &[]), node("Relu", "block_2/sub/Relu", &[])];
        assert_eq!(paths(&nodes), [Some("block_1.sub".into()), Some("block_2.sub".into())]);
    }
}
