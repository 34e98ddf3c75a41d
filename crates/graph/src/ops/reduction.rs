//! What the reductions share: axes, type rule, folding.

use super::Operands;
use super::axes::resolve_axes;
use super::broadcast::source_indices;
use super::elementwise::expect_number;
use super::formula::Term;
use crate::{Data, Reason, Tensor, Type};

/// An accumulation over the elements that a reduction joins. Floats are folded in f64.
pub(super) trait Reduction {
    /// What an empty set of floats reduces to.
    const START: f64;
    /// What an empty set of integers reduces to; `None` where integers are not reduced.
    const START_INT: Option<i64>;

    /// Adds an element.
    fn step(so_far: f64, x: f64) -> f64;

    /// Adds an integer; `None` where it overflows.
    fn step_int(so_far: i64, x: i64) -> Option<i64>;

    /// The result, from what `count` elements have accumulated to.
    fn finish(total: f64, _count: usize) -> f64 {
        total
    }

    /// As [`Reduction::finish`], for integers.
    fn finish_int(total: i64, _count: usize) -> Option<i64> {
        Some(total)
    }
}

/// Writes the `Operator` of a reduction from its [`Reduction`] and its gradient rule, a formula of
/// `|x, y, dy, axes|` in which y and dy keep the reduced dimensions as 1.
macro_rules! reduction_operator {
    ($op:ident, |$x:pat_param, $y:pat_param, $dy:pat_param, $axes:ident| $rule:expr) => {
        impl crate::ops::Operator for $op {
            fn infer(&self, inputs: &crate::ops::Operands<'_>) -> Result<Vec<crate::Type>, crate::Reason> {
                crate::ops::reduction::infer_reduction::<$op>(inputs, self.keep_dims)
            }

            fn gradient(
                &self,
                backward: &mut crate::backward::Backward<'_>,
            ) -> Result<Vec<Option<crate::ValueId>>, crate::GraphError> {
                let (x, y, dy) = (backward.input(0), backward.output(0), backward.dy());
                let axes = crate::ops::reduction::reduced_axes(backward);
                let dx = backward.write(|sheet| {
                    let (x, y, dy, $axes) = (sheet.term(x), sheet.term(y), sheet.term(dy), &axes[..]);
                    let kept = crate::ops::reduction::kept(&x.shape(), $axes);
                    let ($x, $y, $dy) = (x, y.reshape(&kept), dy.reshape(&kept));
                    $rule
                })?;
                Ok(vec![Some(dx), None])
            }

            fn fold(&self, inputs: &crate::ops::Operands<'_>, outputs: &[crate::Type]) -> Option<Vec<crate::Tensor>> {
                crate::ops::reduction::fold_reduction::<$op>(inputs, outputs)
            }
        }
    };
}
pub(super) use reduction_operator;

/// The dimensions that input 1 names, in rising order; all of them where it is left out or empty.
fn axes(inputs: &Operands<'_>) -> Result<Vec<usize>, Reason> {
    let rank = inputs.required(0)?.shape().len();
    let mut axes = match inputs.ints(1)? {
        Some(axes) if !axes.is_empty() => resolve_axes(axes, rank)?,
        _ => (0..rank).collect(),
    };
    axes.sort_unstable();
    Ok(axes)
}

/// The dimensions that the node being differentiated reduces.
pub(super) fn reduced_axes(backward: &crate::backward::Backward<'_>) -> Vec<usize> {
    axes(&backward.operands()).expect("the type rule has found these axes good")
}

/// `shape` with the reduced dimensions set to 1.
pub(super) fn kept(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    shape.iter().enumerate().map(|(axis, &n)| if axes.contains(&axis) { 1 } else { n }).collect()
}

pub(super) fn infer_reduction<R: Reduction>(inputs: &Operands<'_>, keep_dims: bool) -> Result<Vec<Type>, Reason> {
    let x = inputs.required(0)?;
    expect_number(&x, 0)?;
    let axes = axes(inputs)?;
    if R::START.is_infinite() && axes.iter().any(|&axis| x.shape()[axis] == 0) {
        return Err("nothing is left to choose from along an empty dimension".into());
    }
    let mut shape = kept(x.shape(), &axes);
    if !keep_dims {
        let mut axis = 0..;
        shape.retain(|_| !axes.contains(&axis.next().expect("axes do not end")));
    }
    Ok(vec![Type::new(x.ty.dtype, shape)])
}

pub(super) fn fold_reduction<R: Reduction>(inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
    let x = inputs.optional(0)?.constant?;
    let kept = kept(x.shape(), &axes(inputs).ok()?);
    let targets = source_indices(&kept, x.shape());
    let count = x.len().checked_div(outputs[0].len()).unwrap_or(0);
    let data = match x.data() {
        Data::F32(x) => {
            let mut totals = vec![R::START; outputs[0].len()];
            for (&x, target) in x.iter().zip(targets) {
                totals[target] = R::step(totals[target], f64::from(x));
            }
            Data::F32(totals.into_iter().map(|t| R::finish(t, count) as f32).collect::<Vec<_>>().into())
        }
        Data::I64(x) => {
            let mut totals = vec![R::START_INT?; outputs[0].len()];
            for (&x, target) in x.iter().zip(targets) {
                totals[target] = R::step_int(totals[target], x)?;
            }
            Data::I64(totals.into_iter().map(|t| R::finish_int(t, count)).collect::<Option<Vec<_>>>()?.into())
        }
        Data::Bool(_) => return None,
    };
    Some(vec![Tensor::new(outputs[0].shape.clone(), data)])
}

/// The cotangent of an extremum: equal elements share it equally, as `torch.amax` has it.
pub(super) fn share_among_equals<'s>(x: Term<'s>, y: Term<'s>, dy: Term<'s>, axes: &[usize]) -> Term<'s> {
    let chosen = x.equals(y);
    let share = dy / chosen.to_f32().sum(axes);
    chosen.pick(share, 0.0)
}

#[cfg(test)]
mod tests {
    use crate::ops::testing::{floats, folded, shape_of};
    use crate::ops::*;
    use crate::{DType, Dim, Graph, ModulePath, Op, Tensor};

    #[test]
    fn constants_are_reduced() {
        let x = Tensor::i64([2, 3], vec![1, 2, 3, -4, 5, 6]);
        let axis = Tensor::ints(&[-1]);
        let cases: [(Op, [i64; 2]); 5] = [
            (ReduceSum { keep_dims: false }.into(), [6, 7]),
            (ReduceProd { keep_dims: false }.into(), [6, -120]),
            (ReduceMax { keep_dims: false }.into(), [3, 6]),
            (ReduceMin { keep_dims: false }.into(), [1, -4]),
            (ReduceMean { keep_dims: false }.into(), [2, 2]),
        ];
        for (op, expected) in cases {
            assert_eq!(folded(op.clone(), &[x.clone(), axis.clone()]), Tensor::ints(&expected), "{}", op.name());
        }
        assert_eq!(folded(ReduceL2 { keep_dims: true }, &[floats(&[3.0, 4.0])]), Tensor::f32([1], vec![5.0]));
        assert_eq!(folded(ReduceMean { keep_dims: false }, &[floats(&[1.0, 2.0])]), Tensor::scalar(1.5));
        assert!(folded(ReduceMax { keep_dims: false }, &[floats(&[f32::NAN, 1.0])]).as_f32().unwrap()[0].is_nan());
    }

    #[test]
    fn shapes_follow_the_axes() {
        let reduced = |op: Op, axes: &[i64]| {
            let mut graph = Graph::new();
            let x = graph.input("x", DType::F32, vec![Dim::Fixed(2), Dim::Fixed(3), Dim::Fixed(0)], &[2, 3, 0]);
            let axes = graph.constant("", Tensor::ints(axes));
            graph.add(op, &[x, axes], &ModulePath::root()).map(|y| graph.shape(y).to_vec()).map_err(|e| e.to_string())
        };
        assert_eq!(reduced(ReduceSum { keep_dims: true }.into(), &[0, -1]).unwrap(), [1, 3, 1]);
        assert_eq!(reduced(ReduceSum { keep_dims: false }.into(), &[0, -1]).unwrap(), [3]);
        assert_eq!(reduced(ReduceMean { keep_dims: false }.into(), &[]).unwrap(), Vec::<usize>::new());
        assert!(reduced(ReduceSum { keep_dims: true }.into(), &[3]).unwrap_err().contains("axis 3"));
        assert!(reduced(ReduceMax { keep_dims: true }.into(), &[2]).unwrap_err().contains("empty"));
        assert!(shape_of(ReduceSum { keep_dims: true }, &[&[2], &[1]]).is_none(), "axes that are not known");
    }
}
