//! Inception-ResNet V2 (arXiv 1602.07261) in the names of pretrainedmodels, which timm has too.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation::{Identity, Relu};
use super::builder::Builder;
use super::family::{Family, member};
use super::geometry::Window;
use super::inception_v4::{HALVED, HALVING, SAME, VALID, branches, unit};
use super::misfit::Fit;
use super::probe::Probe::{self, Count, Extent};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "Inception-ResNet V2",
    members: &[member("inception_resnet_v2", 299, &[10, 20, 9, 32])],
    landmarks: &["conv2d_1a.conv.weight", "mixed_5b.branch0.conv.weight", "repeat.0.conv2d.weight"],
    measure: |weights| {
        Probe::measure(
            weights,
            &[Count("repeat"), Count("repeat_1"), Count("repeat_2"), Extent("conv2d_1a.conv.weight", 0)],
        )
    },
    fixed: 0,
    variants: |_| &[POOLS],
    build,
};

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let image = b.image_for("conv2d_1a.conv.weight")?;
    b.expect_kernel("conv2d_1a.conv", 3)?;
    let x = unit(b, image, "conv2d_1a", HALVING)?;
    let x = unit(b, x, "conv2d_2a", VALID)?;
    let x = unit(b, x, "conv2d_2b", SAME)?;
    let x = b.max_pool(x, "maxpool_3a", HALVED)?;
    let x = unit(b, x, "conv2d_3b", SAME)?;
    let x = unit(b, x, "conv2d_4a", VALID)?;
    let x = b.max_pool(x, "maxpool_5a", HALVED)?;
    let x = b.within("mixed_5b", |b| branches(b, x, SAME))?;
    let x = repeated(b, x, "repeat", 0.17)?;
    let x = b.within("mixed_6a", |b| branches(b, x, HALVING))?;
    let x = repeated(b, x, "repeat_1", 0.1)?;
    let x = b.within("mixed_7a", |b| branches(b, x, HALVING))?;
    let x = repeated(b, x, "repeat_2", 0.2)?;
    let x = b.within("block8", |b| block(b, x, 1.0, false))?;
    let x = unit(b, x, "conv2d_7b", SAME)?;
    b.pooled_classifier(x, b.present(&["classif", "last_linear"]))
}

/// The residual blocks of one width, whose branches count by this factor.
fn repeated(b: &mut Builder<'_>, x: ValueId, name: &str, scale: f32) -> Fit<ValueId> {
    (0..b.count(name)).try_fold(x, |x, i| b.within(&format!("{name}.{i}"), |b| block(b, x, scale, true)))
}

fn block(b: &mut Builder<'_>, x: ValueId, scale: f32, is_activated: bool) -> Fit<ValueId> {
    let y = branches(b, x, SAME)?;
    let mut y = b.conv(y, "conv2d", Window::stride(1))?;
    if scale != 1.0 {
        let scale = b.constant(Tensor::scalar(scale));
        y = b.add(ops::Mul, &[y, scale], "")?;
    }
    let y = b.sum(y, x)?;
    b.activation(y, b.first(&["act", "relu"]), if is_activated { Relu } else { Identity })
}
