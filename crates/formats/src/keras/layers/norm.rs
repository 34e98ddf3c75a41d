//! Normalisations, and ConvNeXt's scale of each channel.

use heatlens_graph::{Tensor, ValueId, ops};

use super::{Built, Site};
use crate::FormatError;
use crate::keras::config::Config;
use crate::keras::tensor::filled;

fn affine(config: &Config<'_>, others: &[&'static str]) -> Vec<&'static str> {
    let own = [("scale", "gamma"), ("center", "beta")];
    let own = own.into_iter().filter(|(flag, _)| config.flag(flag, true)).map(|(_, name)| name);
    own.chain(others.iter().copied()).collect()
}

pub(super) fn batch_weights(config: &Config<'_>) -> Vec<&'static str> {
    affine(config, &["moving_mean", "moving_variance"])
}

pub(super) fn layer_weights(config: &Config<'_>) -> Vec<&'static str> {
    affine(config, &[])
}

pub(super) fn group_weights(config: &Config<'_>) -> Vec<&'static str> {
    affine(config, &[])
}

pub(super) fn scale_weights(_: &Config<'_>) -> Vec<&'static str> {
    vec!["gamma"]
}

/// Scale and offset, which are 1 and 0 where the layer has none.
fn scale_and_offset(site: &mut Site<'_, '_, '_, '_>, channels: usize) -> Result<[ValueId; 2], FormatError> {
    let scale = match site.config.flag("scale", true) {
        true => site.vector("gamma", channels)?,
        false => site.builder.anonymous(filled(channels, 1.0)),
    };
    let offset = match site.config.flag("center", true) {
        true => site.vector("beta", channels)?,
        false => site.builder.anonymous(filled(channels, 0.0)),
    };
    Ok([scale, offset])
}

/// Refuses normalisations along another axis than the channels'.
fn expect_last(site: &Site<'_, '_, '_, '_>, x: ValueId) -> Result<(), FormatError> {
    let axes = site.config.ints("axis")?.unwrap_or(vec![-1]);
    match axes[..] {
        [axis] if site.builder.axis(x, axis) == Some(site.builder.channel_axis(x)) => Ok(()),
        _ => Err(site.config.unsupported(format!("it normalises along {axes:?}, which is not the last axis"))),
    }
}

pub(super) fn batch(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    expect_last(site, x)?;
    let channels = site.builder.channels(x);
    let epsilon = site.config.float("epsilon", 1e-3)?;
    let [scale, offset] = scale_and_offset(site, channels)?;
    let inputs = [x, scale, offset, site.vector("moving_mean", channels)?, site.vector("moving_variance", channels)?];
    if matches!(site.builder.rank(x), 2 | 4) {
        return site.add(ops::BatchNormalization { epsilon }, &inputs);
    }
    // The channels are the last axis: a multiplication and an addition.
    let module = site.module.clone();
    let [x, scale, offset, mean, variance] = inputs;
    let epsilon = site.scalar(epsilon);
    let variance = site.builder.add(ops::Add, &[variance, epsilon], &module)?;
    let deviation = site.builder.add(ops::Sqrt, &[variance], &module)?;
    let factor = site.builder.add(ops::Div, &[scale, deviation], &module)?;
    let centred = site.builder.add(ops::Sub, &[x, mean], &module)?;
    let scaled = site.builder.add(ops::Mul, &[centred, factor], &module)?;
    site.add(ops::Add, &[scaled, offset])
}

pub(super) fn layer(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    expect_last(site, x)?;
    if site.config.flag("rms_scaling", false) {
        return Err(site.config.unsupported("rms_scaling is not read"));
    }
    let channels = site.builder.channels(x);
    let epsilon = site.config.float("epsilon", 1e-3)?;
    let [scale, offset] = scale_and_offset(site, channels)?;
    let module = site.module.clone();
    if site.builder.rank(x) != 4 {
        return site.add(ops::LayerNormalization { axis: -1, epsilon }, &[x, scale, offset]);
    }
    // The offset is added behind the turn, so that what the layer makes is a map of channels.
    let last = site.builder.channels_last(x, &module)?;
    let nothing = site.builder.anonymous(filled(channels, 0.0));
    let y = site.add(ops::LayerNormalization { axis: -1, epsilon }, &[last, scale, nothing])?;
    let y = site.builder.channels_second(y, &module)?;
    let shape = site.integers(&[1, channels as i64, 1, 1]);
    let offset = site.add(ops::Reshape::default(), &[offset, shape])?;
    site.add(ops::Add, &[y, offset])
}

pub(super) fn group(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = super::conv::image(site)?;
    expect_last(site, x)?;
    let channels = site.builder.channels(x);
    let groups = site.config.ints("groups")?.and_then(|groups| groups.first().copied()).unwrap_or(32);
    // −1 stands for a group of each channel.
    let groups = if groups == -1 { channels } else { usize::try_from(groups).unwrap_or(0) };
    let epsilon = site.config.float("epsilon", 1e-3)?;
    let [scale, offset] = scale_and_offset(site, channels)?;
    site.add(ops::GroupNormalization { groups, epsilon }, &[x, scale, offset])
}

/// `x / √max(Σ x², 1e-12)` along one axis.
pub(super) fn unit(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let axes = site.config.ints("axis")?.unwrap_or(vec![-1]);
    let axes = axes.iter().map(|&axis| Ok(site.axis(x, axis)? as i64)).collect::<Result<Vec<_>, FormatError>>()?;
    let (axes, least) = (site.integers(&axes), site.scalar(1e-12));
    let square = site.add(ops::Mul, &[x, x])?;
    let sum = site.add(ops::ReduceSum { keep_dims: true }, &[square, axes])?;
    let sum = site.add(ops::Max, &[sum, least])?;
    let norm = site.add(ops::Sqrt, &[sum])?;
    site.add(ops::Div, &[x, norm])
}

/// ConvNeXt's `LayerScale`: each channel times a number.
pub(super) fn scale(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let channels = site.builder.channels(x);
    let (axis, rank) = (site.builder.channel_axis(x), site.builder.rank(x));
    let gamma = site.weight("gamma", 1, |site, gamma: Tensor| {
        let gamma = site.expect("gamma", gamma, &[channels])?;
        Ok(crate::keras::tensor::vector_at(gamma, axis, rank))
    })?;
    site.add(ops::Mul, &[x, gamma])
}
