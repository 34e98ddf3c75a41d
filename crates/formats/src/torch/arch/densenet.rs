//! DenseNet (arXiv 1608.06993). torchvision and timm name it alike; old files write `norm.1` for
//! `norm1`.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::variant::{ENDS, GlobalPool, POOLS};
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "DenseNet",
    members: MEMBERS,
    landmarks: &["features.conv0.weight", "features.norm0.weight", "features.norm5.weight"],
    measure,
    fixed: 0,
    variants: |_| &[POOLS, ENDS],
    build,
};

/// Width of the stem, channels that a layer adds, layers of each block.
const MEMBERS: &[Member] = &[
    member("densenet121", 224, &[64, 32, 6, 12, 24, 16]),
    member("densenet161", 224, &[96, 48, 6, 12, 36, 24]),
    member("densenet169", 224, &[64, 32, 6, 12, 32, 32]),
    member("densenet201", 224, &[64, 32, 6, 12, 48, 32]),
];

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let growth = ["conv2", "conv.2"]
        .iter()
        .find_map(|conv| weights.extent(&format!("features.denseblock1.denselayer1.{conv}.weight"), 0));
    let blocks = (1..)
        .map(|block| weights.count_prefixed(&format!("features.denseblock{block}.denselayer"), 1))
        .take_while(|&layers| layers > 0);
    [weights.extent("features.conv0.weight", 0).unwrap_or(0), growth.unwrap_or(0)].into_iter().chain(blocks).collect()
}

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("features.conv0.weight")?;
    b.expect_kernel("features.conv0", 7)?;
    let x = b.within("features", |b| features(b, image))?;
    // The last ReLU belongs to the normalisation in timm, which alone names poolings; torchvision's
    // has no module.
    let timms_pool = b.variant.pool.is_some_and(|pool| pool != GlobalPool::CatMaxAverage);
    let is_timm = timms_pool || b.has_pickled("features.norm5.act");
    let x = if b.ends_bare() { x } else { b.relu(x, if is_timm { "features.norm5.act" } else { "" })? };
    let x = b.global_pool(x, "")?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[])
}

fn features(b: &mut Builder<'_>, image: ValueId) -> Fit<ValueId> {
    let x = b.conv(image, "conv0", Window::stride(2))?;
    let x = b.batch_norm(x, "norm0")?;
    let x = b.relu(x, b.first(&["relu0", "norm0.act"]))?;
    let mut x = b.max_pool(x, "pool0", Pooling { kernel: 3, stride: 2, padding: 1, ceil: false })?;
    for block in 1.. {
        let layers = b.weights().count_prefixed(&format!("features.denseblock{block}.denselayer"), 1);
        x = b.within(&format!("denseblock{block}"), |b| dense_block(b, x, layers))?;
        let transition = format!("transition{block}");
        if !b.has(&transition) {
            break;
        }
        x = b.within(&transition, |b| {
            let x = b.batch_norm(x, "norm")?;
            let x = b.relu(x, b.first(&["relu", "norm.act"]))?;
            let x = b.conv(x, "conv", Window::stride(1))?;
            b.average_pool(x, "pool", Pooling { kernel: 2, stride: 2, padding: 0, ceil: false })
        })?;
    }
    b.batch_norm(x, "norm5")
}

/// Layers of which each sees the input and the outputs of all before it.
fn dense_block(b: &mut Builder<'_>, x: ValueId, layers: usize) -> Fit<ValueId> {
    let mut features = vec![x];
    for layer in 1..=layers {
        let new = b.within(&format!("denselayer{layer}"), |b| {
            let name =
                |part: &str, i: usize| if b.has("norm.1") { format!("{part}.{i}") } else { format!("{part}{i}") };
            let [norm1, conv1, norm2, conv2] = [name("norm", 1), name("conv", 1), name("norm", 2), name("conv", 2)];
            let x = if let [only] = features[..] { only } else { b.concat(&features)? };
            let x = b.batch_norm(x, &norm1)?;
            let x = b.relu(x, b.first(&["relu1", "relu.1", "norm1.act"]))?;
            let x = b.conv(x, &conv1, Window::stride(1))?;
            let x = b.batch_norm(x, &norm2)?;
            let x = b.relu(x, b.first(&["relu2", "relu.2", "norm2.act"]))?;
            b.conv(x, &conv2, Window::stride(1))
        })?;
        features.push(new);
    }
    b.concat(&features)
}
