//! One image, and what metrics that run the network ask about it.

use std::cell::OnceCell;

use heatlens_imaging::{Photograph, Preprocess};

use super::faithfulness::RoadCurves;
use super::{MetricError, Scoring};
use crate::{InputSpec, Map, Prediction};

/// An image, the class that is explained, and what the network says of it.
pub(crate) struct Case<'a> {
    /// Its values, channels first.
    pub image: &'a [f32],
    /// `[height, width]`.
    pub size: [usize; 2],
    /// The class that is explained.
    pub class: usize,
    /// What the network says of the image.
    pub prediction: &'a Prediction,
    /// Seed of what is drawn at random.
    pub seed: u64,
    /// The network's input.
    pub input: InputSpec,
    photograph: Option<(&'a Photograph, &'a Preprocess)>,
    blurred: OnceCell<Vec<f32>>,
    mean: OnceCell<Vec<f32>>,
}

/// What takes the place of what is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The image, blurred.
    Blur,
    /// The mean of each channel over the image.
    Mean,
}

/// Standard deviation of the blur, in parts of the shorter side: 11 pixels of 224, which leaves no disc and no eye.
const BLUR: f64 = 0.05;

impl<'a> Case<'a> {
    pub fn new(
        image: &'a [f32],
        input: InputSpec,
        class: usize,
        prediction: &'a Prediction,
        photograph: Option<(&'a Photograph, &'a Preprocess)>,
        seed: u64,
    ) -> Self {
        let size = input.size();
        Case { image, size, class, prediction, seed, input, photograph, blurred: OnceCell::new(), mean: OnceCell::new() }
    }

    /// The image, channels first, that a changed photograph gives.
    pub fn prepared(&self, change: impl FnOnce(&Photograph) -> Photograph) -> Result<Vec<f32>, MetricError> {
        let (photograph, preprocess) = self.photograph.ok_or(MetricError::NeedsPhotograph)?;
        // A photograph that was prepared once can be prepared again: it has kept its size.
        let prepared = preprocess.prepare(&change(photograph), self.size).map_err(|_| MetricError::NeedsPhotograph)?;
        Ok(self.input.channels_first(&prepared.tensor).into_owned())
    }

    /// The probability of the class.
    pub fn probability(&self) -> f64 {
        self.prediction.probabilities[self.class].into()
    }

    /// Its logit.
    pub fn logit(&self) -> f64 {
        self.prediction.logits[self.class].into()
    }

    pub fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// What takes the place of what is removed, as large as the image.
    pub fn reference(&self, reference: Reference) -> &[f32] {
        let channels = || self.image.chunks_exact(self.pixels());
        match reference {
            Reference::Blur => self.blurred.get_or_init(|| {
                let sigma = BLUR * self.size[0].min(self.size[1]) as f64;
                channels().flat_map(|channel| blur(channel, self.size, sigma)).collect()
            }),
            Reference::Mean => self.mean.get_or_init(|| {
                let mean = |channel: &[f32]| (channel.iter().map(|&v| f64::from(v)).sum::<f64>() / channel.len() as f64) as f32;
                channels().flat_map(|channel| std::iter::repeat_n(mean(channel), channel.len())).collect()
            }),
        }
    }
}

/// A map under trial.
pub(crate) struct Trial<'a, 's> {
    pub case: &'a Case<'a>,
    /// The finished map, at the size of the image.
    pub map: &'a Map,
    pub scoring: &'a mut Scoring<'s>,
    /// What several metrics share, computed by the first.
    pub road: Option<RoadCurves>,
    pub seen_through: Option<f64>,
}

impl<'a, 's> Trial<'a, 's> {
    pub fn new(case: &'a Case<'a>, map: &'a Map, scoring: &'a mut Scoring<'s>) -> Self {
        Trial { case, map, scoring, road: None, seen_through: None }
    }

    /// The probability of the class for each of `count` images, which `fill` writes.
    pub fn probabilities(&mut self, count: usize, fill: impl FnMut(usize, &mut [f32])) -> Result<Vec<f64>, MetricError> {
        let class = self.case.class;
        finite(self.scoring.predict(count, fill).iter().map(|prediction| prediction.probabilities[class].into()).collect())
    }

    /// Its logit.
    pub fn logits(&mut self, count: usize, fill: impl FnMut(usize, &mut [f32])) -> Result<Vec<f64>, MetricError> {
        let class = self.case.class;
        finite(self.scoring.predict(count, fill).iter().map(|prediction| prediction.logits[class].into()).collect())
    }
}

fn finite(scores: Vec<f64>) -> Result<Vec<f64>, MetricError> {
    if scores.iter().all(|score| score.is_finite()) { Ok(scores) } else { Err(MetricError::ScoreNotFinite) }
}

/// A Gaussian blur; what lies outside is what lies at the edge.
fn blur(channel: &[f32], [height, width]: [usize; 2], sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let mut kernel: Vec<f64> = (0..=2 * reach).map(|i| (-0.5 * ((i as f64 - reach as f64) / sigma).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    let at = |centre: usize, tap: usize, length: usize| (centre + tap).saturating_sub(reach).min(length - 1);
    let mut rows = vec![0.0f64; channel.len()];
    for (blurred, row) in rows.chunks_exact_mut(width).zip(channel.chunks_exact(width)) {
        for (x, value) in blurred.iter_mut().enumerate() {
            *value = kernel.iter().enumerate().map(|(tap, k)| k * f64::from(row[at(x, tap, width)])).sum();
        }
    }
    let mut result = Vec::with_capacity(channel.len());
    let mut sums = vec![0.0; width];
    for y in 0..height {
        sums.fill(0.0);
        for (tap, k) in kernel.iter().enumerate() {
            sums.iter_mut().zip(&rows[at(y, tap, height) * width..][..width]).for_each(|(sum, v)| *sum += k * v);
        }
        result.extend(sums.iter().map(|&v| v as f32));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_constants_and_spreads_points() {
        assert!(blur(&[2.0; 35], [5, 7], 1.5).iter().all(|v| (v - 2.0).abs() < 1e-6));
        let mut point = vec![0.0; 21 * 21];
        point[10 * 21 + 10] = 1.0;
        let blurred = blur(&point, [21, 21], 2.0);
        let centre = 1.0 / (2.0 * std::f32::consts::PI * 4.0);
        assert!((blurred[10 * 21 + 10] - centre).abs() < 1e-3 * centre + 3e-4 && (blurred.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
