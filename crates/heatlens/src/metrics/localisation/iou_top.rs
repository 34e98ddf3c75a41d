//! Intersection over union of the mask and the most salient part of the image.

use super::{MetricError, cells_inside};
use crate::metrics::order::Top;
use crate::metrics::{Better, Card, Cost, Group, How, Recipe};

/// The part of the image that is selected.
const PART: f64 = 0.2;

pub(crate) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "iou-top",
        title: "IoU of the top 20 %",
        group: Group::Localisation,
        better: Better::Higher,
        cost: Cost::Map,
        summary: "intersection over union of the mask and the most salient fifth of the image",
        source: "",
        differs: "the selected part always has the size asked for: cells that tie at the cut-off share it, where a \
            percentile would select all of them",
    },
    how: How::Mask(|map, mask| iou_top(&map.values, mask, PART)),
};

/// Intersection over union of the mask and the most salient `part` of the cells, 0 to 1, at least
/// one cell.
///
/// # Errors
/// [`MetricError::Sizes`], [`MetricError::NotFinite`], [`MetricError::EmptyMask`],
/// [`MetricError::FullMask`].
pub fn iou_top(map: &[f32], mask: &[bool], part: f64) -> Result<f64, MetricError> {
    let marked = cells_inside(map, mask)?;
    let count = ((map.len() as f64 * part).round() as usize).clamp(1, map.len());
    let inside = Top::of(map, count).inside(map, mask);
    Ok(inside / ((count + marked) as f64 - inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_selected_lies_inside() {
        let iou = iou_top(&[4.0, 3.0, 2.0, 1.0], &[true, false, false, false], 0.5).unwrap();
        assert_eq!(iou, 0.5);
        assert_eq!(iou_top(&[4.0, 3.0, 2.0, 1.0], &[true, false, false, false], 0.0), Ok(1.0));
    }
}
