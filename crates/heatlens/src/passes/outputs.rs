//! What the outputs of an explanation's graph hold.

use heatlens_graph::ValueId;

/// What an output of an [`ExplanationGraph`](crate::ExplanationGraph) holds. Layers and biases are
/// told by their positions in [`ExplanationGraph::layers`](crate::ExplanationGraph::layers) and
/// [`ExplanationGraph::biases`](crate::ExplanationGraph::biases). Every output begins with the
/// dimension of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holds {
    /// The raw outputs of the network, (batch, outputs): values before softmax or sigmoid.
    Logits,
    /// A layer's output A, (batch, channels, rows, columns).
    Activations(usize),
    /// G = ∂⟨seed, logits⟩/∂A, of the shape of A.
    Gradients(usize),
    /// ∂⟨G, A⟩/∂A with the second A held constant, of the shape of A; absent where it is zero.
    Curvature(usize),
    /// One of the values that reach the logits beside a layer, in the shape that the network gives
    /// it.
    Bypass {
        /// The layer.
        layer: usize,
        /// Which of its values, in the order of [`heatlens_graph::Tail::bypass`].
        nth: usize,
    },
    /// ∂⟨seed, logits⟩/∂image, (batch, channels, rows, columns) whatever the layout of the input.
    ImageGradient,
    /// The same by the rule of guided backpropagation.
    GuidedGradient,
    /// ∂⟨seed, logits⟩/∂output of a layer that adds a bias, (batch, channels, rows, columns).
    BiasGradient(usize),
}

impl Holds {
    /// A name that no other has; an identifier.
    pub fn name(self) -> String {
        match self {
            Holds::Logits => "logits".to_owned(),
            Holds::Activations(layer) => format!("activations_{layer}"),
            Holds::Gradients(layer) => format!("gradients_{layer}"),
            Holds::Curvature(layer) => format!("curvature_{layer}"),
            Holds::Bypass { layer, nth } => format!("bypass_{layer}_{nth}"),
            Holds::ImageGradient => "image_gradient".to_owned(),
            Holds::GuidedGradient => "guided_gradient".to_owned(),
            Holds::BiasGradient(bias) => format!("bias_gradient_{bias}"),
        }
    }
}

/// Outputs in the making, and what each of them holds.
#[derive(Default)]
pub struct Outputs {
    pub values: Vec<ValueId>,
    pub holds: Vec<Holds>,
}

impl Outputs {
    /// Adds an output.
    pub fn push(&mut self, value: ValueId, holds: Holds) {
        self.values.push(value);
        self.holds.push(holds);
    }

    /// The value that was added for this.
    pub fn value(&self, of: Holds) -> Option<ValueId> {
        self.holds.iter().position(|&holds| holds == of).map(|i| self.values[i])
    }
}
