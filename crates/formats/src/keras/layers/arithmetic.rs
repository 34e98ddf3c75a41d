//! Operations on one tensor.

use heatlens_graph::{Op, ops};
use serde_json::Value;

use super::merge::constant;
use super::{Built, Given, Site};

pub(super) fn negative(site: &mut Site<'_, '_, '_, '_>) -> Built {
    one(site, ops::Neg)
}

pub(super) fn absolute(site: &mut Site<'_, '_, '_, '_>) -> Built {
    one(site, ops::Abs)
}

pub(super) fn square_root(site: &mut Site<'_, '_, '_, '_>) -> Built {
    one(site, ops::Sqrt)
}

pub(super) fn logarithm(site: &mut Site<'_, '_, '_, '_>) -> Built {
    one(site, ops::Log)
}

fn one(site: &mut Site<'_, '_, '_, '_>, op: impl Into<Op>) -> Built {
    let x = site.input()?;
    site.add(op, &[x])
}

pub(super) fn square(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    site.add(ops::Mul, &[x, x])
}

/// Bounds below and above.
pub(super) fn clip(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let bound = |place: usize, names: [&str; 2]| {
        let placed = match site.given.get(place) {
            Some(Given::Value(value)) => Some(*value),
            _ => None,
        };
        names.iter().find_map(|name| site.setting(name)).or(placed).and_then(Value::as_f64)
    };
    let bounds = bound(1, ["x_min", "clip_value_min"]).zip(bound(2, ["x_max", "clip_value_max"]));
    let (low, high) = bounds.ok_or_else(|| site.config.unsupported("its bounds are no numbers"))?;
    let (low, high) = (site.scalar(low as f32), site.scalar(high as f32));
    site.add(ops::Clip, &[x, low, high])
}

pub(super) fn mean(site: &mut Site<'_, '_, '_, '_>) -> Built {
    reduce(site, |keep_dims| ops::ReduceMean { keep_dims }.into())
}

pub(super) fn sum(site: &mut Site<'_, '_, '_, '_>) -> Built {
    reduce(site, |keep_dims| ops::ReduceSum { keep_dims }.into())
}

pub(super) fn largest(site: &mut Site<'_, '_, '_, '_>) -> Built {
    reduce(site, |keep_dims| ops::ReduceMax { keep_dims }.into())
}

pub(super) fn smallest(site: &mut Site<'_, '_, '_, '_>) -> Built {
    reduce(site, |keep_dims| ops::ReduceMin { keep_dims }.into())
}

fn reduce(site: &mut Site<'_, '_, '_, '_>, op: impl FnOnce(bool) -> Op) -> Built {
    let x = site.input()?;
    let axes =
        site.ints(1, &["axis"])?.ok_or_else(|| site.config.unsupported("it takes images of a batch together"))?;
    let keep = site.setting("keepdims").and_then(Value::as_bool).unwrap_or(false);
    let places =
        axes.iter().map(|&axis| Ok(site.axis(x, axis)? as i64)).collect::<Result<Vec<_>, crate::FormatError>>()?;
    if places.contains(&0) {
        return Err(site.config.unsupported("it takes images of a batch together"));
    }
    // Of four axes three may be left, which then lie as Keras has them.
    let rank = site.builder.rank(x);
    if rank == 4 && !keep && places.len() == 1 && places[0] != 1 {
        let module = site.module.clone();
        let last = site.builder.channels_last(x, &module)?;
        let axis = if axes[0] < 0 { axes[0] + 4 } else { axes[0] };
        let axes = site.integers(&[axis]);
        return site.add(op(false), &[last, axes]);
    }
    let places = site.integers(&places);
    site.add(op(keep), &[x, places])
}

/// A product with a constant matrix, or of two tensors of fewer than four axes.
pub(super) fn matmul(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let a = site.input()?;
    let b = match site.argument(1, &["b", "x2", "y"]) {
        Some(Given::Tensor(value)) => *value,
        Some(Given::Value(value)) => {
            let tensor = constant(value).ok_or_else(|| site.config.unsupported("it takes what is no matrix"))?;
            site.builder.anonymous(tensor)
        }
        _ => return Err(site.config.unsupported("it takes no second matrix")),
    };
    if site.builder.rank(a) == 4 || site.builder.rank(b) == 4 {
        return Err(site.config.unsupported("a product of matrices of four axes is not read"));
    }
    site.add(ops::MatMul, &[a, b])
}
