//! Normalisations.

use heatlens_graph::{DType, Tensor, ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::Value;

/// Scale and offset, which are 1 and 0 where the layer has none.
fn affine(call: &mut Call<'_>, shape: &[usize]) -> Result<[ValueId; 2], FormatError> {
    let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= 1 << 24);
    let count = count.ok_or_else(|| call.damaged(format!("normalises over {shape:?}")))?;
    let mut filled = |name: &str, value: f32| -> Result<ValueId, FormatError> {
        let given = call.optional_tensor(name)?;
        Ok(given.unwrap_or_else(|| call.builder.constant(Tensor::f32(shape.to_vec(), vec![value; count]))))
    };
    Ok([filled("weight", 1.0)?, filled("bias", 0.0)?])
}

fn channels(call: &Call<'_>, x: ValueId) -> Result<usize, FormatError> {
    let channels = call.builder.shape(x).get(1).copied();
    channels.ok_or_else(|| call.damaged("a tensor without channels"))
}

fn epsilon(call: &mut Call<'_>) -> Result<f32, FormatError> {
    Ok(call.number("eps", 1e-5)? as f32)
}

/// Batch normalisation with the statistics of training. With those of the batch the answer for an
/// image would depend on the images beside it.
pub(super) fn batch(call: &mut Call<'_>) -> Built {
    if call.flag("training", false)?
        && call.get("running_mean").is_none()
        && let x = call.input()?
        && !call.builder.depends_on_image(x)
    {
        // Weights that are standardised: with a batch of one it is an instance normalisation.
        let (channels, extents) = (channels(call, x)?, call.builder.shape(x).to_vec());
        if extents.first() == Some(&1) && extents.len() > 2 {
            let [scale, offset] = affine(call, &[channels])?;
            let epsilon = epsilon(call)?;
            return call.give(ops::InstanceNormalization { epsilon }, &[x, scale, offset]);
        }
    }
    if call.flag("training", false)? || call.get("running_mean").is_none() || call.get("running_var").is_none() {
        return Err(call.unsupported(
            "normalisation by the statistics of the batch: the model was saved in training mode (call `model.eval()` \
             before saving or exporting it), has no running statistics, or an instance normalisation was taken apart \
             (export without `run_decompositions`)",
        ));
    }
    let x = call.input()?;
    let channels = channels(call, x)?;
    let [scale, offset] = affine(call, &[channels])?;
    let (mean, variance) = (call.float_tensor("running_mean")?, call.float_tensor("running_var")?);
    let epsilon = epsilon(call)?;
    call.give(ops::BatchNormalization { epsilon }, &[x, scale, offset, mean, variance])
}

/// The same, which returns the statistics of the batch as well, of which there are none.
pub(super) fn native_batch(call: &mut Call<'_>) -> Built {
    Ok(Value::List(vec![batch(call)?, Value::None, Value::None]))
}

pub(super) fn layer(call: &mut Call<'_>) -> Built {
    let (x, shape) = normalised(call)?;
    let [scale, offset] = affine(call, &shape)?;
    let epsilon = epsilon(call)?;
    call.give(ops::LayerNormalization { axis: -(shape.len() as isize), epsilon }, &[x, scale, offset])
}

fn normalised(call: &mut Call<'_>) -> Result<(ValueId, Vec<usize>), FormatError> {
    let x = call.input()?;
    let shape = call.ints("normalized_shape")?.unwrap_or_default();
    let extents: Option<Vec<usize>> = shape.iter().map(|&n| usize::try_from(n).ok()).collect();
    match extents {
        Some(shape) if !shape.is_empty() && call.builder.shape(x).ends_with(&shape) => Ok((x, shape)),
        _ => Err(call.damaged(format!("normalises a tensor of {:?} over {shape:?}", call.builder.shape(x)))),
    }
}

pub(super) fn native_layer(call: &mut Call<'_>) -> Built {
    Ok(Value::List(vec![layer(call)?, Value::None, Value::None]))
}

fn grouped(call: &mut Call<'_>, groups: i64) -> Built {
    let x = call.input()?;
    let channels = channels(call, x)?;
    let [scale, offset] = affine(call, &[channels])?;
    let groups = usize::try_from(groups).map_err(|_| call.damaged(format!("{groups} groups")))?;
    let epsilon = epsilon(call)?;
    call.give(ops::GroupNormalization { groups, epsilon }, &[x, scale, offset])
}

pub(super) fn group(call: &mut Call<'_>) -> Built {
    let groups = call.int("num_groups", 1)?;
    grouped(call, groups)
}

pub(super) fn native_group(call: &mut Call<'_>) -> Built {
    let groups = call.int("group", 1)?;
    Ok(Value::List(vec![grouped(call, groups)?, Value::None, Value::None]))
}

/// Normalisation of each channel of each image; with running statistics it is a batch normalisation.
pub(super) fn instance(call: &mut Call<'_>) -> Built {
    if !call.flag("use_input_stats", true)? {
        return batch(call);
    }
    let x = call.input()?;
    let channels = channels(call, x)?;
    let [scale, offset] = affine(call, &[channels])?;
    let epsilon = epsilon(call)?;
    call.give(ops::InstanceNormalization { epsilon }, &[x, scale, offset])
}

pub(super) fn local_response(call: &mut Call<'_>) -> Built {
    let size = call.int("size", 5)?;
    let size = usize::try_from(size).map_err(|_| call.damaged(format!("`size` is {size}")))?;
    let (alpha, beta, bias) = (call.number("alpha", 1e-4)?, call.number("beta", 0.75)?, call.number("k", 1.0)?);
    call.unary(ops::Lrn { size, alpha: alpha as f32, beta: beta as f32, bias: bias as f32 })
}

/// `x / √(mean(x²) + eps) · weight`.
pub(super) fn root_mean_square(call: &mut Call<'_>) -> Built {
    let (x, shape) = normalised(call)?;
    let epsilon = call.number("eps", f64::from(f32::EPSILON))?;
    let axes: Vec<i64> = (1..=shape.len() as i64).map(|axis| -axis).collect();
    let (axes, epsilon) = (call.builder.ints(&axes), call.builder.number(epsilon, DType::F32));
    let square = call.add(ops::Mul, &[x, x])?;
    let mean = call.add(ops::ReduceMean { keep_dims: true }, &[square, axes])?;
    let mean = call.add(ops::Add, &[mean, epsilon])?;
    let root = call.add(ops::Sqrt, &[mean])?;
    let y = call.add(ops::Div, &[x, root])?;
    match call.optional_tensor("weight")? {
        Some(weight) => call.give(ops::Mul, &[y, weight]),
        None => Ok(y.into()),
    }
}
