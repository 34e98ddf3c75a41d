//! Structural similarity (Wang et al., IEEE Trans. Image Processing 2004).

use super::{MetricError, check};

/// Side of the window.
const WINDOW: usize = 7;

/// Mean structural similarity of two maps whose rows are `width` cells, at most 1. `range` is the
/// distance between the smallest and the largest value that maps can have: 1 for finished maps, 2
/// for signed ones.
///
/// As `skimage.metrics.structural_similarity` with its defaults: a uniform window of 7×7, sample
/// covariances, K₁ = 0.01, K₂ = 0.03.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`]; [`MetricError::TooSmall`] for maps smaller
/// than the window.
///
/// # Panics
/// If the maps do not consist of whole rows.
pub fn ssim(a: &[f32], b: &[f32], width: usize, range: f64) -> Result<f64, MetricError> {
    check(a, b)?;
    assert!(width > 0 && a.len().is_multiple_of(width), "rows of {width} cells");
    let height = a.len() / width;
    if width < WINDOW || height < WINDOW {
        return Err(MetricError::TooSmall { height, width, side: WINDOW });
    }
    let cells = (WINDOW * WINDOW) as f64;
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let sample = cells / (cells - 1.0);
    let mut columns = vec![[0.0f64; 5]; width];
    let add = |columns: &mut [[f64; 5]], row: usize, sign: f64| {
        let rows = a[row * width..][..width].iter().zip(&b[row * width..][..width]);
        for (column, (&x, &y)) in columns.iter_mut().zip(rows) {
            let (x, y) = (f64::from(x), f64::from(y));
            column.iter_mut().zip([x, y, x * x, y * y, x * y]).for_each(|(sum, v)| *sum += sign * v);
        }
    };
    let mut sum = 0.0;
    for row in 0..height {
        add(&mut columns, row, 1.0);
        if row + 1 < WINDOW {
            continue;
        }
        for window in columns.windows(WINDOW) {
            let mut sums = [0.0; 5];
            window.iter().for_each(|column| sums.iter_mut().zip(column).for_each(|(s, c)| *s += c));
            let [x, y, xx, yy, xy] = sums.map(|s| s / cells);
            let (vx, vy, covariance) = (sample * (xx - x * x), sample * (yy - y * y), sample * (xy - x * y));
            let (luminance, structure) = (2.0 * x * y + c1, 2.0 * covariance + c2);
            sum += luminance * structure / ((x * x + y * y + c1) * (vx + vy + c2));
        }
        add(&mut columns, row + 1 - WINDOW, -1.0);
    }
    Ok(sum / ((height + 1 - WINDOW) * (width + 1 - WINDOW)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_constant_is_the_same_and_its_opposite_is_not() {
        assert_eq!(ssim(&[0.0; 64], &[0.0; 64], 8, 1.0), Ok(1.0));
        assert!(ssim(&[0.0; 64], &[1.0; 64], 8, 1.0).unwrap() < 1e-3);
        assert_eq!(ssim(&[0.0; 48], &[0.0; 48], 8, 1.0), Err(MetricError::TooSmall { height: 6, width: 8, side: 7 }));
    }
}
