//! Products with a weight matrix become linear layers, which can take a bias.

use super::draft::Draft;
use crate::ops::Gemm;
use crate::{Node, Op, ValueId};

/// `MatMul` of two matrices, the second a constant.
pub(super) fn to_gemm(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let (Op::MatMul(_), &[Some(x), Some(weight)]) = (&node.op, &node.inputs[..]) else { return None };
    if draft.shape(x).len() != 2 || draft.tensor(weight)?.shape().len() != 2 {
        return None;
    }
    let gemm = Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: false };
    draft.emit(node, gemm, vec![Some(x), Some(weight)])
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use crate::ops::{Add, MatMul};

    #[test]
    fn a_product_and_its_addend_become_one() {
        let mut sketch = Sketch::new(&[1, 3]);
        let (weight, bias) = (sketch.floats(&[3, 2], 1.0), sketch.floats(&[2], 0.5));
        let y = sketch.add(MatMul, &[sketch.x, weight]);
        let y = sketch.add(Add, &[bias, y]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Gemm"]);
        assert_eq!(simple.nodes()[0].inputs.len(), 3);
    }
}
