//! Layers that move, pad or resample.

use heatlens_graph::{Op, Tensor, ValueId, ops};

use super::super::builder::Builder;
use super::super::misfit::Fit;
use crate::torch::{Attribute, ModuleTree};

/// Cells, factors and extents above this are a mistake.
const LARGEST: i64 = 1 << 16;

/// Runs the layer `name`; `None` if it is another.
pub(super) fn run(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<Option<ValueId>> {
    Ok(Some(match module.known_class() {
        "Unflatten" => unflatten(b, x, name, module)?,
        "Permute" => permute(b, x, name, module)?,
        "PixelShuffle" => match module.int("upscale_factor") {
            Some(factor @ 1..=LARGEST) => {
                b.add(ops::DepthToSpace { block: factor as usize, column_row_depth: true }, &[x], name)?
            }
            _ => return Err(b.misplaced(name, module, "its `upscale_factor` cannot be read")),
        },
        "ZeroPad2d" | "ConstantPad2d" => pad(b, x, name, module, ops::PadMode::Constant)?,
        "ReflectionPad2d" => pad(b, x, name, module, ops::PadMode::Reflect)?,
        "ReplicationPad2d" => pad(b, x, name, module, ops::PadMode::Edge)?,
        "Upsample" | "UpsamplingNearest2d" | "UpsamplingBilinear2d" => upsample(b, x, name, module)?,
        _ => return Ok(None),
    }))
}

/// `torch.nn.Flatten`, of all but the batch or of the last dimensions.
pub(super) fn flatten(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let rank = b.shape(x).len() as i64;
    // fastai's class of this name has `full` alone, which would join the images of a batch.
    let (start, end) = (module.int("start_dim").unwrap_or(1), module.int("end_dim").unwrap_or(-1));
    let (from, to) = (if start < 0 { start + rank } else { start }, if end < 0 { end + rank } else { end });
    if module.bool("full") == Some(true) || from < 1 || to != rank - 1 || from > to {
        return Err(b.misplaced(name, module, format!("dimensions {start} to {end} cannot be joined here")));
    }
    if from == 1 {
        return b.flatten(x, name);
    }
    let mut shape = vec![0; from as usize];
    shape.push(-1);
    reshape(b, x, name, &shape)
}

/// Reshapes; 0 keeps an extent, -1 is what is left.
fn reshape(b: &mut Builder<'_>, x: ValueId, name: &str, shape: &[i64]) -> Fit<ValueId> {
    let shape = b.constant(Tensor::ints(shape));
    b.add(ops::Reshape::default(), &[x, shape], name)
}

fn unflatten(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let rank = b.shape(x).len() as i64;
    let at = module.int("dim").map(|dim| if dim < 0 { dim + rank } else { dim });
    match (at, module.attributes.get("unflattened_size")) {
        (Some(at), Some(Attribute::Ints(extents))) if at >= 1 && at == rank - 1 => {
            let mut shape = vec![0; at as usize];
            shape.extend(extents);
            reshape(b, x, name, &shape)
        }
        _ => Err(b.misplaced(name, module, "only the last dimension can be divided, into plain numbers")),
    }
}

/// torchvision's permutation of the dimensions.
fn permute(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let rank = b.shape(x).len();
    let Some(Attribute::Ints(dims)) = module.attributes.get("dims") else {
        return Err(b.misplaced(name, module, "its `dims` cannot be read"));
    };
    let perm: Vec<usize> = dims.iter().filter_map(|&dim| usize::try_from(dim).ok()).collect();
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted != (0..rank).collect::<Vec<_>>() || perm.first() != Some(&0) {
        return Err(b.misplaced(name, module, format!("`dims` {dims:?} are no order of {rank} dimensions")));
    }
    b.add(ops::Transpose { perm }, &[x], name)
}

fn pad(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree, mode: ops::PadMode) -> Fit<ValueId> {
    let Some([left, right, top, bottom]) =
        module.ints::<4>("padding").filter(|sides| sides.iter().all(|side| (-LARGEST..=LARGEST).contains(side)))
    else {
        return Err(b.misplaced(name, module, "its `padding` cannot be read"));
    };
    if b.shape(x).len() != 4 {
        return Err(b.misplaced(name, module, "only images can be padded"));
    }
    let pads = b.constant(Tensor::ints(&[0, 0, top, left, 0, 0, bottom, right]));
    let mut inputs = vec![x, pads];
    if let Some(value) = module.float("value").filter(|value| *value != 0.0) {
        inputs.push(b.constant(Tensor::scalar(value as f32)));
    }
    b.add(ops::Pad { mode }, &inputs, name)
}

/// `torch.nn.Upsample` by a factor: to a size, it would be right for images of one size only.
fn upsample(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let factor = module.float("scale_factor").filter(|factor| (1e-3..=1e3).contains(factor));
    let (Some(factor), 4) = (factor, b.shape(x).len()) else {
        return Err(b.misplaced(name, module, "only one `scale_factor` for height and width is supported"));
    };
    let corners = module.bool("align_corners") == Some(true);
    let coordinates = if corners { ops::Coordinates::AlignCorners } else { ops::Coordinates::HalfPixel };
    let op: Op = match module.str("mode") {
        Some("nearest") => ops::Resize {
            mode: ops::ResizeMode::Nearest,
            coordinates: ops::Coordinates::Asymmetric,
            nearest: ops::NearestMode::Floor,
        },
        Some("bilinear") => {
            ops::Resize { mode: ops::ResizeMode::Linear, coordinates, nearest: ops::NearestMode::Floor }
        }
        Some("bicubic") => {
            ops::Resize { mode: ops::ResizeMode::Cubic(-0.75), coordinates, nearest: ops::NearestMode::Floor }
        }
        _ => return Err(b.misplaced(name, module, "its `mode` is not known")),
    }
    .into();
    let none = b.constant(Tensor::f32([0], Vec::new()));
    let scales = b.constant(Tensor::f32([4], vec![1.0, 1.0, factor as f32, factor as f32]));
    b.add(op, &[x, none, scales], name)
}
