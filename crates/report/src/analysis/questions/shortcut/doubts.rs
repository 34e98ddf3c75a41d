//! Why nothing reassures though every suspected region was cleared.

use super::remainders::Areas;
use super::suspects::LEAST_DEPENDENCE;
use crate::analysis::draft::Measured;
use crate::analysis::evidence::Evidence;
use crate::analysis::removal::{excess, flips, rows, units};
use crate::analysis::words::region_title;
use crate::schema::{Measure, Measurement};
use heatlens_anatomy::Role;
use heatlens_statistics::{Correction, Finding, INTERVAL_BELOW, adjust};

/// AUCs nearer than this are one.
const AS_WELL: f64 = 0.05;
/// … and one that is lower by this is far below.
const FAR_BELOW: f64 = 0.10;
/// Below this AUC nothing is told apart.
const TOLD_APART: f64 = 0.65;

/// A doubt in plain words, and with its figures.
pub struct Doubt {
    pub plain: &'static str,
    pub told: String,
}

/// The classes are told apart without the disc, or by each part of the picture alike.
pub fn elsewhere(areas: &Areas, measured: &Measured<'_>) -> Option<Doubt> {
    let of = |handle| measured[handle].finding.estimate();
    let (whole, target, rest) = (of(areas.whole)?, of(areas.target)?, of(areas.rest)?);
    if whole < TOLD_APART || rest < whole - AS_WELL {
        return None;
    }
    let where_from = if target < whole - FAR_BELOW {
        "what tells them apart lies off the disc, in a place that no region covers by itself or in the whole photograph"
    } else if (target - whole).abs() < AS_WELL {
        "what tells them apart is everywhere in the picture, as colour, sharpness and compression are"
    } else {
        return None;
    };
    let [whole, target, rest] = [whole, target, rest].map(|auc| Measure::Plain.write(auc));
    let plain = "No single region was found, but it tells the classes apart without the disc as well as with it.";
    let told = format!(
        "But the classes are told apart without the disc and its surroundings as well as with them (AUC {rest} and \
         {whole}; with them alone {target}): {where_from}."
    );
    Some(Doubt { plain, told })
}

/// Predictions hang on a place beside the disc where signs may lie, and marks as well.
pub fn beside(evidence: &Evidence) -> Option<Doubt> {
    let zones = &evidence.facts.zones;
    let is_plausible = |name: &String| zones.iter().any(|zone| zone.name == *name && zone.role == Role::Plausible);
    let mut found: Vec<(usize, &String, Measurement, [Finding; 2])> = Vec::new();
    for class in evidence.predicted_classes() {
        for (region, name) in evidence.regions.iter().enumerate().filter(|(_, name)| is_plausible(name)) {
            let [inpainted, blurred] = [true, false].map(|way| rows(evidence, class, region, way));
            if units(evidence, &inpainted).count() < INTERVAL_BELOW {
                continue;
            }
            let turned = Measurement::new("", "", Measure::Share, flips(evidence, &inpainted));
            found.push((class, name, turned, [inpainted, blurred].map(|rows| excess(evidence, &rows))));
        }
    }
    let mut family: Vec<&mut Finding> = found.iter_mut().flat_map(|(.., beyond)| beyond).collect();
    adjust(&mut family, Correction::Holm);
    let hangs = |beyond: &Finding| {
        beyond.is_significant(0.05) == Some(true) && beyond.interval().is_some_and(|i| i.low >= LEAST_DEPENDENCE)
    };
    let estimate = |of: &[Finding; 2]| of[0].estimate().unwrap_or(f64::NEG_INFINITY);
    let (class, name, turned, _) = found
        .into_iter()
        .filter(|(.., beyond)| beyond.iter().all(hangs))
        .max_by(|(.., a), (.., b)| estimate(a).total_cmp(&estimate(b)))?;
    let plain = "None was found where no disease shows, but answers hang on a place beside the disc, where signs may lie and \
                 marks as well.";
    let told = format!(
        "But removing {} flips {} of the predictions of {}: signs may lie there, and so may a mark, which removal does \
         not tell apart.",
        region_title(name, zones),
        turned.words(),
        evidence.facts.class(class)
    );
    Some(Doubt { plain, told })
}
