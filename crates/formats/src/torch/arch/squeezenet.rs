//! SqueezeNet 1.0 and 1.1 (arXiv 1602.07360), in torchvision's names.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;
use super::weights::Weights;

pub(crate) const FAMILY: Family = Family {
    title: "SqueezeNet",
    members: MEMBERS,
    landmarks: &["features.0.weight", "features.3.squeeze.weight", "features.12.squeeze.weight"],
    measure,
    fixed: 2,
    variants: |_| &[],
    build,
};

/// Kernel of the first convolution, number of fire modules.
const MEMBERS: &[Member] = &[member("squeezenet1_0", 224, &[7, 8]), member("squeezenet1_1", 224, &[3, 8])];

/// Position of the last fire module.
const LAST: usize = 12;

fn measure(weights: &Weights<'_>) -> Vec<usize> {
    let fires = (3..=LAST).filter(|i| weights.has(&format!("features.{i}.squeeze"))).count();
    vec![weights.extent("features.0.weight", 2).unwrap_or(0), fires]
}

fn build(b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
    let image = b.image_for("features.0.weight")?;
    b.expect_kernel("features.0", if member == "squeezenet1_0" { 7 } else { 3 })?;
    let x = b.within("features", |b| features(b, image))?;
    b.within("classifier", |b| {
        let x = b.conv(x, "1", Window::stride(1))?;
        let x = b.relu(x, "2")?;
        b.adaptive_pool(x, "3", [1, 1])
    })
    .and_then(|x| b.flatten(x, ""))
}

/// A position without weights between fire modules is a pooling layer.
fn features(b: &mut Builder<'_>, image: ValueId) -> Fit<ValueId> {
    let pooling = Pooling { kernel: 3, stride: 2, padding: 0, ceil: true };
    let x = b.conv(image, "0", Window::stride(2).pad(0))?;
    let x = b.relu(x, "1")?;
    let mut x = b.max_pool(x, "2", pooling)?;
    for position in 3..=LAST {
        let name = position.to_string();
        x = if b.has(&name) { b.within(&name, |b| fire(b, x))? } else { b.max_pool(x, &name, pooling)? };
    }
    Ok(x)
}

/// A narrow 1×1 convolution, and 1×1 and 3×3 ones side by side.
fn fire(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let x = b.conv(x, "squeeze", Window::stride(1))?;
    let x = b.relu(x, "squeeze_activation")?;
    let [small, large] = ["expand1x1", "expand3x3"].map(|conv| {
        let y = b.conv(x, conv, Window::stride(1))?;
        b.relu(y, &format!("{conv}_activation"))
    });
    b.concat(&[small?, large?])
}
