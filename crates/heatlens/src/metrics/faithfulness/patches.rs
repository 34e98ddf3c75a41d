//! Random sets of patches, removed.

use crate::metrics::MetricError;
use crate::metrics::order;
use crate::metrics::trial::{Reference, Trial};
use crate::random::Random;

/// For each of several sets of patches: the sum of the map over it, and by how much the class's
/// logit falls without it.
pub(super) struct Removals {
    pub relevance: Vec<f64>,
    pub fall: Vec<f64>,
}

/// Removes `sets` random sets of `count` patches of a grid of `side` × `side`, replaced by the
/// image's mean colour.
///
/// A constant map is [`MetricError::ConstantMap`]: where the grid does not divide the image, its
/// sums would tell how many pixels a set has.
pub(super) fn remove_patches(
    trial: &mut Trial<'_, '_>,
    side: usize,
    count: usize,
    sets: usize,
) -> Result<Removals, MetricError> {
    order::check(&trial.map.values)?;
    if trial.map.values.iter().all(|&v| v == trial.map.values[0]) {
        return Err(MetricError::ConstantMap);
    }
    let [height, width] = trial.case.size;
    let patch_of: Vec<usize> =
        (0..height * width).map(|i| (i / width * side / height) * side + i % width * side / width).collect();
    let mut random = Random::new(trial.case.seed, (side * side + count) as u64);
    let removed: Vec<Vec<bool>> = (0..sets)
        .map(|_| {
            let mut is_removed = vec![false; side * side];
            random.sample(side * side, count).into_iter().for_each(|patch| is_removed[patch] = true);
            patch_of.iter().map(|&patch| is_removed[patch]).collect()
        })
        .collect();
    remove(trial, [side, count, sets], &removed)
}

/// Removes each set of pixels, replaced by the image's mean colour. The sets are drawn for the
/// image, not for the map: `family` tells them from the other sets of the image, and the network
/// runs once for all maps.
pub(super) fn remove(
    trial: &mut Trial<'_, '_>,
    family: [usize; 3],
    removed: &[Vec<bool>],
) -> Result<Removals, MetricError> {
    order::check(&trial.map.values)?;
    let sum = |removed: &Vec<bool>| {
        trial.map.values.iter().zip(removed).filter(|(_, r)| **r).map(|(&m, _)| f64::from(m)).sum()
    };
    let relevance = removed.iter().map(sum).collect();
    let known = trial.case.falls.borrow().get(&family).cloned();
    let fall = match known {
        Some(fall) => fall,
        None => {
            let fall = falls(trial, removed)?;
            trial.case.falls.borrow_mut().insert(family, fall.clone());
            fall
        }
    };
    Ok(Removals { relevance, fall })
}

/// By how much the class's logit falls without each set.
fn falls(trial: &mut Trial<'_, '_>, removed: &[Vec<bool>]) -> Result<Vec<f64>, MetricError> {
    let (image, mean, whole) = (trial.case.image, trial.case.reference(Reference::Mean), trial.case.logit());
    let logits = trial.logits(removed.len(), |set, slot| {
        slot.copy_from_slice(image);
        let pixels = removed[set].len();
        for (slot, mean) in slot.chunks_exact_mut(pixels).zip(mean.chunks_exact(pixels)) {
            slot.iter_mut().zip(mean).zip(&removed[set]).filter(|(_, r)| **r).for_each(|((s, m), _)| *s = *m);
        }
    })?;
    Ok(logits.iter().map(|logit| whole - logit).collect())
}

/// A correlation between what the map says of the sets and what the network does.
pub(super) fn correlation(removals: &Removals, of: impl Fn(&[f64], &[f64]) -> Option<f64>) -> Result<f64, MetricError> {
    let varies = |values: &[f64]| values.iter().any(|v| *v != values[0]);
    match of(&removals.relevance, &removals.fall) {
        Some(correlation) => Ok(correlation),
        None if varies(&removals.relevance) => Err(MetricError::ConstantScore),
        None => Err(MetricError::ConstantMap),
    }
}
