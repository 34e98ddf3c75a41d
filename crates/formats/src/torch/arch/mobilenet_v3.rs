//! MobileNet V3 (arXiv 1905.02244), in the names of torchvision and timm.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::inverted_residual::{Style, Trunk};
use super::misfit::Fit;
use super::variant::POOLS;

pub(crate) const TORCHVISION: Family = Family {
    title: "MobileNet V3",
    members: TORCHVISION_MEMBERS,
    landmarks: &["features.0.0.weight", "features.1.block.0.0.weight", "features.2.block.0.0.weight"],
    measure: |weights| Trunk::torchvision(weights, "block").measure(weights),
    fixed: 3,
    variants: |_| &[],
    build: torchvision,
};

pub(crate) const TIMM: Family = Family {
    title: "MobileNet V3 (timm's names)",
    members: TIMM_MEMBERS,
    landmarks: &["conv_stem.weight", "bn1.weight", "blocks.0.0.bn1.weight", "conv_head.weight", "conv_head.bias"],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build: timm,
};

// Measures are those of `Trunk::measure`.
const TORCHVISION_MEMBERS: &[Member] = &[
    member("mobilenet_v3_large", 224, &[15, 57, 8, 16, 160, 960]),
    member("mobilenet_v3_small", 224, &[11, 49, 9, 16, 96, 576]),
];

/// Names and shapes do not tell a network from its twin with TensorFlow's padding (`tf_`). The last
/// block is the last convolution.
const TIMM_MEMBERS: &[Member] = &[
    member("mobilenetv3_large_075", 224, &[16, 58, 8, 16, 720, 1280]),
    member("mobilenetv3_large_100", 224, &[16, 58, 8, 16, 960, 1280]),
    member("mobilenetv3_small_050", 224, &[12, 50, 9, 16, 288, 1024]),
    member("mobilenetv3_small_075", 224, &[12, 50, 9, 16, 432, 1024]),
    member("mobilenetv3_small_100", 224, &[12, 50, 9, 16, 576, 1024]),
    member("tf_mobilenetv3_large_075", 224, &[16, 58, 8, 16, 720, 1280]),
    member("tf_mobilenetv3_large_100", 224, &[16, 58, 8, 16, 960, 1280]),
    member("tf_mobilenetv3_small_075", 224, &[12, 50, 9, 16, 432, 1024]),
    member("tf_mobilenetv3_small_100", 224, &[12, 50, 9, 16, 576, 1024]),
];

/// Strides of the blocks, which stand in one row in torchvision, and how many of them are activated
/// by ReLU before hard swish begins.
const LARGE: ([usize; 15], usize) = ([1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1], 6);
const SMALL: ([usize; 11], usize) = ([2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1], 3);

fn trunk(b: &mut Builder<'_>, trunk: &Trunk) -> Fit<ValueId> {
    let (strides, by_relu) =
        if trunk.len() < LARGE.0.len() { (&SMALL.0[..], SMALL.1) } else { (&LARGE.0[..], LARGE.1) };
    trunk.build(b, Activation::HardSwish, strides, |i| {
        let activation = if i < by_relu { Activation::Relu } else { Activation::HardSwish };
        Style::new(activation, Activation::Relu, Activation::HardSigmoid)
    })
}

fn torchvision(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let x = trunk(b, &Trunk::torchvision(b.weights(), "block"))?;
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    // A hidden layer of another width is not the network's own.
    let (features, hidden) = (b.channels(x), b.weights().extent("classifier.0.weight", 0).unwrap_or(0));
    let is_own = 3 * hidden == 4 * features || 9 * hidden == 16 * features;
    b.head(x, "classifier", if is_own { &[("0", Activation::HardSwish)] } else { &[] })
}

/// timm pools before the last convolution, which is neither normalised nor part of the trunk.
fn timm(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    b.timm_twin(member);
    let x = trunk(b, &Trunk::timm(b.weights()))?;
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.conv(x, "conv_head", Window::stride(1))?;
    let x = b.activation(x, "act2", Activation::HardSwish)?;
    let x = b.flatten(x, "flatten")?;
    b.head(x, "classifier", &[])
}
