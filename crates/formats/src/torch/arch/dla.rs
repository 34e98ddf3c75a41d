//! Deep layer aggregation (arXiv 1707.06484), in timm's names.

use heatlens_graph::ValueId;

use super::activation::Activation::Relu;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::probe::Probe::{self, Extent, Has};
use super::res2net::hierarchy;
use super::residual::Step;
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "DLA",
    members: MEMBERS,
    landmarks: &["base_layer.0.weight", "level0.0.weight", "level5.root.conv.weight", "level5.tree1.conv1.weight"],
    measure: |weights| Probe::measure(weights, MEASURE),
    fixed: 7,
    variants: |_| &[POOLS],
    build,
};

const MEASURE: &[Probe] = &[
    Has("level2.tree1.tree1"),
    Has("level3.tree1.tree1.tree1"),
    Has("level4.tree1.tree1.tree1"),
    Has("level4.tree1.tree1.tree1.tree1"),
    Has("level4.tree1.tree1.tree1.tree1.tree1"),
    Has("level5.tree1.conv3"),
    Has("level5.tree1.convs"),
    Extent("level2.root.conv.weight", 0),
    Extent("fc.weight", 1),
    Extent("level5.tree1.conv2.weight", 0),
    Extent("level5.tree1.conv2.weight", 1),
    Extent("level5.tree1.convs.0.weight", 1),
];

/// Depths of the trees, kind of the blocks, widths, as [`MEASURE`] asks for them.
const MEMBERS: &[Member] = &[
    member("dla34", 224, &[0, 0, 0, 0, 0, 0, 0, 64, 512, 512, 512, 0]),
    member("dla46_c", 224, &[0, 0, 0, 0, 0, 1, 0, 64, 256, 128, 128, 0]),
    member("dla46x_c", 224, &[0, 0, 0, 0, 0, 1, 0, 64, 256, 256, 8, 0]),
    member("dla60", 224, &[0, 0, 1, 0, 0, 1, 0, 128, 1024, 512, 512, 0]),
    member("dla60_res2net", 224, &[0, 0, 1, 0, 0, 1, 1, 128, 1024, 0, 0, 224]),
    member("dla60_res2next", 224, &[0, 0, 1, 0, 0, 1, 1, 128, 1024, 0, 0, 32]),
    member("dla60x", 224, &[0, 0, 1, 0, 0, 1, 0, 128, 1024, 1024, 32, 0]),
    member("dla60x_c", 224, &[0, 0, 1, 0, 0, 1, 0, 64, 256, 256, 8, 0]),
    member("dla102", 224, &[0, 1, 1, 1, 0, 1, 0, 128, 1024, 512, 512, 0]),
    member("dla102x", 224, &[0, 1, 1, 1, 0, 1, 0, 128, 1024, 1024, 32, 0]),
    member("dla102x2", 224, &[0, 1, 1, 1, 0, 1, 0, 128, 1024, 2048, 32, 0]),
    member("dla169", 224, &[1, 1, 1, 1, 1, 1, 0, 0, 1024, 512, 512, 0]),
];

/// How the nodes that aggregate work.
#[derive(Clone, Copy)]
struct Root {
    /// Whether they add what the last block made.
    is_residual: bool,
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let root = Root { is_residual: member.starts_with("dla102") || member == "dla169" };
    let image = b.image_for("base_layer.0.weight")?;
    b.expect_kernel("base_layer.0", 7)?;
    let mut x = b.unit(image, ["base_layer.0", "base_layer.1", "base_layer.2"], Window::stride(1), Relu)?;
    for (level, stride) in [("level0", 1), ("level1", 2)] {
        x = b.within(level, |b| b.unit(x, ["0", "1", "2"], Window::stride(stride), Relu))?;
    }
    for level in 2..=5 {
        x = b.within(&format!("level{level}"), |b| tree(b, x, 2, level > 2, Vec::new(), root))?;
    }
    b.pooled_classifier(x, "fc")
}

/// A tree of blocks whose root sees what all of its subtrees made, and `seen` from above. Where it
/// `keeps` what it takes, the root sees that too.
fn tree(
    b: &mut Builder<'_>,
    x: ValueId,
    stride: usize,
    keeps: bool,
    mut seen: Vec<ValueId>,
    root: Root,
) -> Fit<ValueId> {
    let mut bottom = x;
    if stride > 1 {
        bottom = b.max_pool(x, "downsample", Pooling { kernel: stride, stride, padding: 0, ceil: false })?;
    }
    if keeps {
        seen.push(bottom);
    }
    if !b.has("root") {
        // The published weights have projections here that nothing uses.
        if b.ignore("project") {
            b.note_once("projections of trees within trees are in the file and play no role: they are left out".into());
        }
        let first = b.within("tree1", |b| tree(b, x, stride, false, Vec::new(), root))?;
        seen.push(first);
        return b.within("tree2", |b| tree(b, first, 1, false, seen, root));
    }
    let mut shortcut = bottom;
    if b.has("project") {
        shortcut = b.conv(bottom, "project.0", Window::stride(1))?;
        shortcut = b.norm(shortcut, "project.1")?;
    }
    let first = b.within("tree1", |b| block(b, x, shortcut, stride))?;
    let second = b.within("tree2", |b| block(b, first, first, 1))?;
    b.within("root", |b| {
        let joined = b.concat(&[&[second, first], &seen[..]].concat())?;
        let y = b.conv(joined, "conv", Window::stride(1))?;
        let mut y = b.norm(y, "bn")?;
        if root.is_residual {
            y = b.sum(y, second)?;
        }
        b.relu(y, "relu")
    })
}

/// `DlaBasic`, `DlaBottleneck` or, with a hierarchy of convolutions, `DlaBottle2neck`.
fn block(b: &mut Builder<'_>, x: ValueId, shortcut: ValueId, stride: usize) -> Fit<ValueId> {
    let (same, strided) = (Window::stride(1), Window::stride(stride));
    let y = if b.has("convs") {
        let y = b.unit(x, ["conv1", "bn1", "relu"], same, Relu)?;
        let y = hierarchy(b, y, Step::stride(stride), stride > 1)?;
        let y = b.conv(y, "conv3", same)?;
        b.norm(y, "bn3")?
    } else if b.has("conv3") {
        let y = b.unit(x, ["conv1", "bn1", "relu"], same, Relu)?;
        let y = b.unit(y, ["conv2", "bn2", "relu"], strided.grouped(), Relu)?;
        let y = b.conv(y, "conv3", same)?;
        b.norm(y, "bn3")?
    } else {
        let y = b.unit(x, ["conv1", "bn1", "relu"], strided, Relu)?;
        let y = b.conv(y, "conv2", same)?;
        b.norm(y, "bn2")?
    };
    let y = b.sum(y, shortcut)?;
    b.relu(y, "relu")
}
