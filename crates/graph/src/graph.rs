//! The graph itself: values, nodes, and how they are added.

use crate::operand::{Operand, Operands};
use crate::{DType, GraphError, ModulePath, Op, Reason, Tensor, Type};

/// Names a value of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(u32);

/// Names a node of one graph; ids rise in topological order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl ValueId {
    /// Position in [`Graph::values`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    /// Position in [`Graph::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One extent of an input as the model file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// The model takes this extent only.
    Fixed(usize),
    /// The model takes any extent here; the name is the file's (`batch`), possibly empty.
    Free(String),
}

/// A graph input.
#[derive(Clone, Debug)]
pub struct Input {
    /// The value that it feeds.
    pub value: ValueId,
    /// Declared extents; the value's shape is one instance of them.
    pub dims: Vec<Dim>,
}

/// A value: a graph input, a constant, or an output of a node.
#[derive(Clone, Debug)]
pub struct Value {
    /// The file's name for it, or one made from its module path.
    pub name: String,
    /// Element type and shape.
    pub ty: Type,
    /// Its elements where they are known before any image is seen: weights, and integers that
    /// follow from shapes alone.
    pub constant: Option<Tensor>,
    /// The node that makes it; none for inputs and weights.
    pub producer: Option<NodeId>,
}

/// An operator applied to values.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Arguments in ONNX order; `None` for an optional one left out.
    pub inputs: Vec<Option<ValueId>>,
    /// Results in ONNX order.
    pub outputs: Vec<ValueId>,
    /// The file's name for it, or one made from its module path.
    pub name: String,
    /// The innermost module whose `forward` ran it.
    pub module: ModulePath,
}

/// What [`Graph::add_node`] needs to know of a node.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// What it computes.
    pub op: Op,
    /// Arguments in ONNX order.
    pub inputs: Vec<Option<ValueId>>,
    /// Node name, for messages; empty to make one up.
    pub name: String,
    /// Names of the outputs; missing ones are made up.
    pub output_names: Vec<String>,
    /// The innermost module whose `forward` ran it.
    pub module: ModulePath,
}

/// A network: operators in topological order over values with known shapes.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    values: Vec<Value>,
    nodes: Vec<Node>,
    inputs: Vec<Input>,
    outputs: Vec<ValueId>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Graph::default()
    }

    /// Adds an input. `shape` is the instance of `dims` that the graph is built for.
    ///
    /// # Panics
    /// If `shape` is not an instance of `dims`; readers check files first.
    pub fn input(&mut self, name: impl Into<String>, dtype: DType, dims: Vec<Dim>, shape: &[usize]) -> ValueId {
        let fits = |(dim, &extent): (&Dim, &usize)| !matches!(dim, Dim::Fixed(n) if *n != extent);
        assert!(dims.len() == shape.len() && dims.iter().zip(shape).all(fits), "{shape:?} is no instance of {dims:?}");
        let value = self.push_value(name.into(), Type::new(dtype, shape), None, None);
        self.inputs.push(Input { value, dims });
        value
    }

    /// Adds a constant.
    pub fn constant(&mut self, name: impl Into<String>, tensor: Tensor) -> ValueId {
        self.push_value(name.into(), tensor.ty(), Some(tensor), None)
    }

    /// Adds a node and returns its outputs, whose types are inferred. Results that follow from
    /// constants alone and are small are computed at once.
    ///
    /// # Errors
    /// [`GraphError::Operator`] if the operator cannot take these inputs.
    pub fn add_node(&mut self, spec: NodeSpec) -> Result<Vec<ValueId>, GraphError> {
        let id = NodeId(self.nodes.len() as u32);
        let name = if spec.name.is_empty() { self.fresh_name(&spec.module, spec.op.name()) } else { spec.name };
        let operands = self.operands(&spec.inputs);
        let infer = || {
            operands.iter().flatten().try_for_each(|operand| check_size("input", operand.ty))?;
            let types = spec.op.infer(&operands)?;
            types.iter().try_for_each(|ty| check_size("output", ty))?;
            Ok(types)
        };
        let types = infer().map_err(|reason| {
            let inputs: Vec<_> = operands.iter().map(|o| o.map(|o| o.ty.clone())).collect();
            GraphError::operator(&spec.op, &name, &inputs, reason)
        })?;
        let constants = spec.op.fold_if_small(&operands, &types);
        let mut output_names = spec.output_names.into_iter();
        let mut outputs = Vec::with_capacity(types.len());
        for (i, ty) in types.into_iter().enumerate() {
            let given = output_names.next().filter(|n| !n.is_empty());
            let output_name = given.unwrap_or_else(|| if i == 0 { name.clone() } else { format!("{name}:{i}") });
            let constant = constants.as_ref().map(|c| c[i].clone());
            outputs.push(self.push_value(output_name, ty, constant, Some(id)));
        }
        self.nodes.push(Node { op: spec.op, inputs: spec.inputs, outputs: outputs.clone(), name, module: spec.module });
        Ok(outputs)
    }

    /// Adds a node of one output whose inputs are all given.
    ///
    /// # Errors
    /// As [`Graph::add_node`].
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId], module: &ModulePath) -> Result<ValueId, GraphError> {
        let outputs = self.add_node(NodeSpec {
            op: op.into(),
            inputs: inputs.iter().copied().map(Some).collect(),
            name: String::new(),
            output_names: Vec::new(),
            module: module.clone(),
        })?;
        Ok(outputs[0])
    }

    /// Declares the graph's outputs, in order.
    pub fn set_outputs(&mut self, outputs: Vec<ValueId>) {
        self.outputs = outputs;
    }

    /// Frees the elements of a constant, unless another graph shares them. The value keeps its
    /// type, but is no constant any more: only for whoever has taken what there is to take, such as
    /// a compiler.
    pub fn release_constant(&mut self, id: ValueId) {
        self.values[id.index()].constant = None;
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> &[ValueId] {
        &self.outputs
    }

    /// All nodes in topological order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All values.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// One value.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The id of the node at this position.
    pub(crate) fn node_id(&self, index: usize) -> NodeId {
        debug_assert!(index < self.nodes.len());
        NodeId(index as u32)
    }

    /// The shape of a value.
    pub fn shape(&self, id: ValueId) -> &[usize] {
        &self.values[id.index()].ty.shape
    }

    /// The value of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<ValueId> {
        self.values.iter().position(|v| v.name == name).map(|i| ValueId(i as u32))
    }

    /// Every value id, in order.
    pub fn value_ids(&self) -> impl DoubleEndedIterator<Item = ValueId> + use<> {
        (0..self.values.len() as u32).map(ValueId)
    }

    /// The nodes that take each value, by value index.
    pub fn consumers(&self) -> Vec<Vec<NodeId>> {
        let mut consumers = vec![Vec::new(); self.values.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            for input in node.inputs.iter().flatten() {
                consumers[input.index()].push(NodeId(i as u32));
            }
        }
        consumers
    }

    /// Which values depend on one of `sources`, themselves included, by value index.
    pub fn dependents(&self, sources: &[ValueId]) -> Vec<bool> {
        let mut depends = vec![false; self.values.len()];
        for source in sources {
            depends[source.index()] = true;
        }
        for node in &self.nodes {
            if node.inputs.iter().flatten().any(|input| depends[input.index()]) {
                for output in &node.outputs {
                    depends[output.index()] = true;
                }
            }
        }
        depends
    }

    /// The same network for other input shapes, such as another batch size. Value and node ids stay
    /// the same.
    ///
    /// # Errors
    /// [`GraphError::InputShape`] if the model declares other extents; [`GraphError::Operator`] if
    /// the network cannot take the shape.
    pub fn specialise(&self, shapes: &[&[usize]]) -> Result<Graph, GraphError> {
        let mut graph = Graph::new();
        let mut inputs = self.inputs.iter().zip(shapes).peekable();
        let mut nodes = self.nodes.iter();
        while graph.values.len() < self.values.len() {
            let id = ValueId(graph.values.len() as u32);
            let value = self.value(id);
            if let Some((input, shape)) = inputs.next_if(|(input, _)| input.value == id) {
                check_instance(&value.name, &input.dims, shape)?;
                graph.input(value.name.clone(), value.ty.dtype, input.dims.clone(), shape);
            } else if value.producer.is_some() {
                let node = nodes.next().expect("every produced value has a node");
                graph.add_node(NodeSpec {
                    op: node.op.clone(),
                    inputs: node.inputs.clone(),
                    name: node.name.clone(),
                    output_names: node.outputs.iter().map(|&o| self.value(o).name.clone()).collect(),
                    module: node.module.clone(),
                })?;
            } else {
                let tensor = value.constant.clone().expect("a value is an input, a constant or produced");
                graph.constant(value.name.clone(), tensor);
            }
        }
        graph.outputs = self.outputs.clone();
        Ok(graph)
    }

    /// The same network with other weights. What was computed from the old ones is computed again;
    /// value and node ids stay the same.
    ///
    /// # Errors
    /// [`GraphError::Weight`] if a value is no weight, or the tensor has another type or shape;
    /// [`GraphError::Operator`] if an operator cannot take it.
    pub fn with_weights(&self, weights: impl IntoIterator<Item = (ValueId, Tensor)>) -> Result<Graph, GraphError> {
        let mut graph = self.clone();
        for (id, tensor) in weights {
            let value = &mut graph.values[id.index()];
            let fail = |reason: String| Err(GraphError::Weight { value: value.name.clone(), reason: Reason(reason) });
            if value.constant.is_none() || value.producer.is_some() {
                return fail("it is computed, not stored".to_owned());
            }
            if value.ty != tensor.ty() {
                return fail(format!(
                    "it is {:?}{:?}, not {:?}{:?}",
                    value.ty.dtype,
                    value.ty.shape,
                    tensor.dtype(),
                    tensor.shape()
                ));
            }
            value.constant = Some(tensor);
        }
        let shapes: Vec<&[usize]> = self.inputs.iter().map(|input| self.shape(input.value)).collect();
        graph.specialise(&shapes)
    }

    /// What an operator is told of these values.
    pub(crate) fn operands(&self, inputs: &[Option<ValueId>]) -> Operands<'_> {
        let operand = |v: &ValueId| {
            let value = &self.values[v.index()];
            Operand { ty: &value.ty, constant: value.constant.as_ref() }
        };
        Operands::new(inputs.iter().map(|v| v.as_ref().map(operand)).collect())
    }

    fn push_value(&mut self, name: String, ty: Type, constant: Option<Tensor>, producer: Option<NodeId>) -> ValueId {
        let id = ValueId(self.values.len() as u32);
        self.values.push(Value { name, ty, constant, producer });
        id
    }

    fn fresh_name(&self, module: &ModulePath, op: &str) -> String {
        let serial = self.nodes.len();
        if module.is_root() { format!("{op}_{serial}") } else { format!("{module}/{op}_{serial}") }
    }
}

/// No activation of a real classifier comes near this many elements; a hostile file asks for more.
const MOST_ELEMENTS: usize = 1 << 31;

/// Refuses what is too large. Type and gradient rules may multiply the extents of what has passed:
/// empty ones count as 1 here, so that no order of multiplying overflows.
fn check_size(what: &str, ty: &Type) -> Result<(), Reason> {
    let len = ty.shape.iter().fold(1usize, |n, &d| n.saturating_mul(d.max(1)));
    if len > MOST_ELEMENTS {
        return Err(Reason(format!(
            "its {what} of shape {:?} would be larger than {MOST_ELEMENTS} elements",
            ty.shape
        )));
    }
    Ok(())
}

fn check_instance(name: &str, dims: &[Dim], shape: &[usize]) -> Result<(), GraphError> {
    let fail = |reason: String| GraphError::InputShape {
        input: name.to_owned(),
        shape: shape.to_vec(),
        reason: Reason(reason),
    };
    if dims.len() != shape.len() {
        return Err(fail(format!("the model takes {} dimensions", dims.len())));
    }
    for (axis, (dim, &extent)) in dims.iter().zip(shape).enumerate() {
        match dim {
            Dim::Fixed(n) if *n != extent => {
                return Err(fail(format!("the model takes exactly {n} along dimension {axis}")));
            }
            _ if extent == 0 => return Err(fail(format!("dimension {axis} is empty"))),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Mul, Neg};

    #[test]
    fn other_weights_reach_what_was_computed_from_them() {
        let mut graph = Graph::new();
        let root = ModulePath::root();
        let image = graph.input("x", DType::F32, vec![Dim::Fixed(2)], &[2]);
        let weight = graph.constant("w", Tensor::f32([2], vec![1.0, 2.0]));
        let negative = graph.add(Neg, &[weight], &root).unwrap();
        let output = graph.add(Mul, &[image, negative], &root).unwrap();
        graph.set_outputs(vec![output]);

        let other = graph.with_weights([(weight, Tensor::f32([2], vec![5.0, 6.0]))]).unwrap();
        assert_eq!(other.value(negative).constant.as_ref().unwrap().as_f32().unwrap(), [-5.0, -6.0]);
        assert_eq!((other.outputs(), other.nodes().len()), (graph.outputs(), graph.nodes().len()));
        assert_eq!(graph.value(weight).constant.as_ref().unwrap().as_f32().unwrap(), [1.0, 2.0]);

        let refused = |id, tensor| graph.with_weights([(id, tensor)]).unwrap_err().to_string();
        assert!(refused(weight, Tensor::f32([1], vec![5.0])).contains("F32[2], not F32[1]"));
        assert!(refused(negative, Tensor::f32([2], vec![5.0, 6.0])).contains("computed"));
        assert!(refused(image, Tensor::f32([2], vec![5.0, 6.0])).contains("`x`"));
    }
}
