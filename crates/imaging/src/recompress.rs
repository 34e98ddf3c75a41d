//! What saving as a JPEG does to a picture.

use std::f32::consts::PI;

use crate::Picture;

/// The picture as it is after it was saved as a JPEG of this quality (1 to 100) and read again:
/// quantised as libjpeg quantises, at half the resolution of colour (4:2:0). No file is made:
/// entropy coding loses nothing. Levels may differ by one or two from libjpeg's, which computes in
/// integers.
pub fn recompress(picture: &Picture, quality: u8) -> Picture {
    let size = picture.size();
    let channel = |weights: [f32; 3], offset: f32| -> Vec<f32> {
        let value =
            |rgb: &[u8]| (offset + rgb.iter().zip(weights).map(|(&v, w)| f32::from(v) * w).sum::<f32>()).round();
        picture.rgb.chunks_exact(3).map(value).collect()
    };
    let mut luma = channel([0.299, 0.587, 0.114], 0.0);
    quantise(&mut luma, size, &table(&LUMA, quality));
    let chroma = |weights: [f32; 3]| -> Vec<f32> {
        let (mut half, half_size) = halved(&channel(weights, 128.0), size);
        quantise(&mut half, half_size, &table(&CHROMA, quality));
        doubled(&half, half_size, size)
    };
    let (blue, red) = (chroma([-0.168_736, -0.331_264, 0.5]), chroma([0.5, -0.418_688, -0.081_312]));
    let level = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    let rgb = luma.iter().zip(blue.iter().zip(&red)).flat_map(|(&y, (&b, &r))| {
        let (b, r) = (b - 128.0, r - 128.0);
        [level(y + 1.402 * r), level(y - 0.344_136 * b - 0.714_136 * r), level(y + 1.772 * b)]
    });
    Picture { width: picture.width, height: picture.height, rgb: rgb.collect() }
}

/// The tables of the JPEG standard, annex K.
#[rustfmt::skip]
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
#[rustfmt::skip]
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// A table at a quality, as libjpeg scales it.
fn table(base: &[u16; 64], quality: u8) -> [f32; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    base.map(|entry| ((u32::from(entry) * scale + 50) / 100).clamp(1, 255) as f32)
}

/// Half as wide and high, rounded up: means of four, edges repeated, and halves rounded down and up
/// in turn.
fn halved(values: &[f32], [height, width]: [usize; 2]) -> (Vec<f32>, [usize; 2]) {
    let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
    let at = |y: usize, x: usize| values[y.min(height - 1) * width + x.min(width - 1)];
    let mean =
        |y: usize, x: usize| at(2 * y, 2 * x) + at(2 * y, 2 * x + 1) + at(2 * y + 1, 2 * x) + at(2 * y + 1, 2 * x + 1);
    let bias = |x: usize| if x.is_multiple_of(2) { 1.0 } else { 2.0 };
    let half =
        (0..rows * columns).map(|i| ((mean(i / columns, i % columns) + bias(i % columns)) / 4.0).floor()).collect();
    (half, [rows, columns])
}

/// Cut to `size` after doubling: three parts of the nearest level and one of the next along each
/// axis, sixteenths rounded up and down in turn.
fn doubled(half: &[f32], [rows, columns]: [usize; 2], [height, width]: [usize; 2]) -> Vec<f32> {
    let next = |i: usize, length: usize| {
        if i.is_multiple_of(2) { (i / 2).saturating_sub(1) } else { (i / 2 + 1).min(length - 1) }
    };
    let mut whole = Vec::with_capacity(height * width);
    for y in 0..height {
        let (near, far) = (&half[y / 2 * columns..], &half[next(y, rows) * columns..]);
        let column = |x: usize| 3.0 * near[x] + far[x];
        let bias = |x: usize| if x.is_multiple_of(2) { 8.0 } else { 7.0 };
        whole.extend((0..width).map(|x| ((3.0 * column(x / 2) + column(next(x, columns)) + bias(x)) / 16.0).floor()));
    }
    whole
}

/// Quantises a channel of levels block by block.
fn quantise(values: &mut [f32], [height, width]: [usize; 2], table: &[f32; 64]) {
    // Rows are frequencies: c_u cos((2x + 1) u π / 16) / 2 with c_0 = 1/√2.
    let basis: [[f32; 8]; 8] = std::array::from_fn(|u| {
        let scale = if u == 0 { (1.0f32 / 8.0).sqrt() } else { 0.5 };
        std::array::from_fn(|x| scale * ((2 * x + 1) as f32 * u as f32 * PI / 16.0).cos())
    });
    let mut transposed = basis;
    (0..8).for_each(|u| (0..8).for_each(|x| transposed[x][u] = basis[u][x]));
    for top in (0..height).step_by(8) {
        for left in (0..width).step_by(8) {
            let block: [[f32; 8]; 8] = std::array::from_fn(|y| {
                std::array::from_fn(|x| values[(top + y).min(height - 1) * width + (left + x).min(width - 1)] - 128.0)
            });
            let mut frequencies = product(&product(&basis, &block), &transposed);
            for (f, step) in frequencies.as_flattened_mut().iter_mut().zip(table) {
                *f = (*f / step).round() * step;
            }
            let block = product(&product(&transposed, &frequencies), &basis);
            for (y, row) in block.iter().enumerate().take(height - top) {
                let to = &mut values[(top + y) * width..][left..width];
                to.iter_mut().zip(row).for_each(|(to, v)| *to = (v + 128.0).round().clamp(0.0, 255.0));
            }
        }
    }
}

fn product(a: &[[f32; 8]; 8], b: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    let mut result = [[0.0; 8]; 8];
    for (row, a) in result.iter_mut().zip(a) {
        for (a, b) in a.iter().zip(b) {
            row.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeLimits, decode};

    #[test]
    fn levels_are_those_that_pillow_makes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/metrics");
        let read = |name: &str| decode(&std::fs::read(folder.join(name)).unwrap(), &DecodeLimits::default()).unwrap();
        let original = read("texture.png");
        for quality in [90, 50, 20] {
            let (ours, theirs) = (recompress(&original, quality), read(&format!("texture-q{quality}.png")));
            let differences: Vec<u8> = ours.rgb.iter().zip(&theirs.rgb).map(|(a, b)| a.abs_diff(*b)).collect();
            let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
            let damage = original.rgb.iter().zip(&theirs.rgb).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>()
                / differences.len() as f64;
            println!(
                "quality {quality}: {mean:.3} levels from Pillow on average, which is {damage:.2} from the original"
            );
            // Cosines in integers move levels by one here and there, and once in a while a
            // coefficient to its neighbour.
            assert!(mean < 0.12 * damage, "quality {quality}: {mean} levels apart");
        }
    }

    #[test]
    fn a_flat_picture_of_any_size_stays_flat() {
        for (width, height) in [(1, 1), (8, 8), (17, 9)] {
            let picture = recompress(&Picture::filled(width, height, [128, 128, 128]), 75);
            assert_eq!(picture, Picture::filled(width, height, [128, 128, 128]));
        }
    }
}
