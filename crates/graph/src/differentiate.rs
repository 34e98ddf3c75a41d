//! The gradient of a score, as more nodes of the same graph.

use crate::ops::{Add, Operands, ReduceSum, Reshape};
use crate::{Dim, Graph, GraphError, ModulePath, NodeId, Op, Reason, Tensor, ValueId};

/// How gradients pass a ReLU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// The derivative: where the input was positive.
    #[default]
    Standard,
    /// Guided backpropagation: where the input was positive and the gradient is (arXiv 1412.6806).
    Guided,
    /// Deconvolution network: where the gradient is positive (arXiv 1311.2901).
    Deconvnet,
}

/// What [`differentiate`] appended.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// A new graph input: the cotangent of the output, of its shape. A one-hot row asks for one
    /// class's logit.
    pub seed: ValueId,
    /// ∂⟨seed, output⟩/∂value for each value asked for, of its shape.
    pub gradients: Vec<ValueId>,
}

/// Appends the gradient of `⟨seed, output⟩` with respect to each of `wrt`.
///
/// Only the nodes between `wrt` and `output` are differentiated; the graph's declared outputs stay
/// as they are. Ties and edges follow PyTorch.
///
/// # Errors
/// [`GraphError::NoInfluence`] if `output` does not depend on a value asked for;
/// [`GraphError::NotDifferentiable`] if a node in between has no gradient.
pub fn differentiate(
    graph: &mut Graph,
    output: ValueId,
    wrt: &[ValueId],
    rules: Rules,
) -> Result<Gradient, GraphError> {
    let ty = graph.value(output).ty.clone();
    let dims = ty.shape.iter().map(|_| Dim::Free(String::new())).collect();
    let seed = graph.input(format!("seed:{}", graph.value(output).name), ty.dtype, dims, &ty.shape);
    let gradients = pull_back(graph, output, seed, wrt, rules)?
        .into_iter()
        .zip(wrt)
        .map(|(gradient, v)| gradient.ok_or_else(|| GraphError::NoInfluence { value: graph.value(*v).name.clone() }))
        .collect::<Result<_, _>>()?;
    Ok(Gradient { seed, gradients })
}

/// Appends the gradient of `⟨cotangent, output⟩` with respect to each of `wrt`; `None` where the
/// output does not depend on it. The cotangent counts as a constant, whatever it was made from:
/// with a gradient as the output and a layer as the cotangent, this is a Hessian-vector product.
///
/// # Errors
/// [`GraphError::NotDifferentiable`] if a node in between has no gradient.
pub fn pull_back(
    graph: &mut Graph,
    output: ValueId,
    cotangent: ValueId,
    wrt: &[ValueId],
    rules: Rules,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    let depends = graph.dependents(wrt);
    let forward_nodes = graph.nodes().len();
    let mut cotangents: Vec<Option<ValueId>> = vec![None; graph.values().len()];
    cotangents[output.index()] = Some(cotangent);
    for index in (0..forward_nodes).rev() {
        let id = graph.node_id(index);
        let node = graph.node(id).clone();
        let of_outputs: Vec<_> = node.outputs.iter().map(|o| cotangents[o.index()]).collect();
        let wanted: Vec<_> = node.inputs.iter().map(|i| i.is_some_and(|i| depends[i.index()])).collect();
        if of_outputs.iter().all(Option::is_none) || !wanted.contains(&true) {
            continue;
        }
        let mut backward = Backward { graph, node: id, cotangents: of_outputs, wanted, rules };
        let of_inputs = node.op.gradient(&mut backward)?;
        for (i, cotangent) in of_inputs.into_iter().enumerate() {
            let (Some(cotangent), Some(input)) = (cotangent, node.inputs.get(i).copied().flatten()) else { continue };
            if !depends[input.index()] {
                continue;
            }
            let cotangent = sum_to_shape(graph, cotangent, input)?;
            cotangents[input.index()] = Some(match cotangents[input.index()] {
                Some(earlier) => graph.add(Add, &[earlier, cotangent], &ModulePath::root())?,
                None => cotangent,
            });
        }
    }
    // An output that is itself asked for keeps the cotangent it started with; one that depends on
    // nothing asked for has no gradient.
    Ok(wrt.iter().map(|v| cotangents.get(v.index()).copied().flatten()).collect())
}

/// Undoes broadcasting: sums `cotangent` down to the shape of `input`.
fn sum_to_shape(graph: &mut Graph, cotangent: ValueId, input: ValueId) -> Result<ValueId, GraphError> {
    let (from, to) = (graph.shape(cotangent).to_vec(), graph.shape(input).to_vec());
    if from == to {
        return Ok(cotangent);
    }
    let missing = from.len().saturating_sub(to.len());
    let axes: Vec<i64> = (0..from.len())
        .filter(|&axis| axis < missing || (to[axis - missing] == 1 && from[axis] != 1))
        .map(|axis| axis as i64)
        .collect();
    let root = ModulePath::root();
    let axes = graph.constant("gradient:axes", Tensor::ints(&axes));
    let summed = graph.add(ReduceSum { keep_dims: true }, &[cotangent, axes], &root)?;
    let shape: Vec<i64> = to.iter().map(|&d| d as i64).collect();
    let shape = graph.constant("gradient:shape", Tensor::ints(&shape));
    graph.add(Reshape { allow_zero: true }, &[summed, shape], &root)
}

/// What a gradient rule works with: the node, the cotangents of its outputs, and the graph to
/// append to.
pub struct Backward<'g> {
    graph: &'g mut Graph,
    node: NodeId,
    cotangents: Vec<Option<ValueId>>,
    wanted: Vec<bool>,
    rules: Rules,
}

impl Backward<'_> {
    /// Input `i` of the node, which shape inference has shown to be there.
    pub fn input(&self, i: usize) -> ValueId {
        self.graph.node(self.node).inputs[i].expect("a required input")
    }

    /// Input `i` of the node, if it was given.
    pub fn optional_input(&self, i: usize) -> Option<ValueId> {
        self.graph.node(self.node).inputs.get(i).copied().flatten()
    }

    /// Output `i` of the node.
    pub fn output(&self, i: usize) -> ValueId {
        self.graph.node(self.node).outputs[i]
    }

    /// The inputs of the node as its type rule sees them.
    pub(crate) fn operands(&self) -> Operands<'_> {
        self.graph.operands(&self.graph.node(self.node).inputs)
    }

    /// How many inputs the node has.
    pub fn inputs(&self) -> usize {
        self.wanted.len()
    }

    /// Whether the gradient of input `i` is needed.
    pub fn wanted(&self, i: usize) -> bool {
        self.wanted.get(i).copied().unwrap_or(false)
    }

    /// The cotangent of output `i`; `None` where the score does not depend on it.
    pub fn cotangent(&self, i: usize) -> Option<ValueId> {
        self.cotangents[i]
    }

    /// The cotangent of the only output.
    pub fn dy(&self) -> ValueId {
        self.cotangents[0].expect("a node with one output is visited only when that output has a cotangent")
    }

    /// How gradients pass a ReLU.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The graph, for reading.
    pub fn graph(&self) -> &Graph {
        self.graph
    }

    /// The graph, for appending.
    pub(crate) fn graph_mut(&mut self) -> &mut Graph {
        self.graph
    }

    /// The shape of a value.
    pub fn shape(&self, value: ValueId) -> Vec<usize> {
        self.graph.shape(value).to_vec()
    }

    /// Appends a node.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        self.graph.add(op, inputs, &ModulePath::root())
    }

    /// Appends a constant.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("gradient:constant", tensor)
    }

    /// Appends a 0-dimensional f32 constant.
    pub fn scalar(&mut self, value: f32) -> ValueId {
        self.constant(Tensor::scalar(value))
    }

    /// Appends a 1-dimensional integer constant.
    pub fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    /// The error for a gradient that is not defined.
    pub fn refuse(&self, reason: impl Into<Reason>) -> GraphError {
        let node = self.graph.node(self.node);
        GraphError::NotDifferentiable { op: node.op.name(), node: node.name.clone(), reason: reason.into() }
    }
}
