//! CondConv (arXiv 1904.04971), in timm's names: EfficientNets whose last blocks mix several kernels into
//! one for each image.

use heatlens_graph::{Tensor, ValueId, ops};

use super::builder::Builder;
use super::efficientnet::trunk;
use super::family::{Family, Member, member};
use super::geometry::Window;
use super::inverted_residual::Trunk;
use super::misfit::{Fit, Misfit};
use super::variant::POOLS;

pub(crate) const FAMILY: Family = Family {
    title: "CondConv",
    members: MEMBERS,
    landmarks: &["conv_stem.weight", "bn1.weight", "blocks.4.0.routing_fn.weight", "conv_head.weight", "bn2.weight"],
    measure: |weights| Trunk::timm(weights).measure(weights),
    fixed: 3,
    variants: |_| &[POOLS],
    build,
};

/// Measures are those of `Trunk::measure`; the last block tells how many kernels are mixed.
const MEMBERS: &[Member] = &[
    member("efficientnet_cc_b0_4e", 224, &[16, 28, 16, 32, 4, 1280]),
    member("efficientnet_cc_b0_8e", 224, &[16, 28, 16, 32, 8, 1280]),
    member("efficientnet_cc_b1_8e", 240, &[23, 42, 23, 32, 8, 1280]),
    member("tf_efficientnet_cc_b0_4e", 224, &[16, 28, 16, 32, 4, 1280]),
    member("tf_efficientnet_cc_b0_8e", 224, &[16, 28, 16, 32, 8, 1280]),
    member("tf_efficientnet_cc_b1_8e", 240, &[23, 42, 23, 32, 8, 1280]),
];

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    b.timm_twin(member);
    let x = trunk(b, &Trunk::timm(b.weights()))?;
    let x = b.global_pool(x, "global_pool.pool")?;
    let x = b.flatten(x, "global_pool.flatten")?;
    b.head(x, "classifier", &[])
}

/// How much of each kernel an image gets, `(N, kernels, 1, 1)`; `None` in a block that has one kernel.
pub(super) fn routing(b: &mut Builder<'_>, x: ValueId) -> Fit<Option<ValueId>> {
    if !b.has("routing_fn") {
        return Ok(None);
    }
    let pooled = b.add(ops::GlobalAveragePool, &[x], "")?;
    let pooled = b.flatten(pooled, "")?;
    let shares = b.linear(pooled, "routing_fn")?;
    let shares = b.add(ops::Sigmoid, &[shares], "")?;
    let kernels = b.channels(shares) as i64;
    let shape = b.constant(Tensor::ints(&[-1, kernels, 1, 1]));
    b.add(ops::Reshape { allow_zero: false }, &[shares, shape], "").map(Some)
}

/// The convolution by the mixed kernel, which is as mixed as the convolutions by each: a kernel a row of the
/// weight, for as many channels as the normalisation behind it has; depthwise where it has no more elements.
pub(super) fn convolution(
    b: &mut Builder<'_>,
    x: ValueId,
    (name, normalisation): (&str, &str),
    stride: usize,
    shares: ValueId,
) -> Fit<ValueId> {
    let outputs = b.tensor(&format!("{normalisation}.weight"), 1)?.len();
    b.within(name, |b| {
        let weight = b.tensor("weight", 2)?;
        let (kernels, channels) = (weight.shape()[0], b.channels(x));
        let each = weight.shape()[1] / outputs;
        let side = |cells: usize| (1..=7).find(|side| side * side == cells);
        let dense = side(each / channels).filter(|_| each % channels == 0).map(|side| (channels, side));
        let depthwise = side(each).filter(|_| outputs == channels).map(|side| (1, side));
        let fits = weight.shape()[1] % outputs == 0 && b.channels(shares) == kernels;
        let Some((per_group, side)) = dense.or(depthwise).filter(|_| fits) else {
            return Err(b.misshapen(
                "weight",
                weight.shape(),
                format!("kernels from {channels} to {outputs} channels"),
            ));
        };
        let window = if per_group == 1 { Window::stride(stride).depthwise() } else { Window::stride(stride) };
        let conv = b.geometry([side; 2], channels / per_group, window)?;
        let shares = b.split(shares, kernels)?;
        let mut mixed = None;
        for (elements, share) in weight.as_f32().unwrap_or_default().chunks(outputs * each).zip(shares) {
            let kernel = b.constant(Tensor::f32([outputs, per_group, side, side], elements.to_vec()));
            let y = b.add(conv.clone(), &[x, kernel], "")?;
            let y = b.add(ops::Mul, &[y, share], "")?;
            mixed = Some(match mixed {
                Some(mixed) => b.sum(mixed, y)?,
                None => y,
            });
        }
        mixed.ok_or_else(|| Misfit::Missing(b.path("weight").to_string()))
    })
}
