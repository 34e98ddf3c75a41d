//! VGG with and without batch normalisation (arXiv 1409.1556), in torchvision's names and with
//! timm's convolutional classifier.

use heatlens_graph::ValueId;

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::variant::POOLS;
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "VGG",
    members: MEMBERS,
    landmarks: &["features.0.weight", "features.0.bias"],
    measure,
    fixed: 1,
    variants: |weights| if weights.has("pre_logits.fc1") { &[POOLS] } else { &[] },
    build,
};

/// Kernel of the first convolution, convolutions, whether they are normalised, position of the last.
const MEMBERS: &[Member] = &[
    member("vgg11", 224, &[3, 8, 0, 18]),
    member("vgg11_bn", 224, &[3, 8, 1, 25]),
    member("vgg13", 224, &[3, 10, 0, 22]),
    member("vgg13_bn", 224, &[3, 10, 1, 31]),
    member("vgg16", 224, &[3, 13, 0, 28]),
    member("vgg16_bn", 224, &[3, 13, 1, 40]),
    member("vgg19", 224, &[3, 16, 0, 34]),
    member("vgg19_bn", 224, &[3, 16, 1, 49]),
];

/// Positions within `features` beyond this are not looked at: VGG-19 with normalisation ends at 52.
const MOST_LAYERS: usize = 256;

fn convolutions(weights: &Weights<'_>) -> Vec<usize> {
    let is_convolution =
        |i: &usize| weights.shape(&format!("features.{i}.weight")).is_some_and(|shape| shape.len() == 4);
    (0..MOST_LAYERS).filter(is_convolution).collect()
}

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let kernel = weights.extent("features.0.weight", 2).unwrap_or(0);
    let positions = convolutions(weights);
    let last = positions.last().copied().unwrap_or(0);
    vec![kernel, positions.len(), weights.has("features.1.running_mean").into(), last]
}

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let x = b.image_for("features.0.weight")?;
    b.expect_kernel("features.0", 3)?;
    let is_standard = MEMBERS.iter().any(|member| member.measure == measure(b.weights()));
    let x = b.within("features", |b| features(b, x))?;
    if !is_standard && !b.has_pickled("features") {
        b.note(
            "a stack of convolutions that is no standard VGG: their strides, a ReLU behind each and maxima of 2×2 \
             cells wherever a number is left over in `features` are assumed. A file of weights does not say what \
             stands there; save the whole module (torch.save(model, 'model.pth')), or export to ONNX",
        );
    }
    if b.has("pre_logits") {
        return timm_classifier(b, x);
    }
    let x = b.pool_for_head(x, "avgpool", "classifier", 7)?;
    let x = b.flatten(x, "")?;
    b.head(x, "classifier", &[("0", Activation::Relu), ("3", Activation::Relu)])
}

/// Convolutions, each with its ReLU; a position left over before the next one, and the last
/// position, is a pooling layer.
fn features(b: &mut Builder<'_>, mut x: ValueId) -> Fit<ValueId> {
    let pooling = Pooling { kernel: 2, stride: 2, padding: 0, ceil: false };
    let mut next = 0;
    for position in convolutions(b.weights()) {
        if position > next {
            x = b.max_pool(x, &next.to_string(), pooling)?;
        }
        x = b.conv(x, &position.to_string(), Window::stride(1))?;
        next = position + 1;
        if b.has(&next.to_string()) {
            x = b.batch_norm(x, &next.to_string())?;
            next += 1;
        }
        x = b.relu(x, &next.to_string())?;
        next += 1;
    }
    b.max_pool(x, &next.to_string(), pooling)
}

/// timm's classifier: the first two linear layers as convolutions, the second behind global pooling
/// of what is left of a large image.
fn timm_classifier(b: &mut Builder<'_>, mut x: ValueId) -> Fit<ValueId> {
    let &[_, _, height, width] = b.shape(x) else { unreachable!("pooling keeps 4 dimensions") };
    if height < 7 || width < 7 {
        x = b.adaptive_pool(x, "", [height.max(7), width.max(7)])?;
    }
    x = b.within("pre_logits", |b| {
        let x = b.conv(x, "fc1", Window::stride(1).pad(0))?;
        let x = b.relu(x, "act1")?;
        let x = b.conv(x, "fc2", Window::stride(1).pad(0))?;
        b.relu(x, "act2")
    })?;
    let x = b.global_pool(x, "head.global_pool")?;
    let x = b.flatten(x, "head.global_pool")?;
    b.head(x, "head.fc", &[])
}
