//! Convolutions.

use heatlens_graph::{ValueId, ops};

use super::{Built, Call};
use crate::FormatError;

pub(super) fn conv2d(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let (x, batched) = batched(call, x)?;
    let y = convolved(call, x)?;
    unbatched(call, y, batched)
}

/// `padding` may be the word "same" or "valid".
fn padding(call: &mut Call<'_>) -> Result<ops::Padding, FormatError> {
    if call.get("padding").is_some_and(|given| matches!(given, crate::torch::program::Value::Text(_))) {
        return match call.text("padding", "valid")?.as_str() {
            "valid" => Ok(ops::Padding::NONE),
            "same" => Ok(ops::Padding::SameUpper),
            other => Err(call.damaged(format!("`padding` is {other:?}"))),
        };
    }
    Ok(ops::Padding::symmetric(call.pair("padding", [0; 2])?))
}

fn convolved(call: &mut Call<'_>, x: ValueId) -> Result<ValueId, FormatError> {
    let op = ops::Conv {
        strides: call.pair("stride", [1; 2])?,
        dilations: call.pair("dilation", [1; 2])?,
        padding: padding(call)?,
        group: groups(call)?,
    };
    let inputs = operands(call, x)?;
    call.add(op, &inputs)
}

fn groups(call: &mut Call<'_>) -> Result<usize, FormatError> {
    let groups = call.int("groups", 1)?;
    usize::try_from(groups).map_err(|_| call.damaged(format!("{groups} groups")))
}

fn operands(call: &mut Call<'_>, x: ValueId) -> Result<Vec<ValueId>, FormatError> {
    let (weight, bias) = (call.float_tensor("weight")?, call.optional_tensor("bias")?);
    Ok([x, weight].into_iter().chain(bias).collect())
}

pub(super) fn transposed(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let (x, batched) = batched(call, x)?;
    let op = ops::ConvTranspose {
        strides: call.pair("stride", [1; 2])?,
        dilations: call.pair("dilation", [1; 2])?,
        padding: ops::Padding::symmetric(call.pair("padding", [0; 2])?),
        output_padding: call.pair("output_padding", [0; 2])?,
        group: groups(call)?,
    };
    let inputs = operands(call, x)?;
    let y = call.add(op, &inputs)?;
    unbatched(call, y, batched)
}

/// What both became: transposed or not, of one or two spatial axes.
pub(super) fn convolution(call: &mut Call<'_>) -> Built {
    let weight = call.float_tensor("weight")?;
    match (call.rank(weight), call.flag("transposed", false)?) {
        (4, true) => transposed(call),
        (4, false) => conv2d(call),
        (3, false) => conv1d(call),
        (rank, _) => Err(call.unsupported(format!("a weight of {rank} axes; images have two"))),
    }
}

/// A convolution along one axis is one of images that are one cell high.
pub(super) fn conv1d(call: &mut Call<'_>) -> Built {
    let single = |call: &mut Call<'_>, name: &str, default: usize| -> Result<usize, FormatError> {
        match call.ints(name)?.as_deref() {
            None | Some([]) => Ok(default),
            Some(&[n]) => usize::try_from(n).map_err(|_| call.damaged(format!("`{name}` is {n}"))),
            Some(_) => Err(call.damaged(format!("`{name}` of several numbers"))),
        }
    };
    let (stride, dilation) = (single(call, "stride", 1)?, single(call, "dilation", 1)?);
    let pad = single(call, "padding", 0)?;
    let op = ops::Conv {
        strides: [1, stride],
        dilations: [1, dilation],
        padding: ops::Padding::symmetric([0, pad]),
        group: groups(call)?,
    };
    let x = call.input()?;
    let mut inputs = operands(call, x)?;
    let axis = call.builder.ints(&[2]);
    for operand in &mut inputs[..2] {
        *operand = call.add(ops::Unsqueeze, &[*operand, axis])?;
    }
    let y = call.add(op, &inputs)?;
    call.give(ops::Squeeze, &[y, axis])
}

/// An image alone as a batch of one.
fn batched(call: &mut Call<'_>, x: ValueId) -> Result<(ValueId, bool), FormatError> {
    if call.rank(x) != 3 {
        return Ok((x, true));
    }
    let axis = call.builder.ints(&[0]);
    Ok((call.add(ops::Unsqueeze, &[x, axis])?, false))
}

fn unbatched(call: &mut Call<'_>, y: ValueId, batched: bool) -> Built {
    if batched {
        return Ok(y.into());
    }
    let axis = call.builder.ints(&[0]);
    call.give(ops::Squeeze, &[y, axis])
}
