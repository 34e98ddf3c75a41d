//! One image, and what metrics that run the network ask about it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use heatlens_imaging::{Photograph, Preprocess, blur};

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
    /// By how much the logit falls without sets of pixels, by their family: the same for every map.
    pub falls: RefCell<HashMap<[usize; 3], Vec<f64>>>,
}

/// What takes the place of what is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The image, blurred.
    Blur,
    /// The mean of each channel over the image.
    Mean,
}

/// Standard deviation of the blur, in parts of the shorter side: 11 pixels of 224, which leaves no
/// disc and no eye.
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
        let (blurred, mean, falls) = (OnceCell::new(), OnceCell::new(), RefCell::default());
        Case { image, size, class, prediction, seed, input, photograph, blurred, mean, falls }
    }

    /// The image, channels first, that a changed photograph gives.
    pub fn prepared(&self, change: impl FnOnce(&Photograph) -> Photograph) -> Result<Vec<f32>, MetricError> {
        let (photograph, preprocess) = self.photograph.ok_or(MetricError::NeedsPhotograph)?;
        // A photograph that was prepared once can be prepared again: it has kept its size.
        let prepared = preprocess.prepare(&change(photograph), self.size).map_err(|_| MetricError::NeedsPhotograph)?;
        Ok(self.input.channels_first(&prepared.tensor).into_owned())
    }

    /// The probability of the class; the value where outputs are values.
    pub fn probability(&self) -> f64 {
        self.prediction.degree(self.class).into()
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
                let mean = |channel: &[f32]| {
                    (channel.iter().map(|&v| f64::from(v)).sum::<f64>() / channel.len() as f64) as f32
                };
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
    pub fn probabilities(
        &mut self,
        count: usize,
        fill: impl FnMut(usize, &mut [f32]),
    ) -> Result<Vec<f64>, MetricError> {
        let class = self.case.class;
        finite(self.scoring.predict(count, fill).iter().map(|prediction| prediction.degree(class).into()).collect())
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
