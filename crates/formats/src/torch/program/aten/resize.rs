//! Images in another size.

use heatlens_graph::ops::{self, Coordinates, NearestMode, ResizeMode};
use heatlens_graph::{Tensor, ValueId};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::Value;

pub(super) fn nearest(call: &mut Call<'_>) -> Built {
    resized(call, ResizeMode::Nearest, Coordinates::Asymmetric)
}

pub(super) fn bilinear(call: &mut Call<'_>) -> Built {
    let coordinates = corners(call)?;
    resized(call, ResizeMode::Linear, coordinates)
}

pub(super) fn bicubic(call: &mut Call<'_>) -> Built {
    let coordinates = corners(call)?;
    resized(call, ResizeMode::Cubic(-0.75), coordinates)
}

fn corners(call: &Call<'_>) -> Result<Coordinates, FormatError> {
    Ok(if call.flag("align_corners", false)? { Coordinates::AlignCorners } else { Coordinates::HalfPixel })
}

fn resized(call: &mut Call<'_>, mode: ResizeMode, coordinates: Coordinates) -> Built {
    let x = call.input()?;
    if call.rank(x) != 4 {
        return Err(call.damaged(format!("a tensor of {} axes", call.rank(x))));
    }
    let op = ops::Resize { mode, coordinates, nearest: NearestMode::Floor };
    // Where factors are said, PyTorch finds the places by them and not by the sizes.
    let factors = if coordinates == Coordinates::AlignCorners && call.get("output_size").is_some() {
        None
    } else {
        factors(call)?
    };
    let inputs = match factors {
        Some([height, width]) => {
            let scales = call.builder.constant(Tensor::f32([4], vec![1.0, 1.0, height as f32, width as f32]));
            vec![Some(x), None, Some(scales)]
        }
        None => vec![Some(x), None, None, Some(sizes(call, x)?)],
    };
    Ok(call.builder.node(op.into(), inputs)?.into())
}

/// Factors of height and width, as a list or apart.
fn factors(call: &mut Call<'_>) -> Result<Option<[f64; 2]>, FormatError> {
    if let Some(Value::List(list)) = call.get("scale_factors") {
        return match list[..] {
            [Value::Float(height), Value::Float(width)] => Ok(Some([height, width])),
            _ => Err(call.damaged("`scale_factors` is not two numbers")),
        };
    }
    let height = if call.get("scales_h").is_some() { "scales_h" } else { "scale_factors" };
    let (height, width) = (call.optional_number(height)?, call.optional_number("scales_w")?);
    Ok(height.zip(width).map(|(height, width)| [height, width]))
}

/// All four extents, of which the program says the last two.
fn sizes(call: &mut Call<'_>, x: ValueId) -> Result<ValueId, FormatError> {
    let given = call.sizes("output_size")?.unwrap_or_default();
    let &[height, width] = given.as_slice() else { return Err(call.damaged("`output_size` is not two numbers")) };
    let sizes = [call.builder.extent(x, 0)?, call.builder.extent(x, 1)?, height, width];
    call.builder.list(&sizes)
}
