//! Intersection over union of the mask and what lies above the map's own Otsu threshold (Otsu, IEEE
//! Trans. SMC 1979).

use super::{MetricError, cells_inside};
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "iou-otsu",
        title: "IoU at Otsu's threshold",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "intersection over union of the mask and what lies above the threshold that parts the map's values \
            best",
        source: "skimage.filters.threshold_otsu",
        differs: "scikit-image puts the threshold in the middle of the last bin below it, so part of that bin counts \
            as above; here it is the bin's end",
    },
    how: How::Mask(|map, mask| iou_otsu(&map.values, mask)),
};

/// Intersection over union of the mask and the cells from [`otsu_threshold`] up, 0 to 1.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`]; [`MetricError::ConstantMap`], which has no threshold.
pub fn iou_otsu(map: &[f32], mask: &[bool]) -> Result<f64, MetricError> {
    let marked = cells_inside(map, mask)?;
    let threshold = otsu_threshold(map).ok_or(MetricError::ConstantMap)?;
    let above = |v: f32| f64::from(v) >= threshold;
    let selected = map.iter().filter(|&&v| above(v)).count();
    let inside = map.iter().zip(mask).filter(|(v, inside)| **inside && above(**v)).count();
    Ok(inside as f64 / (selected + marked - inside) as f64)
}

/// The smallest value of the upper group where values are parted into two groups as unlike as
/// possible, over a histogram of 256 bins: half a bin above `skimage.filters.threshold_otsu`.
/// `None` where all are equal.
pub fn otsu_threshold(values: &[f32]) -> Option<f64> {
    const BINS: usize = 256;
    let (min, max) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &v| (lo.min(v.into()), hi.max(v.into())));
    let width = (max - min) / BINS as f64;
    if width.is_nan() || width <= 0.0 {
        return None;
    }
    let centre = |bin: usize| min + (bin as f64 + 0.5) * width;
    let mut counts = [0.0f64; BINS];
    values.iter().for_each(|&v| counts[(((f64::from(v) - min) / width) as usize).min(BINS - 1)] += 1.0);
    let total: f64 = counts.iter().sum();
    let sum: f64 = counts.iter().enumerate().map(|(bin, n)| n * centre(bin)).sum();
    let (mut below, mut sum_below, mut best, mut threshold) = (0.0, 0.0, f64::NEG_INFINITY, centre(0));
    for (bin, count) in counts.iter().enumerate().take(BINS - 1) {
        below += count;
        sum_below += count * centre(bin);
        let apart = sum_below / below - (sum - sum_below) / (total - below);
        let between = below * (total - below) * apart * apart;
        if between > best {
            (best, threshold) = (between, centre(bin) + width / 2.0);
        }
    }
    Some(threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clusters_are_parted() {
        let map = [0.0, 0.1, 0.05, 0.9, 1.0];
        let threshold = otsu_threshold(&map).unwrap();
        assert!((0.1..=0.9).contains(&threshold), "{threshold}");
        assert_eq!(iou_otsu(&map, &[false, false, false, true, true]), Ok(1.0));
        assert_eq!(otsu_threshold(&[0.5; 3]), None);
    }
}
