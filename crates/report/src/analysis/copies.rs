//! Photographs that are in the set more than once.

use std::collections::BTreeSet;

use super::duplicates::{DuplicateGroup, Kinship, duplicates};
use super::evidence::{Evidence, STRUCTURES};
use super::words::count;
use crate::schema::{Copies, Membership};

/// Groups that are named.
const EXAMPLES: usize = 20;

/// The copies, and the cases that are one of several.
pub fn copies(evidence: &Evidence) -> (Copies, BTreeSet<usize>) {
    let mut groups = duplicates(&evidence.images, &evidence.prints);
    let members: BTreeSet<usize> =
        groups.iter().flat_map(|group| &group.cases).map(|&i| evidence.images[i].case).collect();
    let tally = |of: fn(&DuplicateGroup) -> bool| groups.iter().filter(|group| of(group)).count();
    let mut copies = Copies {
        groups: groups.len(),
        surplus: groups.iter().map(|group| group.cases.len() - 1).sum(),
        identical: tally(|group| group.kinship == Kinship::Identical),
        across_labels: tally(|group| group.across_labels),
        across_patients: tally(|group| group.across_patients),
        across_splits: tally(|group| group.across_splits),
        ..Copies::default()
    };
    copies.sentence = sentence(&copies, evidence.images.len());
    groups.sort_by_key(|group| (!group.across_labels, !group.across_splits, !group.across_patients, group.cases[0]));
    let label = |label: usize| evidence.facts.class(label).to_owned();
    let membership = |group: &DuplicateGroup| Membership {
        images: group.cases.iter().map(|&i| evidence.images[i].name.clone()).collect(),
        labels: group.cases.iter().map(|&i| evidence.images[i].label.map(label)).collect(),
        likeness: match group.kinship {
            Kinship::Identical => 1.0,
            Kinship::Alike { likeness } => likeness,
        },
    };
    copies.examples = groups.iter().take(EXAMPLES).map(membership).collect();
    (copies, members)
}

fn sentence(copies: &Copies, images: usize) -> String {
    let scope = if images > STRUCTURES {
        format!(" With more than {STRUCTURES} images only identical files are looked for.")
    } else {
        String::new()
    };
    if copies.groups == 0 {
        return format!("No photograph was found to be in the set twice.{scope}");
    }
    let mut text = format!(
        "{} in the set more than once ({} beyond the first of each; in {} groups the files are identical)",
        if copies.groups == 1 { "1 photograph is".to_owned() } else { format!("{} photographs are", copies.groups) },
        count(copies.surplus, "image"),
        copies.identical
    );
    for (groups, words) in [
        (copies.across_labels, "with different labels"),
        (copies.across_splits, "in different parts of the set"),
        (copies.across_patients, "under different patients"),
    ] {
        if groups > 0 {
            text.push_str(&format!("; {groups} {words}"));
        }
    }
    format!("{text}. Copies make intervals too narrow, and copies of training images make figures too good.{scope}")
}
