//! A map in the network's input, brought into the photograph's own pixels.

use crate::Affine;
use crate::resize::{Resized, Taps};

/// A rectangle of whole pixels; `right` and `bottom` are the first outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// One past the last column.
    pub right: usize,
    /// One past the last row.
    pub bottom: usize,
}

impl Region {
    /// Whether a pixel lies inside.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }
}

/// A finished map in the pixels of a photograph, computed a row at a time: of a large photograph it
/// would take more memory than the photograph itself.
#[derive(Clone, PartialEq, Debug)]
pub struct WarpedMap {
    /// The photograph's width.
    pub width: usize,
    /// The photograph's height.
    pub height: usize,
    /// The part of the photograph that the network saw.
    pub seen: Region,
    values: Resized,
}

impl WarpedMap {
    /// Whether the network saw the whole photograph.
    pub fn sees_all(&self) -> bool {
        self.seen == Region { left: 0, top: 0, right: self.width, bottom: self.height }
    }

    /// Writes the values of row `y`; 0 outside `seen`.
    ///
    /// # Panics
    /// If there is no such row, or `to` does not have `width` values.
    pub fn row(&self, y: usize, to: &mut [f32]) {
        assert!(y < self.height && to.len() == self.width, "row {y} of {}×{} values", self.height, self.width);
        let Region { left, top, right, bottom } = self.seen;
        if !(top..bottom).contains(&y) {
            to.fill(0.0);
            return;
        }
        self.values.row(y, to);
        to[..left].fill(0.0);
        to[right..].fill(0.0);
    }
}

/// Brings a map of `size` = `[height, width]`, which lies in the network's input, into a photograph
/// of `[height, width]`: bilinear between pixel centres, clamped at the edge of what the network
/// saw.
///
/// # Panics
/// If `map` does not have `size[0] * size[1]` values, or a length is 0.
pub fn warp(map: &[f32], size: [usize; 2], to_photograph: &Affine, photograph: [usize; 2]) -> WarpedMap {
    assert_eq!(map.len(), size[0] * size[1], "a map of {}×{} has as many values", size[0], size[1]);
    let back = to_photograph.inverse();
    let [height, width] = photograph;
    // Axis 0 is x in the affine and the second in sizes.
    let axis = |i: usize, length: usize, from: usize| {
        let edge = |p: usize| back.scale[i] * (p as f64 + 0.5) + back.offset[i];
        let inside = |p: &usize| (0.0..from as f64).contains(&edge(*p));
        let first = (0..length).find(inside).unwrap_or(0);
        let end = (0..length).rev().find(inside).map_or(0, |last| last + 1);
        (Taps::linear(from, (0..length).map(|p| edge(p) - 0.5)), first, end.max(first))
    };
    let (columns, left, right) = axis(0, width, size[1]);
    let (rows, top, bottom) = axis(1, height, size[0]);
    let seen = Region { left, top, right, bottom };
    WarpedMap { width, height, seen, values: Resized::new(map, size, 1, rows, &columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(map: &WarpedMap) -> Vec<f32> {
        let mut values = vec![f32::NAN; map.height * map.width];
        values.chunks_exact_mut(map.width).enumerate().for_each(|(y, row)| map.row(y, row));
        values
    }

    #[test]
    fn whole_pictures_are_upsampling() {
        let map: Vec<f32> = (0..35).map(|i| (i * 37 % 100) as f32 / 99.0).collect();
        let got = warp(&map, [5, 7], &Affine::scaling([5, 7], [40, 33]), [40, 33]);
        assert!(got.sees_all());
        let want = crate::upsample(&map, [5, 7], [40, 33]);
        assert!(values(&got).iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_crop_covers_its_part_only() {
        // The middle 4×4 of an 8×10 photograph, seen at 2×2.
        let to_photograph = Affine::scaling([2, 2], [4, 4]).then(&Affine::shift(3.0, 2.0));
        let got = warp(&[1.0; 4], [2, 2], &to_photograph, [8, 10]);
        assert_eq!(got.seen, Region { left: 3, top: 2, right: 7, bottom: 6 });
        for y in 0..8 {
            for x in 0..10 {
                assert_eq!(values(&got)[y * 10 + x], f32::from(u8::from(got.seen.contains(x, y))), "{x} {y}");
            }
        }
    }

    #[test]
    fn a_picture_seen_nowhere_is_empty() {
        let got = warp(&[1.0], [1, 1], &Affine::shift(100.0, 0.0), [2, 2]);
        assert_eq!(values(&got), [0.0; 4]);
        assert_eq!((got.seen.left, got.seen.right), (0, 0));
    }
}
