//! What a forward and a backward pass tell of one image.

/// A feature map of one image, channel by channel, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Features<'a> {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `channels × height × width` values.
    pub values: &'a [f32],
}

impl<'a> Features<'a> {
    /// The channels, each `height × width` values.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.cells())
    }

    /// `height × width`.
    pub fn cells(self) -> usize {
        self.height * self.width
    }
}

/// A layer that adds a bias to each channel: a convolution with one, or a batch normalisation.
#[derive(Clone, Copy, Debug)]
pub struct BiasGradient<'a> {
    /// What is added to each channel; of a batch normalisation
    /// `bias − mean · scale / √(variance + ε)`.
    pub bias: &'a [f32],
    /// ∂score/∂output of the layer.
    pub gradient: Features<'a>,
}

/// What is known of one image, at one layer, for one score. A method finds what it
/// [`Need`](crate::methods::Need)s here; the rest may be absent.
#[derive(Clone, Debug, Default)]
pub struct Evidence<'a> {
    /// The target layer's output, A.
    pub activations: Option<Features<'a>>,
    /// G = ∂score/∂A.
    pub gradients: Option<Features<'a>>,
    /// H·A = ∂⟨G, A⟩/∂A with the second A held constant; `None` also where it is zero, as in a
    /// piecewise linear tail.
    pub curvature: Option<Features<'a>>,
    /// Whether the score is an affine function of A, as behind global average pooling and one
    /// linear layer: G is then the same for every image.
    pub affine_tail: bool,
    /// The network's input.
    pub image: Option<Features<'a>>,
    /// ∂score/∂image.
    pub image_gradient: Option<Features<'a>>,
    /// The same, with only positive gradients passing a ReLU.
    pub guided_gradient: Option<Features<'a>>,
    /// Every layer that adds a bias, from the input to the score.
    pub biases: Vec<BiasGradient<'a>>,
}

/// Fields that a method has asked for.
impl<'a> Evidence<'a> {
    /// # Panics
    /// If there are none.
    pub fn activations(&self) -> Features<'a> {
        self.activations.expect("activations are needed")
    }

    /// # Panics
    /// If there are none.
    pub fn gradients(&self) -> Features<'a> {
        self.gradients.expect("gradients are needed")
    }

    /// # Panics
    /// If there is none.
    pub fn image(&self) -> Features<'a> {
        self.image.expect("the image is needed")
    }

    /// # Panics
    /// If there is none.
    pub fn image_gradient(&self) -> Features<'a> {
        self.image_gradient.expect("the gradient of the image is needed")
    }

    /// # Panics
    /// If there is none.
    pub fn guided_gradient(&self) -> Features<'a> {
        self.guided_gradient.expect("the guided gradient of the image is needed")
    }
}
