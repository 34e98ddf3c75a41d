//! What is said of a method.

use crate::Scale;

/// What the documentation and the command line show of a method.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// How it is asked for.
    pub name: &'static str,
    /// How it is written.
    pub title: &'static str,
    /// What it computes, in a line.
    pub summary: &'static str,
    /// When to use it, and when not.
    pub advice: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// What has to be computed for it.
    pub needs: &'static [Need],
    /// How its maps are finished.
    pub scale: Scale,
}

/// What a method needs of the network. One forward pass serves every method, layer and class of an
/// image; each of these is computed only where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Need {
    /// The target layer's output.
    Activations,
    /// The gradient of the score at the target layer: the tail behind it, backwards.
    Gradients,
    /// The derivative of that gradient: the tail twice backwards.
    Curvature,
    /// The gradient at the image: the whole network backwards.
    ImageGradient,
    /// The same with the rule of guided backpropagation.
    GuidedGradient,
    /// The gradient at every layer with a bias, and at the image.
    BiasGradients,
    /// The tail again for changed activations, once a channel; nothing where the tail is affine.
    TailRuns,
    /// The whole network again for changed images.
    Runs,
    /// The whole network again, and back to the target layer.
    GradientRuns,
    /// The whole network again, and back to the image.
    ImageGradientRuns,
    /// A head of global average pooling and one linear layer.
    LinearHead,
}

impl Need {
    /// In words, for the documentation.
    pub fn words(self) -> &'static str {
        match self {
            Need::Activations => "one forward pass",
            Need::Gradients => "the tail backwards, once a class",
            Need::Curvature => "the tail backwards twice, once a class",
            Need::ImageGradient => "the network backwards, once a class",
            Need::GuidedGradient => "the network backwards by the guided rule, once a class",
            Need::BiasGradients => "the network backwards, every layer's gradient kept, once a class",
            Need::TailRuns => "the tail again, once a channel or concept; nothing where it is affine",
            Need::Runs => "many forward passes",
            Need::GradientRuns => "several forward passes and tails backwards",
            Need::ImageGradientRuns => "several forward and backward passes",
            Need::LinearHead => "a head of global average pooling and one linear layer",
        }
    }
}
