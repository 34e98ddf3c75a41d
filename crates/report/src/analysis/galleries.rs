//! Which cases to look at.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, quantile};
use super::words::{outcome_title, region_title};
use crate::schema::{CaseCard, Gallery, GalleryKind};
use heatlens_anatomy::Role;

/// Cases of a gallery.
const SHOWN: usize = 12;
/// Cases at either end of confidence.
const ENDS: usize = 8;
/// A photograph is called blurred, dark or bright beyond this quantile of the set.
const TAIL: f64 = 0.05;
/// A zone is called the main one only with this share of the map.
const MAIN_SHARE: f64 = 0.1;

/// For each outcome: a choice spread over confidence, the surest and the least sure.
pub fn by_outcome(evidence: &Evidence, outcomes: &[(String, usize)]) -> Vec<Gallery> {
    let mut galleries = Vec::new();
    for (outcome, of) in outcomes {
        let mut images: Vec<usize> =
            (0..evidence.images.len()).filter(|&i| evidence.images[i].outcome == *outcome).collect();
        images
            .sort_by(|&a, &b| evidence.images[b].confidence.total_cmp(&evidence.images[a].confidence).then(a.cmp(&b)));
        let title = outcome_title(outcome);
        let wanted = SHOWN.min(images.len());
        let spread = (0..wanted).map(|i| images[(2 * i + 1) * images.len() / (2 * wanted)]).collect();
        let gallery = |id: &str, title: String, caption: &str, kind: GalleryKind, images: Vec<usize>| Gallery {
            id: format!("{id}/{outcome}"),
            title,
            caption: caption.to_owned(),
            kind,
            cases: images.into_iter().map(|i| evidence.images[i].case).collect(),
            of: *of,
        };
        galleries.push(gallery(
            "outcome",
            title.clone(),
            "Spread evenly over confidence, the surest first.",
            GalleryKind::Outcome,
            spread,
        ));
        if images.len() > SHOWN {
            let surest = images.iter().copied().take(ENDS).collect();
            let caption = "The highest confidence of this outcome.";
            galleries.push(gallery(
                "high",
                format!("{title}, the surest"),
                caption,
                GalleryKind::HighConfidence,
                surest,
            ));
            let unsure = images.iter().rev().copied().take(ENDS).collect();
            let caption = "The lowest confidence of this outcome.";
            galleries.push(gallery(
                "low",
                format!("{title}, the least sure"),
                caption,
                GalleryKind::LowConfidence,
                unsure,
            ));
        }
    }
    galleries
}

/// The wrong predictions with the highest confidence.
pub fn confident_errors(evidence: &Evidence) -> Option<Gallery> {
    let wrong =
        chosen(evidence, |i| (evidence.images[i].is_correct() == Some(false)).then(|| -evidence.images[i].confidence));
    gallery(
        evidence,
        "errors/confident",
        "The most confident errors",
        "Wrong predictions, the surest first.",
        GalleryKind::ConfidentErrors,
        wrong,
    )
}

/// Right predictions with the least energy on the disc, seen against chance.
pub fn wrong_place(evidence: &Evidence) -> Option<Gallery> {
    let right = chosen(evidence, |i| {
        let target = evidence.decision(i)?.target?;
        (evidence.images[i].is_correct() == Some(true) && target.share < target.chance)
            .then_some(target.share - target.chance)
    });
    let caption =
        "Right predictions whose maps have less of themselves on the disc than chance gives, the least first.";
    gallery(
        evidence,
        "right/wrong-place",
        "Right answer, wrong place",
        caption,
        GalleryKind::RightAnswerWrongPlace,
        right,
    )
}

/// Cases in a given order.
pub fn listed(
    evidence: &Evidence,
    id: &str,
    title: &str,
    caption: &str,
    kind: GalleryKind,
    images: Vec<usize>,
) -> Option<Gallery> {
    gallery(evidence, id, title, caption, kind, images)
}

/// Images by a rank, the least first.
fn chosen(evidence: &Evidence, rank: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = (0..evidence.images.len()).filter_map(|i| Some((rank(i)?, i))).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().map(|(_, i)| i).collect()
}

fn gallery(
    evidence: &Evidence,
    id: &str,
    title: &str,
    caption: &str,
    kind: GalleryKind,
    images: Vec<usize>,
) -> Option<Gallery> {
    let of = images.len();
    let cases: Vec<usize> = images.into_iter().take(SHOWN).map(|i| evidence.images[i].case).collect();
    (!cases.is_empty()).then(|| Gallery {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: caption.to_owned(),
        kind,
        cases,
        of,
    })
}

/// What is known of some cases.
pub struct Cards<'e> {
    evidence: &'e Evidence,
    copies: &'e BTreeSet<usize>,
    tails: BTreeMap<&'static str, [f64; 2]>,
    /// Regions whose removal alone turned the prediction, by image.
    turning: BTreeMap<usize, BTreeSet<usize>>,
}

impl<'e> Cards<'e> {
    /// `copies` are the cases that are in the set more than once.
    pub fn new(evidence: &'e Evidence, copies: &'e BTreeSet<usize>) -> Cards<'e> {
        let mut tails = BTreeMap::new();
        for name in ["sharpness", "exposure"] {
            let mut values: Vec<f64> =
                evidence.images.iter().filter_map(|image| image.figures.get(name).copied()).collect();
            if let (Some(low), Some(high)) = (quantile(&mut values, TAIL), quantile(&mut values, 1.0 - TAIL)) {
                tails.insert(name, [low, high]);
            }
        }
        let mut turning = BTreeMap::<usize, BTreeSet<usize>>::new();
        for cause in
            evidence.causes.iter().filter(|cause| cause.inpainted && cause.flipped && cause.control_flips == Some(0.0))
        {
            turning.entry(cause.image).or_default().insert(cause.region);
        }
        Cards { evidence, copies, tails, turning }
    }

    /// The cards of some cases, by case.
    pub fn of(&self, cases: &BTreeSet<usize>) -> Vec<CaseCard> {
        let by_case = |case: &usize| self.evidence.images.binary_search_by_key(case, |image| image.case).ok();
        cases.iter().filter_map(by_case).map(|image| self.card(image)).collect()
    }

    fn card(&self, i: usize) -> CaseCard {
        let (evidence, image) = (self.evidence, &self.evidence.images[i]);
        let map = evidence.decision(i);
        let target = map.and_then(|map| map.target);
        CaseCard {
            case: image.case,
            image: image.name.clone(),
            label: image.label.map(|label| evidence.facts.class(label).to_owned()),
            predicted: evidence.facts.class(image.predicted).to_owned(),
            confidence: image.confidence,
            outcome: image.outcome.clone(),
            class: map.map(|map| evidence.facts.class(map.class).to_owned()),
            target_share: target.map(|target| target.share),
            target_share_range: target.map(|target| [target.low, target.high]),
            enrichment: target.map(|target| target.share / target.area),
            main_zone: map.and_then(|map| main_zone(evidence, &map.shares, &image.areas)),
            cells_per_target: map.and_then(|map| map.cells),
            peak: map.and_then(|map| map.peak),
            disc: image.target,
            side: image.right.map(|right| if right { "right" } else { "left" }.to_owned()),
            figures: image.figures.clone(),
            doubts: image.doubts.clone(),
            remarks: self.remarks(i),
        }
    }

    fn remarks(&self, i: usize) -> Vec<String> {
        let (evidence, image) = (self.evidence, &self.evidence.images[i]);
        let mut remarks = Vec::new();
        let place = |name: &str| Some((*image.figures.get(name)?, *self.tails.get(name)?));
        if place("sharpness").is_some_and(|(value, [low, _])| value < low) {
            remarks.push("Among the least sharp of the set.".to_owned());
        }
        match place("exposure") {
            Some((value, [low, _])) if value < low => remarks.push("Among the darkest of the set.".to_owned()),
            Some((value, [_, high])) if value > high => remarks.push("Among the brightest of the set.".to_owned()),
            _ => {}
        }
        if self.copies.contains(&image.case) {
            remarks.push("In the set more than once.".to_owned());
        }
        if let Some(map) = evidence.decision(i)
            && evidence.role_share(&map.shares, Role::Edge) + evidence.role_share(&map.shares, Role::Outside) > 0.5
        {
            remarks.push("More than half of the map lies at the edge of the field or outside.".to_owned());
        }
        for &region in self.turning.get(&i).into_iter().flatten() {
            let title = region_title(&evidence.regions[region], &evidence.facts.zones);
            remarks.push(format!("Removing {title} flips the prediction; removing as much elsewhere does not."));
        }
        remarks
    }
}

/// The zone with the highest enrichment among those that hold energy worth the name.
fn main_zone(evidence: &Evidence, shares: &[f32], areas: &[f32]) -> Option<String> {
    let zones = shares.iter().zip(areas).enumerate();
    let held = zones.filter(|(_, (share, area))| f64::from(**share) >= MAIN_SHARE && **area > 0.0);
    let (zone, _) = held.max_by(|(_, a), (_, b)| (a.0 / a.1).total_cmp(&(b.0 / b.1)))?;
    evidence.facts.zones.get(zone).map(|zone| zone.name.to_string())
}
