//! What a pass is to compute.

/// What to compute besides logits and activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    pub gradients: bool,
    pub curvature: bool,
    pub image_gradient: bool,
    pub guided_gradient: bool,
    pub biases: bool,
    /// What reaches the logits beside each layer.
    pub bypass: bool,
}

impl Wants {
    /// Whether anything waits for a class.
    pub fn seeded(&self) -> bool {
        self.gradients || self.curvature || self.image_gradient || self.guided_gradient || self.biases
    }
}
