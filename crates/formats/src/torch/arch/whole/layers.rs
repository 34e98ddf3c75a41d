//! The layers of `torch.nn`, each as its pickled attributes say.

use heatlens_graph::{Tensor, ValueId, ops};

use super::super::activation::Activation;
use super::super::builder::Builder;
use super::super::geometry::Window;
use super::super::misfit::Fit;
use super::{pooling, shapes};
use crate::torch::{Attribute, ModuleTree};

/// Runs the layer `name`; `None` if its class is no layer that is known.
pub(super) fn run(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<Option<ValueId>> {
    let class = module.known_class();
    let y = match class {
        "Flatten" => shapes::flatten(b, x, name, module)?,
        "Sequential" | "ModuleList" | "ModuleDict" => return Ok(None),
        _ if module.computes_nothing() => x,
        "Conv2d" | "Conv2dSame" | "Conv2dDynamicSamePadding" | "Conv2dStaticSamePadding" => {
            b.conv(x, name, Window::stride(1).grouped())?
        }
        "Linear" | "NonDynamicallyQuantizableLinear" => linear(b, x, name)?,
        "BatchNorm1d" | "BatchNorm2d" | "SyncBatchNorm" | "FrozenBatchNorm2d" => {
            b.within(name, |b| batch_norm(b, x, module))?
        }
        "LayerNorm" => b.within(name, |b| layer_norm(b, x, module))?,
        "LayerNorm2d" => b.channel_norm(x, name, 1e-6)?,
        "GroupNorm" => b.within(name, |b| group_norm(b, x, module))?,
        "InstanceNorm2d" => b.within(name, |b| instance_norm(b, x, module))?,
        "LocalResponseNorm" => local_response(b, x, name, module)?,
        "PReLU" => b.within(name, |b| prelu(b, x))?,
        "Softmax" | "LogSoftmax" | "Softmax2d" | "LogSigmoid" => squash(b, x, name, module)?,
        _ => match Activation::of(module) {
            Some(activation) => b.activate(x, name, activation)?,
            None => match shapes::run(b, x, name, module)? {
                Some(y) => y,
                None => match pooling::run(b, x, name, module)? {
                    Some(y) => y,
                    None => return Ok(None),
                },
            },
        },
    };
    b.pickled(name);
    Ok(Some(y))
}

/// A linear layer over the last dimension.
fn linear(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    if b.shape(x).len() == 2 {
        return b.linear(x, name);
    }
    b.within(name, |b| {
        let features = b.shape(x).last().copied().unwrap_or(0);
        let weight = b.tensor("weight", 2)?;
        if weight.shape()[1] != features {
            return Err(b.misshapen("weight", weight.shape(), format!("a linear layer of {features} features")));
        }
        let outputs = weight.shape()[0];
        let weight = b.parameter("weight", &[outputs, features])?;
        let transposed = b.add(ops::Transpose { perm: vec![1, 0] }, &[weight], "")?;
        let y = b.add(ops::MatMul, &[x, transposed], "")?;
        if !b.has("bias") {
            return Ok(y);
        }
        let bias = b.parameter("bias", &[outputs])?;
        b.add(ops::Add, &[y, bias], "")
    })
}

/// The module of the scope: a batch normalisation, which may have no weights of its own.
pub(super) fn batch_norm(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let channels = b.channels(x);
    if !b.has("running_mean") {
        return Err(b.misplaced("", module, "it keeps no running statistics, so that it depends on the other images"));
    }
    let weight = scale(b, "weight", &[channels], 1.0)?;
    let bias = scale(b, "bias", &[channels], 0.0)?;
    let statistics = [b.parameter("running_mean", &[channels])?, b.parameter("running_var", &[channels])?];
    b.pickled("");
    let op = ops::BatchNormalization { epsilon: epsilon(module) };
    b.add(op, &[x, weight, bias, statistics[0], statistics[1]], "")
}

fn layer_norm(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let over: Vec<usize> = match module.attributes.get("normalized_shape") {
        Some(Attribute::Ints(extents)) => extents.iter().filter_map(|&n| usize::try_from(n).ok()).collect(),
        _ => Vec::new(),
    };
    if over.is_empty() || !b.shape(x).ends_with(&over) {
        let reason = format!("its `normalized_shape` {over:?} is not the end of {:?}", b.shape(x));
        return Err(b.misplaced("", module, reason));
    }
    let (weight, bias) = (scale(b, "weight", &over, 1.0)?, scale(b, "bias", &over, 0.0)?);
    let axis = -(over.len() as isize);
    b.add(ops::LayerNormalization { axis, epsilon: epsilon(module) }, &[x, weight, bias], "")
}

fn group_norm(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let channels = b.channels(x);
    let (weight, bias) = (scale(b, "weight", &[channels], 1.0)?, scale(b, "bias", &[channels], 0.0)?);
    match module.int("num_groups").and_then(|groups| usize::try_from(groups).ok()) {
        Some(groups) => b.add(ops::GroupNormalization { groups, epsilon: epsilon(module) }, &[x, weight, bias], ""),
        None => Err(b.misplaced("", module, "its `num_groups` cannot be read")),
    }
}

fn instance_norm(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    if b.has("running_mean") {
        return batch_norm(b, x, module);
    }
    let channels = b.channels(x);
    let (weight, bias) = (scale(b, "weight", &[channels], 1.0)?, scale(b, "bias", &[channels], 0.0)?);
    b.add(ops::InstanceNormalization { epsilon: epsilon(module) }, &[x, weight, bias], "")
}

/// The tensor `name` of the scope; where the layer was made without, as many equal numbers.
fn scale(b: &mut Builder<'_>, name: &str, shape: &[usize], neutral: f32) -> Fit<ValueId> {
    if b.has(name) {
        return b.parameter(name, shape);
    }
    Ok(b.constant(Tensor::f32(shape.to_vec(), vec![neutral; shape.iter().product()])))
}

fn epsilon(module: &ModuleTree) -> f32 {
    module.float("eps").map_or(1e-5, |eps| eps as f32)
}

fn local_response(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let number = |attribute: &str, default: f32| module.float(attribute).map_or(default, |v| v as f32);
    match module.int("size").and_then(|size| usize::try_from(size).ok()) {
        // Of an even number of channels, PyTorch has the odd one before and ONNX behind.
        Some(size) if size % 2 == 1 => {
            let op =
                ops::Lrn { size, alpha: number("alpha", 1e-4), beta: number("beta", 0.75), bias: number("k", 1.0) };
            b.add(op, &[x], name)
        }
        _ => Err(b.misplaced(name, module, "its `size` must be odd")),
    }
}

/// One slope, or one a channel.
fn prelu(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let slope = b.tensor("weight", 1)?;
    let mut shape = vec![1; b.shape(x).len().max(2) - 1];
    shape[0] = slope.len();
    if slope.len() != 1 && slope.len() != b.channels(x) {
        return Err(b.misshapen("weight", slope.shape(), "one slope, or one a channel"));
    }
    let slope = b.named_constant("weight", slope.reshaped(shape));
    b.add(ops::PRelu, &[x, slope], "")
}

/// What makes probabilities of logits; at the end of a network it is taken off again.
fn squash(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    // Without a dimension, PyTorch takes this one for (N, C) and (N, C, H, W).
    let axis = module.int("dim").unwrap_or(1) as isize;
    match module.known_class() {
        "Softmax" => b.add(ops::Softmax { axis }, &[x], name),
        "Softmax2d" => b.add(ops::Softmax { axis: 1 }, &[x], name),
        "LogSoftmax" => b.add(ops::LogSoftmax { axis }, &[x], name),
        _ => {
            let y = b.add(ops::Sigmoid, &[x], name)?;
            b.add(ops::Log, &[y], name)
        }
    }
}
