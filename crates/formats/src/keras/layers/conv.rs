//! Convolutions (`keras.layers.Conv2D` and its kin).

use heatlens_graph::ops::{self, Padding};
use heatlens_graph::{Tensor, ValueId};

use super::{Built, Site, activation};
use crate::FormatError;
use crate::keras::config::Config;
use crate::keras::tensor::permuted;

pub(super) fn kernel_and_bias(config: &Config<'_>) -> Vec<&'static str> {
    with_bias(config, &["kernel"])
}

/// Keras 2 calls it `depthwise_kernel` and Keras 3 `kernel`; it is the first either way.
pub(super) fn depthwise_and_bias(config: &Config<'_>) -> Vec<&'static str> {
    with_bias(config, &["depthwise_kernel"])
}

pub(super) fn separable_weights(config: &Config<'_>) -> Vec<&'static str> {
    with_bias(config, &["depthwise_kernel", "pointwise_kernel"])
}

fn with_bias(config: &Config<'_>, weights: &[&'static str]) -> Vec<&'static str> {
    weights.iter().copied().chain(config.flag("use_bias", true).then_some("bias")).collect()
}

/// Strides, dilation and padding as a layer says them.
fn geometry(config: &Config<'_>, group: usize) -> Result<ops::Conv, FormatError> {
    let padding = padding(config)?;
    let (strides, dilations) = (config.pair("strides", 1)?, config.pair("dilation_rate", 1)?);
    Ok(ops::Conv { strides, dilations, padding, group })
}

/// `valid` or `same`.
pub(super) fn padding(config: &Config<'_>) -> Result<Padding, FormatError> {
    match config.text("padding") {
        None | Some("valid") => Ok(Padding::NONE),
        Some("same") => Ok(Padding::SameUpper),
        Some(other) => Err(config.unsupported(format!("its padding is `{other}`"))),
    }
}

/// The tensor of four axes that the layer takes.
pub(super) fn image(site: &Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    match site.builder.rank(x) {
        4 => Ok(x),
        rank => Err(site.config.unsupported(format!("it takes a tensor of {rank} axes where images have 4"))),
    }
}

/// The bias, where the layer has one, behind the other inputs; and the activation of the layer.
fn finish(
    site: &mut Site<'_, '_, '_, '_>,
    op: impl Into<heatlens_graph::Op>,
    mut inputs: Vec<ValueId>,
    out: usize,
) -> Built {
    if site.config.flag("use_bias", true) {
        inputs.push(site.vector("bias", out)?);
    }
    let y = site.add(op, &inputs)?;
    activation::own(site, y)
}

/// `Conv2D`: the kernel is `(height, width, channels / groups, filters)`.
pub(super) fn conv(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let groups = site.config.count("groups")?.unwrap_or(1);
    let kernel = site.weight("kernel", 4, |_, kernel| Ok(permuted(&kernel, &[3, 2, 0, 1])))?;
    let out = site.builder.graph.shape(kernel)[0];
    let op = geometry(&site.config, groups)?;
    finish(site, op, vec![x, kernel], out)
}

/// `(height, width, channels, multiplier)` → `(channels · multiplier, 1, height, width)`.
fn depthwise_kernel(site: &mut Site<'_, '_, '_, '_>, channels: usize) -> Built {
    site.weight("depthwise_kernel", 4, |site, kernel| {
        let [height, width, _, multiplier] = [0, 1, 2, 3].map(|axis| kernel.shape()[axis]);
        let kernel = site.expect("depthwise_kernel", kernel, &[height, width, channels, multiplier])?;
        let kernel: Tensor = permuted(&kernel, &[2, 3, 0, 1]);
        Ok(kernel.reshaped([channels * multiplier, 1, height, width]))
    })
}

pub(super) fn depthwise(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let channels = site.builder.channels(x);
    let kernel = depthwise_kernel(site, channels)?;
    let out = site.builder.graph.shape(kernel)[0];
    let op = geometry(&site.config, channels)?;
    finish(site, op, vec![x, kernel], out)
}

/// A depthwise convolution, and one of 1×1 behind it.
pub(super) fn separable(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let channels = site.builder.channels(x);
    let kernel = depthwise_kernel(site, channels)?;
    let op = geometry(&site.config, channels)?;
    let y = site.add(op, &[x, kernel])?;
    let kernel = site.weight("pointwise_kernel", 4, |_, kernel| Ok(permuted(&kernel, &[3, 2, 0, 1])))?;
    let out = site.builder.graph.shape(kernel)[0];
    finish(site, ops::Conv::default(), vec![y, kernel], out)
}

/// `Conv2DTranspose`: the kernel is `(height, width, filters, channels)`.
pub(super) fn transposed(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    if site.config.get("output_padding").is_some() {
        return Err(site.config.unsupported("output_padding is not read"));
    }
    let group = site.config.count("groups")?.unwrap_or(1);
    if group != 1 {
        return Err(site.config.unsupported("groups of a transposed convolution are not read"));
    }
    let kernel = site.weight("kernel", 4, |_, kernel| Ok(permuted(&kernel, &[3, 2, 0, 1])))?;
    let &[_, out, height, width] = site.builder.graph.shape(kernel) else { unreachable!("a kernel has four axes") };
    let ops::Conv { strides, dilations, padding, .. } = geometry(&site.config, 1)?;
    // TensorFlow lets the output reach to where the next window would begin.
    let reach = |axis: usize, kernel: usize| {
        strides[axis].saturating_sub((kernel - 1).saturating_mul(dilations[axis]).saturating_add(1))
    };
    let output_padding = [reach(0, height), reach(1, width)];
    let op = ops::ConvTranspose { strides, dilations, padding, output_padding, group };
    finish(site, op, vec![x, kernel], out)
}
