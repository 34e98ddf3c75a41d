//! 10. Does the model lean on a shortcut?

mod alike;
mod doubts;
mod hot_spots;
mod moves;
mod names;
mod properties;
mod qualified;
mod remainders;
mod suspects;

pub use suspects::suspects;

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::analysis::galleries;
use crate::analysis::removal;
use crate::analysis::words::{capital, count, list, region_title};
use crate::schema::{
    CauseBar, Figure, FigureData, Gallery, GalleryKind, Measure, Question, Suspect, SuspectStatus, Verdict,
};
use heatlens_anatomy::Role;
use heatlens_statistics::INTERVAL_BELOW;

/// Nothing is reassuring while a shortcut that decides this share of a class's predictions could go
/// unseen.
const MOST_UNSEEN: f64 = 0.15;
/// Suspects whose figures are listed with the answer.
const LISTED: usize = 6;

/// See the module.
pub fn draft<'e>(evidence: &'e Evidence, suspects: &[Suspect]) -> Draft<'e> {
    let mut sheet = Sheet::default();
    let of =
        |suspect: &Suspect| [&suspect.flips, &suspect.flips_blurred, &suspect.excess, &suspect.drop].map(Clone::clone);
    sheet.extend(suspects.iter().take(LISTED).flat_map(of));
    let areas = remainders::measure(evidence, &mut sheet);
    let spots = hot_spots::measure(evidence, &mut sheet);
    let properties = properties::measure(evidence, &mut sheet);
    let mut figures: Vec<Figure> = causes(evidence, suspects).into_iter().collect();
    figures.extend(areas.and_then(|areas| remainders::figure(&areas, &sheet)));
    figures.extend(properties.iter().flat_map(|properties| properties::figures(properties, evidence, &sheet)));
    let shown = suspects.first().and_then(|suspect| gallery(evidence, suspect));
    let suspects = suspects.to_vec();
    let conclude = move |measured: &Measured<'_>| {
        let conclusion = conclude(evidence, &suspects, areas.as_ref(), &spots, measured);
        qualified::qualified(conclusion, evidence, properties.as_ref(), measured)
    };
    Draft::new(Question::Shortcut, sheet, conclude)
        .with_figures(figures)
        .with_galleries(shown)
        .with_galleries(galleries::wrong_place(evidence))
        .seeing(&["maps/classes/picture", "clusters/picture"])
}

fn conclude(
    evidence: &Evidence,
    suspects: &[Suspect],
    areas: Option<&remainders::Areas>,
    measured_spots: &[Handle],
    measured: &Measured<'_>,
) -> Conclusion {
    let of = |status: SuspectStatus| suspects.iter().filter(|suspect| suspect.status == status).collect::<Vec<_>>();
    let (shown, suspected, cleared) =
        (of(SuspectStatus::Shortcut), of(SuspectStatus::Suspected), of(SuspectStatus::Cleared));
    let spots = hot_spots::hot(measured_spots, measured);
    let tested = evidence.causes.iter().map(|cause| cause.image).collect::<std::collections::BTreeSet<_>>().len();
    let mut conclusion = if let Some(worst) = shown.first() {
        let flips = worst.flips.finding.estimate().map_or_else(String::new, |share| Measure::Share.write(share));
        let plain =
            format!("Yes: answers “{}” depend on {}. Hiding it changes {flips} of them.", worst.class, worst.title);
        let headline = format!("Yes: {}. {}", worst.title, worst.sentence);
        let mut conclusion = Conclusion::new(Verdict::Concerning, plain, headline);
        let others: Vec<String> = shown.iter().skip(1).map(|suspect| suspect.sentence.clone()).collect();
        conclusion = conclusion.explained("Regions that hold the same evidence", others.join(" "));
        conclusion.way_out(format!(
            "Look at {} on the images of the gallery. Remove what is there from the training images, or crop it away, \
             train again and audit again.",
            worst.title
        ))
    } else if let Some(worst) = suspected.first() {
        Conclusion::new(
            Verdict::Mixed,
            format!("None that decides a class, but some answers “{}” depend on {}.", worst.class, worst.title),
            format!("None that decides a class, but a dependence on {}. {}", worst.title, worst.sentence),
        )
        .explained(
            "Further dependences",
            suspected.iter().skip(1).map(|suspect| suspect.sentence.as_str()).collect::<Vec<_>>().join(" "),
        )
        .way_out("Look at the gallery; run the experiments on more images (`--experiments`) for a narrower interval.")
    } else if cleared.is_empty() {
        let silent = if tested == 0 {
            "It cannot be said: no region was removed on any image, and without that a hot spot is no proof.".to_owned()
        } else {
            format!(
                "It cannot be said from {} with experiments: at least {INTERVAL_BELOW} predictions of a class are \
                 needed.",
                count(tested, "image")
            )
        };
        Conclusion::said(Verdict::CannotBeSaid, silent)
            .way_out("Run the audit with experiments on more images (`--experiments`).")
    } else if !spots.is_empty() {
        Conclusion::new(
            Verdict::Mixed,
            "None was found on which answers depend, though maps are unusually dense at fixed places of the picture.",
            format!("None that the predictions hang on, though maps are unusually dense there: {}.", list(&spots)),
        )
    } else if let Some(seldom) = seldom(evidence, &cleared) {
        let plain = "None was found, but the network gives some answers too seldom to test what they depend on.";
        Conclusion::new(Verdict::Mixed, plain, format!("{} {seldom}", cleared_sentence(evidence, &cleared, tested)))
            .way_out("Audit images on which the model says so.")
    } else if limit(evidence, &cleared).is_none_or(|limit| limit > MOST_UNSEEN) {
        Conclusion::new(
            Verdict::CannotBeSaid,
            "It cannot be said: none was found, but too few images were tested to rule one out.",
            format!(
                "{} That is too few experiments to rule a shortcut out.",
                cleared_sentence(evidence, &cleared, tested)
            ),
        )
        .way_out("Run the audit with experiments on more images (`--experiments`).")
    } else if let Some(doubt) =
        areas.and_then(|areas| doubts::elsewhere(areas, measured)).or_else(|| doubts::beside(evidence))
    {
        Conclusion::new(
            Verdict::Mixed,
            doubt.plain,
            format!("{} {}", cleared_sentence(evidence, &cleared, tested), doubt.told),
        )
        .way_out(
            "Look at the maps of the most confident predictions of each class for what lies there on one class alone.",
        )
    } else {
        let plain = "None was found: hiding places where no disease shows hardly changes an answer.";
        Conclusion::new(Verdict::Reassuring, plain, cleared_sentence(evidence, &cleared, tested))
    };
    if !spots.is_empty() && !shown.is_empty() {
        let text = format!("Fixed places of the picture hold more of the map than their area gives: {}.", list(&spots));
        conclusion = conclusion.explained("The maps agree", text);
    }
    conclusion
        .explained(
            "With the disc alone, and without it",
            areas.map_or_else(String::new, |areas| remainders::sentence(areas, measured)),
        )
        .explained("Places in the picture", hot_spots::sentence(measured_spots, measured))
        .explained(
            "What counts as a shortcut",
            "A corner, an edge, the margin of the field or retina without a known sign, whose removal flips \
             predictions of a class clearly more often than \
             removing as much elsewhere, of the same shape where that fits, in both ways of filling. Energy off \
             the disc alone does not count: around it and along the \
             arcuate bundles the nerve fibre layer carries signs. Cleared is a region whose removal was not shown to flip \
             more than as much removed elsewhere, in both ways and after correction. Vessels are taken out with the \
             regions that they run through, not by themselves.",
        )
        .explained("What would go unseen", unseen(evidence, &cleared))
        .explained("Names of the files", names::told(evidence).unwrap_or_default())
}

fn cleared_sentence(evidence: &Evidence, cleared: &[&Suspect], tested: usize) -> String {
    let Some(worst) = cleared.first() else { return String::new() };
    let turned = worst.flips.words();
    let is_of_picture = |region: &&String| suspects::is_scanned(region) && !alike::is_around(region);
    let scanned = evidence.regions.iter().filter(is_of_picture).count();
    let scanned = match scanned {
        0 => String::new(),
        n => format!(" Nor does any of {n} squares and strips by which the picture was looked through."),
    };
    format!(
        "None found: {} were tested by removal on {}; even the most effective, {}, flips {turned} of the predictions \
         of {}, {} against as much elsewhere.{scanned}",
        count(cleared.len(), "pair") + " of region and class",
        count(tested, "image"),
        worst.title,
        worst.class,
        worst
            .excess
            .finding
            .estimate()
            .map_or_else(|| "not compared".to_owned(), |excess| Measure::Points.write(excess)),
    )
}

/// Labels that the network gives too seldom for an experiment: what its predictions of them hang on
/// is unknown.
fn seldom(evidence: &Evidence, cleared: &[&Suspect]) -> Option<String> {
    let is_label = |class: usize| evidence.images.iter().any(|image| image.label == Some(class));
    let is_cleared = |class: usize| cleared.iter().any(|suspect| suspect.class == evidence.facts.class(class));
    let untested: Vec<String> = (0..evidence.facts.classes.len())
        .filter(|&class| is_label(class) && !is_cleared(class))
        .map(|class| {
            let predicted = evidence.images.iter().filter(|image| image.predicted == class).count();
            format!("{} ({predicted} of {})", evidence.facts.class(class), count(evidence.images.len(), "image"))
        })
        .collect();
    (!untested.is_empty())
        .then(|| format!("Nothing can be said of predictions of {}: there are too few to test.", list(&untested)))
}

/// The largest share of a class's predictions that could hang on a region without being told of: what
/// the intervals of those cleared allow, and at least the smallest share that so few experiments could
/// tell from the peculiarities of a few images.
fn limit(evidence: &Evidence, cleared: &[&Suspect]) -> Option<f64> {
    let of = |suspect: &&Suspect| {
        let trials: usize = suspect.flips.finding.units().iter().sum();
        Some(suspect.excess.high()?.max(suspects::smallest_told(trials, &evidence.settings)?))
    };
    let limits: Option<Vec<f64>> = cleared.iter().map(of).collect();
    limits?.into_iter().max_by(f64::total_cmp)
}

/// The same in words.
fn unseen(evidence: &Evidence, cleared: &[&Suspect]) -> String {
    let Some(limit) = limit(evidence, cleared) else { return String::new() };
    format!(
        "A shortcut that decides fewer than about {} of a class's predictions would not be seen with this many \
         experiments, nor one that lies across \
         several regions or on the disc itself.",
        Measure::Share.write(limit.min(1.0))
    )
}

/// The images on which a suspect's removal lowers the margin most.
fn gallery(evidence: &Evidence, suspect: &Suspect) -> Option<Gallery> {
    if !matches!(suspect.status, SuspectStatus::Shortcut | SuspectStatus::Suspected) {
        return None;
    }
    let region = evidence.regions.iter().position(|region| *region == suspect.region)?;
    let own = |cause: &&crate::analysis::evidence::Cause| {
        cause.region == region
            && cause.inpainted
            && evidence.facts.class(evidence.images[cause.image].predicted) == suspect.class
    };
    let mut causes: Vec<_> = evidence.causes.iter().filter(own).collect();
    causes.sort_by(|a, b| b.drop.total_cmp(&a.drop).then(a.image.cmp(&b.image)));
    let title = format!("Depending on {}", suspect.title);
    let caption =
        format!("Predictions of {} whose margin falls most when {} is removed.", suspect.class, suspect.title);
    let images = causes.into_iter().map(|cause| cause.image).collect();
    galleries::listed(evidence, "shortcut", &title, &caption, GalleryKind::Shortcut, images)
}

/// What the removal of each region does.
fn causes(evidence: &Evidence, suspected: &[Suspect]) -> Option<Figure> {
    let mut bars = Vec::new();
    for class in evidence.predicted_classes() {
        let drawn =
            |name: &String| !suspects::is_scanned(name) || suspected.iter().any(|suspect| suspect.region == *name);
        for (region, name) in evidence.regions.iter().enumerate().filter(|(_, name)| drawn(name)) {
            for inpainted in [true, false] {
                bars.extend(bar(evidence, class, region, name, inpainted));
            }
        }
    }
    (!bars.is_empty()).then(|| Figure {
        id: "causes".to_owned(),
        title: "What removing a region does to the prediction".to_owned(),
        caption: "Share of the predictions of a class that flip when a region is filled from its surroundings \
                  (inpainted), and that flip both so and when it is blurred, with intervals, beside the same for as much \
                  elsewhere."
            .to_owned(),
        data: FigureData::CauseBars { bars },
    })
}

fn bar(evidence: &Evidence, class: usize, region: usize, name: &str, inpainted: bool) -> Option<CauseBar> {
    let rows = removal::rows(evidence, class, region, inpainted);
    let first = rows.first()?;
    let (flips, control_flips) = (removal::flips(evidence, &rows), removal::control_share(&rows));
    let median = |of: &dyn Fn(&crate::analysis::evidence::Cause) -> Option<f64>| {
        crate::analysis::evidence::median(&mut rows.iter().filter_map(|row| of(row)).collect::<Vec<_>>())
    };
    let zones = &evidence.facts.zones;
    Some(CauseBar {
        region: name.to_owned(),
        title: capital(&region_title(name, zones)),
        role: zones
            .iter()
            .find(|zone| zone.name == name)
            .map(|zone| zone.role)
            .or((name == "disc").then_some(Role::Target)),
        way: if first.inpainted { "inpainted" } else { "both inpainted and blurred" }.to_owned(),
        class: evidence.facts.class(class).to_owned(),
        images: rows.len(),
        area: rows.iter().map(|row| row.area).sum::<f64>() / rows.len() as f64,
        flips,
        control_flips,
        drop: median(&|row| Some(row.drop)),
        control_drop: median(&|row| row.control_drop),
    })
}
