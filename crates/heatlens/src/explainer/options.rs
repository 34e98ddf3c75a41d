//! What an explainer is asked for, and what it answers.

use std::time::Duration;

use crate::{Combine, Heatmap, Method, Prediction, ScoreKind};

/// What to compute.
#[derive(Clone, Debug)]
pub struct ExplainerOptions {
    /// Layer expressions; the default layer where empty.
    pub layers: Vec<String>,
    /// The methods, without repeats. They share the forward pass.
    pub methods: Vec<Method>,
    /// How the finished maps of several layers become one; each stands for itself where `None`.
    pub combine: Option<Combine>,
    /// What is explained of a class.
    pub score: ScoreKind,
    /// Average each finished map over {identity, horizontal flip} × {0.9, 1, 1.1} times the
    /// preprocessed image: six passes.
    pub augment: bool,
    /// Take the first principal component of the weighted activations in place of their sum, where
    /// a method weights activations.
    pub eigen: bool,
    /// Images a forward pass.
    pub batch: usize,
    /// Seed of the methods that draw at random.
    pub seed: u64,
}

impl Default for ExplainerOptions {
    fn default() -> Self {
        ExplainerOptions {
            layers: Vec::new(),
            methods: vec![Method::GradCam],
            combine: None,
            score: ScoreKind::Logit,
            augment: false,
            eigen: false,
            batch: 1,
            seed: 0,
        }
    }
}

/// What is known of one image.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The network's answer.
    pub prediction: Prediction,
    /// The maps: scores in the order asked for and without repeats, the methods of each in order,
    /// the layers of each in order.
    pub maps: Vec<Heatmap>,
}

/// One step of a compiled network and the time that it took.
#[derive(Clone, Copy, Debug)]
pub struct StepTime<'e> {
    /// Operator name.
    pub operator: &'static str,
    /// Name of the node that it came from.
    pub node: &'e str,
    /// Whether it waits for the class, as the gradient does, and so runs once a class rather than
    /// in the forward pass.
    pub gradient: bool,
    /// How long it ran.
    pub time: Duration,
}
