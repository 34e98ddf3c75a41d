//! The lines `value = slope * level + intercept` between an image and a reference, a channel each,
//! and what they mean.

use super::Residual;
use super::reference::Reference;
use crate::{Colour, Photograph, Preprocess, Range};

/// A line for every channel of the reference.
pub(super) struct Line {
    slope: Vec<f64>,
    intercept: Vec<f64>,
}

impl Line {
    /// What a preprocessing does to levels.
    pub fn of(preprocess: &Preprocess) -> Self {
        Self::new(preprocess.range, &preprocess.mean, &preprocess.std, preprocess.channels())
    }

    fn new(range: Range, mean: &[f32], std: &[f32], channels: usize) -> Self {
        let (slope, intercept) = range.line();
        let at = |values: &[f32], c: usize, otherwise: f64| values.get(c).map_or(otherwise, |&v| f64::from(v));
        Self {
            slope: (0..channels).map(|c| slope / at(std, c, 1.0)).collect(),
            intercept: (0..channels).map(|c| (intercept - at(mean, c, 0.0)) / at(std, c, 1.0)).collect(),
        }
    }

    /// Least squares. `order` says which channel of the image belongs to one of the reference.
    fn through(levels: &[f32], reference: &Reference, order: impl Fn(usize) -> usize) -> Self {
        let sums: Vec<Sums> = (0..reference.channels).map(|c| Sums::new(levels, reference, c, order(c))).collect();
        let slope: Vec<f64> = sums.iter().map(Sums::slope).collect();
        Self { intercept: sums.iter().zip(&slope).map(|(s, slope)| s.y - slope * s.x).collect(), slope }
    }
}

/// Means and centred sums of one channel.
struct Sums {
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
    count: f64,
}

impl Sums {
    fn new(levels: &[f32], reference: &Reference, c: usize, from: usize) -> Self {
        let step = reference.channels;
        let pairs = || {
            levels
                .iter()
                .skip(from)
                .step_by(step)
                .zip(reference.values.iter().skip(c).step_by(step))
                .map(|(&x, &y)| (f64::from(x), f64::from(y)))
        };
        let count = (levels.len() / step) as f64;
        let (x, y) = pairs().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
        let (x, y) = (x / count, y / count);
        let centred = pairs().fold((0.0, 0.0, 0.0), |(xx, xy, yy), (a, b)| {
            (xx + (a - x) * (a - x), xy + (a - x) * (b - y), yy + (b - y) * (b - y))
        });
        Self { x, y, xx: centred.0, xy: centred.1, yy: centred.2, count }
    }

    fn slope(&self) -> f64 {
        if self.xx > 0.0 { self.xy / self.xx } else { 0.0 }
    }

    /// What the line leaves, squared and summed, in levels.
    fn left_over(&self) -> f64 {
        let slope = self.slope();
        if slope == 0.0 {
            // Nothing in common: as wrong as the image is varied, or, for an even image, as the
            // reference is.
            return self.xx + if self.yy > 0.0 { self.count } else { 0.0 };
        }
        (self.yy - slope * self.xy).max(0.0) / (slope * slope)
    }
}

/// Root of the mean squared difference in levels, after the best line for every channel.
pub(super) fn error(levels: &[f32], reference: &Reference, order: impl Fn(usize) -> usize) -> f64 {
    let sums = (0..reference.channels).map(|c| Sums::new(levels, reference, c, order(c)));
    let total: f64 = sums.map(|s| s.left_over()).sum();
    (total / levels.len() as f64).sqrt()
}

/// Differences in levels for a given line.
pub(super) fn residual(levels: &[f32], reference: &Reference, line: &Line, order: impl Fn(usize) -> usize) -> Residual {
    let channels = reference.channels;
    let (mut max, mut sum) = (0.0f64, 0.0);
    for (pixel, values) in levels.chunks_exact(channels).zip(reference.values.chunks_exact(channels)) {
        for (c, &value) in values.iter().enumerate() {
            let difference = (f64::from(value) - line.slope[c] * f64::from(pixel[order(c)]) - line.intercept[c]).abs()
                / line.slope[c].abs().max(1e-12);
            max = max.max(difference);
            sum += difference;
        }
    }
    Residual { max_levels: max, mean_levels: sum / levels.len() as f64 }
}

/// Ranges with their means and standard deviations, in RGB.
const KNOWN: &[(Range, &[f32], &[f32])] = &[
    (Range::Unit, &[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]),
    (Range::Unit, &[], &[]),
    (Range::Levels, &[], &[]),
    (Range::Signed, &[], &[]),
    (Range::Levels, &[123.68, 116.779, 103.939], &[]),
    (Range::Levels, &[123.675, 116.28, 103.53], &[58.395, 57.12, 57.375]),
    // CLIP, CIFAR-10 in its two traditions, SVHN-style halves.
    (Range::Unit, &[0.481_454_66, 0.457_827_5, 0.408_210_73], &[0.268_629_54, 0.261_302_6, 0.275_777_1]),
    (Range::Unit, &[0.4914, 0.4822, 0.4465], &[0.2023, 0.1994, 0.2010]),
    (Range::Unit, &[0.4914, 0.4822, 0.4465], &[0.2470, 0.2435, 0.2616]),
    (Range::Unit, &[0.485, 0.456, 0.406], &[]),
    (Range::Unit, &[0.5, 0.5, 0.5], &[]),
];

/// Range, mean and standard deviation of the reference: the given ones or a known set where they
/// fit about as well as the best line, else those of that line. `levels` are in the order `colour`.
pub(super) fn meaning(
    levels: &[f32],
    reference: &Reference,
    colour: Colour,
    given: &Preprocess,
) -> (Range, Vec<f32>, Vec<f32>, Residual) {
    let best_line = Line::through(levels, reference, |c| c);
    let best = residual(levels, reference, &best_line, |c| c);
    let ordered = |values: &[f32]| match colour {
        Colour::Rgb => values.to_vec(),
        Colour::Bgr => values.iter().rev().copied().collect(),
        // A grey network takes the same figures a channel, where they are the same.
        Colour::Grey => values.first().copied().into_iter().collect(),
    };
    let own = (given.channels() == reference.channels).then(|| (given.range, given.mean.clone(), given.std.clone()));
    let known = KNOWN.iter().map(|(range, mean, std)| (*range, ordered(mean), ordered(std)));
    // The same sets in RGB although the channels are BGR: a common mistake, and it must be
    // reproduced.
    let mistaken =
        KNOWN.iter().map(|(range, mean, std)| (*range, mean.to_vec(), std.to_vec())).filter(|_| colour == Colour::Bgr);
    let mut found: Option<(Range, Vec<f32>, Vec<f32>, Residual)> = None;
    for (range, mean, std) in own.into_iter().chain(known).chain(mistaken) {
        let residual = residual(levels, reference, &Line::new(range, &mean, &std, reference.channels), |c| c);
        // The first of equals: the given one, then the more usual ones.
        if found.as_ref().is_none_or(|f| residual.mean_levels < f.3.mean_levels * 0.98 - 1e-4) {
            found = Some((range, mean, std, residual));
        }
    }
    match found {
        Some(found) if found.3.mean_levels <= best.mean_levels * 1.1 + 0.05 => found,
        _ => {
            let std: Vec<f64> = best_line
                .slope
                .iter()
                .map(|slope| if slope.abs() < 1e-9 { 1.0 } else { 1.0 / (255.0 * slope) })
                .collect();
            let mean = best_line.intercept.iter().zip(&std).map(|(intercept, std)| (-intercept * std) as f32).collect();
            (Range::Unit, mean, std.iter().map(|&s| s as f32).collect(), best)
        }
    }
}

/// Whether mean and standard deviation are those of the image itself.
pub(super) fn is_per_image(found: &Preprocess, photograph: &Photograph, input: [usize; 2]) -> bool {
    let plain = Preprocess { range: Range::Unit, mean: vec![], std: vec![], ..found.clone() };
    let Ok(prepared) = plain.prepare(photograph, input) else { return false };
    let mean_and_std = |values: &[f32]| {
        let count = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        (mean, (values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count).sqrt())
    };
    let near = |figures: (f64, f64), c: usize| {
        let at = |values: &[f32]| values.get(c).map_or(f64::NAN, |&v| f64::from(v));
        (at(&found.mean) - figures.0).abs() < 2e-3 && (at(&found.std) - figures.1).abs() < 2e-3
    };
    let channels = found.channels();
    let whole = mean_and_std(&prepared.tensor);
    let pixels = input[0] * input[1];
    let of_channel = |c: usize| match found.layout {
        crate::Layout::Nchw => mean_and_std(&prepared.tensor[c * pixels..][..pixels]),
        crate::Layout::Nhwc => {
            mean_and_std(&prepared.tensor.iter().skip(c).step_by(channels).copied().collect::<Vec<f32>>())
        }
    };
    (0..channels).all(|c| near(whole, c)) || (0..channels).all(|c| near(of_channel(c), c))
}
