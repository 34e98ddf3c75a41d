//! What a written file declares of its inputs and outputs: element types and shapes.

use std::collections::HashSet;

use heatlens_graph::{Dim, Graph, ValueId};

use super::element::Element;
use super::proto::{DimensionProto, TensorShapeProto, TensorTypeProto, TypeProto};

/// Which extents of a file's inputs may be other than those it was written for.
pub(super) struct FreeExtents {
    /// For each input, in order.
    pub dims: Vec<Vec<Dim>>,
    /// The graph with all of them doubled.
    doubled: Option<Graph>,
}

/// Extents that the graph leaves open, as long as nothing written depends on them: with such an
/// extent doubled, the network still fits together, and all that the writer `asked` for is the
/// same.
pub(super) fn free_extents(graph: &Graph, asked: &HashSet<(ValueId, usize)>) -> FreeExtents {
    let mut dims: Vec<Vec<Dim>> = graph.inputs().iter().map(|input| fixed(graph.shape(input.value))).collect();
    let mut accepted: Vec<(usize, usize)> = Vec::new();
    let mut doubled = None;
    for group in groups(graph) {
        let together: Vec<_> = accepted.iter().chain(&group).copied().collect();
        let Some(other) = with_doubled(graph, &together) else { continue };
        if asked.iter().any(|&(value, axis)| graph.shape(value)[axis] != other.shape(value)[axis]) {
            continue;
        }
        for &(input, axis) in &group {
            dims[input][axis] = graph.inputs()[input].dims[axis].clone();
        }
        (accepted, doubled) = (together, Some(other));
    }
    FreeExtents { dims, doubled }
}

impl FreeExtents {
    /// The declared extents of a result.
    pub fn of_output(&self, graph: &Graph, value: ValueId) -> Vec<Dim> {
        let mut dims = fixed(graph.shape(value));
        let Some(doubled) = &self.doubled else { return dims };
        let batch = self.dims.first().and_then(|dims| dims.first());
        for (axis, dim) in dims.iter_mut().enumerate() {
            if graph.shape(value)[axis] != doubled.shape(value)[axis] {
                *dim = batch.filter(|b| axis == 0 && matches!(b, Dim::Free(_))).cloned().unwrap_or(free());
            }
        }
        dims
    }
}

fn free() -> Dim {
    Dim::Free(String::new())
}

fn fixed(shape: &[usize]) -> Vec<Dim> {
    shape.iter().map(|&d| Dim::Fixed(d)).collect()
}

/// Open extents, (input, axis), that only change together: the batch of all inputs, and those of
/// one name.
fn groups(graph: &Graph) -> Vec<Vec<(usize, usize)>> {
    let mut groups: Vec<(String, Vec<(usize, usize)>)> = Vec::new();
    for (i, input) in graph.inputs().iter().enumerate() {
        for (axis, dim) in input.dims.iter().enumerate() {
            let Dim::Free(name) = dim else { continue };
            let key = match (axis, name.as_str()) {
                (0, _) => "batch".to_owned(),
                // The seed of a gradient is as large as the output that it belongs to.
                (_, "") if i > 0 => continue,
                (_, "") => format!("{i}/{axis}"),
                (_, name) => format!("name {name}"),
            };
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, group)) => group.push((i, axis)),
                None => groups.push((key, vec![(i, axis)])),
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The graph with these extents of its inputs doubled, if it can be had.
fn with_doubled(graph: &Graph, extents: &[(usize, usize)]) -> Option<Graph> {
    let mut shapes: Vec<Vec<usize>> = graph.inputs().iter().map(|input| graph.shape(input.value).to_vec()).collect();
    for &(input, axis) in extents {
        shapes[input][axis] = shapes[input][axis].checked_mul(2)?;
    }
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    graph.specialise(&shapes).ok()
}

/// The type of a value.
pub(super) fn of(graph: &Graph, value: ValueId, dims: &[Dim]) -> TypeProto {
    let extent = |dim: &Dim| match dim {
        Dim::Fixed(n) => DimensionProto { dim_value: Some(*n as i64), dim_param: None },
        Dim::Free(name) => {
            DimensionProto { dim_value: None, dim_param: Some(name.clone()).filter(|name| !name.is_empty()) }
        }
    };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(extent).collect() });
    let elem_type = Element::of(graph.value(value).ty.dtype).number();
    TypeProto { tensor_type: Some(TensorTypeProto { elem_type, shape }) }
}
