//! Can this run be trusted? What has to be right before any answer means something, a row a
//! condition.

use heatlens_statistics::INTERVAL_BELOW;

use super::evidence::Evidence;
use super::words::{LEAST_CELLS, MASKS_WAY_OUT, RESOLUTION_WAY_OUT, SECTOR_CELLS, are, capital, count, list};
use crate::schema::{Condition, Copies, Performance, Question, Trust, TrustRow};

/// A network that says the same of at least this share of the images …
const NEARLY_ALWAYS: f64 = 0.95;
/// … does not tell classes apart if so many labels are others.
const NOT_ALWAYS: f64 = 0.2;
/// Figures about the disc are those of the set when so many images have one that is trusted.
const NEARLY_ALL: f64 = 0.8;
/// With fewer they may be those of a peculiar part of it.
const HALF: f64 = 0.5;
/// Of a disc of fewer cells than this a map says nothing.
const FAR_TOO_COARSE: f64 = 0.5;
/// From this share of copies on intervals are clearly too narrow.
const MANY_COPIES: f64 = 0.1;

/// Questions that need a disc.
const OF_DISC: [Question; 5] =
    [Question::Where, Question::Relevance, Question::Disc, Question::CorrectFocus, Question::Confidence];

/// Every condition that can be judged.
pub fn trust(evidence: &Evidence, performance: Option<&Performance>, copies: &Copies) -> Vec<TrustRow> {
    let rows = [
        class_order(performance),
        preprocessing(evidence),
        network(evidence),
        accuracy(evidence, performance),
        Some(number(evidence)),
        Some(duplicates(evidence, copies)),
        Some(masks(evidence)),
        resolution(evidence),
    ];
    rows.into_iter().flatten().collect()
}

fn row(condition: Condition, trust: Trust, sentence: impl Into<String>, way_out: &str) -> TrustRow {
    let questions: Vec<usize> = match condition {
        Condition::Masks | Condition::Resolution => OF_DISC.map(Question::number).to_vec(),
        _ => Question::ALL.map(Question::number).to_vec(),
    };
    let way_out = (trust != Trust::Met).then(|| way_out.to_owned()).filter(|way| !way.is_empty());
    TrustRow { condition, trust, sentence: sentence.into(), way_out, questions }
}

/// Labels tell whether the classes are in order: a network that has learnt something agrees with
/// them more often than chance only then.
fn class_order(performance: Option<&Performance>) -> Option<TrustRow> {
    let order = |trust, sentence: &str, way| row(Condition::ClassOrder, trust, sentence, way);
    let way = "Give the classes in the order of training (`--classes`).";
    let Some(performance) = performance else {
        let sentence = "Without labels it is not tested whether the classes are in the order of training.";
        return Some(order(
            Trust::Open,
            sentence,
            "Give labels, or the classes in the order of training (`--classes`).",
        ));
    };
    if let Some(turned) = &performance.turned {
        return Some(row(Condition::ClassOrder, Trust::Broken, format!("{}.", capital(turned)), way));
    }
    let is_told = performance.classes.iter().any(|class| class.auc.is_above(0.5));
    Some(match is_told {
        true => order(Trust::Met, "The labels agree with the order of the classes.", way),
        false => order(Trust::Open, "The labels do not tell whether the classes are in the order of training.", way),
    })
}

/// What the batch norms remember of training.
fn preprocessing(evidence: &Evidence) -> Option<TrustRow> {
    let way = "Compare it with your own pipeline (`heatlens preprocess check`), or give it (`--preprocess`).";
    let Some(check) = &evidence.facts.run.check else {
        let sentence = "Whether photographs are prepared as in training was not tested: the network has no batch norms \
                        that remember it, or they were not asked.";
        return Some(row(Condition::Preprocessing, Trust::Open, sentence, way));
    };
    let (trust, sentence) = match check.verdict.as_str() {
        "fits" => (Trust::Met, "It fits what the network's batch norms remember of training.".to_owned()),
        "another fits better" => (Trust::Broken, format!("{}.", capital(check.words.trim_end_matches('.')))),
        _ => (Trust::Open, format!("{}.", capital(check.words.trim_end_matches('.')))),
    };
    Some(row(Condition::Preprocessing, trust, sentence, way))
}

/// Other networks that the file may hold.
fn network(evidence: &Evidence) -> Option<TrustRow> {
    let twins = evidence.facts.run.twins.as_ref()?;
    let way = "Ask whoever trained it which network it is, and name that (`--arch`).";
    let name = evidence.facts.run.model.architecture.as_deref().unwrap_or("it was taken for");
    Some(match twins.verdict.as_str() {
        "agree" => row(
            Condition::Network,
            Trust::Met,
            "All networks that the file may hold answer alike on these images.",
            way,
        ),
        _ => {
            let others: Vec<String> = twins.networks.iter().map(|twin| twin.name.clone()).take(3).collect();
            let more = if twins.networks.len() > others.len() { " and others" } else { "" };
            let sentence = format!(
                "The file may belong to a slightly different network, which answers otherwise: it is read as {name}, and \
                 fits {}{more} as well.",
                list(&others)
            );
            row(Condition::Network, Trust::Open, sentence, way)
        }
    })
}

fn accuracy(evidence: &Evidence, performance: Option<&Performance>) -> Option<TrustRow> {
    let accuracy = |trust, sentence: String, way| Some(row(Condition::Accuracy, trust, sentence, way));
    let way = "Look for what its training had and these photographs lack: the crop, the colour order, the camera.";
    if let Some(said) = collapse(evidence) {
        return accuracy(Trust::Broken, said, way);
    }
    let Some(performance) = performance else {
        return accuracy(
            Trust::Open,
            "Without labels nothing is known of right and wrong.".to_owned(),
            "Give labels: a `label` column in the manifest, or one folder a class.",
        );
    };
    let best = performance.classes.iter().find(|class| class.auc.finding.estimate().is_some());
    let Some(class) = best else {
        return accuracy(Trust::Open, format!("Right on {}.", performance.accuracy.words()), way);
    };
    let told = |how: &str| format!("It tells {} from the rest {how}.", class.class);
    match (class.auc.is_above(0.5), class.auc.is_below(0.5)) {
        (true, _) => accuracy(Trust::Met, told("better than chance"), way),
        (_, true) => accuracy(Trust::Broken, told("worse than chance"), "See the class order."),
        _ if class.auc.finding.interval().is_none() => {
            let sentence = "Too few labelled images to say whether it tells the classes apart.".to_owned();
            accuracy(Trust::Open, sentence, "Audit more labelled images.")
        }
        _ => accuracy(Trust::Broken, told("no better than chance"), way),
    }
}

/// Whether the network nearly always says the same of images whose labels differ.
fn collapse(evidence: &Evidence) -> Option<String> {
    let all = evidence.images.len() as f64;
    let share = |of: &dyn Fn(&super::evidence::Image) -> bool| {
        evidence.images.iter().filter(|image| of(image)).count() as f64 / all
    };
    let class =
        (0..evidence.facts.classes.len()).find(|&class| share(&|image| image.predicted == class) >= NEARLY_ALWAYS)?;
    let others = share(&|image| image.label.is_some_and(|label| label != class));
    (others >= NOT_ALWAYS).then(|| {
        let said = evidence.images.iter().filter(|image| image.predicted == class).count();
        format!(
            "The network calls {said} of {all} images {}: on these photographs it does not tell the classes apart. \
             Something that it needs may be missing from them, or the preprocessing is not that of training.",
            evidence.facts.class(class)
        )
    })
}

fn number(evidence: &Evidence) -> TrustRow {
    let of = |class: usize| {
        let own: Vec<usize> = (0..evidence.images.len()).filter(|&i| evidence.images[i].predicted == class).collect();
        evidence.units.select(&own).count()
    };
    let few: Vec<String> = (0..evidence.facts.classes.len())
        .filter(|&class| of(class) < INTERVAL_BELOW)
        .map(|class| format!("{} ({})", evidence.facts.class(class), of(class)))
        .collect();
    let patients = evidence.images.iter().any(|image| image.patient.is_some());
    let repeat = if patients { "" } else { " No patients are named, so each photograph counts as one." };
    let sentence = match few.is_empty() {
        true => format!("{} explained, enough of every prediction.{repeat}", count(evidence.images.len(), "image")),
        false => format!("Too few predictions for most tests: {}; they take {INTERVAL_BELOW}.{repeat}", list(&few)),
    };
    let failed = evidence.failed.len();
    let sentence = match failed {
        0 => sentence,
        _ => format!("{sentence} {} could not be explained.", count(failed, "image")),
    };
    let trust = if few.is_empty() && 20 * failed <= evidence.images.len() { Trust::Met } else { Trust::Open };
    row(Condition::Number, trust, sentence, "Audit more images of every class.")
}

fn duplicates(evidence: &Evidence, copies: &Copies) -> TrustRow {
    let trust = if copies.across_labels > 0 || copies.across_splits > 0 {
        Trust::Broken
    } else if copies.surplus as f64 > MANY_COPIES * evidence.images.len() as f64 || copies.across_patients > 0 {
        Trust::Open
    } else {
        Trust::Met
    };
    let these = |n: usize| format!("{} {}", count(n, "photograph"), are(n));
    let sentence = match (copies.groups, copies.across_labels, copies.across_splits) {
        (0, ..) => "No photograph is in the set twice.".to_owned(),
        (groups, 0, 0) => format!("{} in the set more than once.", these(groups)),
        (_, labels, 0) => format!("{} in the set with different labels.", these(labels)),
        (_, 0, splits) => format!("{} in several parts of the set.", these(splits)),
        (_, labels, splits) => {
            format!("{} in the set with different labels; {} in several parts of it.", these(labels), these(splits))
        }
    };
    row(Condition::Duplicates, trust, sentence, "Take the copies out (they are listed under Data), and audit again.")
}

fn masks(evidence: &Evidence) -> TrustRow {
    let all = evidence.images.len();
    let with = evidence.images.iter().filter(|image| image.target.is_some()).count();
    let share = with as f64 / all.max(1) as f64;
    let own = evidence
        .images
        .iter()
        .filter(|image| image.target.is_some())
        .all(|image| image.mask_source.as_deref() == Some(heatlens_anatomy::MaskSource::Given.name()));
    let by = if own { "outlined in the data" } else { "found by a segmenter" };
    let (trust, sentence) = match with {
        0 => (Trust::Broken, "No disc is known on any photograph.".to_owned()),
        _ if share >= NEARLY_ALL => {
            (Trust::Met, format!("The disc is {by} on {with} of {}.", count(all, "photograph")))
        }
        _ => {
            let trust = if share >= HALF { Trust::Open } else { Trust::Broken };
            let sentence = format!(
                "The disc is {by} and trusted on {with} of {} only; figures about it are those of these.",
                count(all, "photograph")
            );
            (trust, sentence)
        }
    };
    row(Condition::Masks, trust, sentence, MASKS_WAY_OUT)
}

fn resolution(evidence: &Evidence) -> Option<TrustRow> {
    let cells = evidence.cells_per_target()?;
    let (trust, means) = match cells {
        cells if cells < FAR_TOO_COARSE => (Trust::Broken, "far too coarse to show the disc"),
        cells if cells < LEAST_CELLS => (Trust::Open, "too coarse to tell the disc from what lies around it"),
        cells if cells < SECTOR_CELLS => {
            (Trust::Open, "enough for the disc as a whole, not for its cup, rim or sectors")
        }
        _ => (Trust::Met, "enough for cup and rim"),
    };
    let decimals = if cells < LEAST_CELLS { 2 } else { 1 };
    let sentence =
        format!("The smallest squares of the map are coarse: the disc is {cells:.decimals$} of them wide, {means}.");
    Some(row(Condition::Resolution, trust, sentence, RESOLUTION_WAY_OUT))
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn of(world: &World, condition: Condition) -> TrustRow {
        let report = world.report();
        report.trust.into_iter().find(|row| row.condition == condition).unwrap()
    }

    #[test]
    fn every_condition_that_is_not_met_says_what_to_do() {
        let worlds = [
            World::default(),
            World { labels: false, ..World::default() },
            World { masks: false, ..World::default() },
            World { images: 12, ..World::default() },
            World { cells: 0.9, ..World::default() },
        ];
        for world in &worlds {
            for row in world.report().trust {
                assert!(row.sentence.ends_with('.') && !row.sentence.contains(".."), "{}", row.sentence);
                assert_eq!(row.way_out.is_some(), row.trust != Trust::Met, "{}", row.sentence);
                assert!(!row.questions.is_empty());
            }
        }
    }

    #[test]
    fn what_breaks_a_condition_is_told() {
        let whole = World::default();
        assert_eq!(of(&whole, Condition::ClassOrder).trust, Trust::Met);
        assert_eq!(of(&whole, Condition::Accuracy).trust, Trust::Met);
        assert_eq!(of(&whole, Condition::Resolution).trust, Trust::Met);
        assert_eq!(of(&whole, Condition::Preprocessing).trust, Trust::Open);
        assert_eq!(of(&World { labels: false, ..whole.clone() }, Condition::Accuracy).trust, Trust::Open);
        assert_eq!(of(&World { masks: false, ..whole.clone() }, Condition::Masks).trust, Trust::Broken);
        assert_eq!(of(&World { images: 12, ..whole.clone() }, Condition::Number).trust, Trust::Open);
        assert_eq!(of(&World { cells: 0.9, ..whole.clone() }, Condition::Resolution).trust, Trust::Open);
        assert_eq!(of(&World { cells: 0.4, ..whole.clone() }, Condition::Resolution).trust, Trust::Broken);
    }
}
