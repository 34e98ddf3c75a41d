//! What several tensors become together, or a tensor and a constant.

use heatlens_graph::{Op, Tensor, ValueId, ops};
use serde_json::Value;

use super::{Built, Given, Site};
use crate::FormatError;

pub(super) fn add(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Add)
}

pub(super) fn subtract(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Sub)
}

pub(super) fn multiply(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Mul)
}

pub(super) fn divide(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Div)
}

pub(super) fn power(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Pow)
}

pub(super) fn maximum(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Max)
}

pub(super) fn minimum(site: &mut Site<'_, '_, '_, '_>) -> Built {
    fold(site, ops::Min)
}

pub(super) fn average(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let count = operands(site)?.len();
    let sum = fold(site, ops::Add)?;
    let share = site.scalar(1.0 / count as f32);
    site.add(ops::Mul, &[sum, share])
}

/// InceptionResNetV2's `CustomScaleLayer`: the first of two, and a multiple of the second.
pub(super) fn scaled_sum(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let inputs = site.inputs()?;
    let &[a, b] = inputs.as_slice() else { return Err(site.config.unsupported("it takes two tensors")) };
    let scale = site.config.float("scale", 1.0)?;
    let scale = site.scalar(scale);
    let scaled = site.add(ops::Mul, &[b, scale])?;
    site.builder.combine(ops::Add, a, scaled, &site.module)
}

/// Combines all operands from left to right.
fn fold(site: &mut Site<'_, '_, '_, '_>, op: impl Into<Op>) -> Built {
    let op = op.into();
    let mut operands = operands(site)?.into_iter();
    let mut folded = operands.next().ok_or_else(|| site.config.unsupported("it takes nothing"))?;
    for next in operands {
        folded = site.builder.combine(op.clone(), folded, next, &site.module)?;
    }
    Ok(folded)
}

/// Tensors and constants in their order: the layer's list, or the two arguments of an operation.
fn operands(site: &mut Site<'_, '_, '_, '_>) -> Result<Vec<ValueId>, FormatError> {
    let mut given = match site.given.as_slice() {
        [Given::List(list)] => list.clone(),
        other => other.to_vec(),
    };
    // Operations name their second operand where it is no tensor.
    let second = ["y", "x2", "b", "value", "bias"];
    given.extend(site.named.iter().filter(|(name, _)| second.contains(name)).map(|(_, given)| given.clone()));
    let rank = site.inputs()?.iter().map(|&x| site.builder.rank(x)).max().unwrap_or(0);
    let mut operands = Vec::new();
    for given in given {
        match given {
            Given::Tensor(value) => operands.push(value),
            Given::Value(value) if value.is_null() => {}
            Given::Value(value) => {
                let tensor = constant(value).ok_or_else(|| {
                    let shown: String = value.to_string().chars().take(60).collect();
                    site.config.unsupported(format!("it takes {shown}, which is no number"))
                })?;
                operands.push(site.builder.beside(&tensor, rank)?);
            }
            Given::List(_) => return Err(site.config.unsupported("it takes lists of tensors")),
        }
    }
    Ok(operands)
}

/// A number, nested lists of numbers, or Keras 3's `{"class_name": "__tensor__", …}`.
pub(super) fn constant(value: &Value) -> Option<Tensor> {
    let value = match value.get("class_name").and_then(Value::as_str) {
        Some("__tensor__" | "__numpy__") => value.get("config")?.get("value")?,
        _ => value,
    };
    let (mut shape, mut elements) = (Vec::new(), Vec::new());
    nested(value, 0, &mut shape, &mut elements)?;
    (elements.len() == shape.iter().product::<usize>()).then(|| Tensor::f32(shape, elements))
}

fn nested(value: &Value, depth: usize, shape: &mut Vec<usize>, elements: &mut Vec<f32>) -> Option<()> {
    let Value::Array(values) = value else {
        elements.push(value.as_f64()? as f32);
        return (depth == shape.len()).then_some(());
    };
    if depth == shape.len() && elements.is_empty() {
        shape.push(values.len());
    }
    if shape.get(depth) != Some(&values.len()) || values.is_empty() {
        return None;
    }
    values.iter().try_for_each(|value| nested(value, depth + 1, shape, elements))
}

pub(super) fn concatenate(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let inputs = site.inputs()?;
    let axes = site.ints(1, &["axis"])?.unwrap_or(vec![-1]);
    let [axis] = axes[..] else { return Err(site.config.unsupported(format!("it joins along {axes:?}"))) };
    let axis = site.axis(inputs[0], axis)? as isize;
    site.add(ops::Concat { axis }, &inputs)
}
