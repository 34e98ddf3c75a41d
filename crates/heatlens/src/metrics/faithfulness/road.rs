//! ROAD, remove and debias (arXiv 2202.00449): by how much the score changes while pixels are
//! removed and imputed from what is left around them.
//!
//! As pytorch-grad-cam's `ROADCombined`: a tenth to nine tenths of the pixels are removed, most and
//! least relevant first; combined is half the difference.

use super::imputation::impute;
use crate::metrics::order::salient_first;
use crate::metrics::trial::Trial;
use crate::metrics::{Better, Card, Cost, Group, How, MetricError, Recipe, Scoring, order};
use crate::random::Random;
use crate::{Map, Prediction};

/// Percentiles above which pixels are removed.
pub(super) const PERCENTILES: [usize; 9] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

pub(super) const DIFFERS: &str = "the noise is seeded; exactly as many pixels are removed as a percentile of distinct \
    values would, tied ones in a seeded \
                                  order, where pytorch-grad-cam removes every pixel of a map that is mostly at its \
                                  minimum";

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "road",
        title: "ROAD combined",
        group: Group::Faithfulness,
        better: Better::Higher,
        cost: Cost::Runs(2 * PERCENTILES.len()),
        summary: "how much less the class's probability changes without the least relevant pixels than without the \
            most relevant ones, halved",
        source: "arXiv 2202.00449",
        differs: DIFFERS,
    },
    how: How::Runs(|trial| Ok(curves(trial)?.combined())),
};

/// Changes of the score, a value a percentile of 10, 20 … 90.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadCurves {
    /// Least relevant pixels removed.
    pub least: Vec<f64>,
    /// Most relevant pixels removed.
    pub most: Vec<f64>,
}

impl RoadCurves {
    /// Mean change without the least relevant pixels.
    pub fn least(&self) -> f64 {
        self.least.iter().sum::<f64>() / self.least.len() as f64
    }

    /// Mean change without the most relevant pixels.
    pub fn most(&self) -> f64 {
        self.most.iter().sum::<f64>() / self.most.len() as f64
    }

    /// Half of what the first is above the second.
    pub fn combined(&self) -> f64 {
        (self.least() - self.most()) / 2.0
    }
}

/// How ROAD is run.
#[derive(Clone, Copy, Debug)]
pub struct RoadOptions {
    /// Standard deviation of the noise on imputed pixels, in units of the preprocessed image.
    pub noise: f64,
    /// Seed of the noise and of the order of tied pixels.
    pub seed: u64,
}

impl Default for RoadOptions {
    fn default() -> Self {
        RoadOptions { noise: 0.01, seed: 0 }
    }
}

/// The curves of a map of an image, both as large as the network's input, the image channels first.
/// `score` reads the number explained.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`]; [`MetricError::ScoreNotFinite`] where the
/// network overflows.
pub fn road(
    image: &[f32],
    map: &Map,
    score: impl Fn(&Prediction) -> f32,
    scoring: &mut Scoring<'_>,
    options: &RoadOptions,
) -> Result<RoadCurves, MetricError> {
    order::check(&map.values)?;
    let size = [map.height, map.width];
    let order = salient_first(&map.values, options.seed);
    let removed = |least: bool, percentile: usize| {
        // As many as lie at or above the percentile, which interpolates between values.
        let count = order.len() - (percentile * (order.len() - 1)).div_ceil(100);
        let mut removed = vec![false; order.len()];
        let chosen = if least { &order[order.len() - count..] } else { &order[..count] };
        chosen.iter().for_each(|&i| removed[i as usize] = true);
        removed
    };
    let mut images = Vec::with_capacity(2 * PERCENTILES.len());
    for (nth, (least, percentile)) in
        [true, false].into_iter().flat_map(|least| PERCENTILES.map(|p| (least, p))).enumerate()
    {
        let removed = removed(least, percentile);
        let mut imputed = impute(image, size, &removed)?;
        let mut random = Random::new(options.seed, nth as u64);
        for channel in imputed.chunks_exact_mut(removed.len()) {
            let gone = channel.iter_mut().zip(&removed).filter(|(_, removed)| **removed);
            gone.for_each(|(value, _)| *value += (options.noise * random.normal()) as f32);
        }
        images.push(imputed);
    }
    images.push(image.to_vec());
    let scores: Vec<f64> = scoring
        .predict(images.len(), |i, slot| slot.copy_from_slice(&images[i]))
        .iter()
        .map(|p| score(p).into())
        .collect();
    if !scores.iter().all(|score| score.is_finite()) {
        return Err(MetricError::ScoreNotFinite);
    }
    let (changed, whole) = scores.split_at(2 * PERCENTILES.len());
    let change = |scores: &[f64]| scores.iter().map(|score| score - whole[0]).collect();
    Ok(RoadCurves { least: change(&changed[..PERCENTILES.len()]), most: change(&changed[PERCENTILES.len()..]) })
}

/// The curves of a trial, computed once for the three metrics.
pub(super) fn curves(trial: &mut Trial<'_, '_>) -> Result<RoadCurves, MetricError> {
    if let Some(curves) = &trial.road {
        return Ok(curves.clone());
    }
    let (case, map) = (trial.case, trial.map);
    let options = RoadOptions { seed: case.seed, ..RoadOptions::default() };
    let curves = road(case.image, map, |prediction| prediction.degree(case.class), trial.scoring, &options)?;
    trial.road = Some(curves.clone());
    Ok(curves)
}
