//! How good a photograph is.

use heatlens_imaging::Photograph;

/// Sharpness, exposure and clipping of a photograph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Variance of the Laplacian of the grey picture shrunk to at most [`SIDE`] pixels a side, in
    /// squared grey levels of 0 to 255, within the lit part.
    pub sharpness: f64,
    /// Mean grey level of the lit part, 0 to 1.
    pub exposure: f64,
    /// Share of the lit part's pixels below 5 or above 250.
    pub clipped: f64,
}

/// Pictures are compared at this size, so that sharpness does not depend on the camera's
/// resolution.
const SIDE: usize = 256;
/// A pixel at least this bright is lit: the black margin around the field of view is not the
/// photograph's.
pub const LIT: f32 = 12.0;

/// Measures a photograph; `None` where nothing is lit.
pub fn quality(photograph: &Photograph) -> Option<Quality> {
    let step = photograph.width.max(photograph.height).div_ceil(SIDE).max(1);
    let (height, width) = (photograph.height / step, photograph.width / step);
    let mut grey = vec![0.0f32; height * width];
    for (i, cell) in grey.iter_mut().enumerate() {
        let (top, left) = (i / width * step, i % width * step);
        let row = |y: usize| photograph.rgb[((top + y) * photograph.width + left) * 3..][..step * 3].chunks_exact(3);
        let sum: f32 = (0..step)
            .flat_map(row)
            .map(|p| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]))
            .sum();
        *cell = sum / (step * step) as f32;
    }
    let lit: Vec<f64> = grey.iter().filter(|&&v| v >= LIT).map(|&v| f64::from(v)).collect();
    if lit.is_empty() {
        return None;
    }
    let count = lit.len() as f64;
    let (mut sum, mut squares, mut cells) = (0.0f64, 0.0f64, 0.0f64);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let at = |dy: usize, dx: usize| grey[(y + dy - 1) * width + x + dx - 1];
            let around = [at(0, 1), at(2, 1), at(1, 0), at(1, 2)];
            // The border of the field is a sharp edge of the camera's making.
            if around.iter().chain([&at(1, 1)]).all(|&v| v >= LIT) {
                let laplacian = f64::from(around.iter().sum::<f32>() - 4.0 * at(1, 1));
                (sum, squares, cells) = (sum + laplacian, squares + laplacian * laplacian, cells + 1.0);
            }
        }
    }
    Some(Quality {
        sharpness: if cells > 0.0 { squares / cells - (sum / cells).powi(2) } else { 0.0 },
        exposure: lit.iter().sum::<f64>() / count / 255.0,
        clipped: lit.iter().filter(|&&v| !(5.0..=250.0).contains(&v)).count() as f64 / count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use heatlens_imaging::Picture;

    #[test]
    fn a_checkerboard_is_sharper_than_a_flat_picture_and_black_is_nothing() {
        let flat = Picture::filled(64, 48, [128; 3]);
        let mut board = flat.clone();
        board
            .rgb
            .chunks_exact_mut(3)
            .enumerate()
            .filter(|(i, _)| (i / 64 + i % 64) % 2 == 0)
            .for_each(|(_, p)| p.fill(100));
        let (flat, board) = (quality(&flat).unwrap(), quality(&board).unwrap());
        assert!(flat.sharpness < 1e-6 && board.sharpness > 1000.0);
        assert!((flat.exposure - 128.0 / 255.0).abs() < 1e-3 && flat.clipped == 0.0);
        assert_eq!(quality(&Picture::filled(9, 9, [0; 3])), None);
    }
}
