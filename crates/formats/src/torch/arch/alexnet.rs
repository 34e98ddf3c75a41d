//! AlexNet, the single-column network of "One weird trick" (arXiv 1404.5997), in torchvision's
//! names.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;

pub(crate) const FAMILY: Family = Family {
    title: "AlexNet",
    members: MEMBERS,
    landmarks: &[
        "features.0.weight",
        "features.3.weight",
        "features.6.weight",
        "features.8.weight",
        "features.10.weight",
    ],
    measure: |weights| {
        ["features.0", "features.3", "features.6"]
            .map(|conv| weights.extent(&format!("{conv}.weight"), 2).unwrap_or(0))
            .to_vec()
    },
    fixed: 3,
    variants: |_| &[],
    build,
};

/// Kernels of the first three convolutions.
const MEMBERS: &[Member] = &[member("alexnet", 224, &[11, 5, 3])];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("features.0.weight")?;
    b.expect_kernel("features.0", 11)?;
    let x = b.within("features", |b| features(b, image))?;
    let x = b.pool_for_head(x, "avgpool", "classifier", 6)?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[("1", Activation::Relu), ("4", Activation::Relu)])
}

fn features(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let pooling = Pooling { kernel: 3, stride: 2, padding: 0, ceil: false };
    let x = b.conv(x, "0", Window::stride(4).pad(2))?;
    let x = b.relu(x, "1")?;
    let x = b.max_pool(x, "2", pooling)?;
    let x = b.conv(x, "3", Window::stride(1))?;
    let x = b.relu(x, "4")?;
    let mut x = b.max_pool(x, "5", pooling)?;
    for (conv, relu) in [("6", "7"), ("8", "9"), ("10", "11")] {
        x = b.conv(x, conv, Window::stride(1))?;
        x = b.relu(x, relu)?;
    }
    b.max_pool(x, "12", pooling)
}
