//! The exporter behind `torch.onnx.export(dynamo=True)` writes the scopes of each node into its
//! metadata: `['', 'layer4', 'layer4.1', 'layer4.1.relu', 'relu_16']`, full module paths and last
//! the node of the traced program.

use heatlens_graph::ModulePath;

use super::super::proto::{NodeProto, entry};
use super::DEEPEST;

const SCOPES: &str = "pkg.torch.onnx.name_scopes";

/// Older releases only have this:
/// `: ResNet/layer4: Sequential/layer4.1: BasicBlock/relu_16: aten.relu.default`.
const NAMESPACE: &str = "namespace";

/// Whether a node has such metadata.
pub(super) fn has_scopes(node: &NodeProto) -> bool {
    node.metadata_props.iter().any(|p| p.key == SCOPES || p.key == NAMESPACE)
}

/// The innermost module that ran a node.
pub(super) fn path(node: &NodeProto) -> Option<ModulePath> {
    let scopes: Vec<&str> = match entry(&node.metadata_props, SCOPES) {
        Some(list) => quoted(list),
        None => entry(&node.metadata_props, NAMESPACE)?
            .split('/')
            .map(|s| s.split(": ").next().unwrap_or("").trim_end_matches(':'))
            .collect(),
    };
    let module = *scopes.iter().rev().nth(1)?;
    // A module that runs a second time is called `layer4.1.relu@1`.
    let names: Vec<&str> = module.split('.').map(|name| name.split('@').next().unwrap_or(name)).collect();
    (names.len() <= DEEPEST).then(|| names.join(".").into())
}

/// The texts of a Python list of texts; module names hold no quotes.
fn quoted(list: &str) -> Vec<&str> {
    list.split(['\'', '"']).skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::proto::StringStringEntryProto;
    use super::*;

    fn of(key: &str, value: &str) -> Option<String> {
        let entry = StringStringEntryProto { key: key.into(), value: value.into() };
        path(&NodeProto { metadata_props: vec![entry], ..Default::default() }).map(|p| p.to_string())
    }

    #[test]
    fn the_last_scope_but_one_is_the_module() {
        assert_eq!(of(SCOPES, "['', 'layer4', 'layer4.1', 'layer4.1.relu', 'relu_16']").unwrap(), "layer4.1.relu");
        assert_eq!(of(SCOPES, "['', 'layer4', 'layer4.1', 'layer4.1.relu@1', 'relu_16']").unwrap(), "layer4.1.relu");
        assert_eq!(of(SCOPES, "['', 'view']").unwrap(), "");
        assert_eq!(
            of(NAMESPACE, ": a.ResNet/layer4: b.Sequential/layer4.1: c.Block/relu_16: aten.relu.default").unwrap(),
            "layer4.1"
        );
        assert_eq!(of(SCOPES, "[]"), None);
        assert_eq!(of("other", "x"), None);
    }
}
