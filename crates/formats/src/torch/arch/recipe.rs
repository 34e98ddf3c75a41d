//! timm's EfficientNet builder: networks that differ in what names and shapes do not tell, told by a
//! line of text.

use heatlens_graph::{ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::family::{Family, Member};
use super::geometry::Window;
use super::inverted_residual::{Style, Trunk};
use super::misfit::Fit;
use super::smoothing::Smoothing;
use super::variant::POOLS;

/// What a network of timm's EfficientNet builder computes beyond its weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    /// A word for each stage: the activation (`r` ReLU, `6` ReLU6, `s` SiLU, `h` hard swish), the
    /// stride and what is unusual: `a`, the last convolution is activated and nothing is added; `n`,
    /// nothing is added; `f`, nothing is added in the first block; `l`, nothing is added in the last.
    pub stages: &'static str,
    /// Behind the stem and the last convolution.
    pub ends: Activation,
    /// Within squeeze-and-excitation.
    pub squeeze: Activation,
    /// That squeeze-and-excitation multiplies by.
    pub gate: Activation,
    /// Extent of the kernel of the stem.
    pub stem: usize,
}

/// What is common: ReLU, a sigmoid as the gate, a stem of 3×3.
pub(super) const PLAIN: Recipe =
    Recipe { stages: "", ends: Activation::Relu, squeeze: Activation::Relu, gate: Activation::Sigmoid, stem: 3 };

/// Landmarks of the names that timm's builder gives.
pub(super) const LANDMARKS: &[&str] =
    &["conv_stem.weight", "bn1.weight", "blocks.0.0.bn1.weight", "conv_head.weight", "classifier.weight"];

/// A family of timm's builder that is told from others by its measures alone, which are those of
/// `Trunk::measure`.
pub(super) const fn family(
    title: &'static str,
    members: &'static [Member],
    build: fn(&mut Builder<'_>, &str) -> Fit<ValueId>,
) -> Family {
    Family {
        title,
        members,
        landmarks: LANDMARKS,
        measure: |weights| Trunk::timm(weights).measure(weights),
        fixed: 3,
        variants: |_| &[POOLS],
        build,
    }
}

/// A stage of a recipe.
struct Stage {
    activation: Activation,
    stride: usize,
    unusual: Option<char>,
}

impl Recipe {
    fn stages(&self) -> Vec<Stage> {
        let stage = |word: &str| {
            let mut letters = word.chars();
            let activation = match letters.next() {
                Some('6') => Activation::Relu6,
                Some('s') => Activation::Silu,
                Some('h') => Activation::HardSwish,
                _ => Activation::Relu,
            };
            let stride = letters.next().and_then(|letter| letter.to_digit(10)).unwrap_or(1) as usize;
            Stage { activation, stride, unusual: letters.next() }
        };
        self.stages.split(' ').map(stage).collect()
    }

    /// Builds the network with the padding and the smoothing that the member's name tells of.
    pub fn build(&self, b: &mut Builder<'_>, member: &str) -> Fit<ValueId> {
        b.timm_twin(member);
        let smoothing = match member {
            _ if member.contains("_aa_") => Smoothing::Means,
            _ if member.contains("_blur_") => Smoothing::Blur(ops::PadMode::Constant),
            _ => Smoothing::None,
        };
        let stages = self.stages();
        let mut trunk = Trunk::timm(b.weights());
        trunk.stem_kernel = self.stem;
        let strides = trunk.strides(&stages.iter().map(|stage| stage.stride).collect::<Vec<_>>());
        let places: Vec<usize> = trunk.stages().collect();
        let style = |i: usize| {
            let place = places.get(i).copied().unwrap_or(0);
            let [is_first, is_last] =
                [i.checked_sub(1), Some(i + 1)].map(|j| j.and_then(|j| places.get(j)) != Some(&place));
            let Some(stage) = stages.get(place) else { return Style::new(self.ends, self.squeeze, self.gate) };
            let adds = match stage.unusual {
                Some('a' | 'n') => false,
                Some('f') => !is_first,
                Some('l') => !is_last,
                _ => true,
            };
            let end = if stage.unusual == Some('a') { stage.activation } else { Activation::Identity };
            Style { end, adds, smoothing, ..Style::new(stage.activation, self.squeeze, self.gate) }
        };
        let x = trunk.build(b, self.ends, &strides, style)?;
        let x = b.global_pool(x, "global_pool.pool")?;
        if b.has("bn2") || !b.has("conv_head") {
            let x = b.flatten(x, "global_pool.flatten")?;
            return b.head(x, "classifier", &[]);
        }
        // MobileNet V3 and its relatives pool in front of the last convolution.
        let mut x = b.conv(x, "conv_head", Window::stride(1))?;
        if b.has("norm_head") {
            x = b.norm(x, "norm_head")?;
        }
        // Where the normalisation activates, `act2` is the identity.
        let act = if b.has_pickled("norm_head.act") { "norm_head.act" } else { "act2" };
        let x = b.activation(x, act, self.ends)?;
        let x = b.flatten(x, "flatten")?;
        b.head(x, "classifier", &[])
    }
}
