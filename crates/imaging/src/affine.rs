//! Where a pixel of the network's input came from in the photograph.

use serde::{Deserialize, Serialize};

/// An axis-aligned affine map in edge coordinates: pixel `i` covers `[i, i + 1)` and its centre is
/// `i + 0.5`, so resizing is a pure scale and cropping a pure shift. Index 0 is x, index 1 is y.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Affine {
    /// Photograph pixels a pixel of the input.
    pub scale: [f64; 2],
    /// Where the input's upper left corner lies.
    pub offset: [f64; 2],
}

impl Affine {
    /// Leaves points where they are.
    pub const IDENTITY: Self = Self { scale: [1.0; 2], offset: [0.0; 2] };

    /// From an image of size `from` to one of size `to`, both `[height, width]` and covering the
    /// same scene.
    pub fn scaling(from: [usize; 2], to: [usize; 2]) -> Self {
        Self { scale: [to[1] as f64 / from[1] as f64, to[0] as f64 / from[0] as f64], offset: [0.0; 2] }
    }

    /// Moves by `x` and `y` pixels.
    pub const fn shift(x: f64, y: f64) -> Self {
        Self { scale: [1.0; 2], offset: [x, y] }
    }

    /// The image of the point `[x, y]`.
    pub fn apply(&self, point: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|i| self.scale[i] * point[i] + self.offset[i])
    }

    /// First `self`, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        Self { scale: [0, 1].map(|i| self.scale[i] * next.scale[i]), offset: next.apply(self.offset) }
    }

    /// The way back. Scales are never zero.
    pub fn inverse(&self) -> Self {
        Self { scale: self.scale.map(|s| 1.0 / s), offset: [0, 1].map(|i| -self.offset[i] / self.scale[i]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let crop = Affine::shift(16.0, 20.0);
        let map = crop.then(&Affine::scaling([256, 300], [875, 1024]));
        assert_eq!(map.apply([0.0, 0.0]), [16.0 * 1024.0 / 300.0, 20.0 * 875.0 / 256.0]);
        let there = map.apply([17.25, -3.5]);
        let back = map.inverse().apply(there);
        assert!((back[0] - 17.25).abs() < 1e-12 && (back[1] + 3.5).abs() < 1e-12);
        assert_eq!(map.then(&Affine::IDENTITY), map);
    }
}
