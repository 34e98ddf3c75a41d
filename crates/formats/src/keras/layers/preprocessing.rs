//! What a model does to the values of an image by itself.

use heatlens_graph::{Tensor, ops};

use super::{Built, Site};
use crate::FormatError;
use crate::keras::config::Config;

/// `scale · x + offset`, one number or one for each channel.
pub(super) fn rescaling(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let scale = numbers(site, "scale")?.unwrap_or_else(|| Tensor::scalar(1.0));
    let offset = numbers(site, "offset")?.filter(|offset| offset.as_f32().is_some_and(|o| o.iter().any(|&o| o != 0.0)));
    let rank = site.builder.rank(x);
    let scale = site.builder.beside(&scale, rank)?;
    let y = site.add(ops::Mul, &[x, scale])?;
    match offset {
        None => Ok(y),
        Some(offset) => {
            let offset = site.builder.beside(&offset, rank)?;
            site.add(ops::Add, &[y, offset])
        }
    }
}

/// A setting of one number, or of one for each channel.
fn numbers(site: &Site<'_, '_, '_, '_>, key: &str) -> Result<Option<Tensor>, FormatError> {
    Ok(site.config.floats(key)?.map(|values| match values[..] {
        [value] => Tensor::scalar(value),
        _ => Tensor::f32([values.len()], values),
    }))
}

/// Mean and variance are weights unless they were given; the count of the images behind them follows.
pub(super) fn moments(config: &Config<'_>) -> Vec<&'static str> {
    if config.get("mean").is_some() { Vec::new() } else { vec!["mean", "variance"] }
}

/// `(x − mean) / max(√variance, 1e-7)`, or its inverse.
pub(super) fn normalization(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let axes = site.config.ints("axis")?.unwrap_or_default();
    let rank = site.builder.rank(x);
    if axes.iter().any(|&axis| site.builder.axis(x, axis) != Some(site.builder.channel_axis(x))) {
        return Err(site.config.unsupported(format!("it normalises along {axes:?}, which is not the last axis")));
    }
    let given = [numbers(site, "mean")?, numbers(site, "variance")?];
    let [mean, variance] = match given {
        [Some(mean), Some(variance)] => [mean, variance],
        _ => {
            let own = |name: &str| site.variable(name, axes.len().min(1));
            [own("mean")?, own("variance")?]
        }
    };
    let deviations = variance.as_f32().unwrap_or_default().iter().map(|variance| variance.sqrt().max(1e-7)).collect();
    let deviation = Tensor::f32(variance.shape(), deviations);
    let (mean, deviation) = (site.builder.beside(&mean, rank)?, site.builder.beside(&deviation, rank)?);
    if site.config.flag("invert", false) {
        let y = site.add(ops::Mul, &[x, deviation])?;
        return site.add(ops::Add, &[y, mean]);
    }
    let y = site.add(ops::Sub, &[x, mean])?;
    site.add(ops::Div, &[y, deviation])
}
