//! Class activation maps as numbers.

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

    /// The finished map at `[height, width]`, in 0 to 1: ReLU, min–max, bilinear upsampling
    /// (half-pixel centres, edges clamped), min–max. A map without positive cells is finished as
    /// zeros.
    ///
    /// The order and the divisor `1e-7 + max` are pytorch-grad-cam's, so that finished maps equal
    /// its own.
    pub fn finish(&self, [height, width]: [usize; 2]) -> Map {
        let mut low = self.values.iter().map(|&v| v.max(0.0)).collect::<Vec<_>>();
        min_max(&mut low);
        let mut values = heatlens_imaging::upsample(&low, [self.height, self.width], [height, width]);
        min_max(&mut values);
        Map { height, width, values }
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
        Map {
            height,
            width,
            values: heatlens_imaging::upsample(&self.values, [self.height, self.width], [height, width]),
        }
    }

    /// Stretches its values to 0…1.
    pub(crate) fn stretch(&mut self) {
        min_max(&mut self.values);
    }
}

/// Stretches values to 0…1.
fn min_max(values: &mut [f32]) {
    let (min, max) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let scale = 1e-7 + (max - min);
    values.iter_mut().for_each(|v| *v = (*v - min) / scale);
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
}
