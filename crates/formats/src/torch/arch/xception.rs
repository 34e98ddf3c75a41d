//! Xception (arXiv 1610.02357): in the names of pretrainedmodels, which timm's `legacy_xception`
//! has too, and DeepLab's aligned one (1802.02611) in timm's names.

use heatlens_graph::ValueId;

use super::activation::Activation::{Identity, Relu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, CountFrom, Extent, Has};
use super::variant::POOLS;

pub(crate) const LEGACY: Family = Family {
    title: "Xception",
    members: &[member("legacy_xception", 299, &[12, 32, 2048])],
    landmarks: &["conv1.weight", "block1.rep.0.conv1.weight", "block1.skip.weight", "conv4.pointwise.weight"],
    measure: |weights| {
        let probes = [CountFrom("block", 1), Extent("conv1.weight", 0), Extent("conv4.pointwise.weight", 0)];
        Probe::measure(weights, &probes)
    },
    fixed: 0,
    variants: |_| &[POOLS],
    build: legacy,
};

pub(crate) const ALIGNED: Family = Family {
    title: "Xception (aligned)",
    members: MEMBERS,
    landmarks: &["stem.0.conv.weight", "blocks.0.stack.conv1.conv_dw.weight", "head.fc.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 0,
    variants: |_| &[POOLS],
    build: aligned,
};

const MEASURE: &[Probe] = &[Has("blocks.0.norm"), Count("blocks"), Extent("head.fc.weight", 1)];

/// Normalisation in front, blocks, width.
const MEMBERS: &[Member] = &[
    member("xception41", 299, &[0, 13, 2048]),
    member("xception41p", 299, &[1, 13, 2048]),
    member("xception65", 299, &[0, 21, 2048]),
    member("xception65p", 299, &[1, 21, 2048]),
    member("xception71", 299, &[0, 23, 2048]),
];

fn legacy(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("conv1.weight")?;
    b.expect_kernel("conv1", 3)?;
    let mut x = b.unit(image, ["conv1", "bn1", b.first(&["act1", "relu1"])], Window::stride(2).pad(0), Relu)?;
    x = b.unit(x, ["conv2", "bn2", b.first(&["act2", "relu2"])], Window::stride(1).pad(0), Relu)?;
    for i in 1..=b.weights().count_prefixed("block", 1) {
        x = b.within(&format!("block{i}"), |b| legacy_block(b, x))?;
    }
    for [conv, norm, act] in [["conv3", "bn3", "act3"], ["conv4", "bn4", "act4"]] {
        x = b.within(conv, |b| separable(b, x))?;
        x = b.norm(x, norm)?;
        x = b.relu(x, act)?;
    }
    b.pooled_classifier(x, b.present(&["fc", "last_linear"]))
}

/// A depthwise and a pointwise convolution.
fn separable(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let y = b.conv(x, "conv1", Window::stride(1).depthwise())?;
    b.conv(y, "pointwise", Window::stride(1))
}

/// ReLU, separable convolution and normalisation by turns; blocks with a shortcut of their own halve
/// the extents.
fn legacy_block(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let mut y = x;
    let mut i = usize::from(!b.has("rep.0"));
    while b.has(&format!("rep.{i}")) {
        if i > 0 {
            y = b.relu(y, &format!("rep.{}", i - 1))?;
        }
        y = b.within(&format!("rep.{i}"), |b| separable(b, y))?;
        y = b.norm(y, &format!("rep.{}", i + 1))?;
        i += 3;
    }
    let mut shortcut = x;
    if b.has("skip") {
        let pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
        y = b.max_pool(y, &format!("rep.{}", i - 1), pooling)?;
        shortcut = b.conv(x, "skip", Window::stride(2))?;
        shortcut = b.norm(shortcut, "skipbn")?;
    }
    b.sum(y, shortcut)
}

fn aligned(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let is_preactivated = b.has("blocks.0.norm");
    if member != "xception41p" {
        b.conventions.epsilon = 1e-3;
    }
    let image = b.image_for("stem.0.conv.weight")?;
    b.expect_kernel("stem.0.conv", 3)?;
    let x = b.conv_norm_act(image, "stem.0", Window::stride(2), Relu)?;
    let mut x = if is_preactivated {
        b.conv(x, "stem.1", Window::stride(1))?
    } else {
        b.conv_norm_act(x, "stem.1", Window::stride(1), Relu)?
    };
    let blocks = b.count("blocks");
    for i in 0..blocks {
        // The longest one widens twice without shrinking.
        let shrinks = b.has(&format!("blocks.{i}.shortcut")) && !(member == "xception71" && [1, 3].contains(&i));
        let (stride, is_last) = (if shrinks { 2 } else { 1 }, i + 1 == blocks);
        x = b.within(&format!("blocks.{i}"), |b| {
            if is_preactivated { preactivated(b, x, stride, is_last) } else { module(b, x, stride, is_last) }
        })?;
    }
    if is_preactivated {
        x = b.relu(x, "act")?;
    }
    b.pooled_head(x, "head")
}

/// `XceptionModule`: three separable convolutions behind ReLUs; in the last block, which has no
/// shortcut, ReLUs stand behind all its convolutions instead.
fn module(b: &mut Builder<'_>, x: ValueId, stride: usize, is_last: bool) -> Fit<ValueId> {
    let kind = if is_last { Relu } else { Identity };
    let mut y = x;
    for i in 1..=3 {
        if !is_last {
            y = b.relu(y, &format!("stack.act{i}"))?;
        }
        let depthwise = Window::stride(if i == 3 { stride } else { 1 }).depthwise();
        y = b.within(&format!("stack.conv{i}"), |b| {
            let y = b.unit(y, ["conv_dw", "bn_dw", "act_dw"], depthwise, kind)?;
            b.unit(y, ["conv_pw", "bn_pw", "act_pw"], Window::stride(1), kind)
        })?;
    }
    if is_last {
        return Ok(y);
    }
    let shortcut =
        if b.has("shortcut") { b.conv_norm_act(x, "shortcut", Window::stride(stride), Identity)? } else { x };
    b.sum(y, shortcut)
}

/// `PreXceptionModule`: normalised and activated in front of convolutions, and in front of the
/// shortcut.
fn preactivated(b: &mut Builder<'_>, x: ValueId, stride: usize, is_last: bool) -> Fit<ValueId> {
    let active = b.norm_act(x, "norm", Relu)?;
    let mut y = active;
    for i in 1..=3 {
        let depthwise = Window::stride(if i == 3 { stride } else { 1 }).depthwise();
        y = b.within(&format!("stack.conv{i}"), |b| {
            let y = if i > 1 { b.norm_act(y, "norm", Relu)? } else { y };
            let y = b.conv(y, "conv_dw", depthwise)?;
            b.conv(y, "conv_pw", Window::stride(1))
        })?;
    }
    if is_last {
        return Ok(y);
    }
    let shortcut = if b.has("shortcut") { b.conv(active, "shortcut", Window::stride(stride))? } else { active };
    b.sum(y, shortcut)
}
