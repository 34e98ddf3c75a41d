//! `Gelu` from the error function.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::draft::{Draft, both_orders, close};
use crate::ops::Gelu;
use crate::{Node, Op, ValueId};

/// `x · ½ · (1 + erf(x / √2))`, the three factors in any order.
pub(super) fn compose(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    if !matches!(node.op, Op::Mul(_)) {
        return None;
    }
    let mut product = Product { number: 1.0, values: Vec::new() };
    node.inputs.iter().try_for_each(|&input| product.take(draft, input?, 1))?;
    let &[a, b] = &product.values[..] else { return None };
    let (x, _) = [(a, b), (b, a)].into_iter().find(|&(x, gate)| argument(draft, gate) == Some(x))?;
    if !close(product.number, 0.5) {
        return None;
    }
    draft.emit(node, Gelu { tanh: false }, vec![Some(x)])
}

/// Factors of nested products: constants multiplied out, the others listed.
struct Product {
    number: f32,
    values: Vec<ValueId>,
}

impl Product {
    /// Takes in a factor, looking into products `depth` levels deep.
    fn take(&mut self, draft: &Draft<'_>, value: ValueId, depth: usize) -> Option<()> {
        if let Some(number) = draft.number(value) {
            self.number *= number;
            return Some(());
        }
        match draft.maker(value) {
            Some(node) if depth > 0 && matches!(node.op, Op::Mul(_)) => {
                node.inputs.iter().try_for_each(|&input| self.take(draft, input?, depth - 1))?;
            }
            _ => self.values.push(value),
        }
        Some(())
    }
}

/// The `x` of `1 + erf(x / √2)`.
fn argument(draft: &Draft<'_>, value: ValueId) -> Option<ValueId> {
    let sum = draft.maker(value).filter(|node| matches!(node.op, Op::Add(_)))?;
    let (erf, _) = both_orders(sum)?.into_iter().find(|&(_, one)| draft.number(one) == Some(1.0))?;
    let erf = draft.maker(erf).filter(|node| matches!(node.op, Op::Erf(_)))?;
    let scaled = draft.maker(erf.inputs[0]?)?;
    let is = |v: ValueId, number: f32| draft.number(v).is_some_and(|n| close(n, number));
    let [(a, b), (c, d)] = both_orders(scaled)?;
    match scaled.op {
        Op::Div(_) if is(b, SQRT_2) => Some(a),
        Op::Mul(_) if is(b, FRAC_1_SQRT_2) => Some(a),
        Op::Mul(_) if is(d, FRAC_1_SQRT_2) => Some(c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use super::*;
    use crate::ops::{Add, Div, Erf, Mul};

    fn gate(s: &mut Sketch, divide: bool) -> ValueId {
        let (root, one) = (s.floats(&[], if divide { SQRT_2 } else { FRAC_1_SQRT_2 }), s.floats(&[], 1.0));
        let scaled = if divide { s.add(Div, &[s.x, root]) } else { s.add(Mul, &[root, s.x]) };
        let erf = s.add(Erf, &[scaled]);
        s.add(Add, &[erf, one])
    }

    fn simplified(
        build: impl Fn(&mut Sketch, ValueId, ValueId) -> ValueId,
        divide: bool,
        half: f32,
    ) -> Vec<&'static str> {
        let mut s = Sketch::new(&[1, 4]);
        let (gate, half) = (gate(&mut s, divide), s.floats(&[], half));
        let y = build(&mut s, gate, half);
        names(&simplify(&s.finish(&[y])).unwrap())
    }

    #[test]
    fn factors_come_in_any_order() {
        let half_last = |s: &mut Sketch, gate, half| {
            let product = s.add(Mul, &[s.x, gate]);
            s.add(Mul, &[product, half])
        };
        let half_first = |s: &mut Sketch, gate, half| {
            let product = s.add(Mul, &[half, s.x]);
            s.add(Mul, &[product, gate])
        };
        let gate_halved = |s: &mut Sketch, gate, half| {
            let product = s.add(Mul, &[gate, half]);
            s.add(Mul, &[product, s.x])
        };
        for divide in [true, false] {
            assert_eq!(simplified(half_last, divide, 0.5), ["Gelu"]);
            assert_eq!(simplified(half_first, divide, 0.5), ["Gelu"]);
            assert_eq!(simplified(gate_halved, divide, 0.5), ["Gelu"]);
        }
        assert_eq!(simplified(half_last, true, 0.25).last(), Some(&"Mul"));
    }
}
