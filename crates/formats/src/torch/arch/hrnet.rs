//! HRNet (arXiv 1908.07919), in timm's names: branches of several resolutions beside each other.

use heatlens_graph::ValueId;

use super::activation::Activation::{self, Identity, Relu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::misfit::{Fit, Misfit};
use super::probe::Probe::{self, Count, Extent, Has};
use super::residual::Step;
use super::resnet;
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "HRNet",
    members: MEMBERS,
    landmarks: &["conv1.weight", "conv2.weight", "transition1.1.0.0.weight", "stage4.0.fuse_layers.0.1.0.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("final_layer.0.bias"),
    Count("layer1"),
    Count("stage2"),
    Count("stage3"),
    Count("stage4"),
    Count("stage4.0.branches.0"),
    Extent("transition1.0.0.weight", 0),
];

/// Bias in the head, blocks of the first stage, modules of the others, blocks of a branch, width.
const MEMBERS: &[Member] = &[
    member("hrnet_w18", 224, &[1, 4, 1, 4, 3, 4, 18]),
    member("hrnet_w18_small", 224, &[1, 1, 1, 1, 1, 2, 16]),
    member("hrnet_w18_small_v2", 224, &[1, 2, 1, 3, 2, 2, 18]),
    member("hrnet_w18_ssld", 224, &[0, 4, 1, 4, 3, 4, 18]),
    member("hrnet_w30", 224, &[1, 4, 1, 4, 3, 4, 30]),
    member("hrnet_w32", 224, &[1, 4, 1, 4, 3, 4, 32]),
    member("hrnet_w40", 224, &[1, 4, 1, 4, 3, 4, 40]),
    member("hrnet_w44", 224, &[1, 4, 1, 4, 3, 4, 44]),
    member("hrnet_w48", 224, &[1, 4, 1, 4, 3, 4, 48]),
    member("hrnet_w48_ssld", 224, &[0, 4, 1, 4, 3, 4, 48]),
    member("hrnet_w64", 224, &[1, 4, 1, 4, 3, 4, 64]),
];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("conv1.weight")?;
    b.expect_kernel("conv1", 3)?;
    let x = b.unit(image, ["conv1", "bn1", b.first(&["act1", "relu"])], Window::stride(2), Relu)?;
    let x = b.unit(x, ["conv2", "bn2", b.first(&["act2", "relu"])], Window::stride(2), Relu)?;
    let mut maps = vec![blocks(b, x, "layer1")?];
    for stage in 2..=4 {
        maps = transition(b, &maps, &format!("transition{}", stage - 1))?;
        for i in 0..b.count(&format!("stage{stage}")) {
            maps = b.within(&format!("stage{stage}.{i}"), |b| exchange(b, &maps))?;
        }
    }
    let mut y = blocks(b, maps[0], "incre_modules.0")?;
    for (i, &map) in maps.iter().enumerate().skip(1) {
        let wide = blocks(b, map, &format!("incre_modules.{i}"))?;
        let smaller = sequence(b, y, &format!("downsamp_modules.{}", i - 1), 2, Relu)?;
        y = b.sum(wide, smaller)?;
    }
    let y = sequence(b, y, "final_layer", 1, Relu)?;
    b.pooled_classifier(y, "classifier")
}

/// The residual blocks of the module `name`.
fn blocks(b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
    (0..b.count(name)).try_fold(x, |x, i| b.within(&format!("{name}.{i}"), |b| resnet::block(b, x, Step::stride(1))))
}

/// Convolution, normalisation and activation, numbered 0, 1, 2.
fn sequence(b: &mut Builder<'_>, x: ValueId, name: &str, stride: usize, kind: Activation) -> Fit<ValueId> {
    b.within(name, |b| b.unit(x, ["0", "1", "2"], Window::stride(stride), kind))
}

/// The maps of the next stage: those that there are, convolved where their width changes, and one of
/// half the extents. What is convolved comes from the last map.
fn transition(b: &mut Builder<'_>, maps: &[ValueId], name: &str) -> Fit<Vec<ValueId>> {
    let Some(&last) = maps.last() else { return Err(Misfit::Missing(b.path(name).to_string())) };
    let mut made = Vec::new();
    for (i, &map) in maps.iter().enumerate() {
        let convolved = format!("{name}.{i}");
        made.push(if b.has(&convolved) { sequence(b, last, &convolved, 1, Relu)? } else { map });
    }
    let chain = format!("{name}.{}", maps.len());
    let steps = b.count(&chain);
    made.push((0..steps).try_fold(last, |x, i| sequence(b, x, &format!("{chain}.{i}"), 2, Relu))?);
    Ok(made)
}

/// `HighResolutionModule`: blocks on each map, then each map is the sum of all, convolved to its
/// width and brought to its extents.
fn exchange(b: &mut Builder<'_>, maps: &[ValueId]) -> Fit<Vec<ValueId>> {
    let mut branches = Vec::new();
    for (i, &map) in maps.iter().enumerate() {
        branches.push(blocks(b, map, &format!("branches.{i}"))?);
    }
    let mut made = Vec::new();
    for i in 0..branches.len() {
        let mut sum = None;
        for (j, &branch) in branches.iter().enumerate() {
            let y = b.within(&format!("fuse_layers.{i}.{j}"), |b| brought(b, branch, i, j))?;
            sum = Some(match sum {
                Some(sum) => b.sum(sum, y)?,
                None => y,
            });
        }
        let sum = sum.ok_or_else(|| Misfit::Missing(b.path("fuse_layers").to_string()))?;
        made.push(b.relu(sum, b.first(&["fuse_act", "relu"]))?);
    }
    Ok(made)
}

/// The map of branch `from` with the width and extents of branch `to`.
fn brought(b: &mut Builder<'_>, x: ValueId, to: usize, from: usize) -> Fit<ValueId> {
    if from > to {
        let y = b.unit(x, ["0", "1", ""], Window::stride(1), Identity)?;
        return b.enlarge_by(y, 1 << (from - to), "2");
    }
    let steps = to - from;
    (0..steps).try_fold(x, |x, i| sequence(b, x, &i.to_string(), 2, if i + 1 == steps { Identity } else { Relu }))
}
