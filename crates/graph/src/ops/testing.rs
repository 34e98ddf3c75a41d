//! Short forms for the tests of operators.

use crate::{DType, Dim, Graph, ModulePath, Op, Tensor, Type};

/// What a node on these constants is folded to.
pub(crate) fn folded(op: impl Into<Op>, inputs: &[Tensor]) -> Tensor {
    let mut graph = Graph::new();
    let inputs: Vec<_> = inputs.iter().map(|tensor| graph.constant("", tensor.clone())).collect();
    let output = graph.add(op, &inputs, &ModulePath::root()).unwrap();
    graph.value(output).constant.clone().expect("folded")
}

/// The type of a node on unknown values of these types, or the message that refuses them.
pub(crate) fn inferred(op: impl Into<Op>, inputs: &[Type]) -> Result<Type, String> {
    let mut graph = Graph::new();
    let free = |ty: &Type| ty.shape.iter().map(|_| Dim::Free(String::new())).collect();
    let inputs: Vec<_> = inputs.iter().map(|ty| graph.input("x", ty.dtype, free(ty), &ty.shape)).collect();
    let output = graph.add(op, &inputs, &ModulePath::root()).map_err(|error| error.to_string())?;
    Ok(graph.value(output).ty.clone())
}

/// The shape of a node on floats of these shapes; `None` if they are refused.
pub(crate) fn shape_of(op: impl Into<Op>, inputs: &[&[usize]]) -> Option<Vec<usize>> {
    let types: Vec<Type> = inputs.iter().map(|&shape| Type::new(DType::F32, shape)).collect();
    inferred(op, &types).ok().map(|ty| ty.shape)
}

/// The shape of a node on floats of shape `x` and these constants; `None` if they are refused.
pub(crate) fn shape_with(op: impl Into<Op>, x: &[usize], constants: &[Tensor]) -> Option<Vec<usize>> {
    let mut graph = Graph::new();
    let mut inputs = vec![graph.input("x", DType::F32, vec![Dim::Free(String::new()); x.len()], x)];
    inputs.extend(constants.iter().map(|tensor| graph.constant("", tensor.clone())));
    let output = graph.add(op, &inputs, &ModulePath::root()).ok()?;
    Some(graph.shape(output).to_vec())
}

/// A vector of floats.
pub(crate) fn floats(elements: &[f32]) -> Tensor {
    Tensor::f32([elements.len()], elements.to_vec())
}

/// A vector of truth values.
pub(crate) fn bools(elements: &[bool]) -> Tensor {
    Tensor::bool([elements.len()], elements.to_vec())
}
