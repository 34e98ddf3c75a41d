//! Resize and its predecessor Upsample.

use heatlens_graph::ops::{self, Coordinates, NearestMode, ResizeMode};
use heatlens_graph::{Tensor, ValueId};

use super::{Context, Done, NodeWriter, Translated, float, text};
use crate::FormatError;

/// Resize; scales or sizes, for all dimensions or (since opset 18) for some.
pub(super) fn resize(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    if cx.opset < 11 {
        let op = ops::Resize { mode: mode(cx)?, coordinates: Coordinates::Asymmetric, nearest: NearestMode::Floor };
        let scales = cx.input(1)?;
        return cx.finish_with(op, vec![Some(x), None, Some(scales)]);
    }
    refuse_rare_attributes(cx)?;
    let op = ops::Resize { mode: mode(cx)?, coordinates: coordinates(cx)?, nearest: nearest(cx)? };
    let given = |i: usize| cx.optional(i).filter(|&v| !cx.importer.graph.value(v).ty.is_empty());
    let (mut scales, mut sizes) = (given(2), given(3));
    if let Some(axes) = cx.attributes().ints("axes")? {
        let first = trailing(cx, axes, x)?;
        scales = scales.map(|scales| all_scales(cx, scales, first)).transpose()?;
        sizes = sizes.map(|sizes| all_sizes(cx, sizes, x, first)).transpose()?;
    }
    match (scales, sizes) {
        (None, None) => Err(cx.damaged("neither scales nor sizes are given")),
        (_, Some(sizes)) => cx.finish_with(op, vec![Some(x), None, None, Some(sizes)]),
        (scales, None) => cx.finish_with(op, vec![Some(x), None, scales]),
    }
}

/// Upsample: scales as an attribute before opset 9, as an argument then.
pub(super) fn upsample(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let scales = match cx.attributes().floats("scales")? {
        Some(scales) => cx.constant(Tensor::f32([scales.len()], scales.to_vec())),
        None => cx.input(1)?,
    };
    let op = ops::Resize { mode: mode(cx)?, coordinates: Coordinates::Asymmetric, nearest: NearestMode::Floor };
    cx.finish_with(op, vec![Some(x), None, Some(scales)])
}

fn mode(cx: &Context<'_, '_>) -> Result<ResizeMode, FormatError> {
    match cx.attributes().text("mode", "nearest")? {
        "nearest" => Ok(ResizeMode::Nearest),
        "linear" | "bilinear" => Ok(ResizeMode::Linear),
        "cubic" => Ok(ResizeMode::Cubic(cx.attributes().float("cubic_coeff_a", -0.75)?)),
        other => Err(cx.damaged(format!("attribute `mode` is `{other}`, which ONNX does not have"))),
    }
}

fn coordinates(cx: &Context<'_, '_>) -> Result<Coordinates, FormatError> {
    match cx.attributes().text("coordinate_transformation_mode", "half_pixel")? {
        "half_pixel" => Ok(Coordinates::HalfPixel),
        "pytorch_half_pixel" => Ok(Coordinates::PytorchHalfPixel),
        "align_corners" => Ok(Coordinates::AlignCorners),
        "asymmetric" => Ok(Coordinates::Asymmetric),
        other => Err(cx.unsupported(format!(
            "coordinate_transformation_mode `{other}`; half_pixel, pytorch_half_pixel, align_corners and asymmetric \
             are supported: crop or resize before the model"
        ))),
    }
}

fn nearest(cx: &Context<'_, '_>) -> Result<NearestMode, FormatError> {
    match cx.attributes().text("nearest_mode", "round_prefer_floor")? {
        "round_prefer_floor" | "" => Ok(NearestMode::RoundPreferFloor),
        "round_prefer_ceil" => Ok(NearestMode::RoundPreferCeil),
        "floor" => Ok(NearestMode::Floor),
        "ceil" => Ok(NearestMode::Ceil),
        other => Err(cx.damaged(format!("attribute `nearest_mode` is `{other}`, which ONNX does not have"))),
    }
}

fn refuse_rare_attributes(cx: &Context<'_, '_>) -> Result<(), FormatError> {
    let attributes = cx.attributes();
    for name in ["antialias", "exclude_outside"] {
        if attributes.flag(name, false)? {
            return Err(cx.unsupported(format!("attribute `{name}`; resize before the model")));
        }
    }
    match attributes.text("keep_aspect_ratio_policy", "stretch")? {
        "stretch" => Ok(()),
        other => Err(cx.unsupported(format!("keep_aspect_ratio_policy `{other}`; export with fixed sizes"))),
    }
}

/// The first of `axes`, which have to be the last dimensions of `x` in order.
fn trailing(cx: &Context<'_, '_>, axes: &[i64], x: ValueId) -> Result<usize, FormatError> {
    let rank = cx.rank(x);
    let positive = axes.iter().map(|&a| if a < 0 { a.saturating_add(rank as i64) } else { a });
    let first = rank.saturating_sub(axes.len());
    if axes.len() <= rank && positive.eq(first as i64..rank as i64) {
        return Ok(first);
    }
    Err(cx.unsupported(format!(
        "it resizes the dimensions {axes:?} of {rank}; only the last ones, in order, are supported"
    )))
}

/// Scales for all dimensions from those of the dimensions from `first` on.
fn all_scales(cx: &mut Context<'_, '_>, scales: ValueId, first: usize) -> Result<ValueId, FormatError> {
    let ones = cx.constant(Tensor::f32([first], vec![1.0; first]));
    cx.step(ops::Concat { axis: 0 }, &[ones, scales])
}

/// Sizes for all dimensions from those of the dimensions from `first` on.
fn all_sizes(cx: &mut Context<'_, '_>, sizes: ValueId, x: ValueId, first: usize) -> Result<ValueId, FormatError> {
    let kept = cx.step(ops::Shape { start: 0, end: Some(first as isize) }, &[x])?;
    cx.step(ops::Concat { axis: 0 }, &[kept, sizes])
}

/// Resize.
pub(super) fn write_resize(w: &mut NodeWriter<'_, '_>, op: &ops::Resize) -> Done {
    let coordinates = match op.coordinates {
        Coordinates::HalfPixel => "half_pixel",
        Coordinates::PytorchHalfPixel => "pytorch_half_pixel",
        Coordinates::AlignCorners => "align_corners",
        Coordinates::Asymmetric => "asymmetric",
    };
    let nearest = match op.nearest {
        NearestMode::RoundPreferFloor => "round_prefer_floor",
        NearestMode::RoundPreferCeil => "round_prefer_ceil",
        NearestMode::Floor => "floor",
        NearestMode::Ceil => "ceil",
    };
    let mut attributes = vec![text("coordinate_transformation_mode", coordinates), text("nearest_mode", nearest)];
    match op.mode {
        ResizeMode::Nearest => attributes.push(text("mode", "nearest")),
        ResizeMode::Linear => attributes.push(text("mode", "linear")),
        ResizeMode::Cubic(a) => attributes.extend([text("mode", "cubic"), float("cubic_coeff_a", a)]),
    }
    // The region of interest only matters for a mode that the graph lacks.
    let (x, scales, sizes) = (w.input(0), w.input(2), w.input(3));
    w.finish("Resize", &[&x, "", &scales, &sizes], attributes)
}
