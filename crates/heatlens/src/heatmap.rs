//! A map with what it is a map of.

use crate::blur::blur;
use crate::{Map, Method, Scale, Score};

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
        match self.scale {
            Scale::Positive => self.raw.finish(size),
            Scale::Signed => self.raw.finish_signed(size),
            Scale::Finished => self.raw.upsampled(size),
        }
    }

    /// The map to be drawn. One of a value a pixel is blurred and scaled so that its 99th
    /// percentile is full colour, as SmoothGrad's authors do (arXiv 1706.03825): divided by its
    /// largest value, a single pixel would leave the rest without colour. All others are drawn as
    /// they are finished.
    pub fn drawn(&self, size: [usize; 2]) -> Map {
        let finished = self.finish(size);
        if self.is_of_pixels(size) { legible(&finished) } else { finished }
    }

    /// Whether it has a value a pixel of an input of `[height, width]`, and not one upsampled from
    /// a layer.
    pub fn is_of_pixels(&self, size: [usize; 2]) -> bool {
        [self.raw.height, self.raw.width] == size && self.scale != Scale::Finished
    }

    /// Whether nothing in it says anything.
    pub fn is_empty(&self) -> bool {
        match self.scale {
            Scale::Signed => self.raw.values.iter().all(|&v| v == 0.0),
            _ => self.raw.is_empty(),
        }
    }
}

/// Standard deviation of the blur of maps of pixels that are drawn, in parts of the shorter side: 2
/// pixels of 224.
const DRAWN_BLUR: f64 = 0.01;
/// The share of pixels whose magnitudes are told apart by colour.
const DRAWN_SHARE: f64 = 0.99;

/// A map of pixels, blurred and scaled for the eye; in −1 to 1.
fn legible(map: &Map) -> Map {
    let size = [map.height, map.width];
    let mut values = blur(&map.values, size, DRAWN_BLUR * size[0].min(size[1]) as f64);
    let mut magnitudes: Vec<f32> = values.iter().map(|v| v.abs()).collect();
    let at = ((magnitudes.len() as f64 * DRAWN_SHARE) as usize).min(magnitudes.len().saturating_sub(1));
    let largest = magnitudes.iter().copied().fold(0.0, f32::max);
    let percentile = *magnitudes.select_nth_unstable_by(at, f32::total_cmp).1;
    // Where less than a hundredth of the map says anything, there is nothing to hide.
    let scale = if percentile > 0.0 { percentile } else { largest };
    if scale > 0.0 {
        values.iter_mut().for_each(|v| *v = (*v / scale).clamp(-1.0, 1.0));
    }
    Map::new(map.height, map.width, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_does_not_outshine_the_others_of_a_drawn_map() {
        let noise = |i: usize| if i == 2000 { 100.0 } else { ((i * 7919) % 200) as f32 / 100.0 - 1.0 };
        let map = Map::new(64, 64, (0..4096).map(noise).collect());
        let drawn = legible(&map.finish_signed([64, 64]));
        let strong = drawn.values.iter().filter(|v| v.abs() > 0.1).count();
        assert!(strong > 1000, "{strong}");
        assert!(drawn.values.iter().all(|v| (-1.0..=1.0).contains(v)) && drawn.values[2000] == 1.0);
        assert!(legible(&Map::new(8, 8, vec![0.0; 64])).values.iter().all(|&v| v == 0.0));
        let point: Vec<f32> = (0..64 * 64).map(|i| f32::from(i == 99)).collect();
        assert!(legible(&Map::new(64, 64, point)).values.contains(&1.0));
        let _ = legible(&Map::new(4, 4, vec![f32::NAN; 16]));
    }
}
