use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{Data, GraphError, Reason, Tensor, Type, ValueId};

/// start, start + delta, … below limit. ONNX Range-11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range;

/// The elements, before they are written out.
enum Elements {
    F32 { start: f32, delta: f32, count: usize },
    I64 { start: i64, delta: i64, count: usize },
}

impl Elements {
    fn of(inputs: &Operands<'_>) -> Result<Self, Reason> {
        let operand = |i: usize| -> Result<&Tensor, Reason> {
            let constant = inputs.required(i)?.constant.ok_or(
                "its length depends on the image: export the model with \
                fixed shapes",
            )?;
            if constant.len() == 1 { Ok(constant) } else { Err(Reason(format!("input {i} must be one number"))) }
        };
        match (operand(0)?.data(), operand(1)?.data(), operand(2)?.data()) {
            (Data::I64(start), Data::I64(limit), Data::I64(delta)) => {
                let (way, step) = (i128::from(limit[0]) - i128::from(start[0]), i128::from(delta[0]));
                if step == 0 {
                    return Err("a delta of 0 goes nowhere".into());
                }
                let count = if (way > 0) == (step > 0) { (way.abs() + step.abs() - 1) / step.abs() } else { 0 };
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                Ok(Elements::I64 { start: start[0], delta: delta[0], count })
            }
            (Data::F32(start), Data::F32(limit), Data::F32(delta)) => {
                let count = ((f64::from(limit[0]) - f64::from(start[0])) / f64::from(delta[0])).ceil();
                if !count.is_finite() {
                    return Err("start, limit and delta must be finite, and delta not 0".into());
                }
                // A cast from float saturates; negative counts are empty.
                Ok(Elements::F32 { start: start[0], delta: delta[0], count: count as usize })
            }
            _ => Err("start, limit and delta must be numbers of one type".into()),
        }
    }
}

impl Operator for Range {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let (Elements::F32 { count, .. } | Elements::I64 { count, .. }) = Elements::of(inputs)?;
        Ok(vec![Type::new(inputs.required(0)?.ty.dtype, [count])])
    }

    /// No gradient: the bounds are constants.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        Ok(vec![None; backward.inputs()])
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![match Elements::of(inputs).ok()? {
            Elements::F32 { start, delta, count } => {
                Tensor::f32([count], (0..count).map(|i| start + i as f32 * delta).collect())
            }
            Elements::I64 { start, delta, count } => {
                // The elements fit, but a product on the way to them need not.
                let element = |i: usize| i64::try_from(i128::from(start) + i as i128 * i128::from(delta)).ok();
                Tensor::i64([count], (0..count).map(element).collect::<Option<_>>()?)
            }
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::folded;
    use crate::{Graph, ModulePath};

    fn range(bounds: [i64; 3]) -> Option<Vec<i64>> {
        let mut graph = Graph::new();
        let bounds = bounds.map(|bound| graph.constant("", Tensor::i64([], vec![bound])));
        let value = graph.add(Range, &bounds, &ModulePath::root()).ok()?;
        Some(graph.value(value).constant.as_ref()?.as_i64()?.to_vec())
    }

    #[test]
    fn the_limit_is_never_reached() {
        assert_eq!(range([3, 10, 3]), Some(vec![3, 6, 9]));
        assert_eq!(range([3, 9, 3]), Some(vec![3, 6]));
        assert_eq!(range([10, 4, -2]), Some(vec![10, 8, 6]));
        assert_eq!(range([3, 3, 1]), Some(vec![]));
        assert_eq!(range([3, 4, -1]), Some(vec![]));
        let floats = folded(Range, &[0.5, 2.0, 0.5].map(Tensor::scalar));
        assert_eq!(floats, Tensor::f32([3], vec![0.5, 1.0, 1.5]));
    }

    #[test]
    fn endless_ranges_are_refused() {
        for bounds in [[0, 1, 0], [i64::MIN, i64::MAX, 1], [0, 1 << 40, 1]] {
            assert_eq!(range(bounds), None);
        }
        assert_eq!(range([0, i64::MAX, i64::MAX]), Some(vec![0]));
        assert_eq!(range([i64::MIN, i64::MAX, i64::MAX]), Some(vec![i64::MIN, -1, i64::MAX - 1]));
    }
}
