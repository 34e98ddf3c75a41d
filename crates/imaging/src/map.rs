//! Class activation maps as numbers, and the one way in which they are finished and drawn.

use crate::{blur, upsample};

/// How raw values become a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// What speaks for the class: ReLU and min–max, 0 to 1.
    Positive,
    /// What speaks for and against it: divided by the largest magnitude, −1 to 1.
    Signed,
    /// Finished already: several maps in one.
    Finished,
}

impl Scale {
    /// Every scale.
    pub const ALL: [Scale; 3] = [Scale::Positive, Scale::Signed, Scale::Finished];

    /// As tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Positive => "positive",
            Scale::Signed => "signed",
            Scale::Finished => "finished",
        }
    }

    /// The scale of this name.
    pub fn named(name: &str) -> Option<Scale> {
        Scale::ALL.into_iter().find(|scale| scale.name() == name)
    }
}

/// A map over the network's input: one value a cell, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `height × width` values.
    pub values: Vec<f32>,
}

impl Map {
    /// A map from its values.
    ///
    /// # Panics
    /// If there are not `height × width` values.
    pub fn new(height: usize, width: usize, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), height * width);
        Map { height, width, values }
    }

    /// Whether no cell speaks for the class: nothing is positive, so the finished map is zero
    /// everywhere.
    pub fn is_empty(&self) -> bool {
        !self.values.iter().any(|&v| v > 0.0)
    }

    /// Whether every cell holds a number. A gradient may overflow where the logits did not.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|v| v.is_finite())
    }

    /// Whether nothing in it says anything: no cell is positive, or, of a signed map, all are zero.
    pub fn says_nothing(&self, scale: Scale) -> bool {
        match scale {
            Scale::Signed => self.values.iter().all(|&v| v == 0.0),
            Scale::Positive | Scale::Finished => self.is_empty(),
        }
    }

    /// The finished map at `[height, width]`: in 0 to 1, or in −1 to 1 where the scale is signed.
    pub fn finished(&self, scale: Scale, size: [usize; 2]) -> Map {
        match scale {
            Scale::Positive => self.finish(size),
            Scale::Signed => self.finish_signed(size),
            Scale::Finished => self.upsampled(size),
        }
    }

    /// What says anything, at the map's own resolution and never negative: what speaks for the
    /// class, stretched from its least value as finished maps are; of a signed map the magnitude,
    /// since against the class is looking, too.
    pub fn magnitude(&self, scale: Scale) -> Map {
        let values = match scale {
            Scale::Signed => self.values.iter().map(|v| v.abs()).collect(),
            Scale::Positive | Scale::Finished => {
                let least = self.values.iter().map(|v| v.max(0.0)).fold(f32::INFINITY, f32::min);
                self.values.iter().map(|v| v.max(0.0) - least).collect()
            }
        };
        Map { values, ..*self }
    }

    /// The map to be drawn. One of a value a pixel is blurred and scaled so that its 99th
    /// percentile is full colour, as SmoothGrad's authors do (arXiv 1706.03825): divided by its
    /// largest value, a single pixel would leave the rest without colour. All others are drawn as
    /// they are finished.
    pub fn drawn(&self, scale: Scale, size: [usize; 2]) -> Map {
        let finished = self.finished(scale, size);
        if self.is_of_pixels(scale, size) { legible(&finished) } else { finished }
    }

    /// What full colour stands for where the map is drawn on a scale of its own: its largest value, or
    /// its largest magnitude where the scale is signed. Of a map of pixels that holds before it is
    /// blurred for the eye.
    pub fn peak(&self, scale: Scale) -> f32 {
        let size = |v: f32| if scale == Scale::Signed { v.abs() } else { v.max(0.0) };
        self.values.iter().map(|&v| size(v)).fold(0.0, f32::max)
    }

    /// The map to be drawn where `full` is what full colour stands for, so that several are
    /// comparable: upsampled and divided by it, cut at 1. Maps of pixels, and those that several were
    /// put together in, have no such scale and are drawn by their own.
    pub fn drawn_to(&self, full: f32, scale: Scale, size: [usize; 2]) -> Map {
        let has_units = scale != Scale::Finished && !self.is_of_pixels(scale, size);
        if !has_units || full <= 0.0 {
            return self.drawn(scale, size);
        }
        let least = if scale == Scale::Signed { -1.0 } else { 0.0 };
        let mut map = match scale {
            // As finished maps are: what speaks against the class is left out before upsampling.
            Scale::Positive => {
                Map { values: self.values.iter().map(|v| v.max(0.0)).collect(), ..*self }.upsampled(size)
            }
            _ => self.upsampled(size),
        };
        map.values.iter_mut().for_each(|v| *v = (*v / full).clamp(least, 1.0));
        map
    }

    /// Whether it has a value a pixel of an input of `[height, width]`, and not one upsampled from
    /// a layer.
    pub fn is_of_pixels(&self, scale: Scale, size: [usize; 2]) -> bool {
        [self.height, self.width] == size && scale != Scale::Finished
    }

    /// The finished map at `[height, width]`, in 0 to 1: ReLU, min–max, bilinear upsampling
    /// (half-pixel centres, edges clamped), min–max. A map without positive cells is finished as
    /// zeros.
    ///
    /// The order and the divisor `1e-7 + max` are pytorch-grad-cam's, so that finished maps equal
    /// its own.
    pub fn finish(&self, size: [usize; 2]) -> Map {
        let mut map = self.finished_to_be_joined(size);
        map.stretch();
        map
    }

    /// [`Map::finish`] without the last min–max: so pytorch-grad-cam takes the mean of several layers' maps,
    /// before it stretches that.
    pub fn finished_to_be_joined(&self, [height, width]: [usize; 2]) -> Map {
        let mut low = self.values.iter().map(|&v| v.max(0.0)).collect::<Vec<_>>();
        min_max(&mut low);
        Map { height, width, values: upsample(&low, [self.height, self.width], [height, width]) }
    }

    /// The finished map of what speaks for and against, in −1 to 1: upsampled likewise, divided by
    /// the largest magnitude. A map of zeros stays so.
    pub fn finish_signed(&self, size: [usize; 2]) -> Map {
        let mut map = self.upsampled(size);
        let scale = map.values.iter().fold(0.0f32, |max, v| max.max(v.abs()));
        if scale > 0.0 {
            map.values.iter_mut().for_each(|v| *v /= scale);
        }
        map
    }

    /// The map at another size: bilinear, half-pixel centres, edges clamped.
    pub fn upsampled(&self, [height, width]: [usize; 2]) -> Map {
        if [self.height, self.width] == [height, width] {
            return self.clone();
        }
        Map { height, width, values: upsample(&self.values, [self.height, self.width], [height, width]) }
    }

    /// Stretches its values to 0…1.
    pub fn stretch(&mut self) {
        min_max(&mut self.values);
    }
}

/// Stretches values to 0…1.
fn min_max(values: &mut [f32]) {
    let (min, max) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let scale = 1e-7 + (max - min);
    values.iter_mut().for_each(|v| *v = (*v - min) / scale);
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
    fn a_map_without_positive_cells_finishes_as_zeros_and_says_so() {
        let map = Map::new(1, 2, vec![-1.0, 0.0]);
        assert!(map.is_empty());
        assert!(map.finish([4, 4]).values.iter().all(|&v| v == 0.0));
    }

    #[test]
    fn a_signed_map_keeps_its_zero() {
        let map = Map::new(1, 3, vec![-4.0, 0.0, 2.0]).finish_signed([1, 3]);
        assert_eq!(map.values, [-1.0, 0.0, 0.5]);
        assert_eq!(Map::new(1, 2, vec![0.0, 0.0]).finish_signed([1, 2]).values, [0.0, 0.0]);
    }

    #[test]
    fn a_map_with_nan_says_so() {
        assert!(!Map::new(1, 2, vec![f32::NAN, 1.0]).is_finite());
        assert!(Map::new(1, 2, vec![-1.0, 1.0]).is_finite());
    }

    #[test]
    fn a_finished_map_spans_zero_to_one() {
        let map = Map::new(2, 2, vec![-3.0, 1.0, 2.0, 5.0]).finish([8, 8]);
        let (min, max) = map.values.iter().fold((1.0f32, 0.0f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
        assert_eq!(min, 0.0);
        assert!((max - 1.0).abs() < 1e-6);
    }

    #[test]
    fn on_a_shared_scale_maps_keep_their_proportions() {
        let [strong, weak] = [4.0, 1.0].map(|top| Map::new(2, 2, vec![-8.0, 0.0, 0.0, top]));
        let drawn = |map: &Map, scale| map.drawn_to(4.0, scale, [2, 6]).values;
        let brightest = |map: &Map| drawn(map, Scale::Positive).iter().copied().fold(0.0, f32::max);
        assert_eq!((brightest(&strong), brightest(&weak)), (1.0, 0.25));
        assert!(drawn(&weak, Scale::Positive).iter().all(|&v| v >= 0.0));
        assert_eq!(drawn(&weak, Scale::Signed).iter().copied().fold(0.0, f32::min), -1.0, "cut where it is beyond");
        assert_eq!((strong.peak(Scale::Positive), strong.peak(Scale::Signed)), (4.0, 8.0));
        // Where there is no scale to share, each has its own.
        assert_eq!(weak.drawn_to(4.0, Scale::Positive, [2, 2]), weak.drawn(Scale::Positive, [2, 2]));
        assert_eq!(weak.drawn_to(0.0, Scale::Signed, [4, 4]), weak.drawn(Scale::Signed, [4, 4]));
    }

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
