//! Inception V3 (arXiv 1512.00567). torchvision and timm name it alike.

use heatlens_graph::{Tensor, ValueId, ops};

use super::builder::Builder;
use super::family::{Family, Member, member};
use super::geometry::{Pooling, Window};
use super::misfit::Fit;

pub(crate) const FAMILY: Family = Family {
    title: "Inception V3",
    members: MEMBERS,
    landmarks: &["Conv2d_1a_3x3.conv.weight", "Mixed_5b.branch1x1.conv.weight", "Mixed_7c.branch1x1.conv.weight"],
    measure: |weights| vec![weights.extent("Conv2d_1a_3x3.conv.weight", 0).unwrap_or(0)],
    fixed: 0,
    variants: |_| &[],
    build,
};

/// Width of the first convolution.
const MEMBERS: &[Member] = &[member("inception_v3", 299, &[32])];

const SAME: Window = Window::stride(1);
const HALVING: Window = Window::stride(2).pad(0);

fn build(b: &mut Builder<'_>, _member: &str) -> Fit<ValueId> {
    b.conventions.epsilon = 1e-3;
    let pooling = Pooling { kernel: 3, stride: 2, padding: 0, ceil: false };
    let image = b.image_for("Conv2d_1a_3x3.conv.weight")?;
    b.expect_kernel("Conv2d_1a_3x3.conv", 3)?;
    let x = b.transform_input(image)?;
    let x = b.conv_unit(x, "Conv2d_1a_3x3", HALVING)?;
    let x = b.conv_unit(x, "Conv2d_2a_3x3", SAME.pad(0))?;
    let x = b.conv_unit(x, "Conv2d_2b_3x3", SAME)?;
    let x = b.max_pool(x, b.first(&["maxpool1", "Pool1"]), pooling)?;
    let x = b.conv_unit(x, "Conv2d_3b_1x1", SAME)?;
    let x = b.conv_unit(x, "Conv2d_4a_3x3", SAME.pad(0))?;
    let mut x = b.max_pool(x, b.first(&["maxpool2", "Pool2"]), pooling)?;
    for block in ["Mixed_5b", "Mixed_5c", "Mixed_5d"] {
        x = b.within(block, |b| block_a(b, x))?;
    }
    x = b.within("Mixed_6a", |b| block_b(b, x))?;
    for block in ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"] {
        x = b.within(block, |b| block_c(b, x))?;
    }
    x = b.within("Mixed_7a", |b| block_d(b, x))?;
    for block in ["Mixed_7b", "Mixed_7c"] {
        x = b.within(block, |b| block_e(b, x))?;
    }
    b.ignore_auxiliary(&["AuxLogits"]);
    let x = b.global_pool(x, "avgpool")?;
    let x = b.flatten(x, "")?;
    b.head(x, "fc", &[])
}

/// Convolutions in a row, from the input of the block.
fn chain(b: &mut Builder<'_>, x: ValueId, units: &[&str]) -> Fit<ValueId> {
    units.iter().try_fold(x, |x, unit| b.conv_unit(x, unit, SAME))
}

fn pooled_branch(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let y = b.average_pool(x, "", Pooling { kernel: 3, stride: 1, padding: 1, ceil: false })?;
    b.conv_unit(y, "branch_pool", SAME)
}

fn block_a(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let small = chain(b, x, &["branch1x1"])?;
    let large = chain(b, x, &["branch5x5_1", "branch5x5_2"])?;
    let double = chain(b, x, &["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"])?;
    let pooled = pooled_branch(b, x)?;
    b.concat(&[small, large, double, pooled])
}

fn block_b(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let single = b.conv_unit(x, "branch3x3", HALVING)?;
    let double = chain(b, x, &["branch3x3dbl_1", "branch3x3dbl_2"])?;
    let double = b.conv_unit(double, "branch3x3dbl_3", HALVING)?;
    let pooled = b.max_pool(x, "", Pooling { kernel: 3, stride: 2, padding: 0, ceil: false })?;
    b.concat(&[single, double, pooled])
}

/// 7×7 convolutions as pairs of 1×7 and 7×1.
fn block_c(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let small = chain(b, x, &["branch1x1"])?;
    let single = chain(b, x, &["branch7x7_1", "branch7x7_2", "branch7x7_3"])?;
    let double =
        chain(b, x, &["branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"])?;
    let pooled = pooled_branch(b, x)?;
    b.concat(&[small, single, double, pooled])
}

fn block_d(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let single = chain(b, x, &["branch3x3_1"])?;
    let single = b.conv_unit(single, "branch3x3_2", HALVING)?;
    let wide = chain(b, x, &["branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3"])?;
    let wide = b.conv_unit(wide, "branch7x7x3_4", HALVING)?;
    let pooled = b.max_pool(x, "", Pooling { kernel: 3, stride: 2, padding: 0, ceil: false })?;
    b.concat(&[single, wide, pooled])
}

/// Branches that end in a 1×3 and a 3×1 convolution side by side.
fn block_e(b: &mut Builder<'_>, x: ValueId) -> Fit<ValueId> {
    let small = chain(b, x, &["branch1x1"])?;
    let single = chain(b, x, &["branch3x3_1"])?;
    let single = [chain(b, single, &["branch3x3_2a"])?, chain(b, single, &["branch3x3_2b"])?];
    let single = b.concat(&single)?;
    let double = chain(b, x, &["branch3x3dbl_1", "branch3x3dbl_2"])?;
    let double = [chain(b, double, &["branch3x3dbl_3a"])?, chain(b, double, &["branch3x3dbl_3b"])?];
    let double = b.concat(&double)?;
    let pooled = pooled_branch(b, x)?;
    b.concat(&[small, single, double, pooled])
}

impl Builder<'_> {
    /// torchvision's `BasicConv2d`: a convolution, its normalisation, a ReLU.
    pub(super) fn conv_unit(&mut self, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
        self.within(name, |b| {
            let y = b.conv(x, "conv", window)?;
            let y = b.batch_norm(y, "bn")?;
            b.relu(y, "")
        })
    }

    /// Leaves out the heads that are used in training only.
    pub(super) fn ignore_auxiliary(&mut self, heads: &[&str]) {
        let ignored: Vec<_> = heads.iter().filter(|head| self.ignore(head)).map(|head| format!("`{head}`")).collect();
        if !ignored.is_empty() {
            self.note(format!("the auxiliary heads ({}) are used in training only and left out", ignored.join(", ")));
        }
    }

    /// What torchvision does to the image where `transform_input` is set: from ImageNet's mean and
    /// deviation to 0.5 and 0.5. A file of weights does not say whether it is.
    pub(super) fn transform_input(&mut self, image: ValueId) -> Fit<ValueId> {
        match self.pickled("").map(|module| module.bool("transform_input")) {
            Some(Some(true)) => {}
            Some(_) => return Ok(image),
            None => {
                self.note(
                    "the image is taken as it comes: if the network was made with `transform_input=True`, as \
                     torchvision's pretrained ones are, \
                     normalise with mean 0.5 and standard deviation 0.5, which is the same",
                );
                return Ok(image);
            }
        }
        if self.channels(image) != 3 {
            return Ok(image);
        }
        let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let scale = self.constant(Tensor::f32([3, 1, 1], deviation.map(|d: f64| (d / 0.5) as f32).to_vec()));
        let shift = self.constant(Tensor::f32([3, 1, 1], mean.map(|m: f64| ((m - 0.5) / 0.5) as f32).to_vec()));
        let x = self.add(ops::Mul, &[image, scale], "")?;
        self.add(ops::Add, &[x, shift], "")
    }
}
