//! What removing a region does to the predictions of a class, against as much removed elsewhere.

use heatlens_record::regions::PICTURE_PARTS;

use super::evidence::{Cause, Evidence, median};
use heatlens_statistics::{Finding, Units, compare_pairs, mean, proportion};

/// Experiments with a region on the predictions of a class; where a corner or edge touches the
/// target, they say nothing of corners and edges.
pub fn rows(evidence: &Evidence, class: usize, region: usize, inpainted: bool) -> Vec<&Cause> {
    let own = |cause: &&Cause| {
        cause.region == region && cause.inpainted == inpainted && evidence.images[cause.image].predicted == class
    };
    // Scanned places that touch it were left out on the spot.
    let part = PICTURE_PARTS.iter().find(|part| part.name == evidence.regions[region]);
    let untouched = |cause: &&Cause| part.is_none_or(|part| !on_target(evidence, cause.image, part.rows, part.columns));
    evidence.causes.iter().filter(own).filter(untouched).collect()
}

/// Whether a rectangle of the picture touches the target.
fn on_target(evidence: &Evidence, image: usize, rows: [f64; 2], columns: [f64; 2]) -> bool {
    let image = &evidence.images[image];
    let Some([x, y, diameter]) = image.target else { return false };
    let radius = diameter / 2.0;
    let [left, top] = image.in_input([x - radius, y - radius], evidence.facts.input);
    let [right, bottom] = image.in_input([x + radius, y + radius], evidence.facts.input);
    left < columns[1] && right > columns[0] && top < rows[1] && bottom > rows[0]
}

/// The patients behind some experiments.
pub fn units(evidence: &Evidence, rows: &[&Cause]) -> Units {
    evidence.units.select(&rows.iter().map(|row| row.image).collect::<Vec<_>>())
}

/// The share of predictions that flip.
pub fn flips(evidence: &Evidence, rows: &[&Cause]) -> Finding {
    proportion(&rows.iter().map(|row| row.flipped).collect::<Vec<_>>(), &units(evidence, rows), &evidence.settings)
}

/// The share of controls that turn the prediction; none without controls.
pub fn control_share(rows: &[&Cause]) -> Option<f64> {
    let shares: Vec<f64> = rows.iter().filter_map(|row| row.control_flips).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// Turned predictions less those turned by controls, paired over images.
pub fn excess(evidence: &Evidence, rows: &[&Cause]) -> Finding {
    let controlled: Vec<&Cause> = rows.iter().copied().filter(|row| row.control_flips.is_some()).collect();
    let turned: Vec<f64> = controlled.iter().map(|row| f64::from(u8::from(row.flipped))).collect();
    let control: Vec<f64> = controlled.iter().filter_map(|row| row.control_flips).collect();
    compare_pairs(&turned, &control, &units(evidence, &controlled), &evidence.settings)
}

/// What the margin falls beyond controls, in medians of the margin.
pub fn drop(evidence: &Evidence, rows: &[&Cause]) -> Finding {
    let controlled: Vec<&Cause> = rows.iter().copied().filter(|row| row.control_drop.is_some()).collect();
    let scale = median(&mut controlled.iter().map(|row| row.before.abs()).collect::<Vec<_>>()).unwrap_or(f64::NAN);
    let falls: Vec<f64> =
        controlled.iter().map(|row| (row.drop - row.control_drop.unwrap_or(f64::NAN)) / scale).collect();
    mean(&falls, &units(evidence, &controlled), &evidence.settings)
}
