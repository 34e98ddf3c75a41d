//! What a network takes.

use std::borrow::Cow;

use heatlens_graph::{Dim, Graph, Input};

use crate::Error;

/// How an image lies in the input tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputLayout {
    /// Channels first, as PyTorch has it.
    Nchw,
    /// Channels last, as TensorFlow has it.
    Nhwc,
}

/// The input of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// Where the channels are.
    pub layout: InputLayout,
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl InputSpec {
    /// `[height, width]`.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Values an image.
    pub fn len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Whether an image has no values; never so in a network that was loaded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of a batch.
    pub fn shape(&self, batch: usize) -> [usize; 4] {
        match self.layout {
            InputLayout::Nchw => [batch, self.channels, self.height, self.width],
            InputLayout::Nhwc => [batch, self.height, self.width, self.channels],
        }
    }
}

/// Values of an image as the network takes them, and channels first, as the methods do.
impl InputSpec {
    /// An image as the network takes it, channels first.
    pub fn channels_first<'a>(&self, image: &'a [f32]) -> Cow<'a, [f32]> {
        if self.layout == InputLayout::Nchw || image.len() != self.len() {
            return image.into();
        }
        let pixels = self.height * self.width;
        (0..self.len()).map(|i| image[(i % pixels) * self.channels + i / pixels]).collect::<Vec<_>>().into()
    }

    /// An image given channels first, as the network takes it.
    pub fn from_channels_first<'a>(&self, image: &'a [f32]) -> Cow<'a, [f32]> {
        if self.layout == InputLayout::Nchw {
            return image.into();
        }
        let mut input = vec![0.0; image.len()];
        self.filled(&mut input, |values| values.copy_from_slice(image));
        input.into()
    }

    /// Fills the network's input with what `fill` writes channels first.
    pub(crate) fn filled(&self, input: &mut [f32], fill: impl FnOnce(&mut [f32])) {
        if self.layout == InputLayout::Nchw {
            return fill(input);
        }
        let mut image = vec![0.0; input.len()];
        fill(&mut image);
        let pixels = self.height * self.width;
        input
            .iter_mut()
            .enumerate()
            .for_each(|(i, value)| *value = image[(i % self.channels) * pixels + i / self.channels]);
    }

    /// A multiple of the image, mirrored left to right if asked for; both in the network's own
    /// layout.
    pub(crate) fn shaded(&self, image: &[f32], shade: f32, mirrored: bool) -> Vec<f32> {
        let (row, pixel) = match self.layout {
            InputLayout::Nchw => (self.width, 1),
            InputLayout::Nhwc => (self.width * self.channels, self.channels),
        };
        let at = |x: usize| if mirrored { (row / pixel - 1 - x / pixel) * pixel + x % pixel } else { x };
        image.chunks_exact(row).flat_map(|values| (0..row).map(move |x| shade * values[at(x)])).collect()
    }
}

/// The one input of a network, if it is an image.
pub(crate) fn input_spec(graph: &Graph) -> Result<InputSpec, Error> {
    let [input] = graph.inputs() else {
        let one = |input: &Input| format!("`{}` {:?}", graph.value(input.value).name, graph.shape(input.value));
        let listed: Vec<String> = graph.inputs().iter().map(one).collect();
        return Err(Error::NotAClassifier(format!(
            "the model has {} inputs, {}; an image classifier has one: fix the others to values (`--input`, \
             NAME=VALUE), or export it with the image alone",
            listed.len(),
            listed.join(", ")
        )));
    };
    let shape = graph.shape(input.value);
    let &[_, a, b, c] = shape else {
        let name = &graph.value(input.value).name;
        return Err(Error::NotAClassifier(format!(
            "input `{name}` has shape {shape:?}; an image input has 4 dimensions, (N, 3, H, W) or (N, H, W, 3)"
        )));
    };
    let is_channels = |extent: usize, dim: &Dim| matches!(extent, 1 | 3 | 4) && matches!(dim, Dim::Fixed(_));
    let last = is_channels(c, &input.dims[3]) && !is_channels(a, &input.dims[1]);
    Ok(if last {
        InputSpec { layout: InputLayout::Nhwc, channels: c, height: a, width: b }
    } else {
        InputSpec { layout: InputLayout::Nchw, channels: a, height: b, width: c }
    })
}
