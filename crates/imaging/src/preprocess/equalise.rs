//! Contrast-limited adaptive histogram equalisation of one channel.

use super::blur::mirrored;

const LEVELS: usize = 256;

/// OpenCV's `createCLAHE(clip, tiles).apply(plane)` for a plane of `[height, width]` bytes and
/// `[rows, columns]` of tiles: each level becomes what the histograms of the four nearest tiles
/// make of it, weighted by their nearness.
pub(super) fn equalise(plane: &[u8], [height, width]: [usize; 2], tiles: [usize; 2], clip: f64) -> Vec<u8> {
    let curves = curves(plane, [height, width], tiles, clip);
    let [tile_height, tile_width] = tile_size([height, width], tiles);
    let columns: Vec<Between> = (0..width).map(|x| Between::new(x, tile_width, tiles[1])).collect();
    let mut equal = Vec::with_capacity(plane.len());
    for (y, row) in plane.chunks_exact(width).enumerate() {
        let rows = Between::new(y, tile_height, tiles[0]);
        let (above, below) = (&curves[rows.first * tiles[1]..], &curves[rows.second * tiles[1]..]);
        equal.extend(row.iter().zip(&columns).map(|(&level, columns)| {
            let across = |curves: &[[u8; LEVELS]]| {
                let at = |tile: usize| f32::from(curves[tile][usize::from(level)]);
                at(columns.first) * (1.0 - columns.share) + at(columns.second) * columns.share
            };
            (across(above) * (1.0 - rows.share) + across(below) * rows.share).round_ties_even() as u8
        }));
    }
    equal
}

/// Two neighbouring tiles, and how much of the second there is at a pixel.
struct Between {
    first: usize,
    second: usize,
    share: f32,
}

impl Between {
    fn new(pixel: usize, tile: usize, tiles: usize) -> Self {
        let place = pixel as f32 * (1.0 / tile as f32) - 0.5;
        let first = place.floor();
        let second = (first as isize + 1) as usize;
        Self { first: first.max(0.0) as usize, second: second.min(tiles - 1), share: place - first }
    }
}

/// Tiles of one size that cover the plane. Where its sides are no multiples of the tiles, both grow.
fn tile_size(size: [usize; 2], tiles: [usize; 2]) -> [usize; 2] {
    let whole = (0..2).all(|i| size[i].is_multiple_of(tiles[i]));
    [0, 1].map(|i| size[i] / tiles[i] + usize::from(!whole))
}

/// What each tile's histogram makes of every level. Tiles reach beyond the edge, where the plane is
/// mirrored.
fn curves(plane: &[u8], [height, width]: [usize; 2], tiles: [usize; 2], clip: f64) -> Vec<[u8; LEVELS]> {
    let [tile_height, tile_width] = tile_size([height, width], tiles);
    let columns: Vec<usize> = (0..tile_width * tiles[1]).map(|x| mirrored(x as isize, width)).collect();
    let pixels = tile_height * tile_width;
    let mut curves = Vec::with_capacity(tiles[0] * tiles[1]);
    for row in 0..tiles[0] {
        for columns in columns.chunks_exact(tile_width) {
            let mut histogram = [0usize; LEVELS];
            for y in row * tile_height..(row + 1) * tile_height {
                let line = &plane[mirrored(y as isize, height) * width..][..width];
                columns.iter().for_each(|&x| histogram[usize::from(line[x])] += 1);
            }
            if clip > 0.0 {
                limit(&mut histogram, ((clip * pixels as f64 / LEVELS as f64) as usize).max(1));
            }
            curves.push(curve(&histogram, pixels));
        }
    }
    curves
}

/// Takes what is above the limit and spreads it over all levels, the remainder at even distances.
fn limit(histogram: &mut [usize; LEVELS], most: usize) {
    let taken: usize = histogram.iter().map(|count| count.saturating_sub(most)).sum();
    let (each, remainder) = (taken / LEVELS, taken % LEVELS);
    histogram.iter_mut().for_each(|count| *count = (*count).min(most) + each);
    // A remainder is less than the levels, so that the step is at least 1.
    if let Some(step) = LEVELS.checked_div(remainder) {
        histogram.iter_mut().step_by(step).take(remainder).for_each(|count| *count += 1);
    }
}

/// The share of pixels up to each level, on the scale of levels.
fn curve(histogram: &[usize; LEVELS], pixels: usize) -> [u8; LEVELS] {
    let scale = (LEVELS - 1) as f32 / pixels as f32;
    let mut sum = 0;
    histogram.map(|count| {
        sum += count;
        (sum as f32 * scale).round_ties_even() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tile_without_a_limit_is_plain_equalisation() {
        let plane = [10, 10, 20, 30];
        assert_eq!(equalise(&plane, [2, 2], [1, 1], 0.0), [128, 128, 191, 255]);
    }

    #[test]
    fn a_low_limit_leaves_levels_nearly_as_they_are() {
        let plane: Vec<u8> = (0..64 * 64).map(|i| (100 + i % 3) as u8).collect();
        let equal = equalise(&plane, [64, 64], [2, 2], 1e-9);
        assert!(equal.iter().zip(&plane).all(|(a, b)| a.abs_diff(*b) <= 2), "{:?}", &equal[..3]);
    }

    #[test]
    fn planes_smaller_than_the_tiles_are_mirrored() {
        for size in [[1, 1], [3, 5], [8, 9], [16, 8]] {
            assert_eq!(equalise(&vec![7; size[0] * size[1]], size, [8, 8], 2.0).len(), size[0] * size[1]);
        }
    }
}
