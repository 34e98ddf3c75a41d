//! A map with what it is a map of.

use heatlens_imaging::{Map, Scale};

use crate::{Method, Score};

/// The map of one method, layer and score.
#[derive(Clone, Debug)]
pub struct Heatmap {
    /// The method.
    pub method: Method,
    /// Position in [`Explainer::layers`](crate::Explainer::layers); none where a method looks at no
    /// layer, or at several together.
    pub layer: Option<usize>,
    /// What is explained.
    pub score: Score,
    /// Its value for the image; of a concept, the score of the concept.
    pub value: f32,
    /// Which of several maps of one score this is, counted from 1: a concept.
    pub part: Option<usize>,
    /// The map as the method gives it: low-resolution and signed for layer methods, before ReLU; at
    /// the size of the input for the others.
    pub raw: Map,
    /// How it is finished.
    pub scale: Scale,
}

impl Heatmap {
    /// The finished map at `[height, width]`: in 0 to 1, or in −1 to 1 where the scale is signed.
    pub fn finish(&self, size: [usize; 2]) -> Map {
        self.raw.finished(self.scale, size)
    }

    /// The map to be drawn: see [`Map::drawn`].
    pub fn drawn(&self, size: [usize; 2]) -> Map {
        self.raw.drawn(self.scale, size)
    }

    /// Whether it has a value a pixel of an input of `[height, width]`, and not one upsampled from
    /// a layer.
    pub fn is_of_pixels(&self, size: [usize; 2]) -> bool {
        self.raw.is_of_pixels(self.scale, size)
    }

    /// Whether nothing in it says anything.
    pub fn is_empty(&self) -> bool {
        self.raw.says_nothing(self.scale)
    }
}
