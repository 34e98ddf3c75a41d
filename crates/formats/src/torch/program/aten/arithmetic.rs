//! Arithmetic of tensors, of tensors with numbers, and of numbers alone (sizes).

use heatlens_graph::{DType, Op, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::{Int, Value};

/// Items of a list.
const LONGEST: usize = 1 << 16;

/// Two operands, of which at least one is a tensor, or none.
enum Pair {
    Tensors(ValueId, ValueId),
    Ints(Int, Int),
    Floats(f64, f64),
}

/// The two operands of a call as tensors of one type.
pub(super) fn tensors(call: &mut Call<'_>, a: &str, b: &str) -> Result<(ValueId, ValueId), FormatError> {
    match pair(call, a, b, DType::Bool)? {
        Pair::Tensors(a, b) => Ok((a, b)),
        Pair::Ints(a, b) => Ok((call.scalar_of(a, DType::I64)?, call.scalar_of(b, DType::I64)?)),
        Pair::Floats(a, b) => Ok((call.builder.number(a, DType::F32), call.builder.number(b, DType::F32))),
    }
}

/// The element type of an operand, as PyTorch ranks them: truth values, integers, floats.
fn kind(call: &Call<'_>, value: &Value) -> Result<DType, FormatError> {
    match value {
        Value::Tensor(tensor) => Ok(call.builder.dtype(*tensor)),
        Value::Bool(_) => Ok(DType::Bool),
        Value::Int(_) => Ok(DType::I64),
        Value::Float(_) => Ok(DType::F32),
        other => Err(call.damaged(format!("it cannot compute with {}", other.describe()))),
    }
}

fn higher(a: DType, b: DType) -> DType {
    let rank = |dtype: DType| match dtype {
        DType::Bool => 0,
        DType::I64 => 1,
        DType::F32 => 2,
    };
    if rank(a) >= rank(b) { a } else { b }
}

fn pair(call: &mut Call<'_>, a: &str, b: &str, least: DType) -> Result<Pair, FormatError> {
    let (x, y) = (call.need(a)?.clone(), call.need(b)?.clone());
    let dtype = higher(higher(kind(call, &x)?, kind(call, &y)?), least);
    if let (Value::Int(x), Value::Int(y)) = (&x, &y) {
        return Ok(Pair::Ints(*x, *y));
    }
    if !matches!(x, Value::Tensor(_)) && !matches!(y, Value::Tensor(_)) {
        return Ok(Pair::Floats(call.number(a, 0.0)?, call.number(b, 0.0)?));
    }
    let mut operand = |value: Value| match value {
        Value::Tensor(tensor) => call.cast(tensor, dtype),
        Value::Int(int) => call.scalar_of(int, dtype),
        Value::Float(number) => Ok(call.builder.number(number, dtype)),
        Value::Bool(flag) => Ok(call.builder.number(f64::from(u8::from(flag)), dtype)),
        other => Err(call.damaged(format!("it cannot compute with {}", other.describe()))),
    };
    Ok(Pair::Tensors(operand(x)?, operand(y)?))
}

/// An operator of two operands: on integers and on floats, and on tensors.
fn binary(
    call: &mut Call<'_>,
    op: impl Into<Op>,
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Built {
    match pair(call, "self", "other", DType::I64)? {
        Pair::Tensors(a, b) => call.give(op, &[a, b]),
        Pair::Ints(a, b) => int(call, op, ints, a, b),
        Pair::Floats(a, b) => Ok(Value::Float(floats(a, b))),
    }
}

fn int(call: &mut Call<'_>, op: impl Into<Op>, ints: fn(i64, i64) -> Option<i64>, a: Int, b: Int) -> Built {
    let now = ints(a.now, b.now).ok_or_else(|| call.damaged(format!("{} and {} have no such result", a.now, b.now)))?;
    Ok(Value::Int(call.builder.derived(now, op, &[a, b])?))
}

/// The other operand times `alpha`, in the place of `other`.
fn with_alpha(
    call: &mut Call<'_>,
    op: impl Into<Op>,
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Built {
    let alpha = call.number("alpha", 1.0)?;
    if alpha == 1.0 {
        return binary(call, op, ints, floats);
    }
    let (a, b) = tensors(call, "self", "other")?;
    let dtype = call.builder.dtype(b);
    let alpha = call.builder.number(alpha, dtype);
    let b = call.add(ops::Mul, &[b, alpha])?;
    call.give(op, &[a, b])
}

pub(super) fn add(call: &mut Call<'_>) -> Built {
    // Lists are joined by the same name.
    if let (Some(Value::List(a)), Some(Value::List(b))) = (call.get("self"), call.get("other")) {
        if a.len() + b.len() > LONGEST {
            return Err(call.unsupported(format!("a list of more than {LONGEST} items")));
        }
        return Ok(Value::List(a.iter().chain(b).cloned().collect()));
    }
    with_alpha(call, ops::Add, i64::checked_add, |a, b| a + b)
}

pub(super) fn subtract(call: &mut Call<'_>) -> Built {
    with_alpha(call, ops::Sub, i64::checked_sub, |a, b| a - b)
}

/// `other − alpha · self`.
pub(super) fn reversed_subtract(call: &mut Call<'_>) -> Built {
    if call.number("alpha", 1.0)? != 1.0 {
        return Err(call.unsupported("`alpha` other than 1"));
    }
    let (a, b) = tensors(call, "self", "other")?;
    call.give(ops::Sub, &[b, a])
}

pub(super) fn multiply(call: &mut Call<'_>) -> Built {
    binary(call, ops::Mul, i64::checked_mul, |a, b| a * b)
}

pub(super) fn divide(call: &mut Call<'_>) -> Built {
    match call.text("rounding_mode", "")?.as_str() {
        "" => {}
        "floor" => return floor_divide(call),
        // Towards 0, which is the same for sizes.
        "trunc" if matches!(call.get("self"), Some(Value::Int(int)) if int.now >= 0) => return floor_divide(call),
        other => return Err(call.unsupported(format!("`rounding_mode` {other:?}"))),
    }
    match pair(call, "self", "other", DType::F32)? {
        Pair::Tensors(a, b) => call.give(ops::Div, &[a, b]),
        Pair::Ints(a, b) => {
            let (a, b) = (call.builder.settle(a), call.builder.settle(b));
            Ok(Value::Float(a as f64 / b as f64))
        }
        Pair::Floats(a, b) => Ok(Value::Float(a / b)),
    }
}

pub(super) fn floor_divide(call: &mut Call<'_>) -> Built {
    let floor = |a: i64, b: i64| Some(a.checked_div(b)? - i64::from(a.checked_rem(b)? != 0 && (a < 0) != (b < 0)));
    match pair(call, "self", "other", DType::I64)? {
        // The graph's division of integers cuts towards 0, as that of sizes may.
        Pair::Ints(a, b) if a.now >= 0 && b.now > 0 => int(call, ops::Div, floor, a, b),
        Pair::Ints(a, b) => {
            let (a, b) = (call.builder.settle(a), call.builder.settle(b));
            floor(a, b).map(Value::from).ok_or_else(|| call.damaged(format!("{a} divided by {b}")))
        }
        Pair::Floats(a, b) => Ok(Value::Float((a / b).floor())),
        Pair::Tensors(a, b) => {
            let dtype = call.builder.dtype(a);
            let (a, b) = (call.cast(a, DType::F32)?, call.cast(b, DType::F32)?);
            let quotient = call.add(ops::Div, &[a, b])?;
            let quotient = call.add(ops::Floor, &[quotient])?;
            Ok(call.cast(quotient, dtype)?.into())
        }
    }
}

/// The remainder with the sign of the divisor.
pub(super) fn remainder(call: &mut Call<'_>) -> Built {
    let ints = |a: i64, b: i64| {
        Some(a.checked_rem(b)?).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
    };
    match pair(call, "self", "other", DType::I64)? {
        Pair::Ints(a, b) => int(call, ops::Mod, ints, a, b),
        Pair::Floats(a, b) => Ok(Value::Float(a - (a / b).floor() * b)),
        Pair::Tensors(a, b) if call.builder.dtype(a) == DType::I64 => call.give(ops::Mod, &[a, b]),
        Pair::Tensors(a, b) => Ok(rest(call, a, b)?.into()),
    }
}

/// `a − ⌊a / b⌋ · b`.
fn rest(call: &mut Call<'_>, a: ValueId, b: ValueId) -> Result<ValueId, FormatError> {
    let whole = call.add(ops::Div, &[a, b])?;
    let whole = call.add(ops::Floor, &[whole])?;
    let whole = call.add(ops::Mul, &[whole, b])?;
    call.add(ops::Sub, &[a, whole])
}

pub(super) fn power(call: &mut Call<'_>) -> Built {
    match pair(call, "self", "exponent", DType::I64)? {
        Pair::Tensors(a, b) => call.give(ops::Pow, &[a, b]),
        Pair::Ints(a, b) if b.now >= 0 => int(call, ops::Pow, |a, b| a.checked_pow(u32::try_from(b).ok()?), a, b),
        Pair::Ints(a, b) => {
            let (a, b) = (call.builder.settle(a), call.builder.settle(b));
            Ok(Value::Float((a as f64).powf(b as f64)))
        }
        Pair::Floats(a, b) => Ok(Value::Float(a.powf(b))),
    }
}

pub(super) fn negative(call: &mut Call<'_>) -> Built {
    match call.need("self")?.clone() {
        Value::Int(int) => {
            let zero = Int::of(0);
            let now = int.now.checked_neg().ok_or_else(|| call.damaged("an integer beyond 64 bits"))?;
            Ok(Value::Int(call.builder.derived(now, ops::Sub, &[zero, int])?))
        }
        Value::Float(number) => Ok(Value::Float(-number)),
        _ => {
            let x = call.tensor("self")?;
            call.give(ops::Neg, &[x])
        }
    }
}

pub(super) fn absolute(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let dtype = call.builder.dtype(x);
    let x = call.cast(x, DType::F32)?;
    let y = call.add(ops::Abs, &[x])?;
    Ok(call.cast(y, dtype)?.into())
}

pub(super) fn exponential_less_one(call: &mut Call<'_>) -> Built {
    let (x, one) = (call.input()?, call.builder.number(1.0, DType::F32));
    let y = call.add(ops::Exp, &[x])?;
    call.give(ops::Sub, &[y, one])
}

pub(super) fn log_of_one_more(call: &mut Call<'_>) -> Built {
    let (x, one) = (call.input()?, call.builder.number(1.0, DType::F32));
    let y = call.add(ops::Add, &[x, one])?;
    call.give(ops::Log, &[y])
}

/// The remainder with the sign of the dividend.
pub(super) fn truncated_remainder(call: &mut Call<'_>) -> Built {
    let (a, b) = tensors(call, "self", "other")?;
    let dtype = call.builder.dtype(a);
    let (x, b) = (call.cast(a, DType::F32)?, call.cast(b, DType::F32)?);
    let [size, sign, step] = [call.add(ops::Abs, &[x])?, call.add(ops::Sign, &[x])?, call.add(ops::Abs, &[b])?];
    let rest = rest(call, size, step)?;
    let rest = call.add(ops::Mul, &[rest, sign])?;
    Ok(call.cast(rest, dtype)?.into())
}

pub(super) fn reciprocal_square_root(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let root = call.add(ops::Sqrt, &[x])?;
    call.give(ops::Reciprocal, &[root])
}

pub(super) fn square(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    call.give(ops::Mul, &[x, x])
}

/// Bounds are numbers or tensors, of which either may be left out.
pub(super) fn clamp(call: &mut Call<'_>) -> Built {
    let bounds = [call.get("min").cloned(), call.get("max").cloned()];
    if bounds.iter().flatten().any(|bound| matches!(bound, Value::Tensor(_))) {
        let mut x = call.input()?;
        for (bound, op) in bounds.iter().zip([Op::from(ops::Max), Op::from(ops::Min)]) {
            if bound.is_some() {
                let name = if matches!(op, Op::Max(_)) { "min" } else { "max" };
                let bound = call.float_tensor(name)?;
                x = call.add(op, &[x, bound])?;
            }
        }
        return Ok(x.into());
    }
    let x = call.tensor("self")?;
    // Whole numbers with a bound that is none become floats.
    let floats = bounds.iter().flatten().any(|bound| matches!(bound, Value::Float(_)));
    let x = if floats { call.cast(x, DType::F32)? } else { x };
    let dtype = call.builder.dtype(x);
    let mut inputs = vec![Some(x)];
    for name in ["min", "max"] {
        let bound = call.optional_number(name)?;
        inputs.push(bound.map(|bound| call.builder.number(bound, dtype)));
    }
    Ok(call.builder.node(ops::Clip.into(), inputs)?.into())
}

pub(super) fn maximum(call: &mut Call<'_>) -> Built {
    binary(call, ops::Max, |a, b| Some(a.max(b)), f64::max)
}

pub(super) fn minimum(call: &mut Call<'_>) -> Built {
    binary(call, ops::Min, |a, b| Some(a.min(b)), f64::min)
}

/// `self + value · tensor1 · tensor2`.
pub(super) fn add_product(call: &mut Call<'_>) -> Built {
    let [x, a, b] = [call.input()?, call.float_tensor("tensor1")?, call.float_tensor("tensor2")?];
    let value = call.number("value", 1.0)?;
    let value = call.builder.number(value, DType::F32);
    let product = call.add(ops::Mul, &[a, b])?;
    let product = call.add(ops::Mul, &[product, value])?;
    call.give(ops::Add, &[x, product])
}

/// `self + weight · (end − self)`.
pub(super) fn interpolate(call: &mut Call<'_>) -> Built {
    let [x, end, weight] = [call.input()?, call.float_tensor("end")?, call.float_tensor("weight")?];
    let way = call.add(ops::Sub, &[end, x])?;
    let way = call.add(ops::Mul, &[way, weight])?;
    call.give(ops::Add, &[x, way])
}
