//! What the elementwise operators share: their scalar formula is written once, here for folding and
//! in the engine for running.

use super::broadcast::{broadcast, source_indices};
use super::{Operand, Operands};
use crate::{DType, Data, Reason, Tensor, Type};

/// An operator `y = f(x)`, applied to each element.
pub trait Unary {
    /// The formula. Truth values are 0 and 1.
    fn apply(&self, x: f32) -> f32;

    /// The formula for integers; `None` where it overflows or the operator has none.
    fn apply_int(&self, _x: i64) -> Option<i64> {
        None
    }
}

/// An operator `y = f(a, b)` of two broadcast operands.
pub trait Binary {
    /// The formula. Truth values are 0 and 1.
    fn apply(&self, a: f32, b: f32) -> f32;

    /// The formula for integers; `None` where it is not defined (overflow, division by zero) or the
    /// operator has none.
    fn apply_int(&self, _a: i64, _b: i64) -> Option<i64> {
        None
    }
}

/// Writes the `Operator` of an elementwise operator from its [`Unary`] formula: its type rule, its
/// gradient rule as a formula of `|operator, x, y, dy|` (see [`Term`](super::formula::Term)) or
/// `no gradient`, and its folding.
macro_rules! unary_operator {
    ($op:ident, $infer:path, no gradient) => {
        unary_operator!(@ $op, $infer, |_op, _backward| Ok(vec![None]));
    };
    ($op:ident, $infer:path, |$this:pat_param, $x:pat_param, $y:pat_param, $dy:pat_param| $rule:expr) => {
        unary_operator!(@ $op, $infer, |op, backward| {
            let (x, y, dy) = (backward.input(0), backward.output(0), backward.dy());
            let dx = backward.write(|sheet| {
                let ($this, $x, $y, $dy) = (op, sheet.term(x), sheet.term(y), sheet.term(dy));
                $rule
            })?;
            Ok(vec![Some(dx)])
        });
    };
    (@ $op:ident, $infer:path, |$this:ident, $backward:ident| $gradient:expr) => {
        impl crate::ops::Operator for $op {
            fn infer(&self, inputs: &crate::ops::Operands<'_>) -> Result<Vec<crate::Type>, crate::Reason> {
                $infer(inputs)
            }

            fn gradient(
                &self,
                $backward: &mut crate::backward::Backward<'_>,
            ) -> Result<Vec<Option<crate::ValueId>>, crate::GraphError> {
                let $this = self;
                $gradient
            }

            fn fold(&self, inputs: &crate::ops::Operands<'_>, _outputs: &[crate::Type]) -> Option<Vec<crate::Tensor>> {
                crate::ops::elementwise::fold_unary(self, inputs)
            }

            fn is_elementwise(&self) -> bool {
                true
            }
        }
    };
}
pub(super) use unary_operator;

/// Writes the `Operator` of an elementwise operator from its [`Binary`] formula: its type rule, the
/// cotangent of each operand as a formula of `|a, b, y, dy|` or `no gradient`, and its folding.
macro_rules! binary_operator {
    ($op:ident, $infer:path, no gradient) => {
        binary_operator!(@ $op, $infer, |_backward| Ok(vec![None, None]));
    };
    (
        $op:ident,
        $infer:path,
        |$a:pat_param, $b:pat_param, $y:pat_param, $dy:pat_param| ($rule_a:expr, $rule_b:expr)
    ) => {
        binary_operator!(@ $op, $infer, |backward| {
            let (a, b, y, dy) = (backward.input(0), backward.input(1), backward.output(0), backward.dy());
            let mut cotangents = vec![None, None];
            if backward.wanted(0) {
                cotangents[0] = Some(backward.write(|sheet| {
                    // The rules of a and b share their names; neither needs all.
                    #[allow(unused_variables)]
                    let ($a, $b, $y, $dy) = (sheet.term(a), sheet.term(b), sheet.term(y), sheet.term(dy));
                    $rule_a
                })?);
            }
            if backward.wanted(1) {
                cotangents[1] = Some(backward.write(|sheet| {
                    #[allow(unused_variables)]
                    let ($a, $b, $y, $dy) = (sheet.term(a), sheet.term(b), sheet.term(y), sheet.term(dy));
                    $rule_b
                })?);
            }
            Ok(cotangents)
        });
    };
    (@ $op:ident, $infer:path, |$backward:ident| $gradient:expr) => {
        impl crate::ops::Operator for $op {
            fn infer(&self, inputs: &crate::ops::Operands<'_>) -> Result<Vec<crate::Type>, crate::Reason> {
                $infer(inputs)
            }

            fn gradient(
                &self,
                $backward: &mut crate::backward::Backward<'_>,
            ) -> Result<Vec<Option<crate::ValueId>>, crate::GraphError> {
                $gradient
            }

            fn fold(&self, inputs: &crate::ops::Operands<'_>, outputs: &[crate::Type]) -> Option<Vec<crate::Tensor>> {
                crate::ops::elementwise::fold_binary(self, inputs, outputs)
            }

            fn is_elementwise(&self) -> bool {
                true
            }
        }
    };
}
pub(super) use binary_operator;

/// The type rule of unary operators on floats.
pub(super) fn infer_unary(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    let x = inputs.required(0)?;
    expect_f32(&x, 0)?;
    Ok(vec![x.ty.clone()])
}

/// The type rule of unary operators on numbers.
pub(super) fn infer_unary_number(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    let x = inputs.required(0)?;
    expect_number(&x, 0)?;
    Ok(vec![x.ty.clone()])
}

/// The type rule of unary operators on truth values.
pub(super) fn infer_not(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    let x = inputs.required(0)?;
    expect_bool(&x, 0)?;
    Ok(vec![x.ty.clone()])
}

/// The folding of unary operators whose result has the operand's element type.
pub(super) fn fold_unary(op: &impl Unary, inputs: &Operands<'_>) -> Option<Vec<Tensor>> {
    let x = inputs.optional(0)?.constant?;
    let data = match x.data() {
        Data::F32(x) => Data::F32(x.iter().map(|&x| op.apply(x)).collect::<Vec<_>>().into()),
        Data::I64(x) => Data::I64(x.iter().map(|&x| op.apply_int(x)).collect::<Option<Vec<_>>>()?.into()),
        Data::Bool(x) => Data::Bool(x.iter().map(|&x| op.apply(f32::from(x)) != 0.0).collect::<Vec<_>>().into()),
    };
    Some(vec![Tensor::new(x.shape(), data)])
}

/// The type rule of binary operators on numbers whose result has the operands' element type.
pub(super) fn infer_binary(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    expect_number(&inputs.required(0)?, 0)?;
    broadcast_as(inputs, None)
}

/// The type rule of binary operators on integers.
pub(super) fn infer_integers(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    match inputs.required(0)?.ty.dtype {
        DType::I64 => broadcast_as(inputs, None),
        other => Err(Reason(format!("input 0 must hold integers, not {other:?}"))),
    }
}

/// The type rule of comparisons of numbers.
pub(super) fn infer_comparison(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    expect_number(&inputs.required(0)?, 0)?;
    broadcast_as(inputs, Some(DType::Bool))
}

/// The type rule of comparisons of anything.
pub(super) fn infer_equality(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    broadcast_as(inputs, Some(DType::Bool))
}

/// The type rule of binary operators on truth values.
pub(super) fn infer_logic(inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
    expect_bool(&inputs.required(0)?, 0)?;
    broadcast_as(inputs, None)
}

/// The broadcast of two operands of one element type, as elements of `dtype` if it is given.
fn broadcast_as(inputs: &Operands<'_>, dtype: Option<DType>) -> Result<Vec<Type>, Reason> {
    let (a, b) = (inputs.required(0)?, inputs.required(1)?);
    if a.ty.dtype != b.ty.dtype {
        return Err(Reason(format!(
            "its operands have different element types, {:?} and {:?}",
            a.ty.dtype, b.ty.dtype
        )));
    }
    Ok(vec![Type::new(dtype.unwrap_or(a.ty.dtype), broadcast(a.shape(), b.shape())?)])
}

/// The folding of binary operators.
pub(super) fn fold_binary(op: &impl Binary, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
    let (a, b) = (inputs.optional(0)?.constant?, inputs.optional(1)?.constant?);
    let Type { dtype, shape } = &outputs[0];
    let pairs = source_indices(a.shape(), shape).zip(source_indices(b.shape(), shape));
    let floats = |elements: Vec<f32>| match dtype {
        DType::F32 => Data::F32(elements.into()),
        _ => Data::Bool(elements.iter().map(|&y| y != 0.0).collect::<Vec<_>>().into()),
    };
    let integers = |elements: Vec<i64>| match dtype {
        DType::I64 => Data::I64(elements.into()),
        _ => Data::Bool(elements.iter().map(|&y| y != 0).collect::<Vec<_>>().into()),
    };
    let data = match (a.data(), b.data()) {
        (Data::F32(a), Data::F32(b)) => floats(pairs.map(|(i, j)| op.apply(a[i], b[j])).collect()),
        (Data::Bool(a), Data::Bool(b)) => {
            floats(pairs.map(|(i, j)| op.apply(f32::from(a[i]), f32::from(b[j]))).collect())
        }
        (Data::I64(a), Data::I64(b)) => integers(pairs.map(|(i, j)| op.apply_int(a[i], b[j])).collect::<Option<_>>()?),
        _ => return None,
    };
    Some(vec![Tensor::new(shape.clone(), data)])
}

/// Requires float elements.
pub(super) fn expect_f32(operand: &Operand<'_>, i: usize) -> Result<(), Reason> {
    match operand.ty.dtype {
        DType::F32 => Ok(()),
        other => Err(Reason(format!("input {i} must hold floats, not {other:?}"))),
    }
}

/// Requires floats or integers.
pub(super) fn expect_number(operand: &Operand<'_>, i: usize) -> Result<(), Reason> {
    match operand.ty.dtype {
        DType::F32 | DType::I64 => Ok(()),
        DType::Bool => Err(Reason(format!("input {i} must hold numbers, not truth values"))),
    }
}

/// Requires truth values.
pub(super) fn expect_bool(operand: &Operand<'_>, i: usize) -> Result<(), Reason> {
    match operand.ty.dtype {
        DType::Bool => Ok(()),
        other => Err(Reason(format!("input {i} must hold truth values, not {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::ops::testing::{bools, floats, folded, inferred};
    use crate::ops::*;
    use crate::{DType, Tensor, Type};

    /// Operator, argument, value: from PyTorch 2.15 in double precision.
    const FORMULAS: &[(Op, f32, f64)] = &[
        (Op::Abs(Abs), -2.5, 2.5),
        (Op::Ceil(Ceil), -1.5, -1.0),
        (Op::Elu(Elu { alpha: 0.5 }), -1.0, -0.316_060_279_4),
        (Op::Exp(Exp), 1.0, std::f64::consts::E),
        (Op::Floor(Floor), -1.5, -2.0),
        (Op::Gelu(Gelu { tanh: false }), -1.0, -0.158_655_253_9),
        (Op::Gelu(Gelu { tanh: true }), -1.0, -0.158_808_009_4),
        (Op::HardSigmoid(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }), 1.0, 0.666_666_666_7),
        (Op::HardSwish(HardSwish), 1.0, 0.666_666_666_7),
        (Op::LeakyRelu(LeakyRelu { alpha: 0.25 }), -2.0, -0.5),
        (Op::Log(Log), 2.0, std::f64::consts::LN_2),
        (Op::Mish(Mish), -1.0, -0.303_401_461_4),
        (Op::Neg(Neg), 2.0, -2.0),
        (Op::Reciprocal(Reciprocal), 4.0, 0.25),
        (Op::Relu(Relu), -1.0, 0.0),
        (Op::Round(Round), 2.5, 2.0),
        (Op::Selu(Selu { alpha: 1.673_263_2, gamma: 1.050_701 }), -1.0, -1.111_330_737),
        (Op::Sigmoid(Sigmoid), -20.0, 2.061_153_618e-9),
        (Op::Sigmoid(Sigmoid), 1.0, 0.731_058_578_6),
        (Op::Sign(Sign), 0.0, 0.0),
        (Op::Sign(Sign), -3.0, -1.0),
        (Op::Silu(Silu), -1.0, -0.268_941_421_4),
        (Op::Softplus(Softplus), 100.0, 100.0),
        (Op::Softplus(Softplus), -1.0, 0.313_261_687_5),
        (Op::Softsign(Softsign), -3.0, -0.75),
        (Op::Sqrt(Sqrt), 2.0, std::f64::consts::SQRT_2),
        (Op::Tanh(Tanh), 1.0, 0.761_594_156),
    ];

    #[test]
    fn formulas_are_those_of_pytorch() {
        for (op, x, expected) in FORMULAS {
            let found = f64::from(folded(op.clone(), &[Tensor::scalar(*x)]).as_f32().unwrap()[0]);
            // A few roundings to f32.
            assert!(
                (found - expected).abs() <= 2.5e-7 * expected.abs(),
                "{}({x}) is {found}, not {expected}",
                op.name()
            );
        }
    }

    #[test]
    fn not_a_number_stays_visible() {
        let of_two = [Op::Add(Add), Op::Div(Div), Op::Max(Max), Op::Min(Min), Op::Mul(Mul), Op::Pow(Pow), Op::Sub(Sub)];
        let nan = Tensor::scalar(f32::NAN);
        let is_nan = |tensor: Tensor| tensor.as_f32().unwrap()[0].is_nan();
        for (op, ..) in FORMULAS.iter().filter(|(op, ..)| *op != Op::Sign(Sign)) {
            assert!(is_nan(folded(op.clone(), std::slice::from_ref(&nan))), "{}", op.name());
        }
        for op in of_two {
            assert!(is_nan(folded(op.clone(), &[nan.clone(), Tensor::scalar(3.0)])), "{} on the left", op.name());
            assert!(is_nan(folded(op.clone(), &[Tensor::scalar(3.0), nan.clone()])), "{} on the right", op.name());
        }
    }

    #[test]
    fn shape_arithmetic_is_folded() {
        let pair = [Tensor::ints(&[7, -7, 7]), Tensor::ints(&[2, 2, -2])];
        let expected: [(Op, [i64; 3]); 6] = [
            (Add.into(), [9, -5, 5]),
            (Sub.into(), [5, -9, 9]),
            (Div.into(), [3, -3, -3]),
            (Mod.into(), [1, 1, -1]),
            (Max.into(), [7, 2, 7]),
            (Min.into(), [2, -7, -2]),
        ];
        for (op, values) in expected {
            assert_eq!(folded(op.clone(), &pair), Tensor::ints(&values), "{}", op.name());
        }
        assert_eq!(folded(Mul, &[Tensor::ints(&[2, 3]), Tensor::i64([], vec![4])]), Tensor::ints(&[8, 12]));
        assert_eq!(folded(Neg, &[Tensor::ints(&[3])]), Tensor::ints(&[-3]));
        assert_eq!(folded(Less, &[Tensor::ints(&[1, 2]), Tensor::ints(&[2, 2])]), bools(&[true, false]));
        assert_eq!(folded(Equal, &[bools(&[true, false]), bools(&[true, true])]), bools(&[true, false]));
        assert_eq!(folded(GreaterOrEqual, &[floats(&[1.0, f32::NAN]), floats(&[1.0, 0.0])]), bools(&[true, false]));
        assert_eq!(folded(And, &[bools(&[true, true]), bools(&[true, false])]), bools(&[true, false]));
        assert_eq!(folded(Not, &[bools(&[true, false])]), bools(&[false, true]));
    }

    #[test]
    fn what_integers_cannot_hold_is_not_folded() {
        for (op, a, b) in [
            (Op::Add(Add), i64::MAX, 1),
            (Div.into(), 1, 0),
            (Div.into(), i64::MIN, -1),
            (Mod.into(), 1, 0),
            (Mod.into(), i64::MIN, -1),
        ] {
            let mut graph = crate::Graph::new();
            let operands = [a, b].map(|n| graph.constant("", Tensor::ints(&[n])));
            let output = graph.add(op, &operands, &crate::ModulePath::root()).unwrap();
            assert_eq!(graph.value(output).constant, None);
        }
    }

    #[test]
    fn element_types_are_checked() {
        let [float, integer, truth] = [DType::F32, DType::I64, DType::Bool].map(|dtype| Type::new(dtype, [2]));
        assert_eq!(inferred(Greater, &[integer.clone(), integer.clone()]).unwrap(), truth);
        assert_eq!(inferred(Or, &[truth.clone(), truth.clone()]).unwrap(), truth);
        for (op, inputs) in [
            (Op::Add(Add), [&float, &integer]),
            (Add.into(), [&truth, &truth]),
            (Less.into(), [&truth, &truth]),
            (And.into(), [&float, &float]),
            (Mod.into(), [&float, &float]),
        ] {
            assert!(inferred(op.clone(), &inputs.map(Type::clone)).is_err(), "{} of {inputs:?}", op.name());
        }
        assert!(inferred(Exp, &[integer]).unwrap_err().contains("must hold floats"));
    }
}
