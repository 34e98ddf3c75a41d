//! What changes nothing is removed.

use super::draft::Draft;
use crate::ops::{Padding, axis_weights};
use crate::{Data, Node, Op, ValueId};

/// An operator that gives back its first input (or its second, for `0 + x` and `1 · x`).
pub(super) fn remove(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let x = source(draft, node)?;
    let value = draft.graph().value(x);
    // An output of the graph stays a value that a node makes.
    let stays = draft.is_output(node) && (value.constant.is_some() || value.producer.is_none());
    (value.ty == *draft.result(node) && !stays).then_some(x)
}

/// The input that the output equals, provided that both have the same type.
fn source(draft: &Draft<'_>, node: &Node) -> Option<ValueId> {
    let x = node.inputs.first().copied().flatten()?;
    let is = |holds: bool| holds.then_some(x);
    let constant =
        |i: usize| node.inputs.get(i).copied().flatten().and_then(|v| draft.tensor(v)).map(crate::Tensor::data);
    let all = |i: usize, number: f32| match constant(i) {
        Some(Data::F32(data)) => data.iter().all(|&v| v == number),
        Some(Data::I64(data)) => data.iter().all(|&v| v as f32 == number),
        _ => false,
    };
    let swapped = |number: f32| if all(0, number) { node.inputs[1] } else { is(all(1, number)) };
    match &node.op {
        Op::Identity(_) | Op::Dropout(_) | Op::Cast(_) => Some(x),
        Op::Reshape(_) | Op::Flatten(_) | Op::Squeeze(_) | Op::Unsqueeze(_) | Op::Expand(_) | Op::Tile(_) => Some(x),
        Op::AdaptiveAveragePool(_) | Op::GlobalAveragePool(_) | Op::GlobalMaxPool(_) => Some(x),
        Op::Concat(_) => is(node.inputs.len() == 1),
        Op::Slice(_) => is(node.inputs.get(4).copied().flatten().is_none() || all(4, 1.0)),
        Op::Pad(_) => is(all(1, 0.0)),
        Op::Transpose(op) => is(op.perm.is_sorted()),
        Op::MaxPool(op) => is(op.kernel == [1; 2] && op.strides == [1; 2] && op.padding == Padding::NONE),
        Op::AveragePool(op) => is(op.kernel == [1; 2] && op.strides == [1; 2] && op.padding == Padding::NONE),
        Op::Clip(_) => is(node.inputs.iter().skip(1).all(Option::is_none)),
        Op::Add(_) => swapped(0.0),
        Op::Mul(_) => swapped(1.0),
        Op::Sub(_) => is(all(1, 0.0)),
        Op::Div(_) | Op::Pow(_) => is(all(1, 1.0)),
        Op::Resize(op) => {
            let scales = node.inputs.get(2).copied().flatten().and_then(|v| draft.floats(v));
            let whole = |axis: usize| {
                let extent = draft.shape(x)[axis];
                axis_weights(op, extent, extent, scales.and_then(|s| s.get(axis).copied())).is_identity(extent)
            };
            is(draft.shape(x) == draft.result(node).shape && whole(2) && whole(3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use crate::ops::{Add, Cast, Dropout, Identity, Mul, Pad, PadMode, Relu, Reshape, Slice, Transpose};
    use crate::{DType, Tensor};

    #[test]
    fn what_changes_nothing_goes() {
        let mut sketch = Sketch::new(&[2, 3]);
        let ints = |sketch: &mut Sketch, values: &[i64]| sketch.graph.constant("ints", Tensor::ints(values));
        let x = sketch.add(Relu, &[sketch.x]);
        let y = sketch.add(Identity, &[x]);
        let y = sketch.add(Dropout, &[y]);
        let y = sketch.add(Cast { to: DType::F32 }, &[y]);
        let shape = ints(&mut sketch, &[0, -1]);
        let y = sketch.add(Reshape::default(), &[y, shape]);
        let pads = ints(&mut sketch, &[0; 4]);
        let y = sketch.add(Pad { mode: PadMode::Constant }, &[y, pads]);
        let y = sketch.add(Transpose { perm: vec![0, 1] }, &[y]);
        let (zero, one) = (sketch.floats(&[], 0.0), sketch.floats(&[3], 1.0));
        let y = sketch.add(Add, &[zero, y]);
        let y = sketch.add(Mul, &[y, one]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Relu"]);
    }

    #[test]
    fn what_looks_like_nothing_stays() {
        let mut sketch = Sketch::new(&[1, 3]);
        let ints = |sketch: &mut Sketch, values: &[i64]| sketch.graph.constant("ints", Tensor::ints(values));
        // Reversed, cropped on one side and padded on the other, broadcast by a 1.
        let (starts, ends, axes, steps) = (
            ints(&mut sketch, &[-1]),
            ints(&mut sketch, &[i64::MIN]),
            ints(&mut sketch, &[1]),
            ints(&mut sketch, &[-1]),
        );
        let y = sketch.add(Slice, &[sketch.x, starts, ends, axes, steps]);
        let pads = ints(&mut sketch, &[0, 1, 0, -1]);
        let y = sketch.add(Pad { mode: PadMode::Constant }, &[y, pads]);
        let ones = sketch.floats(&[2, 1], 1.0);
        let y = sketch.add(Mul, &[y, ones]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Slice", "Pad", "Mul"]);
    }

    #[test]
    fn an_output_is_never_an_input() {
        let mut sketch = Sketch::new(&[2, 3]);
        let y = sketch.add(Identity, &[sketch.x]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Identity"]);
    }
}
