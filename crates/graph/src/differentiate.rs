//! The gradient of a score, as more nodes of the same graph.

use crate::backward::{Backward, Rules};
use crate::ops::{Add, ReduceSum, Reshape};
use crate::{Dim, Graph, GraphError, ModulePath, Tensor, ValueId};

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
        let mut backward = Backward::new(graph, id, of_outputs, wanted, rules);
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
