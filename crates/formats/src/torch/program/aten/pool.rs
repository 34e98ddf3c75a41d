//! Poolings.

use heatlens_graph::{ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::{Int, Value};

/// Kernel, strides (the kernel where they are left out) and padding.
fn window(call: &mut Call<'_>) -> Result<([usize; 2], [usize; 2], ops::Padding), FormatError> {
    call.need("kernel_size")?;
    let kernel = call.pair("kernel_size", [1; 2])?;
    Ok((kernel, call.pair("stride", kernel)?, ops::Padding::symmetric(call.pair("padding", [0; 2])?)))
}

fn pooled(call: &mut Call<'_>) -> Result<ValueId, FormatError> {
    let (kernel, strides, padding) = window(call)?;
    let dilations = call.pair("dilation", [1; 2])?;
    let ceil_mode = call.flag("ceil_mode", false)?;
    let x = call.input()?;
    call.add(ops::MaxPool { kernel, strides, dilations, padding, ceil_mode }, &[x])
}

pub(super) fn max(call: &mut Call<'_>) -> Built {
    Ok(pooled(call)?.into())
}

/// The same, which returns where the maxima lie as well; nothing that is read takes that.
pub(super) fn max_with_indices(call: &mut Call<'_>) -> Built {
    Ok(Value::List(vec![pooled(call)?.into(), Value::None]))
}

pub(super) fn average(call: &mut Call<'_>) -> Built {
    let (kernel, strides, padding) = window(call)?;
    let ceil_mode = call.flag("ceil_mode", false)?;
    let count_include_pad = call.flag("count_include_pad", true)?;
    if call.get("divisor_override").is_some() {
        return Err(call.unsupported("`divisor_override`"));
    }
    call.unary(ops::AveragePool { kernel, strides, padding, ceil_mode, count_include_pad })
}

/// Along the channels alone, as `local_response_norm` pools: `x (N, 1, C, H, W)`.
pub(super) fn average_of_channels(call: &mut Call<'_>) -> Built {
    let kernel = call.ints("kernel_size")?.unwrap_or_default();
    let stride = call.ints("stride")?.filter(|ints| !ints.is_empty()).unwrap_or(kernel.clone()).iter().all(|&n| n == 1);
    let padding = call.ints("padding")?.unwrap_or_default().iter().all(|&n| n == 0);
    let x = call.input()?;
    if call.rank(x) != 5 {
        return Err(call.damaged(format!("a tensor of {} axes", call.rank(x))));
    }
    let (&[size, 1, 1], true, true) = (kernel.as_slice(), stride, padding) else {
        return Err(call.unsupported("a pooling of volumes; images have two axes"));
    };
    let size = usize::try_from(size).map_err(|_| call.damaged(format!("a kernel of {size}")))?;
    if call.get("divisor_override").is_some() || call.flag("ceil_mode", false)? {
        return Err(call.unsupported("`divisor_override` and `ceil_mode`"));
    }
    let mut shape = super::shape::extents(call, x)?;
    let flat = [shape[0], shape[1], shape[2], Int::of(-1)];
    let flat = call.builder.list(&flat)?;
    let y = call.add(ops::Reshape { allow_zero: true }, &[x, flat])?;
    let pool = ops::AveragePool {
        kernel: [size, 1],
        strides: [1; 2],
        padding: ops::Padding::NONE,
        ceil_mode: false,
        count_include_pad: true,
    };
    let y = call.add(pool, &[y])?;
    shape[2] = Int::of(call.builder.shape(y)[2] as i64);
    let shape = call.builder.list(&shape)?;
    call.give(ops::Reshape { allow_zero: true }, &[y, shape])
}

/// Cells, `[height, width]`: `None` stands for as many as there are.
fn output(call: &mut Call<'_>, x: ValueId) -> Result<[usize; 2], FormatError> {
    let &[.., height, width] = call.builder.shape(x) else {
        return Err(call.damaged("a tensor of fewer than two axes"));
    };
    let now = [height, width];
    if let Some(Value::List(list)) = call.get("output_size")
        && list.contains(&Value::None)
        && let [a, b] = list[..].to_vec().as_slice()
    {
        let axis = |value: &Value, axis: usize| match value {
            Value::Int(int) => usize::try_from(int.now).map_err(|_| call.damaged("`output_size` is negative")),
            // The size of the image becomes part of the operator.
            _ if call.builder.open => Err(call.unsupported("`output_size` None for images of any size")),
            _ => Ok(now[axis]),
        };
        return Ok([axis(a, 0)?, axis(b, 1)?]);
    }
    call.need("output_size")?;
    call.pair("output_size", [1; 2])
}

/// [`ops::AdaptiveAveragePool`], globally where one cell is left.
pub(super) fn adaptive_average(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    match output(call, x)? {
        [1, 1] => call.give(ops::GlobalAveragePool, &[x]),
        output => call.give(ops::AdaptiveAveragePool { output }, &[x]),
    }
}

/// Windows that are all alike, where the cells divide the image; globally where one is left. It
/// returns where the maxima lie as well.
pub(super) fn adaptive_max(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let output = output(call, x)?;
    let y = if output == [1, 1] {
        call.add(ops::GlobalMaxPool, &[x])?
    } else {
        let &[.., height, width] = call.builder.shape(x) else { return Err(call.damaged("a tensor of one axis")) };
        let [rows, columns] = output;
        if rows == 0 || columns == 0 || height % rows != 0 || width % columns != 0 {
            return Err(
                call.unsupported(format!("{rows}×{columns} cells of {height}×{width}, which they do not divide"))
            );
        }
        // The kernel follows from the image.
        for axis in [2, 3] {
            let extent = call.builder.extent(x, axis)?;
            call.builder.settle(extent);
        }
        let kernel = [height / rows, width / columns];
        let op =
            ops::MaxPool { kernel, strides: kernel, dilations: [1; 2], padding: ops::Padding::NONE, ceil_mode: false };
        call.add(op, &[x])?
    };
    Ok(Value::List(vec![y.into(), Value::None]))
}

/// The mean along the last axis.
pub(super) fn adaptive_average_1d(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    match call.ints("output_size")?.as_deref() {
        Some([1]) => {
            let axes = call.builder.ints(&[-1]);
            call.give(ops::ReduceMean { keep_dims: true }, &[x, axes])
        }
        other => Err(call.unsupported(format!("`output_size` of {other:?}"))),
    }
}
