//! A short account of every method and layer of a run.

use super::images::MapFigures;
use crate::schema::{View, ViewSummary};

/// Sums over the maps of the predicted class, a view each, in the order in which they appear.
#[derive(Default)]
pub struct ViewSums {
    views: Vec<(View, Sums)>,
}

#[derive(Default)]
struct Sums {
    maps: usize,
    empty: usize,
    broken: usize,
    share: f64,
    chance: f64,
    with_target: usize,
    hits: usize,
    pointed: usize,
    cells: Vec<f64>,
}

impl ViewSums {
    /// Adds a map of the predicted class; `figures` where it can be measured.
    pub fn add(&mut self, view: &View, figures: Option<&MapFigures>, broken: bool, empty: bool) {
        let place = match self.views.iter().position(|(known, _)| known == view) {
            Some(place) => place,
            None => {
                self.views.push((view.clone(), Sums::default()));
                self.views.len() - 1
            }
        };
        let sums = &mut self.views[place].1;
        sums.maps += 1;
        sums.empty += usize::from(empty);
        sums.broken += usize::from(broken);
        let Some(figures) = figures else { return };
        sums.cells.extend(figures.cells);
        let Some(target) = figures.target else { return };
        sums.with_target += 1;
        sums.share += target.share;
        sums.chance += target.chance;
        if let Some(hit) = target.pointing {
            sums.pointed += 1;
            sums.hits += usize::from(hit);
        }
    }

    /// The account; `primary` is marked.
    pub fn summaries(self, primary: &View) -> Vec<ViewSummary> {
        let ratio = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
        let summary = |(view, mut sums): (View, Sums)| ViewSummary {
            primary: view == *primary,
            maps: sums.maps,
            empty: sums.empty,
            broken: sums.broken,
            cells_per_target: median(&mut sums.cells),
            target_share: ratio(sums.share, sums.with_target),
            target_chance: ratio(sums.chance, sums.with_target),
            pointing: ratio(sums.hits as f64, sums.pointed),
            view,
        };
        self.views.into_iter().map(summary).collect()
    }
}

/// The median; none of nothing. Sorts.
pub fn median(values: &mut [f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The `p`-quantile, linearly interpolated; none of nothing. Sorts.
pub fn quantile(values: &mut [f64], p: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let place = p * (values.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(values.len() - 1);
    Some(values[below] + (place - below as f64) * (values[above] - values[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0, 4.0]), Some(2.5));
        assert_eq!(quantile(&mut [0.0, 10.0], 0.25), Some(2.5));
        assert_eq!(median(&mut []), None);
    }
}
