//! Inception V4 (arXiv 1602.07261) in the names of pretrainedmodels, which timm has too.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "Inception V4",
    members: &[member("inception_v4", 299, &[22, 32])],
    landmarks: &["features.0.conv.weight", "features.3.conv.conv.weight", "features.4.branch0.0.conv.weight"],
    measure: |weights| Probe::measure(weights, &[Count("features"), Extent("features.0.conv.weight", 0)]),
    fixed: 1,
    variants: |_| &[POOLS],
    build,
};

pub(super) const SAME: Window = Window::stride(1);
pub(super) const VALID: Window = Window::stride(1).pad(0);
pub(super) const HALVING: Window = Window::stride(2).pad(0);
pub(super) const HALVED: Pooling = Pooling { kernel: 3, stride: 2, padding: 0, ceil: false };

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let image = b.image_for("features.0.conv.weight")?;
    b.expect_kernel("features.0.conv", 3)?;
    let mut x = image;
    for i in 0..b.count("features") {
        x = b.within(&format!("features.{i}"), |b| match i {
            0 => unit(b, x, "", HALVING),
            1 => unit(b, x, "", VALID),
            2 => unit(b, x, "", SAME),
            3 => {
                let pooled = b.max_pool(x, "maxpool", HALVED)?;
                let convolved = unit(b, x, "conv", HALVING)?;
                b.concat(&[pooled, convolved])
            }
            4 => branches(b, x, VALID),
            5 => {
                let convolved = unit(b, x, "conv", HALVING)?;
                let pooled = b.max_pool(x, "maxpool", HALVED)?;
                b.concat(&[convolved, pooled])
            }
            10 | 18 => branches(b, x, HALVING),
            _ if b.has("branch1_0") => forked(b, x),
            _ => branches(b, x, SAME),
        })?;
    }
    b.pooled_classifier(x, "last_linear")
}

/// A convolution with its normalisation and ReLU.
pub(super) fn unit(b: &mut Builder<'_>, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
    b.within(name, |b| b.unit(x, ["conv", "bn", b.first(&["bn.act", "relu"])], window, Relu))
}

/// The modules `branch0`, `branch1`, … on the same `x`, joined. Each is one convolution or several,
/// of which the last one has this window; those that begin with a pooling are numbered from 1. Where
/// the extents are halved, a pooling follows as the last branch.
pub(super) fn branches(b: &mut Builder<'_>, x: ValueId, last: Window) -> Fit<ValueId> {
    let count = b.weights().count_prefixed(b.path("branch").as_str(), 0);
    let mut made = Vec::new();
    for i in 0..count {
        made.push(b.within(&format!("branch{i}"), |b| branch(b, x, last))?);
    }
    if last.stride == 2 {
        made.push(b.max_pool(x, &format!("branch{count}"), HALVED)?);
    }
    b.concat(&made)
}

fn branch(b: &mut Builder<'_>, x: ValueId, last: Window) -> Fit<ValueId> {
    if b.has("conv") {
        return unit(b, x, "", last);
    }
    if !b.has("0") {
        let pooled = local_means(b, x, "0")?;
        return unit(b, pooled, "1", SAME);
    }
    let units = b.count("");
    (0..units).try_fold(x, |x, i| unit(b, x, &i.to_string(), if i + 1 == units { last } else { SAME }))
}

/// Means of 3×3 cells, of those that there are at the edge.
fn local_means(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    b.pickled(name);
    let padding = ops::Padding::symmetric([1; 2]);
    let op = ops::AveragePool { kernel: [3; 2], strides: [1; 2], padding, ceil_mode: false, count_include_pad: false };
    b.add(op, &[x], name)
}

/// Branches that end in a 1×3 and a 3×1 convolution side by side.
fn forked(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let mut made = vec![unit(b, x, "branch0", SAME)?];
    let single = unit(b, x, "branch1_0", SAME)?;
    let double = ["branch2_0", "branch2_1", "branch2_2"].iter().try_fold(x, |x, name| unit(b, x, name, SAME))?;
    for (from, name) in [(single, "branch1_1a"), (single, "branch1_1b"), (double, "branch2_3a"), (double, "branch2_3b")]
    {
        made.push(unit(b, from, name, SAME)?);
    }
    made.push(b.within("branch3", |b| branch(b, x, SAME))?);
    b.concat(&made)
}
