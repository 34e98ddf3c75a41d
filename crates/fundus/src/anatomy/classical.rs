//! The optic disc without a network: the bright, vessel-rich spot. A fallback, never as sure as a
//! segmenter.

use heatlens_imaging::Photograph;

use super::bits::Bits;
use super::{AnatomyError, DiscMask, FieldOfView, MaskSource, Segmentation, Tissue};

/// Longer side of the field at which the disc is looked for.
const WORKING: f64 = 256.0;
/// Diameters that a disc may have, as a share of the field's: photographs of 45°, 35° and 25°.
const OF_FIELD: [f64; 3] = [0.13, 0.17, 0.24];
/// The same for crops, whose field has no round edge.
const OF_CROP: [f64; 3] = [0.25, 0.38, 0.55];
/// The most that this method claims.
const MOST_CONFIDENT: f64 = 0.6;

/// Finds the disc by its brightness against its surroundings and by the vessels that cross it, and
/// outlines it by Otsu's threshold. The cup is not marked.
///
/// # Errors
/// [`AnatomyError::NoDisc`] where nothing stands out.
pub fn classical(photograph: &Photograph, field: &FieldOfView) -> Result<Segmentation, AnatomyError> {
    let grid = Grid::new(photograph, field);
    let spot = grid.brightest_spot(field).ok_or(AnatomyError::NoDisc)?;
    let outline = grid.outline(&spot);
    let [width, height] = [photograph.width, photograph.height];
    let tissue = (0..width * height).map(|i| {
        let [x, y] = [(i % width) as f64, (i / width) as f64].map(|v| ((v + 0.5) / grid.step) as usize);
        if outline.at(x.min(grid.width - 1), y.min(grid.height - 1)) { Tissue::Rim } else { Tissue::Background }
    });
    let confidence = (0.2 * (spot.score - 1.0)).clamp(0.05, MOST_CONFIDENT);
    Ok(Segmentation {
        mask: DiscMask::new(width, height, tissue.collect())?,
        confidence,
        source: MaskSource::Classical,
    })
}

/// The photograph's brightness at working size.
struct Grid {
    width: usize,
    height: usize,
    /// Pixels a cell.
    step: f64,
    light: Vec<f64>,
    inside: Bits,
}

/// A candidate, in cells.
struct Spot {
    x: usize,
    y: usize,
    diameter: f64,
    score: f64,
}

impl Grid {
    fn new(photograph: &Photograph, field: &FieldOfView) -> Grid {
        let extent = (field.bounds[2] - field.bounds[0]).max(field.bounds[3] - field.bounds[1]);
        let step = (extent / WORKING).max(1.0);
        let cells = |n: usize| ((n as f64 / step).ceil() as usize).max(1);
        let (width, height) = (cells(photograph.width), cells(photograph.height));
        let (mut light, mut count) = (vec![0.0; width * height], vec![0.0; width * height]);
        for (i, pixel) in photograph.rgb.chunks_exact(3).enumerate() {
            let [x, y] = [i % photograph.width, i / photograph.width].map(|v| (v as f64 / step) as usize);
            let cell = y.min(height - 1) * width + x.min(width - 1);
            // The disc is bright in red and green; blue is mostly noise.
            light[cell] += 0.4 * f64::from(pixel[0]) + 0.6 * f64::from(pixel[1]);
            count[cell] += 1.0;
        }
        light.iter_mut().zip(&count).for_each(|(l, n)| *l /= f64::max(*n, 1.0));
        let set = (0..width * height).map(|i| {
            let at = [(i % width) as f64 + 0.5, (i / width) as f64 + 0.5].map(|v| v * step);
            field.contains(at) && !field.is_edge(at)
        });
        Grid { inside: Bits::new(width, height, set.collect()), width, height, step, light }
    }

    /// The place that stands out most from its surroundings, over the diameters that a disc may
    /// have.
    fn brightest_spot(&self, field: &FieldOfView) -> Option<Spot> {
        let weight: Vec<f64> = self.inside.set.iter().map(|&b| f64::from(u8::from(b))).collect();
        let light: Vec<f64> = self.light.iter().zip(&weight).map(|(l, w)| l * w).collect();
        // Vessels leave the disc upwards and downwards: steep changes from left to right.
        let steep: Vec<f64> = (0..light.len())
            .map(|i| {
                if i % self.width == 0 {
                    0.0
                } else {
                    (light[i] - light[i - 1]).abs().min(40.0) * weight[i] * weight[i - 1]
                }
            })
            .collect();
        let [weight, light, steep] = [weight, light, steep].map(|plane| Sums::new(&plane, self.width, self.height));
        let (mean_light, mean_steep) =
            (light.total() / weight.total().max(1.0), steep.total() / weight.total().max(1.0));
        if mean_light <= 0.0 {
            return None;
        }
        let shares = if field.circular { OF_FIELD } else { OF_CROP };
        let mut best: Option<Spot> = None;
        for share in shares {
            let extent = if field.circular { 2.0 * field.radius } else { field.bounds[2] - field.bounds[0] };
            let diameter = share * extent / self.step;
            let (near, far) = ((0.42 * diameter) as usize, (1.0 * diameter) as usize);
            for y in 0..self.height {
                for x in (0..self.width).filter(|&x| self.inside.at(x, y)) {
                    let [n, l, s] = [&weight, &light, &steep].map(|sums| sums.around(x, y, near));
                    let [n_far, l_far] = [&weight, &light].map(|sums| sums.around(x, y, far));
                    if n < 0.7 * ((2 * near + 1) * (2 * near + 1)) as f64 || n_far - n < 1.0 {
                        continue;
                    }
                    let contrast = (l / n - (l_far - l) / (n_far - n)) / mean_light;
                    let score = 6.0 * contrast + 0.35 * (s / n) / mean_steep.max(0.5);
                    if contrast > 0.05 && best.as_ref().is_none_or(|b| score > b.score) {
                        best = Some(Spot { x, y, diameter, score });
                    }
                }
            }
        }
        best
    }

    /// What is bright around the spot by Otsu's threshold; a circle of the expected size where that
    /// is no disc.
    fn outline(&self, spot: &Spot) -> Bits {
        let distance =
            |i: usize| f64::hypot((i % self.width) as f64 - spot.x as f64, (i / self.width) as f64 - spot.y as f64);
        let near: Vec<usize> =
            (0..self.light.len()).filter(|&i| self.inside.set[i] && distance(i) < spot.diameter).collect();
        let threshold = otsu(near.iter().map(|&i| self.light[i]).collect());
        let mut bright = Bits::new(self.width, self.height, vec![false; self.light.len()]);
        near.iter().for_each(|&i| bright.set[i] = self.light[i] > threshold && distance(i) < 0.8 * spot.diameter);
        let bright = bright.largest_component().with_holes_filled();
        let expected = std::f64::consts::FRAC_PI_4 * spot.diameter * spot.diameter;
        if (0.4..=2.0).contains(&(bright.count() as f64 / expected)) {
            return bright;
        }
        Bits::new(self.width, self.height, (0..self.light.len()).map(|i| distance(i) < 0.5 * spot.diameter).collect())
    }
}

/// Sums over rectangles in constant time.
struct Sums {
    sums: Vec<f64>,
    width: usize,
    height: usize,
}

impl Sums {
    fn new(plane: &[f64], width: usize, height: usize) -> Sums {
        let mut sums = vec![0.0; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0.0;
            for x in 0..width {
                row += plane[y * width + x];
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        }
        Sums { sums, width, height }
    }

    fn total(&self) -> f64 {
        self.sums[self.sums.len() - 1]
    }

    /// Over the square that reaches `reach` cells from (x, y), as far as it lies in the grid.
    fn around(&self, x: usize, y: usize, reach: usize) -> f64 {
        let [left, top] = [x, y].map(|v| v.saturating_sub(reach));
        let (right, bottom) = ((x + reach + 1).min(self.width), (y + reach + 1).min(self.height));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top)
    }
}

/// The threshold that divides the values into two classes farthest apart.
fn otsu(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let total: f64 = values.iter().sum();
    let n = values.len() as f64;
    let (mut below, mut best) = (0.0, (0.0, f64::NEG_INFINITY));
    for (i, pair) in values.windows(2).enumerate() {
        below += pair[0];
        let k = (i + 1) as f64;
        let between = k * (n - k) * (below / k - (total - below) / (n - k)).powi(2);
        if pair[0] < pair[1] && between > best.0 {
            best = (between, 0.5 * (pair[0] + pair[1]));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_thresholds() {
        let sums = Sums::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 2);
        assert_eq!(
            (sums.total(), sums.around(1, 0, 1), sums.around(0, 0, 0), sums.around(2, 1, 9)),
            (21.0, 21.0, 1.0, 21.0)
        );
        assert_eq!(otsu(vec![1.0, 9.0, 2.0, 10.0, 1.5]), 5.5);
    }

    #[test]
    fn nothing_stands_out_of_a_flat_picture() {
        let flat = Photograph { width: 90, height: 90, rgb: vec![80; 90 * 90 * 3] };
        let field = FieldOfView::find(&flat).unwrap();
        assert!(matches!(classical(&flat, &field), Err(AnatomyError::NoDisc)));
    }
}
