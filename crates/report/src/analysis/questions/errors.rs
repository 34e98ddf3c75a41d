//! 5. What do false positives and false negatives look like?

use std::collections::BTreeSet;

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, Group, MapFigures, Place};
use crate::analysis::galleries;
use crate::analysis::plots::mean_maps;
use crate::analysis::words::{LABELS_WAY_OUT, list, outcome_title};
use crate::schema::{Measure, Measurement, Question, Verdict};
use heatlens_statistics::{CASES_BELOW, INTERVAL_BELOW, mean, proportion};

/// Kinds of errors that the plain sentence counts.
const NAMED: usize = 4;
/// It is said of a kind of error that it looks far from the disc when this share does.
const MOSTLY: f64 = 0.6;

/// Disc diameters from the disc's centre that are far from it.
const FAR: f64 = 1.5;

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let outcomes = outcomes(evidence);
    let groups: Vec<Group> = outcomes.iter().map(|(outcome, _)| Group::Outcome(outcome.clone())).collect();
    let figures = [
        mean_maps(
            evidence,
            "maps/outcomes/disc",
            "Mean heatmaps around the disc, by outcome",
            &groups,
            evidence.disc_place(),
        ),
        mean_maps(
            evidence,
            "maps/outcomes/picture",
            "Mean heatmaps on the picture, by outcome",
            &groups,
            Place::Picture,
        ),
    ];
    let figures: Vec<_> = figures.into_iter().flatten().collect();
    let galleries = galleries::by_outcome(evidence, &outcomes);
    if !evidence.has_labels() {
        let silent = Draft::silent(
            Question::Errors,
            "It cannot be said: no image has a label, so no prediction is known to be wrong.",
            LABELS_WAY_OUT,
        );
        return silent.with_figures(figures).with_galleries(galleries);
    }
    let mut sheet = Sheet::default();
    let mut wrong = Vec::new();
    for (outcome, images) in outcomes {
        let figures = measure(evidence, &outcome, &mut sheet);
        if is_wrong(evidence, &outcome) {
            wrong.push((outcome, images, figures));
        }
    }
    let labelled = evidence.images.iter().filter(|image| image.label.is_some()).count();
    let (majority, of_majority) = majority(evidence);
    let conclude = move |measured: &Measured<'_>| {
        if wrong.is_empty() {
            return Conclusion::said(
                Verdict::Described,
                format!("There are none: all {labelled} labelled images are classified rightly."),
            );
        }
        let sentences: Vec<String> =
            wrong.iter().map(|(outcome, images, figures)| sentence(outcome, *images, figures, measured)).collect();
        let all: usize = wrong.iter().map(|(_, images, _)| images).sum();
        let share = Measure::Share.write(all as f64 / labelled as f64);
        let headline = format!(
            "{} of {labelled} labelled images ({share}) are classified wrongly: {}.",
            all,
            sentences.join("; ")
        );
        let mut plain = plain(evidence, &wrong, measured);
        let (mut verdict, mut headline) = (Verdict::Described, headline);
        if labelled >= INTERVAL_BELOW && labelled - all <= of_majority {
            let as_often = if labelled - all == of_majority { "just as often" } else { "more often" };
            let said = format!(" Always saying {majority} would be right {as_often}.");
            (verdict, headline, plain) = (Verdict::Concerning, headline + &said, plain + &said);
        }
        Conclusion::new(verdict, plain, headline).explained(
            "Reading the pictures",
            "The galleries show each kind of error by its confidence. A mean heatmap tells what a group has in \
             common; single images may look otherwise.",
        )
    };
    Draft::new(Question::Errors, sheet, conclude).with_figures(figures).with_galleries(galleries)
}

/// `It misses 24 of 80 with glaucoma and calls 13 of 80 normal glaucoma.`, and where it looks when it
/// does.
fn plain(evidence: &Evidence, wrong: &[(String, usize, OutcomeFigures)], measured: &Measured<'_>) -> String {
    let of = |class: usize| evidence.images.iter().filter(|image| image.label == Some(class)).count();
    let errors = |label: usize| {
        evidence.images.iter().filter(|image| image.label == Some(label) && image.is_correct() == Some(false)).count()
    };
    let labels: Vec<usize> = (0..evidence.facts.classes.len()).filter(|&class| errors(class) > 0).collect();
    let said = labels.iter().map(|&label| {
        let (name, missed) = (evidence.facts.class(label), format!("{} of {}", errors(label), of(label)));
        let photographs = if of(label) == 1 { "photograph" } else { "photographs" };
        match evidence.facts.positive {
            Some(positive) if evidence.facts.classes.len() == 2 && label != positive => {
                format!("calls {missed} {name} {photographs} {}", evidence.facts.class(positive))
            }
            _ => format!("misses {missed} {photographs} of {name}"),
        }
    });
    let mut said: Vec<String> = said.collect();
    said.reverse();
    said.truncate(NAMED);
    let is_far = |(.., figures): &&(String, usize, OutcomeFigures)| {
        figures.far.and_then(|far| measured[far].finding.estimate()).is_some_and(|share| share >= MOSTLY)
    };
    let (far, as_right): (Vec<String>, Vec<bool>) =
        wrong.iter().filter(is_far).map(|of| (outcome_title(&of.0), is_far_when_right(evidence, &of.0))).unzip();
    let looks = match far.is_empty() {
        true => String::new(),
        false => {
            let also = if as_right.iter().all(|&also| also) {
                ", and so are those of right answers of the same class"
            } else {
                ""
            };
            format!(" Most maps of {} are strongest far from the disc{also}.", list(&far))
        }
    };
    format!("It {}.{looks}", list(&said))
}

/// Whether right answers of the class that an outcome takes for another look as far from the disc.
fn is_far_when_right(evidence: &Evidence, outcome: &str) -> bool {
    let said: BTreeSet<usize> =
        evidence.images.iter().filter(|image| image.outcome == outcome).map(|image| image.predicted).collect();
    let right = evidence.decisions(|image| said.contains(&image.predicted) && image.is_correct() == Some(true));
    let distances: Vec<f64> = right.iter().filter_map(|map| map.peak_r).collect();
    let far = distances.iter().filter(|&&r| r > FAR).count();
    far as f64 >= MOSTLY * distances.len().max(1) as f64
}

/// The outcomes with the number of their images, the most frequent first; right ones before wrong
/// ones.
fn outcomes(evidence: &Evidence) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    evidence.images.iter().for_each(|image| *counts.entry(&image.outcome).or_default() += 1);
    let mut outcomes: Vec<(String, usize)> = counts.into_iter().map(|(outcome, n)| (outcome.to_owned(), n)).collect();
    outcomes.sort_by_key(|(outcome, n)| (is_wrong(evidence, outcome), std::cmp::Reverse(*n)));
    outcomes
}

/// The most frequent label and the number of its images.
fn majority(evidence: &Evidence) -> (&str, usize) {
    let of = |class: usize| evidence.images.iter().filter(|image| image.label == Some(class)).count();
    let counts = (0..evidence.facts.classes.len()).map(|class| (evidence.facts.class(class), of(class)));
    counts.max_by_key(|(_, images)| *images).unwrap_or_default()
}

fn is_wrong(evidence: &Evidence, outcome: &str) -> bool {
    evidence.images.iter().find(|image| image.outcome == outcome).and_then(|image| image.is_correct()) == Some(false)
}

/// What is measured of the images of one outcome; where they look needs a disc.
struct OutcomeFigures {
    confidence: Handle,
    share: Option<Handle>,
    far: Option<Handle>,
}

fn measure(evidence: &Evidence, outcome: &str, sheet: &mut Sheet) -> OutcomeFigures {
    let title = outcome_title(outcome);
    let images: Vec<usize> = (0..evidence.images.len()).filter(|&i| evidence.images[i].outcome == outcome).collect();
    let units = evidence.units.select(&images);
    let confidence: Vec<f64> = images.iter().map(|&i| evidence.images[i].confidence).collect();
    let what = format!("mean confidence of {title}");
    let confidence = sheet.add(Measurement::new(
        format!("confidence/{outcome}"),
        what,
        Measure::Share,
        mean(&confidence, &units, &evidence.settings),
    ));
    let mut figures = OutcomeFigures { confidence, share: None, far: None };
    let maps: Vec<&MapFigures> = evidence.decisions(|image| image.outcome == outcome);
    let focused: Vec<&MapFigures> = maps.iter().copied().filter(|map| map.target.is_some()).collect();
    if !focused.is_empty() {
        let units = evidence.units_of(&focused);
        let of = |value: &dyn Fn(&crate::analysis::evidence::TargetFigures) -> f64| {
            focused.iter().filter_map(|map| map.target.as_ref()).map(value).collect::<Vec<f64>>()
        };
        let (shares, chance) = (of(&|t| t.share), of(&|t| t.chance));
        let level = chance.iter().sum::<f64>() / chance.len() as f64;
        let what = format!("share of the map on the disc, {title}");
        let finding = mean(&shares, &units, &evidence.settings);
        let share = Measurement::new(format!("share/{outcome}"), what, Measure::Share, finding).against(level);
        figures.share = Some(sheet.add(share));
        let far: Vec<bool> = focused.iter().map(|map| map.peak_r.is_some_and(|r| r > FAR)).collect();
        let what = format!("maps whose maximum is more than 1.5 disc diameters from the disc's centre, {title}");
        figures.far = Some(sheet.add(Measurement::new(
            format!("far/{outcome}"),
            what,
            Measure::Share,
            proportion(&far, &units, &evidence.settings),
        )));
    }
    figures
}

fn sentence(outcome: &str, images: usize, figures: &OutcomeFigures, measured: &Measured<'_>) -> String {
    let title = outcome_title(outcome);
    if images < CASES_BELOW {
        let title = if images == 1 { title.trim_end_matches('s') } else { &title };
        return format!("{images} {title}, too few for figures: look at the cases");
    }
    let estimate = |handle: Option<Handle>| {
        let m = &measured[handle?];
        Some((m, m.finding.estimate()?))
    };
    let confidence = estimate(Some(figures.confidence))
        .map_or_else(String::new, |(_, mean)| format!(" with a mean confidence of {}", Measure::Share.write(mean)));
    let focus = estimate(figures.share).map_or_else(String::new, |(m, share)| {
        let chance = m.chance.map_or_else(String::new, |chance| format!(" (chance {})", Measure::Share.write(chance)));
        format!(", {} of the map on the disc{chance}", Measure::Share.write(share))
    });
    let far = estimate(figures.far)
        .map_or_else(String::new, |(_, far)| format!(", the maximum far from it in {}", Measure::Share.write(far)));
    format!("{images} {title}{confidence}{focus}{far}")
}
