//! Regions that no decision should hang on, and whether one does.

use heatlens_record::regions::{PICTURE_PARTS, SCANNED};

use super::alike;
use crate::analysis::evidence::Evidence;
use crate::analysis::removal::{control_share, drop, excess, flips, rows, units};
use crate::analysis::words::region_title;
use crate::schema::{Measure, Measurement, Suspect, SuspectStatus};
use heatlens_anatomy::Role;
use heatlens_statistics::{Correction, Finding, INTERVAL_BELOW, Settings, Units, adjust, mean, proportion};

/// A shortcut turns, at the lower end of the interval, at least this share of a class's
/// predictions: less may be a peculiarity of a few images.
pub(super) const LEAST_FLIPS: f64 = 0.30;
/// … and this much more than as much removed elsewhere: networks turn some predictions whatever is
/// removed.
pub(super) const LEAST_EXCESS: f64 = 0.25;
/// … and takes this share of the median margin beyond what controls take, so that it is no matter
/// of predictions that were open anyway.
const LEAST_DROP: f64 = 0.30;
/// A weaker dependence is told of from this much beyond controls on, at the lower end and in both
/// ways of filling. The shape of the field of view, which fillings of edges change, moves sound
/// networks by as much as a tenth of their predictions.
pub(super) const LEAST_DEPENDENCE: f64 = 0.05;
/// … or from this much on if only inpainting turns predictions: then it may be what was filled in
/// that turns them, but nothing is cleared.
const LEAST_DISPUTED: f64 = 0.15;
/// Regions that turn nearly as many predictions hold the same evidence; the smallest of them is
/// named.
const NEARLY: f64 = 0.15;
/// Controls must be there on this share of the images: a region that has no place elsewhere cannot
/// be compared.
const LEAST_CONTROLLED: f64 = 0.5;

/// Every region that was removed and is no place of signs, for every predicted class, the most
/// suspicious first.
pub fn suspects(evidence: &Evidence) -> Vec<Suspect> {
    let mut suspects = Vec::new();
    for class in evidence.predicted_classes() {
        for (region, name) in evidence.regions.iter().enumerate().filter(|(_, name)| may_be_suspected(evidence, name)) {
            suspects.extend(suspect(evidence, class, region, name));
        }
    }
    let mut family: Vec<&mut Finding> = suspects.iter_mut().map(|suspect| &mut suspect.excess.finding).collect();
    adjust(&mut family, Correction::Holm);
    // Of many regions some differ from their controls by luck.
    for suspect in suspects
        .iter_mut()
        .filter(|suspect| suspect.status < SuspectStatus::Cleared && !suspect.excess.is_significant())
    {
        suspect.status = if is_leant_on(suspect) { SuspectStatus::Suspected } else { SuspectStatus::Cleared };
    }
    // Signs may lie around the disc, but no sign looks the same in every eye.
    suspects.retain_mut(|suspect| !alike::is_around(&suspect.region) || alike::tell(evidence, suspect));
    // Few images have a given square free of signs: what was not found there rules nothing out.
    suspects.retain(|suspect| suspect.status < SuspectStatus::Cleared || !is_scanned(&suspect.region));
    let excess = |suspect: &Suspect| suspect.excess.finding.estimate().unwrap_or(f64::NEG_INFINITY);
    suspects.sort_by(|a, b| a.status.cmp(&b.status).then(excess(b).total_cmp(&excess(a))));
    name_the_smallest(&mut suspects);
    suspects
}

/// The smallest share of turned predictions that a dependence could be told from with so many; none
/// where they are too few for any.
pub fn smallest_told(trials: usize, settings: &Settings) -> Option<f64> {
    let is_told = |turned: &usize| {
        let each: Vec<bool> = (0..trials).map(|trial| trial < *turned).collect();
        let share = proportion(&each, &Units::each(trials), settings);
        share.interval().is_some_and(|interval| interval.low >= LEAST_DEPENDENCE)
    };
    (1..=trials).find(is_told).map(|turned| turned as f64 / trials as f64)
}

fn may_be_suspected(evidence: &Evidence, region: &str) -> bool {
    let zone = evidence.facts.zones.iter().find(|zone| zone.name == region);
    PICTURE_PARTS.iter().any(|part| part.name == region)
        || is_scanned(region)
        || zone.is_some_and(|zone| matches!(zone.role, Role::Elsewhere | Role::Edge | Role::Outside))
}

/// Whether answers lean on a place of the picture, however few of them flip: sure ones stay what they
/// are while something else decides as well. The shape of the field moves sound networks as much.
fn is_leant_on(suspect: &Suspect) -> bool {
    let is_place = PICTURE_PARTS.iter().any(|part| part.name == suspect.region) || is_scanned(&suspect.region);
    is_place && suspect.drop.low().is_some_and(|low| low >= LEAST_DROP)
}

/// Whether a region is one of those that are looked through for marks.
pub(super) fn is_scanned(region: &str) -> bool {
    SCANNED.iter().any(|place| place.name == region) || alike::is_around(region)
}

/// Among regions that flip nearly as many predictions of the same class, the smallest comes first:
/// it says where the evidence lies.
fn name_the_smallest(suspects: &mut [Suspect]) {
    let shown = suspects.iter().take_while(|suspect| suspect.status == SuspectStatus::Shortcut).count();
    let Some(best) = suspects[..shown].first() else { return };
    let flips = |suspect: &Suspect| suspect.flips.finding.estimate().unwrap_or(0.0);
    let (class, least) = (best.class.clone(), flips(best) - NEARLY);
    let alike = |suspect: &Suspect| suspect.class == class && flips(suspect) >= least;
    let smallest =
        (0..shown).filter(|&i| alike(&suspects[i])).min_by(|&a, &b| suspects[a].area.total_cmp(&suspects[b].area));
    if let Some(smallest) = smallest {
        suspects[..=smallest].rotate_right(1);
    }
}

fn suspect(evidence: &Evidence, class: usize, region: usize, name: &str) -> Option<Suspect> {
    let [inpainted, blurred] = [true, false].map(|way| rows(evidence, class, region, way));
    if inpainted.is_empty() {
        return None;
    }
    let (of, title) = (evidence.facts.class(class), region_title(name, &evidence.facts.zones));
    let measure = |id: &str, what: String, measure: Measure, finding: Finding| {
        Measurement::new(format!("{id}/{of}/{name}"), what, measure, finding)
    };
    let turned = format!("predictions of {of} that flip when {title} is");
    let flips_inpainted = measure("flips", format!("{turned} inpainted"), Measure::Share, flips(evidence, &inpainted));
    let flips_blurred = measure(
        "flips_blurred",
        format!("{turned} inpainted and when it is blurred, too"),
        Measure::Share,
        flips(evidence, &blurred),
    );
    let what = format!("the same beyond as much removed elsewhere, {title}, {of}");
    let excess_inpainted =
        measure("excess", what, Measure::Points, excess(evidence, &inpainted)).against(0.0).removal();
    let excess_blurred = excess(evidence, &blurred);
    let what = format!("fall of the margin beyond as much removed elsewhere, in medians of the margin, {title}, {of}");
    let fall = measure("drop", what, Measure::Signed, drop(evidence, &inpainted)).against(0.0);
    let low = |finding: &Finding| finding.interval().map_or(f64::NEG_INFINITY, |interval| interval.low);
    let controlled = inpainted.iter().filter(|row| row.control_flips.is_some()).count() as f64 / inpainted.len() as f64;
    let least_excess = low(&excess_inpainted.finding).min(low(&excess_blurred));
    let least_flips = low(&flips_inpainted.finding).min(low(&flips_blurred.finding));
    let is_disputed = least_excess < LEAST_DEPENDENCE && low(&excess_inpainted.finding) >= LEAST_DISPUTED;
    let status = if units(evidence, &inpainted).count() < INTERVAL_BELOW || controlled < LEAST_CONTROLLED {
        SuspectStatus::CannotBeSaid
    } else if least_flips >= LEAST_FLIPS && least_excess >= LEAST_EXCESS && low(&fall.finding) >= LEAST_DROP {
        SuspectStatus::Shortcut
    } else if least_excess >= LEAST_DEPENDENCE || is_disputed {
        SuspectStatus::Suspected
    } else {
        SuspectStatus::Cleared
    };
    let control =
        control_share(&inpainted).map_or_else(|| "not compared".to_owned(), |share| Measure::Share.write(share));
    let mut sentence = format!(
        "Removing {title} flips {} of the predictions of {of}; removing as much elsewhere flips {control}.",
        flips_inpainted.words()
    );
    if let Some(blurred) = flips_blurred.finding.estimate().filter(|_| is_disputed) {
        let blurred = Measure::Share.write(blurred);
        sentence +=
            &format!(" Only {blurred} flip in both ways of filling it: what was filled in may be part of the cause.");
    }
    let mut suspect = Suspect {
        region: name.to_owned(),
        title,
        class: of.to_owned(),
        status,
        sentence,
        area: inpainted.iter().map(|row| row.area).sum::<f64>() / inpainted.len() as f64,
        energy: energy(evidence, class, name),
        flips: flips_inpainted,
        flips_blurred,
        excess: excess_inpainted,
        drop: fall,
    };
    if suspect.status == SuspectStatus::Cleared && is_leant_on(&suspect) {
        suspect.status = SuspectStatus::Suspected;
    }
    if let Some(fall) = suspect.drop.finding.estimate().filter(|_| is_leant_on(&suspect)) {
        let share = Measure::Share.write(fall.min(1.0));
        suspect.sentence +=
            &format!(" It takes {share} of what sets {of} apart from the other answers, beyond controls.");
    }
    Some(suspect)
}

/// The share of the maps' energy on a region, for the predictions of a class.
fn energy(evidence: &Evidence, class: usize, name: &str) -> Option<Measurement> {
    let maps = evidence.decisions(|image| image.predicted == class);
    let (shares, area): (Vec<f64>, f64) = match PICTURE_PARTS.iter().position(|part| part.name == name) {
        Some(part) => (maps.iter().map(|map| f64::from(map.parts[part])).collect(), PICTURE_PARTS[part].area()),
        None => {
            let zone = evidence.facts.zones.iter().position(|zone| zone.name == name)?;
            let of = |list: &[f32]| list.get(zone).map_or(f64::NAN, |&v| f64::from(v));
            let areas = maps.iter().map(|map| of(&evidence.images[map.image].areas));
            (maps.iter().map(|map| of(&map.shares)).collect(), areas.sum::<f64>() / maps.len().max(1) as f64)
        }
    };
    if shares.is_empty() {
        return None;
    }
    let what = format!("share of the map on {name} when the model says {}", evidence.facts.class(class));
    let finding = mean(&shares, &evidence.units_of(&maps), &evidence.settings);
    Some(
        Measurement::new(format!("energy/{}/{name}", evidence.facts.class(class)), what, Measure::Share, finding)
            .against(area),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_experiments_tell_only_large_shares() {
        let told = |trials| smallest_told(trials, &Settings::default());
        assert_eq!(told(22), Some(4.0 / 22.0));
        assert_eq!(told(60), Some(7.0 / 60.0));
        assert_eq!((told(0), told(4)), (None, None));
        assert!(told(1000).unwrap() < 0.07);
    }
}
