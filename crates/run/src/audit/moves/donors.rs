//! Photographs that lend a property.

use heatlens_files::Kind;
use heatlens_imaging::decode;
use heatlens_statistics::Random;

use super::levels::{Levels, Traits};
use crate::audit::Plan;
use crate::audit::cues::compression;
use crate::disc::around_disc;

/// How often another is drawn until one fits.
const ATTEMPTS: usize = 60;

/// What another photograph lends.
pub struct Donor {
    /// Of what the network is given.
    pub traits: Traits,
    /// Its JPEG quality, 1 to 100.
    pub quality: f64,
    /// Its longer side, pixels.
    pub longer: usize,
}

/// Up to so many photographs of other patients whose label is wanted, drawn at random, without those
/// that cannot be used.
pub fn donors(
    plan: &Plan,
    case: usize,
    count: usize,
    random: &mut Random,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<Donor> {
    let (mut found, mut drawn) = (Vec::new(), vec![case]);
    for _ in 0..ATTEMPTS {
        if found.len() == count {
            break;
        }
        let other = random.below(plan.cases());
        if drawn.contains(&other) || !is_other(plan, case, other, &is_wanted) {
            continue;
        }
        drawn.push(other);
        found.extend(read(plan, other));
    }
    found
}

fn is_other(plan: &Plan, case: usize, other: usize, is_wanted: impl Fn(&str) -> bool) -> bool {
    let [own, other] = [case, other].map(|case| &plan.dataset.cases[case]);
    let same_patient = own.patient.is_some() && own.patient == other.patient;
    !same_patient && other.label.as_deref().is_some_and(is_wanted)
}

fn read(plan: &Plan, case: usize) -> Option<Donor> {
    let bytes = heatlens_files::read(&plan.dataset.cases[case].image, Kind::Photograph).ok()?;
    let photograph = decode(&bytes, &plan.limits).ok()?;
    let preprocess = around_disc(&plan.preprocess, &photograph).ok()?;
    let stepped = preprocess.stepped(&photograph, plan.model.input().size()).ok()?;
    let longer = photograph.width.max(photograph.height);
    Some(Donor { traits: Levels::of(&stepped).traits, quality: compression(&bytes), longer })
}
