//! XResNet (arXiv 1812.01187 as fastai has it), in fastai's names: all modules are numbered.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::variant::CHOSEN_ACTIVATIONS;
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "XResNet",
    members: MEMBERS,
    landmarks: &["4.0.convpath.0.0.weight", "5.0.idpath.1.0.weight"],
    measure: |weights| {
        let mut measure = vec![weights.count("4.0.convpath")];
        measure.extend((4..12).map(|layer| blocks(weights, layer)));
        measure
    },
    fixed: 1,
    variants: |_| &[CHOSEN_ACTIVATIONS],
    build,
};

/// Convolutions of a block, then blocks of each layer.
const MEMBERS: &[Member] = &[
    member("xresnet18", 224, &[2, 2, 2, 2, 2, 0, 0, 0, 0]),
    member("xresnet34", 224, &[2, 3, 4, 6, 3, 0, 0, 0, 0]),
    member("xresnet50", 224, &[3, 3, 4, 6, 3, 0, 0, 0, 0]),
    member("xresnet101", 224, &[3, 3, 4, 23, 3, 0, 0, 0, 0]),
    member("xresnet152", 224, &[3, 3, 8, 36, 3, 0, 0, 0, 0]),
    member("xresnet18_deep", 224, &[2, 2, 2, 2, 2, 1, 1, 0, 0]),
    member("xresnet34_deep", 224, &[2, 3, 4, 6, 3, 1, 1, 0, 0]),
    member("xresnet50_deep", 224, &[3, 3, 4, 6, 3, 1, 1, 0, 0]),
];

/// Blocks of a layer; behind the layers come pooling and a classifier, which have numbers, too.
fn blocks(weights: &Weights<'_>, layer: usize) -> usize {
    if weights.has(&format!("{layer}.0.convpath")) { weights.count(&layer.to_string()) } else { 0 }
}

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    let image = b.image_for("0.0.weight")?;
    let x = layer(b, image, "0", 2, Activation::Relu)?;
    let x = layer(b, x, "1", 1, Activation::Relu)?;
    let x = layer(b, x, "2", 1, Activation::Relu)?;
    let mut x = b.max_pool(x, "3", Pooling { kernel: 3, stride: 2, padding: 1, ceil: false })?;
    let mut number = 4;
    while b.has(&format!("{number}.0.convpath")) {
        for i in 0..b.count(&number.to_string()) {
            let stride = if i == 0 && number > 4 { 2 } else { 1 };
            x = b.within(&format!("{number}.{i}"), |b| block(b, x, stride))?;
        }
        number += 1;
    }
    let x = b.global_pool(x, &number.to_string())?;
    let x = b.flatten(x, &(number + 1).to_string())?;
    b.head(x, &(number + 3).to_string(), &[])
}

/// fastai's `ConvLayer`: a convolution, its normalisation, an activation.
fn layer(b: &mut Builder<'_>, x: ValueId, name: &str, stride: usize, activation: Activation) -> Fit<ValueId> {
    b.within(name, |b| {
        let y = b.conv(x, "0", Window::stride(stride).grouped())?;
        let y = b.batch_norm(y, "1")?;
        b.activation(y, "2", activation)
    })
}

/// fastai's `ResBlock`; means of 2×2 cells, of those that there are at the edge, in front of a shortcut with
/// a stride.
fn block(b: &mut Builder<'_>, x: ValueId, stride: usize) -> Fit<ValueId> {
    let last = b.count("convpath").max(1) - 1;
    let y = b.within("convpath", |b| {
        (0..=last).try_fold(x, |y, i| {
            // The stride is that of the first convolution of several cells.
            let strided = if last > 1 { i == 1 } else { i == 0 };
            let activation = if i == last { Activation::Identity } else { Activation::Relu };
            layer(b, y, &i.to_string(), if strided { stride } else { 1 }, activation)
        })
    })?;
    let shortcut = b.within("idpath", |b| {
        let pooled = match stride {
            1 => x,
            _ => {
                let op = ops::AveragePool {
                    kernel: [2; 2],
                    strides: [2; 2],
                    padding: ops::Padding::NONE,
                    ceil_mode: true,
                    count_include_pad: false,
                };
                b.add(op, &[x], "0")?
            }
        };
        let name = if stride == 1 { "0" } else { "1" };
        if b.has(name) { layer(b, pooled, name, 1, Activation::Identity) } else { Ok(pooled) }
    })?;
    let sum = b.sum(y, shortcut)?;
    b.relu(sum, "act")
}
