//! EfficientNet (arXiv 1905.11946), EfficientNet-Lite and EfficientNet V2 (2104.00298), in the
//! names of torchvision, timm and the stand-alone packages.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::{Builder, PaddingRule};
use super::family::{Family, Member, member};
use super::inverted_residual::{Style, Trunk};
use super::misfit::{Fit, Misfit};
use super::variant::POOLS;

pub(crate) const TORCHVISION: Family = Family {
    title: "EfficientNet",
    members: TORCHVISION_MEMBERS,
    landmarks: &["features.0.0.weight", "features.1.0.block.0.0.weight", "features.2.0.block.0.0.weight"],
    measure: |weights| Trunk::torchvision(weights, "block").measure(weights),
    fixed: 3,
    variants: |_| &[],
    build: torchvision,
};

pub(crate) const TIMM: Family = Family {
    title: "EfficientNet (timm's names)",
    members: TIMM_MEMBERS,
    landmarks: &["conv_stem.weight", "bn1.weight", "blocks.0.0.bn1.weight", "conv_head.weight", "bn2.weight"],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build: timm,
};

pub(crate) const STAND_ALONE: Family = Family {
    title: "EfficientNet (names of the stand-alone packages)",
    members: STAND_ALONE_MEMBERS,
    landmarks: &["_conv_stem.weight", "_blocks.0._depthwise_conv.weight", "_conv_head.weight"],
    measure: |weights| Trunk::stand_alone(weights).measure(weights),
    fixed: 3,
    variants: |_| &[],
    build: stand_alone,
};

// Measures are those of `Trunk::measure`.
const B0: &[usize] = &[16, 66, 16, 32, 320, 1280];
const B1: &[usize] = &[23, 93, 23, 32, 320, 1280];
const B2: &[usize] = &[23, 93, 23, 32, 352, 1408];
const B3: &[usize] = &[26, 106, 26, 40, 384, 1536];
const B4: &[usize] = &[32, 132, 32, 48, 448, 1792];
const B5: &[usize] = &[39, 159, 39, 48, 512, 2048];
const B6: &[usize] = &[45, 185, 45, 56, 576, 2304];
const B7: &[usize] = &[55, 225, 55, 64, 640, 2560];
const B8: &[usize] = &[61, 251, 61, 72, 704, 2816];
const LITE0: &[usize] = &[16, 66, 0, 32, 320, 1280];
const LITE1: &[usize] = &[21, 87, 0, 32, 320, 1280];
const LITE2: &[usize] = &[21, 87, 0, 32, 352, 1280];
const LITE3: &[usize] = &[24, 100, 0, 32, 384, 1280];
const LITE4: &[usize] = &[30, 126, 0, 32, 448, 1280];
const V2_S: &[usize] = &[40, 120, 30, 24, 256, 1280];
const V2_M: &[usize] = &[57, 171, 44, 24, 512, 1280];
const V2_L: &[usize] = &[79, 237, 61, 32, 640, 1280];
const V2_XL: &[usize] = &[100, 300, 80, 32, 640, 1280];
const L2: &[usize] = &[88, 362, 88, 136, 1376, 5504];
const V2_B0: &[usize] = &[21, 63, 16, 32, 192, 1280];
const V2_B1: &[usize] = &[27, 81, 19, 32, 192, 1280];
const V2_B2: &[usize] = &[28, 84, 20, 32, 208, 1408];
const V2_B3: &[usize] = &[32, 96, 24, 40, 232, 1536];

const TORCHVISION_MEMBERS: &[Member] = &[
    member("efficientnet_b0", 224, B0),
    member("efficientnet_b1", 240, B1),
    member("efficientnet_b2", 288, B2),
    member("efficientnet_b3", 300, B3),
    member("efficientnet_b4", 380, B4),
    member("efficientnet_b5", 456, B5),
    member("efficientnet_b6", 528, B6),
    member("efficientnet_b7", 600, B7),
    member("efficientnet_v2_s", 384, V2_S),
    member("efficientnet_v2_m", 480, V2_M),
    member("efficientnet_v2_l", 480, V2_L),
];

/// Names and shapes do not tell a network from its twin with TensorFlow's padding (`tf_`): first
/// comes the one that timm has weights for, or its own.
const TIMM_MEMBERS: &[Member] = &[
    member("efficientnet_b0", 224, B0),
    member("efficientnet_b1", 240, B1),
    member("efficientnet_b2", 256, B2),
    member("efficientnet_b3", 288, B3),
    member("efficientnet_b4", 320, B4),
    member("efficientnet_b5", 448, B5),
    member("efficientnet_lite0", 224, LITE0),
    member("tf_efficientnet_b0", 224, B0),
    member("tf_efficientnet_b1", 240, B1),
    member("tf_efficientnet_b2", 260, B2),
    member("tf_efficientnet_b3", 300, B3),
    member("tf_efficientnet_b4", 380, B4),
    member("tf_efficientnet_b5", 456, B5),
    member("tf_efficientnet_b6", 528, B6),
    member("tf_efficientnet_b7", 600, B7),
    member("tf_efficientnet_b8", 672, B8),
    member("tf_efficientnet_lite0", 224, LITE0),
    member("tf_efficientnet_lite1", 240, LITE1),
    member("tf_efficientnet_lite2", 260, LITE2),
    member("tf_efficientnet_lite3", 300, LITE3),
    member("tf_efficientnet_lite4", 380, LITE4),
    member("tf_efficientnetv2_b0", 192, V2_B0),
    member("tf_efficientnetv2_b1", 192, V2_B1),
    member("tf_efficientnetv2_b2", 208, V2_B2),
    member("tf_efficientnetv2_b3", 240, V2_B3),
    member("tf_efficientnetv2_s", 300, V2_S),
    member("tf_efficientnetv2_m", 384, V2_M),
    member("tf_efficientnetv2_l", 384, V2_L),
    member("efficientnet_b6", 528, B6),
    member("efficientnet_b7", 600, B7),
    member("efficientnet_b8", 672, B8),
    member("efficientnet_lite1", 240, LITE1),
    member("efficientnet_lite2", 260, LITE2),
    member("efficientnet_lite3", 300, LITE3),
    member("efficientnet_lite4", 380, LITE4),
    member("efficientnetv2_s", 288, V2_S),
    member("efficientnetv2_m", 320, V2_M),
    member("efficientnetv2_l", 384, V2_L),
    member("efficientnetv2_rw_t", 224, &[39, 117, 29, 24, 208, 1024]),
    member("efficientnetv2_rw_s", 288, &[40, 120, 30, 24, 272, 1792]),
    member("efficientnetv2_rw_m", 320, &[60, 180, 47, 32, 328, 2152]),
    member("tf_efficientnetv2_xl", 384, V2_XL),
    member("efficientnetv2_xl", 384, V2_XL),
    member("tf_efficientnet_l2", 475, L2),
    member("efficientnet_l2", 800, L2),
];

const STAND_ALONE_MEMBERS: &[Member] = &[
    member("efficientnet-b0", 224, B0),
    member("efficientnet-b1", 240, B1),
    member("efficientnet-b2", 260, B2),
    member("efficientnet-b3", 300, B3),
    member("efficientnet-b4", 380, B4),
    member("efficientnet-b5", 456, B5),
    member("efficientnet-b6", 528, B6),
    member("efficientnet-b7", 600, B7),
    member("efficientnet-b8", 672, B8),
    member("efficientnet-lite0", 224, LITE0),
    member("efficientnet-lite1", 240, LITE1),
    member("efficientnet-lite2", 260, LITE2),
    member("efficientnet-lite3", 300, LITE3),
    member("efficientnet-lite4", 380, LITE4),
];

/// Strides of the stages; V2-S and the small V2 networks have one stage less.
const STRIDES: [usize; 7] = [1, 2, 2, 2, 1, 2, 1];

/// Added to variances in networks that came from TensorFlow.
const TENSORFLOW_EPSILON: f32 = 1e-3;

/// SiLU, or ReLU6 in the Lite networks, which have no squeeze-and-excitation.
pub(super) fn trunk(b: &mut Builder<'_>, trunk: &Trunk) -> Fit<ValueId> {
    if trunk.is_fused(b.weights()) && !trunk.squeezes() {
        return Err(Misfit::Differs(
            "it has fused convolutions and no squeeze-and-excitation, as the EdgeTPU variants".into(),
        ));
    }
    let activation = if trunk.squeezes() { Activation::Silu } else { Activation::Relu6 };
    let style = Style::new(activation, activation, Activation::Sigmoid);
    trunk.build(b, activation, &trunk.strides(&STRIDES), |_| style)
}

fn torchvision(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    if ["_b5", "_b6", "_b7", "_v2_s", "_v2_m", "_v2_l"].iter().any(|suffix| member.ends_with(suffix)) {
        b.conventions.epsilon = TENSORFLOW_EPSILON;
    }
    let x = trunk(b, &Trunk::torchvision(b.weights(), "block"))?;
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[])
}

fn timm(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    b.timm_twin(member);
    let x = trunk(b, &Trunk::timm(b.weights()))?;
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.flatten(x, "global_pool.flatten")?;
    b.head(x, "classifier", &[])
}

fn stand_alone(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = TENSORFLOW_EPSILON;
    let side = STAND_ALONE_MEMBERS.iter().find(|m| m.name == member).map_or(224, |m| m.side);
    b.conventions.padding = PaddingRule::StaticSame(side);
    let x = trunk(b, &Trunk::stand_alone(b.weights()))?;
    let x = b.global_pool(x, "_avg_pooling")?;
    let x = b.flatten(x, "")?;
    b.head(x, "_fc", &[])
}

impl Builder<'_> {
    /// Follows TensorFlow's conventions for timm's `tf_` networks.
    pub(super) fn timm_twin(&mut self, member: &str) {
        if member.starts_with("tf_") {
            self.conventions.epsilon = TENSORFLOW_EPSILON;
            self.conventions.padding = PaddingRule::Same;
        }
    }
}
