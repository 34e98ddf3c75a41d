//! Padding with zeros goes into the convolution behind it.

use super::draft::Draft;
use crate::ops::{Conv, Pad, PadMode, Padding};
use crate::{Node, Op, ValueId};

/// `Conv(Pad(x))` is a convolution with more padding.
pub(super) fn into_convolution(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let Op::Conv(conv) = &node.op else { return None };
    let (padded, weight) = (node.inputs[0]?, node.inputs[1]?);
    let maker = draft.maker(padded)?;
    let Op::Pad(pad @ Pad { mode: PadMode::Constant }) = &maker.op else { return None };
    let input = |i: usize| maker.inputs.get(i).copied().flatten();
    if let Some(filling) = input(2)
        && draft.number(filling)? != 0.0
    {
        return None;
    }
    let axes = match input(3) {
        Some(axes) => Some(draft.tensor(axes)?.as_i64()?),
        None => None,
    };
    let x = input(0)?;
    let pads = pad.pads(draft.shape(x), draft.tensor(input(1)?)?.as_i64()?, axes).ok()?;
    let &[[0, 0], [0, 0], [top, bottom], [left, right]] = &pads[..] else { return None };
    let own = conv.pads(draft.shape(padded), draft.shape(weight));
    let mut sum = [0; 4];
    for (sum, (own, more)) in sum.iter_mut().zip(own.into_iter().zip([top, left, bottom, right])) {
        *sum = own.checked_add(usize::try_from(more).ok()?)?;
    }
    let op = Conv { padding: Padding::Explicit(sum), ..conv.clone() };
    let mut inputs = node.inputs.clone();
    inputs[0] = Some(x);
    draft.emit(node, op, inputs)
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use super::*;
    use crate::Tensor;

    fn padded(pads: &[i64], filling: f32, padding: Padding) -> crate::Graph {
        let mut sketch = Sketch::new(&[1, 1, 5, 5]);
        let weight = sketch.floats(&[1, 1, 3, 3], 1.0);
        let (pads, filling) = (sketch.graph.constant("pads", Tensor::ints(pads)), sketch.floats(&[], filling));
        let y = sketch.add(Pad { mode: PadMode::Constant }, &[sketch.x, pads, filling]);
        let y = sketch.add(Conv { strides: [2; 2], padding, ..Conv::default() }, &[y, weight]);
        simplify(&sketch.finish(&[y])).unwrap()
    }

    #[test]
    fn zeros_around_an_image_become_padding() {
        let simple = padded(&[0, 0, 0, 1, 0, 0, 2, 3], 0.0, Padding::Explicit([1, 1, 1, 1]));
        assert_eq!(names(&simple), ["Conv"]);
        let Op::Conv(conv) = &simple.nodes()[0].op else { panic!("a convolution") };
        assert_eq!(conv.padding, Padding::Explicit([1, 2, 3, 4]));
        // "Same" padding is meant for the padded 7 × 9 cells, which need one cell on each side.
        let simple = padded(&[0, 0, 0, 1, 0, 0, 2, 3], 0.0, Padding::SameUpper);
        let Op::Conv(conv) = &simple.nodes()[0].op else { panic!("a convolution") };
        assert_eq!(conv.padding, Padding::Explicit([1, 2, 3, 4]));
    }

    #[test]
    fn other_padding_stays() {
        assert_eq!(names(&padded(&[0, 0, 0, 0, 0, 0, 1, 1], 1.0, Padding::NONE)), ["Pad", "Conv"]);
        assert_eq!(names(&padded(&[0, 0, -1, 0, 0, 0, 1, 1], 0.0, Padding::NONE)), ["Pad", "Conv"]);
    }
}
