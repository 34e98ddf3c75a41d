//! GoogLeNet (arXiv 1409.4842), in torchvision's names.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;

pub(crate) const FAMILY: Family = Family {
    title: "GoogLeNet",
    members: MEMBERS,
    landmarks: &["conv1.conv.weight", "inception3a.branch1.conv.weight", "inception5b.branch1.conv.weight"],
    measure: |weights| vec![weights.extent("conv1.conv.weight", 0).unwrap_or(0)],
    fixed: 0,
    variants: |_| &[],
    build,
};

/// Width of the first convolution.
const MEMBERS: &[Member] = &[member("googlenet", 224, &[64])];

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let overlapping = Pooling { kernel: 3, stride: 2, padding: 0, ceil: true };
    let image = b.image_for("conv1.conv.weight")?;
    b.expect_kernel("conv1.conv", 7)?;
    let x = b.transform_input(image)?;
    let x = b.conv_unit(x, "conv1", Window::stride(2))?;
    let x = b.max_pool(x, "maxpool1", overlapping)?;
    let x = b.conv_unit(x, "conv2", Window::stride(1))?;
    let x = b.conv_unit(x, "conv3", Window::stride(1))?;
    let mut x = b.max_pool(x, "maxpool2", overlapping)?;
    for block in ["3a", "3b"] {
        x = inception(b, x, block)?;
    }
    x = b.max_pool(x, "maxpool3", overlapping)?;
    for block in ["4a", "4b", "4c", "4d", "4e"] {
        x = inception(b, x, block)?;
    }
    x = b.max_pool(x, "maxpool4", Pooling { kernel: 2, ..overlapping })?;
    for block in ["5a", "5b"] {
        x = inception(b, x, block)?;
    }
    b.ignore_auxiliary(&["aux1", "aux2"]);
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

/// Four branches side by side: 1×1; 1×1 and 3×3 twice (torchvision has no 5×5); pooling and 1×1.
fn inception(b: &mut Builder<'_>, x: ValueId, block: &str) -> Fit<ValueId> {
    b.within(&format!("inception{block}"), |b| {
        let mut branches = vec![b.conv_unit(x, "branch1", Window::stride(1))?];
        for branch in ["branch2", "branch3"] {
            let y = b.conv_unit(x, &format!("{branch}.0"), Window::stride(1))?;
            branches.push(b.conv_unit(y, &format!("{branch}.1"), Window::stride(1))?);
        }
        let y = b.max_pool(x, "branch4.0", Pooling { kernel: 3, stride: 1, padding: 1, ceil: true })?;
        branches.push(b.conv_unit(y, "branch4.1", Window::stride(1))?);
        b.concat(&branches)
    })
}
