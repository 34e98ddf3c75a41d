//! Poolings.

use heatlens_graph::ops;

use super::conv::{image, padding};
use super::{Built, Site};

pub(super) fn max(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let (kernel, strides) = window(site)?;
    let padding = padding(&site.config)?;
    site.add(ops::MaxPool { kernel, strides, dilations: [1; 2], padding, ceil_mode: false }, &[x])
}

/// The mean of the cells that a window covers; those beyond the edge do not count.
pub(super) fn average(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = image(site)?;
    let (kernel, strides) = window(site)?;
    let padding = padding(&site.config)?;
    site.add(ops::AveragePool { kernel, strides, padding, ceil_mode: false, count_include_pad: false }, &[x])
}

fn window(site: &Site<'_, '_, '_, '_>) -> Result<([usize; 2], [usize; 2]), crate::FormatError> {
    let kernel = site.config.pair("pool_size", 2)?;
    let strides = if site.config.get("strides").is_some() { site.config.pair("strides", 1)? } else { kernel };
    Ok((kernel, strides))
}

pub(super) fn global_average(site: &mut Site<'_, '_, '_, '_>) -> Built {
    global(site, ops::GlobalAveragePool)
}

pub(super) fn global_max(site: &mut Site<'_, '_, '_, '_>) -> Built {
    global(site, ops::GlobalMaxPool)
}

fn global(site: &mut Site<'_, '_, '_, '_>, op: impl Into<heatlens_graph::Op>) -> Built {
    let x = image(site)?;
    let y = site.add(op, &[x])?;
    if site.config.flag("keepdims", false) { Ok(y) } else { site.add(ops::Flatten { axis: 1 }, &[y]) }
}

pub(super) fn global_average_of_steps(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let (x, axes) = (site.input()?, site.integers(&[1]));
    let keep_dims = site.config.flag("keepdims", false);
    site.add(ops::ReduceMean { keep_dims }, &[x, axes])
}

pub(super) fn global_max_of_steps(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let (x, axes) = (site.input()?, site.integers(&[1]));
    let keep_dims = site.config.flag("keepdims", false);
    site.add(ops::ReduceMax { keep_dims }, &[x, axes])
}
