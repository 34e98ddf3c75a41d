//! One look of a segmenter: what it saw where.

use heatlens_engine::Session;
use heatlens_imaging::{Affine, Photograph};

use crate::anatomy::bits::Bits;
use crate::anatomy::{AnatomyError, DiscMask, Tissue};

/// Probability of a disc below which a look has found none.
const FAINT: f32 = 0.2;

/// The network's probabilities.
pub fn run(session: &mut Session, tensor: &[f32]) -> Vec<f32> {
    session.set_input(0, tensor);
    session.run();
    softmax(session.output(0))
}

/// What the network sees in a square.
pub struct Look {
    /// What the network was shown.
    pub tensor: Vec<f32>,
    /// 3 planes: background, rim, cup.
    pub probabilities: Vec<f32>,
    /// Height and width of a plane.
    pub size: [usize; 2],
    pub to_photograph: Affine,
}

/// A disc that was found, in the photograph's pixels.
pub struct Found {
    pub centre: [f64; 2],
    pub diameter: f64,
    /// Mean probability of the disc within it.
    pub mean: f64,
}

impl Look {
    fn disc_plane(&self) -> Vec<f32> {
        let n = self.size[0] * self.size[1];
        (0..n).map(|i| self.probabilities[n + i] + self.probabilities[2 * n + i]).collect()
    }

    /// The component that holds most probability.
    pub fn disc(&self) -> Option<Found> {
        let disc = self.disc_plane();
        let most = disc.iter().copied().fold(0.0, f32::max);
        if most < FAINT {
            return None;
        }
        let [height, width] = self.size;
        let mut rest = Bits::new(width, height, disc.iter().map(|&p| p > 0.5 * most.min(1.0)).collect());
        let mut best: Option<(f64, Bits)> = None;
        // A few components at most; what is much smaller than the largest cannot win.
        for _ in 0..4 {
            let component = rest.largest_component();
            let sum: f64 = disc.iter().zip(&component.set).filter(|(_, set)| **set).map(|(p, _)| f64::from(*p)).sum();
            if sum == 0.0 {
                break;
            }
            rest.set.iter_mut().zip(&component.set).for_each(|(rest, taken)| *rest &= !taken);
            if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                best = Some((sum, component));
            }
        }
        let (sum, component) = best?;
        let (mut moment, mut area) = ([0.0; 2], 0.0);
        for i in (0..disc.len()).filter(|&i| component.set[i]) {
            let p = f64::from(disc[i]);
            moment = [moment[0] + p * ((i % width) as f64 + 0.5), moment[1] + p * ((i / width) as f64 + 0.5)];
            area += 1.0;
        }
        let scale = (self.to_photograph.scale[0] * self.to_photograph.scale[1]).sqrt();
        Some(Found {
            centre: self.to_photograph.apply(moment.map(|m| m / sum)),
            diameter: 2.0 * (area / std::f64::consts::PI).sqrt() * scale,
            mean: sum / area,
        })
    }

    /// The mask in the photograph's pixels: probabilities enlarged bilinearly, disc and cup where
    /// they are more likely than not.
    pub fn paint(&self, photograph: &Photograph) -> Result<DiscMask, AnatomyError> {
        let n = self.size[0] * self.size[1];
        let (disc, cup) = (self.disc_plane(), &self.probabilities[2 * n..]);
        let most = disc.iter().copied().fold(0.0, f32::max);
        let threshold = 0.5 * most.min(1.0);
        let (width, height) = (photograph.width, photograph.height);
        let mut tissue = vec![Tissue::Background; width * height];
        let inverse = self.to_photograph.inverse();
        let [from, to] =
            [[0.0; 2], [self.size[1] as f64, self.size[0] as f64]].map(|corner| self.to_photograph.apply(corner));
        let span =
            |axis: usize, end: usize| (from[axis].max(0.0) as usize)..(to[axis].max(0.0).ceil() as usize).min(end);
        for y in span(1, height) {
            for x in span(0, width) {
                let at = inverse.apply([x as f64 + 0.5, y as f64 + 0.5]);
                if bilinear(cup, self.size, at) > 0.5 {
                    tissue[y * width + x] = Tissue::Cup;
                } else if bilinear(&disc, self.size, at) > threshold {
                    tissue[y * width + x] = Tissue::Rim;
                }
            }
        }
        Ok(DiscMask::new(width, height, tissue)?)
    }
}

/// The value at a point in edge coordinates, clamped at the border.
fn bilinear(plane: &[f32], [height, width]: [usize; 2], [x, y]: [f64; 2]) -> f32 {
    let axis = |at: f64, n: usize| {
        let at = (at - 0.5).clamp(0.0, (n - 1) as f64);
        let low = (at as usize).min(n.saturating_sub(2));
        (low, (low + 1).min(n - 1), (at - low as f64) as f32)
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (axis(x, width), axis(y, height));
    let row = |y: usize| plane[y * width + x0] * (1.0 - fx) + plane[y * width + x1] * fx;
    row(y0) * (1.0 - fy) + row(y1) * fy
}

/// Over 3 planes; planes that are probabilities already stay as they are.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let n = logits.len() / 3;
    let already = (0..n).all(|i| {
        let p = [logits[i], logits[n + i], logits[2 * n + i]];
        p.iter().all(|v| *v >= 0.0) && (p.iter().sum::<f32>() - 1.0).abs() < 1e-3
    });
    let mut out = logits.to_vec();
    if !already {
        for i in 0..n {
            let most = logits[i].max(logits[n + i]).max(logits[2 * n + i]);
            let e = [0, n, 2 * n].map(|plane| (logits[plane + i] - most).exp());
            let sum: f32 = e.iter().sum();
            [0, 1, 2].into_iter().for_each(|c| out[c * n + i] = e[c] / sum);
        }
    }
    out
}

/// Left to right.
pub fn mirror(planes: &mut [f32], width: usize) {
    planes.chunks_exact_mut(width).for_each(<[f32]>::reverse);
}


#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities() {
        let p = softmax(&[0.0, 9.0, 0.0, 0.0, 3f32.ln(), 0.0]);
        assert!((p[0] - 0.2).abs() < 1e-6 && (p[4] - 0.6).abs() < 1e-6);
        let given = [0.5, 0.1, 0.25, 0.2, 0.25, 0.7];
        assert_eq!(softmax(&given), given);
        assert_eq!(bilinear(&[0.0, 1.0, 2.0, 3.0], [2, 2], [1.0, 1.0]), 1.5);
        assert_eq!(bilinear(&[0.0, 1.0, 2.0, 3.0], [2, 2], [-4.0, 9.0]), 2.0);
    }
}
