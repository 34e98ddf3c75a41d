//! Names of outputs, by which a user chooses between several.

use heatlens_graph::{Graph, GraphError, ModulePath, NodeSpec, Op, ValueId, ops};

/// The same value under a name.
pub(crate) fn named(graph: &mut Graph, name: &str, value: ValueId) -> Result<ValueId, GraphError> {
    let spec = NodeSpec {
        op: Op::from(ops::Identity),
        inputs: vec![Some(value)],
        name: String::new(),
        output_names: vec![name.to_owned()],
        module: ModulePath::root(),
    };
    Ok(graph.add_node(spec)?[0])
}
