//! Activations that exporters took apart are put together again.

use super::draft::{Draft, both_orders, close};
use crate::ops::{HardSigmoid, HardSwish, Mish, Silu};
use crate::{Node, Op, ValueId};

/// `x · sigmoid(x)`.
pub(super) fn silu(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let x = gated(draft, node, |draft, gate| match draft.maker(gate)? {
        Node { op: Op::Sigmoid(_), inputs, .. } => inputs[0],
        _ => None,
    })?;
    draft.emit(node, Silu, vec![Some(x)])
}

/// `x · tanh(softplus(x))`.
pub(super) fn mish(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let x = gated(draft, node, |draft, gate| {
        let Node { op: Op::Tanh(_), inputs, .. } = draft.maker(gate)? else { return None };
        match draft.maker(inputs[0]?)? {
            Node { op: Op::Softplus(_), inputs, .. } => inputs[0],
            _ => None,
        }
    })?;
    draft.emit(node, Mish, vec![Some(x)])
}

/// `x · hard_sigmoid(x)`, or a sixth of `x · relu6(x + 3)`.
pub(super) fn hard_swish(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let by_gate = gated(draft, node, |draft, gate| match draft.maker(gate)? {
        Node { op: Op::HardSigmoid(op), inputs, .. } if close(op.alpha, 1.0 / 6.0) && close(op.beta, 0.5) => inputs[0],
        _ => None,
    });
    let by_relu6 = || gated(draft, draft.maker(sixth(draft, node)?)?, relu6_of_shifted);
    let x = by_gate.or_else(by_relu6)?;
    draft.emit(node, HardSwish, vec![Some(x)])
}

/// `relu6(x + 3) / 6`.
pub(super) fn hard_sigmoid(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let x = relu6_of_shifted(draft, sixth(draft, node)?)?;
    draft.emit(node, HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, vec![Some(x)])
}

/// The `x` of a product `x · gate(x)`.
fn gated(draft: &Draft<'_>, node: &Node, argument: impl Fn(&Draft<'_>, ValueId) -> Option<ValueId>) -> Option<ValueId> {
    if !matches!(node.op, Op::Mul(_)) {
        return None;
    }
    both_orders(node)?.into_iter().find(|&(x, gate)| argument(draft, gate) == Some(x)).map(|(x, _)| x)
}

/// What a node divides by 6.
fn sixth(draft: &Draft<'_>, node: &Node) -> Option<ValueId> {
    let [(a, b), (c, d)] = both_orders(node)?;
    let is = |v: ValueId, number: f32| draft.number(v).is_some_and(|n| close(n, number));
    match node.op {
        Op::Div(_) if is(b, 6.0) => Some(a),
        Op::Mul(_) if is(b, 1.0 / 6.0) => Some(a),
        Op::Mul(_) if is(d, 1.0 / 6.0) => Some(c),
        _ => None,
    }
}

/// The `x` of `min(max(x + 3, 0), 6)`.
fn relu6_of_shifted(draft: &Draft<'_>, value: ValueId) -> Option<ValueId> {
    let Node { op: Op::Clip(_), inputs, .. } = draft.maker(value)? else { return None };
    let &[Some(shifted), Some(low), Some(high)] = &inputs[..] else { return None };
    if draft.number(low) != Some(0.0) || draft.number(high) != Some(6.0) {
        return None;
    }
    let node = draft.maker(shifted).filter(|node| matches!(node.op, Op::Add(_)))?;
    both_orders(node)?.into_iter().find(|&(_, three)| draft.number(three) == Some(3.0)).map(|(x, _)| x)
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use super::*;
    use crate::ops::{Add, Clip, Div, Mul, Sigmoid, Softplus, Tanh};

    fn simplified(build: impl Fn(&mut Sketch, ValueId) -> ValueId) -> Vec<&'static str> {
        let mut sketch = Sketch::new(&[1, 2, 3, 3]);
        let x = sketch.x;
        let y = build(&mut sketch, x);
        names(&simplify(&sketch.finish(&[y])).unwrap())
    }

    fn relu6_of_shifted(s: &mut Sketch, x: ValueId, shift: f32) -> ValueId {
        let [three, low, high] = [shift, 0.0, 6.0].map(|v| s.floats(&[], v));
        let shifted = s.add(Add, &[x, three]);
        s.add(Clip, &[shifted, low, high])
    }

    #[test]
    fn gates_of_their_own_argument_are_activations() {
        let silu = |s: &mut Sketch, x| {
            let gate = s.add(Sigmoid, &[x]);
            s.add(Mul, &[gate, x])
        };
        assert_eq!(simplified(silu), ["Silu"]);
        let mish = |s: &mut Sketch, x| {
            let gate = s.add(Softplus, &[x]);
            let gate = s.add(Tanh, &[gate]);
            s.add(Mul, &[x, gate])
        };
        assert_eq!(simplified(mish), ["Mish"]);
        let hard_swish = |s: &mut Sketch, x| {
            let gate = s.add(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, &[x]);
            s.add(Mul, &[x, gate])
        };
        assert_eq!(simplified(hard_swish), ["HardSwish"]);
    }

    #[test]
    fn relu6_forms_are_recognised() {
        let hard_sigmoid = |s: &mut Sketch, x| {
            let (clipped, six) = (relu6_of_shifted(s, x, 3.0), s.floats(&[], 6.0));
            s.add(Div, &[clipped, six])
        };
        assert_eq!(simplified(hard_sigmoid), ["HardSigmoid"]);
        let gate_last = |s: &mut Sketch, x| {
            let gate = hard_sigmoid(s, x);
            s.add(Mul, &[x, gate])
        };
        assert_eq!(simplified(gate_last), ["HardSwish"]);
        let division_last = |s: &mut Sketch, x| {
            let clipped = relu6_of_shifted(s, x, 3.0);
            let (product, sixth) = (s.add(Mul, &[clipped, x]), s.floats(&[1], 1.0 / 6.0));
            s.add(Mul, &[sixth, product])
        };
        assert_eq!(simplified(division_last), ["HardSwish"]);
    }

    #[test]
    fn gates_of_something_else_stay() {
        let excite = |s: &mut Sketch, x| {
            let other = s.add(Tanh, &[x]);
            let gate = s.add(Sigmoid, &[other]);
            s.add(Mul, &[x, gate])
        };
        assert_eq!(simplified(excite), ["Tanh", "Sigmoid", "Mul"]);
        let steeper = |s: &mut Sketch, x| {
            let gate = s.add(HardSigmoid { alpha: 0.2, beta: 0.5 }, &[x]);
            s.add(Mul, &[x, gate])
        };
        assert_eq!(simplified(steeper), ["HardSigmoid", "Mul"]);
        let shifted = |s: &mut Sketch, x| {
            let (clipped, six) = (relu6_of_shifted(s, x, 2.0), s.floats(&[], 6.0));
            s.add(Div, &[clipped, six])
        };
        assert_eq!(simplified(shifted), ["Add", "Clip", "Div"]);
    }
}
