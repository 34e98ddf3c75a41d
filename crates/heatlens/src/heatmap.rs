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

/// How several finished maps become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Their mean.
    Mean,
    /// The largest at each pixel: where any layer looks.
    Max,
    /// Their product: where all layers look.
    Product,
}

impl Combine {
    /// Every way, in the order shown.
    pub const ALL: &'static [Combine] = &[Combine::Mean, Combine::Max, Combine::Product];

    /// How it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Combine::Mean => "mean",
            Combine::Max => "max",
            Combine::Product => "product",
        }
    }

    /// The way of this name.
    pub fn named(name: &str) -> Option<Combine> {
        Combine::ALL.iter().copied().find(|combine| combine.name() == name)
    }

    /// Puts finished maps of one size into one, stretched to 0…1 again.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(self, maps: &[Map]) -> Map {
        let (first, rest) = maps.split_first().expect("a map at least");
        let mut combined = first.clone();
        for map in rest {
            combined.values.iter_mut().zip(&map.values).for_each(|(sum, &v)| match self {
                Combine::Mean => *sum += v,
                Combine::Max => *sum = sum.max(v),
                Combine::Product => *sum *= v,
            });
        }
        if self == Combine::Mean {
            combined.values.iter_mut().for_each(|v| *v /= maps.len() as f32);
        }
        combined.stretch();
        combined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_combined_cell_by_cell_and_stretched() {
        let maps = [Map::new(1, 3, vec![0.0, 1.0, 0.5]), Map::new(1, 3, vec![0.0, 0.0, 1.0])];
        let near = |combine: Combine, expected: [f32; 3]| {
            combine
                .of(&maps)
                .values
                .iter()
                .zip(expected)
                .for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{combine:?}"));
        };
        near(Combine::Mean, [0.0, 2.0 / 3.0, 1.0]);
        near(Combine::Max, [0.0, 1.0, 1.0]);
        near(Combine::Product, [0.0, 0.0, 1.0]);
    }
}
