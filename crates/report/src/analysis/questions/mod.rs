//! The ten questions, a file each.

mod class_difference;
mod confidence;
mod correct_focus;
mod disc;
mod errors;
mod failures;
mod patterns;
mod place;
mod relevance;
mod shortcut;

use super::draft::Draft;
use super::evidence::Evidence;
use crate::schema::Suspect;

pub use class_difference::correlation;
#[cfg(test)]
pub use shortcut::suspects;

/// A draft for each question, and the regions tested as shortcuts.
pub fn drafts<'e>(
    evidence: &'e Evidence,
    copies: &std::collections::BTreeSet<usize>,
) -> (Vec<Draft<'e>>, Vec<Suspect>) {
    let suspects = shortcut::suspects(evidence);
    let drafts = vec![
        place::draft(evidence),
        relevance::draft(evidence),
        disc::draft(evidence),
        correct_focus::draft(evidence),
        errors::draft(evidence),
        failures::draft(evidence, copies),
        class_difference::draft(evidence),
        patterns::draft(evidence),
        confidence::draft(evidence),
        shortcut::draft(evidence, &suspects),
    ];
    (drafts, suspects)
}
