//! ShuffleNet V2 (arXiv 1807.11164), in torchvision's names.

use heatlens_graph::{Tensor, ValueId, ops};

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::{Fit, Misfit};
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "ShuffleNet V2",
    members: MEMBERS,
    landmarks: &["conv1.0.weight", "stage2.0.branch1.0.weight", "conv5.0.weight"],
    measure,
    fixed: 0,
    variants: |_| &[],
    build,
};

/// Blocks of each stage, width of the last convolution of the second, of the network.
const MEMBERS: &[Member] = &[
    member("shufflenet_v2_x0_5", 224, &[4, 8, 4, 24, 1024]),
    member("shufflenet_v2_x1_0", 224, &[4, 8, 4, 58, 1024]),
    member("shufflenet_v2_x1_5", 224, &[4, 8, 4, 88, 1024]),
    member("shufflenet_v2_x2_0", 224, &[4, 8, 4, 122, 2048]),
];

const STAGES: [&str; 3] = ["stage2", "stage3", "stage4"];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let blocks = STAGES.map(|stage| weights.count(stage));
    let widths = ["stage2.0.branch2.0.weight", "conv5.0.weight"].map(|weight| weights.extent(weight, 0).unwrap_or(0));
    [&blocks[..], &widths].concat()
}

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("conv1.0.weight")?;
    b.expect_kernel("conv1.0", 3)?;
    let x = b.within("conv1", |b| unit(b, image, 0, Window::stride(2), true))?;
    let mut x = b.max_pool(x, "maxpool", Pooling { kernel: 3, stride: 2, padding: 1, ceil: false })?;
    for stage in STAGES {
        for i in 0..b.count(stage) {
            x = b.within(&format!("{stage}.{i}"), |b| block(b, x))?;
        }
    }
    let x = b.within("conv5", |b| unit(b, x, 0, Window::stride(1), true))?;
    let x = b.global_pool(x, "")?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

/// Half of the channels pass untouched; in the first block of a stage, which halves the resolution,
/// both branches see all channels.
fn block(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let (first, second, stride) = if b.has("branch1") {
        let first = b.within("branch1", |b| {
            let y = unit(b, x, 0, Window::stride(2).depthwise(), false)?;
            unit(b, y, 2, Window::stride(1), true)
        })?;
        (first, x, 2)
    } else {
        let halves = b.split(x, 2)?;
        (halves[0], halves[1], 1)
    };
    let second = b.within("branch2", |b| {
        let y = unit(b, second, 0, Window::stride(1), true)?;
        let y = unit(b, y, 3, Window::stride(stride).depthwise(), false)?;
        unit(b, y, 5, Window::stride(1), true)
    })?;
    let joined = b.concat(&[first, second])?;
    shuffle(b, joined)
}

/// Members `at`, `at + 1` and, where activated, `at + 2` of a `Sequential`: convolution,
/// normalisation, ReLU.
fn unit(b: &mut Builder<'_>, x: ValueId, at: usize, window: Window, activated: bool) -> Fit<ValueId> {
    let y = b.conv(x, &at.to_string(), window)?;
    let y = b.batch_norm(y, &(at + 1).to_string())?;
    if activated { b.relu(y, &(at + 2).to_string()) } else { Ok(y) }
}

/// Interleaves the two halves of the channels.
pub(super) fn shuffle(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let channels = b.channels(x);
    if !channels.is_multiple_of(2) {
        return Err(Misfit::Differs(format!(
            "`{}` would have to interleave the halves of {channels} channels",
            b.path("")
        )));
    }
    let order: Vec<i64> = (0..channels).map(|i| (i % 2 * (channels / 2) + i / 2) as i64).collect();
    let order = b.constant(Tensor::ints(&order));
    b.add(ops::Gather { axis: 1 }, &[x, order], "")
}
