//! Dual path networks (arXiv 1707.01629) in the names of timm, which pretrainedmodels has too but
//! for the classifier.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation::{self, Elu, Relu, Silu};
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::{Fit, Misfit};
use super::probe::Probe::{self, CountFrom, Extent, Has};
use super::variant::{ELU_ENDS, POOLS};

pub(crate) const FAMILY: Family = Family {
    title: "DPN",
    members: MEMBERS,
    landmarks: &[
        "features.conv1_1.conv.weight",
        "features.conv2_1.c1x1_w_s1.conv.weight",
        "features.conv5_bn_ac.bn.weight",
    ],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 1,
    variants: |_| &[POOLS, ELU_ENDS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("features.conv2_1.c1x1_c1"),
    CountFrom("features.conv2_", 1),
    CountFrom("features.conv3_", 1),
    CountFrom("features.conv4_", 1),
    CountFrom("features.conv5_", 1),
    Extent("features.conv1_1.conv.weight", 0),
    Extent("features.conv5_bn_ac.bn.weight", 0),
];

/// Paths convolved apart, blocks of each stage, width of the stem and of the features.
const MEMBERS: &[Member] = &[
    member("dpn48b", 224, &[1, 3, 4, 6, 3, 10, 832]),
    member("dpn68", 224, &[0, 3, 4, 12, 3, 10, 832]),
    member("dpn68b", 224, &[1, 3, 4, 12, 3, 10, 832]),
    member("dpn92", 224, &[0, 3, 4, 20, 3, 64, 2688]),
    member("dpn98", 224, &[0, 3, 6, 20, 3, 96, 2688]),
    member("dpn107", 224, &[0, 4, 8, 20, 3, 128, 2688]),
    member("dpn131", 224, &[0, 4, 8, 28, 3, 128, 2688]),
];

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let image = b.image_for("features.conv1_1.conv.weight")?;
    let is_small = ["dpn48b", "dpn68", "dpn68b"].contains(&member);
    b.expect_kernel("features.conv1_1.conv", if is_small { 3 } else { 7 })?;
    let first = if member == "dpn48b" { Silu } else { Relu };
    let x = b.conv_norm_act(image, "features.conv1_1", Window::stride(2), first)?;
    let pooling = Pooling { kernel: 3, stride: 2, padding: 1, ceil: false };
    let mut x = b.max_pool(x, "features.conv1_pool", pooling)?;
    for stage in 2..=5 {
        let prefix = format!("features.conv{stage}_");
        for i in 1..=b.weights().count_prefixed(&prefix, 1) {
            let stride = if stage > 2 && i == 1 { 2 } else { 1 };
            x = b.within(&format!("{prefix}{i}"), |b| block(b, x, stride))?;
        }
    }
    let classifier = b.present(&["classifier", "last_linear"]);
    let end = if b.variant.ends_in_elu { Elu { alpha: 1.0 } } else { first };
    let x = b.norm_act(x, "features.conv5_bn_ac.bn", end)?;
    b.pooled_classifier(x, classifier)
}

/// A normalisation and an activation in front of a convolution.
fn unit(b: &mut Builder<'_>, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
    b.within(name, |b| {
        let y = b.norm_act(x, "bn", Activation::Relu)?;
        b.conv(y, "conv", window)
    })
}

/// Cuts the channels behind the first `channels`.
fn cut(b: &mut Builder<'_>, x: ValueId, channels: usize) -> Fit<[ValueId; 2]> {
    let rest = b.channels(x).saturating_sub(channels);
    if rest == 0 || channels == 0 {
        return Err(Misfit::Differs(format!("`{}` has no channels for both of its paths", b.path(""))));
    }
    let extents = b.constant(Tensor::ints(&[channels as i64, rest as i64]));
    let parts = b.add_many(ops::Split { axis: 1, outputs: 2 }, &[x, extents], "")?;
    Ok([parts[0], parts[1]])
}

/// Some channels are added to what comes in, the others join it.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let (same, strided) = (Window::stride(1), Window::stride(stride));
    let projection = ["c1x1_w_s1", "c1x1_w_s2"].into_iter().find(|name| b.has(name));
    let shortcut = match projection {
        Some(name) => unit(b, x, name, strided)?,
        None => x,
    };
    let y = unit(b, x, "c1x1_a", same)?;
    let y = unit(b, y, "c3x3_b", strided.grouped())?;
    let (added, joined) = if b.has("c1x1_c1") {
        let y = b.norm_act(y, "c1x1_c.bn", Activation::Relu)?;
        (b.conv(y, "c1x1_c1", same)?, b.conv(y, "c1x1_c2", same)?)
    } else {
        let y = unit(b, y, "c1x1_c", same)?;
        let added = added_channels(b);
        let [added, joined] = cut(b, y, added)?;
        (added, joined)
    };
    let width = b.channels(added);
    let [first, rest] = cut(b, shortcut, width)?;
    let sum = b.sum(first, added)?;
    b.concat(&[sum, rest, joined])
}

/// How many channels the blocks of this stage add. The first block makes twice as many more in its
/// shortcut as each block joins: `added + 2 × joined` there, `added + joined` in front of it.
fn added_channels(b: &Builder<'_>) -> usize {
    let path = b.path("").to_string();
    let stage = path.rsplit_once('_').map_or(path.as_str(), |(stage, _)| stage);
    let extent = |name: &str| b.weights().extent(&format!("{stage}_1.{name}.conv.weight"), 0);
    let made = extent("c1x1_c").unwrap_or(0);
    let shortcut = extent("c1x1_w_s1").or_else(|| extent("c1x1_w_s2")).unwrap_or(0);
    (2 * made).saturating_sub(shortcut)
}
