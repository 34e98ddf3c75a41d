//! `LayerNormalization` from the operators that exporters wrote before ONNX had it.

use super::draft::{Draft, both_orders};
use crate::ops::LayerNormalization;
use crate::{Node, Op, Tensor, ValueId};

/// `(x − mean(x)) / √(mean((x − mean(x))²) + ε)` over the last dimensions.
pub(super) fn compose(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let (Op::Div(_), &[Some(centred), Some(deviation)]) = (&node.op, &node.inputs[..]) else { return None };
    let (x, axes) = centred_at_mean(draft, centred)?;
    let root = draft.maker(deviation).filter(|node| matches!(node.op, Op::Sqrt(_)))?;
    let sum = draft.maker(root.inputs[0]?).filter(|node| matches!(node.op, Op::Add(_)))?;
    let (variance, epsilon) = both_orders(sum)?.into_iter().find_map(|(v, e)| Some((v, draft.number(e)?)))?;
    let (squares, over) = mean(draft, variance)?;
    let of = squared(draft, squares)?;
    let same = of == centred || centred_at_mean(draft, of).is_some_and(|(other, _)| other == x);
    let rank = draft.shape(x).len();
    let first = *axes.first()?;
    if !same || over != axes || axes != (first..rank).collect::<Vec<_>>() {
        return None;
    }
    let shape = draft.shape(x)[first..].to_vec();
    let ones = Tensor::f32(shape.clone(), vec![1.0; shape.iter().product()]);
    let scale = draft.constant(node, "scale", ones);
    draft.emit(node, LayerNormalization { axis: first as isize, epsilon }, vec![Some(x), Some(scale)])
}

/// A constant scale or bias behind a normalisation that has none of its own yet.
pub(super) fn absorb(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let (x, constant) = both_orders(node)?.into_iter().find(|(_, constant)| draft.tensor(*constant).is_some())?;
    let maker = draft.maker(x)?;
    let &LayerNormalization { axis, epsilon } = match &maker.op {
        Op::LayerNormalization(op) if draft.used_once(x) => op,
        _ => return None,
    };
    let (&[Some(source), Some(scale)] | &[Some(source), Some(scale), None]) = &maker.inputs[..] else { return None };
    let inputs = match node.op {
        Op::Add(_) => vec![Some(source), Some(scale), Some(constant)],
        Op::Mul(_) if draft.floats(scale)?.iter().all(|&s| s == 1.0) => vec![Some(source), Some(constant)],
        _ => return None,
    };
    draft.emit(node, LayerNormalization { axis, epsilon }, inputs)
}

/// The `x` and the axes of `x − mean(x)`.
fn centred_at_mean(draft: &Draft<'_>, value: ValueId) -> Option<(ValueId, Vec<usize>)> {
    let node = draft.maker(value).filter(|node| matches!(node.op, Op::Sub(_)))?;
    let (x, (of, axes)) = (node.inputs[0]?, mean(draft, node.inputs[1]?)?);
    (x == of).then_some((x, axes))
}

/// The `x` and the axes, in order, of a mean that keeps its dimensions.
fn mean(draft: &Draft<'_>, value: ValueId) -> Option<(ValueId, Vec<usize>)> {
    let node = draft.maker(value)?;
    let Op::ReduceMean(op) = &node.op else { return None };
    let (x, axes) = (node.inputs[0]?, node.inputs.get(1).copied().flatten()?);
    let rank = draft.shape(x).len() as i64;
    let axes =
        draft.tensor(axes)?.as_i64()?.iter().map(|&axis| usize::try_from(if axis < 0 { axis + rank } else { axis }));
    let mut axes: Vec<usize> = axes.collect::<Result<_, _>>().ok()?;
    axes.sort_unstable();
    op.keep_dims.then_some((x, axes))
}

/// The `x` of `x²`.
fn squared(draft: &Draft<'_>, value: ValueId) -> Option<ValueId> {
    let node = draft.maker(value)?;
    match (&node.op, both_orders(node)?[0]) {
        (Op::Pow(_), (x, exponent)) if draft.number(exponent) == Some(2.0) => Some(x),
        (Op::Mul(_), (a, b)) if a == b => Some(a),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use super::*;
    use crate::ops::{Add, Div, Mul, Pow, ReduceMean, Sqrt, Sub};

    fn normalised(s: &mut Sketch, axes: &[i64], by_power: bool) -> ValueId {
        let axes = s.graph.constant("axes", Tensor::ints(axes));
        let (two, epsilon) = (s.floats(&[], 2.0), s.floats(&[], 1e-6));
        let mean = s.add(ReduceMean { keep_dims: true }, &[s.x, axes]);
        let centred = s.add(Sub, &[s.x, mean]);
        let squares = if by_power { s.add(Pow, &[centred, two]) } else { s.add(Mul, &[centred, centred]) };
        let variance = s.add(ReduceMean { keep_dims: true }, &[squares, axes]);
        let sum = s.add(Add, &[variance, epsilon]);
        let deviation = s.add(Sqrt, &[sum]);
        s.add(Div, &[centred, deviation])
    }

    #[test]
    fn normalisation_is_put_together_with_its_parameters() {
        for (axes, by_power, axis) in [(&[-1][..], true, 2), (&[2, -2], false, 1)] {
            let mut s = Sketch::new(&[2, 3, 4]);
            let (scale, bias) = (s.floats(&[4], 2.0), s.floats(&[4], 3.0));
            let y = normalised(&mut s, axes, by_power);
            let y = s.add(Mul, &[scale, y]);
            let y = s.add(Add, &[y, bias]);
            let simple = simplify(&s.finish(&[y])).unwrap();
            assert_eq!(names(&simple), ["LayerNormalization"]);
            assert_eq!(simple.nodes()[0].op, LayerNormalization { axis, epsilon: 1e-6 }.into());
            let floats = |i: usize| {
                simple.value(simple.nodes()[0].inputs[i].unwrap()).constant.as_ref().unwrap().as_f32().unwrap()[0]
            };
            assert_eq!((floats(1), floats(2)), (2.0, 3.0));
        }
    }

    #[test]
    fn normalisation_over_other_axes_stays() {
        let mut s = Sketch::new(&[2, 3, 4]);
        let y = normalised(&mut s, &[1], true);
        let simple = simplify(&s.finish(&[y])).unwrap();
        assert!(!names(&simple).contains(&"LayerNormalization"));
    }
}
