//! What moves elements or leaves some out.

use heatlens_graph::ops::{self, Coordinates, NearestMode, PadMode, ResizeMode};
use heatlens_graph::{Tensor, ValueId};

use super::conv::image;
use super::{Built, Site};
use crate::FormatError;
use crate::keras::builder::{TO_LAST, TO_SECOND};

/// All elements of an image in Keras's order, the channels running fastest.
pub(super) fn flatten(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    site.builder.reshape(x, &[-1], &site.module)
}

/// `Reshape`, the layer without and the operation with the batch in its shape.
pub(super) fn reshape(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    if let Some(target) = site.config.ints("target_shape")? {
        return site.builder.reshape(x, &target, &site.module);
    }
    let target = site.ints(1, &["newshape", "shape"])?.unwrap_or_default();
    let Some((batch, target)) = target.split_first() else {
        return Err(site.config.unsupported("its shape is not said in numbers"));
    };
    // The batch is left over, or it is one image, or it follows from the only extent that is.
    let elements = site.builder.shape(x).iter().skip(1).product::<usize>() as i64;
    let fixed = target.iter().filter(|&&extent| extent > 0).fold(1i64, |n, &extent| n.saturating_mul(extent));
    let whole = match batch {
        -1 => fixed == elements && !target.contains(&-1),
        batch => *batch == 1 || target.contains(&-1) || fixed == elements,
    };
    if !whole {
        return Err(site.config.unsupported("it takes images of a batch together"));
    }
    site.builder.reshape(x, target, &site.module)
}

/// Axes in another order, those of an image counted from 1.
pub(super) fn permute(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let order = site.config.ints("dims")?.unwrap_or_default();
    let order: Vec<i64> = std::iter::once(0).chain(order).collect();
    turn(site, x, &order)
}

pub(super) fn transpose(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let order = site.ints(1, &["axes", "perm"])?;
    let order = order.ok_or_else(|| site.config.unsupported("it turns the batch"))?;
    turn(site, x, &order)
}

fn turn(site: &mut Site<'_, '_, '_, '_>, x: ValueId, order: &[i64]) -> Built {
    let rank = site.builder.rank(x);
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if sorted != (0..rank as i64).collect::<Vec<_>>() || order[0] != 0 {
        return Err(site.config.unsupported(format!("it orders {rank} axes as {order:?}")));
    }
    let order: Vec<usize> = order.iter().map(|&axis| axis as usize).collect();
    // From here to Keras's axes, to its order, and back.
    let order: Vec<usize> =
        if rank == 4 { TO_SECOND.iter().map(|&axis| TO_LAST[order[axis]]).collect() } else { order };
    site.builder.turned(x, &order, &site.module)
}

pub(super) fn expand_dims(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let mut shape = site.builder.shape(x);
    let axes = site.ints(1, &["axis"])?.unwrap_or_default();
    let &[axis] = axes.as_slice() else { return Err(site.config.unsupported(format!("it adds axes {axes:?}"))) };
    let axis = if axis < 0 { axis + shape.len() as i64 + 1 } else { axis };
    match usize::try_from(axis) {
        Ok(axis) if (1..=shape.len()).contains(&axis) => shape.insert(axis, 1),
        _ => return Err(site.config.unsupported(format!("it adds axis {axis}"))),
    }
    to_shape(site, x, &shape)
}

pub(super) fn squeeze(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let mut shape = site.builder.shape(x);
    let axes = site.ints(1, &["axis"])?;
    let rank = shape.len() as i64;
    let gone = |axis: usize| match &axes {
        Some(axes) => axes.iter().any(|&gone| (if gone < 0 { gone + rank } else { gone }) == axis as i64),
        None => axis > 0,
    };
    let mut axis = 0;
    shape.retain(|&extent| {
        axis += 1;
        extent != 1 || !gone(axis - 1)
    });
    to_shape(site, x, &shape)
}

fn to_shape(site: &mut Site<'_, '_, '_, '_>, x: ValueId, shape: &[usize]) -> Built {
    let target: Vec<i64> = shape.iter().skip(1).map(|&extent| extent as i64).collect();
    site.builder.reshape(x, &target, &site.module)
}

/// Tensors along a new axis.
pub(super) fn stack(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let inputs = site.inputs()?;
    let mut shape = site.builder.shape(inputs[0]);
    let axis = site.ints(1, &["axis"])?.and_then(|axes| axes.first().copied()).unwrap_or(0);
    let axis = if axis < 0 { axis + shape.len() as i64 + 1 } else { axis };
    match usize::try_from(axis) {
        Ok(axis) if (1..=shape.len()).contains(&axis) => shape.insert(axis, 1),
        _ => return Err(site.config.unsupported(format!("it stacks along axis {axis}"))),
    }
    let raised = inputs.iter().map(|&x| to_shape(site, x, &shape)).collect::<Result<Vec<_>, _>>()?;
    let axis = site.axis(raised[0], axis)? as isize;
    site.add(ops::Concat { axis }, &raised)
}

/// Adds cells on `[top, left, bottom, right]`, or takes them away.
fn bordered(site: &mut Site<'_, '_, '_, '_>, x: ValueId, by: [i64; 4]) -> Built {
    let [top, left, bottom, right] = by;
    let pads = site.integers(&[0, 0, top, left, 0, 0, bottom, right]);
    site.add(ops::Pad { mode: PadMode::Constant }, &[x, pads])
}

fn borders(site: &Site<'_, '_, '_, '_>, key: &str) -> Result<[i64; 4], FormatError> {
    let [[top, bottom], [left, right]] = site.config.borders(key)?;
    let border = |cells: usize| {
        i64::try_from(cells)
            .ok()
            .filter(|&cells| cells < 1 << 31)
            .ok_or_else(|| site.config.unsupported("absurd borders"))
    };
    Ok([border(top)?, border(left)?, border(bottom)?, border(right)?])
}

pub(super) fn zero_padding(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let by = borders(site, "padding")?;
    bordered(site, x, by)
}

pub(super) fn cropping(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let by = borders(site, "cropping")?.map(|cells| -cells);
    bordered(site, x, by)
}

/// Interpolation by Keras's name.
fn interpolation(site: &Site<'_, '_, '_, '_>) -> Result<ops::Resize, FormatError> {
    let mode = match site.config.text("interpolation") {
        Some("bilinear") => ResizeMode::Linear,
        Some("nearest") | None => ResizeMode::Nearest,
        Some(other) => return Err(site.config.unsupported(format!("its interpolation is `{other}`"))),
    };
    Ok(ops::Resize { mode, coordinates: Coordinates::HalfPixel, nearest: NearestMode::RoundPreferCeil })
}

pub(super) fn up_sampling(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let [height, width] = site.config.pair("size", 2)?;
    let op = interpolation(site)?;
    let scales = site.builder.anonymous(Tensor::f32([4], vec![1.0, 1.0, height as f32, width as f32]));
    site.builder.node(op.into(), vec![Some(x), None, Some(scales)], &site.module)
}

/// `Resizing` to a size, without smoothing.
pub(super) fn resizing(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    for flag in ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"] {
        if site.config.flag(flag, false) {
            return Err(site.config.unsupported(format!("{flag} is not read")));
        }
    }
    let size = |key: &str| Ok::<_, FormatError>(site.config.count(key)?.unwrap_or(0) as i64);
    let (height, width) = (size("height")?, size("width")?);
    let mut op = interpolation(site)?;
    if site.config.text("interpolation").is_none() {
        op.mode = ResizeMode::Linear;
    }
    let axes = site.builder.graph.shape(x).to_vec();
    if axes[2..] == [height as usize, width as usize] {
        return Ok(x);
    }
    let factor = |to: i64, from: usize| to as f32 / from as f32;
    // Scales instead of sizes leave the batch open.
    let scales = [1.0, 1.0, factor(height, axes[2]), factor(width, axes[3])];
    let exact = |axis: usize, to: i64| (axes[axis] as f32 * scales[axis]).floor() as i64 == to;
    let (scales, sizes) = if exact(2, height) && exact(3, width) {
        (Some(site.builder.anonymous(Tensor::f32([4], scales.to_vec()))), None)
    } else {
        (None, Some(site.integers(&[axes[0] as i64, axes[1] as i64, height, width])))
    };
    site.builder.node(op.into(), vec![Some(x), None, scales, sizes], &site.module)
}

/// The middle of an image that is at least as large.
pub(super) fn center_crop(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let have = [2, 3].map(|axis| site.builder.graph.shape(x)[axis]);
    let wanted = [site.config.count("height")?.unwrap_or(0), site.config.count("width")?.unwrap_or(0)];
    let mut by = [0; 4];
    for axis in 0..2 {
        let Some(spare) = have[axis].checked_sub(wanted[axis]) else {
            return Err(site.config.unsupported("the image is smaller than what is to be cut out of it"));
        };
        by[axis] = -((spare / 2) as i64);
        by[axis + 2] = -((spare - spare / 2) as i64);
    }
    bordered(site, x, by)
}
