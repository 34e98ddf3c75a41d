//! Two pictures beside each answer that show just what it says.

use super::evidence::{Evidence, MapFigures};
use super::words::{positive_first, right_title, wrong_title};
use crate::schema::{Answer, Example, Measure, Question, Suspect, SuspectStatus};
use heatlens_anatomy::Role;

/// The examples of an answer, at most two; none where no picture shows it.
pub fn examples(evidence: &Evidence, answer: &Answer, suspects: &[Suspect]) -> Vec<Example> {
    let mut examples = match answer.question {
        Question::Where => typical(evidence),
        // A mark may lie on a zone of signs: shares of zones would show it as focus.
        Question::Relevance if is_shortcut(suspects) => hanging(evidence, suspects),
        Question::Relevance => extremes(evidence, relevant, "on the disc and the nerve fibres around it"),
        Question::Disc => extremes(evidence, |_, map| map.target.map(|target| target.share), "on the disc"),
        Question::CorrectFocus => right_and_wrong(evidence),
        Question::Errors => surest_errors(evidence),
        Question::Failures => explained_errors(evidence),
        Question::ClassDifference => both_classes(evidence),
        Question::Patterns => Vec::new(),
        Question::Confidence => sure_and_unsure(evidence),
        Question::Shortcut => hanging(evidence, suspects),
    };
    examples.truncate(2);
    examples
}

fn is_shortcut(suspects: &[Suspect]) -> bool {
    suspects.first().is_some_and(|suspect| suspect.status == SuspectStatus::Shortcut)
}

fn example(evidence: &Evidence, image: usize, class: usize, caption: String) -> Example {
    Example { case: evidence.images[image].case, class: evidence.facts.class(class).to_owned(), caption }
}

/// The map of the predicted class of an image.
fn of_decision(evidence: &Evidence, image: usize, caption: String) -> Example {
    example(evidence, image, evidence.images[image].predicted, caption)
}

fn share(map: &MapFigures) -> f64 {
    map.target.map_or(f64::NAN, |target| target.share)
}

fn relevant(evidence: &Evidence, map: &MapFigures) -> Option<f64> {
    map.target?;
    Some(evidence.role_share(&map.shares, Role::Target) + evidence.role_share(&map.shares, Role::Plausible))
}

/// Maps of images whose disc is not in doubt, where there are any: a doubtful outline shows nothing.
fn sound<'e>(evidence: &'e Evidence, maps: Vec<&'e MapFigures>) -> Vec<&'e MapFigures> {
    let sound: Vec<&MapFigures> =
        maps.iter().copied().filter(|map| evidence.images[map.image].doubts.is_empty()).collect();
    if sound.is_empty() { maps } else { sound }
}

/// The middle one by a value, so that it stands for the others.
fn median(mut maps: Vec<&MapFigures>, value: impl Fn(&MapFigures) -> f64) -> Option<&MapFigures> {
    maps.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.image.cmp(&b.image)));
    maps.get(maps.len() / 2).copied()
}

/// Of each predicted class the map whose share on the disc is the median, rightly predicted where
/// there is one; by confidence where no disc is known.
fn typical(evidence: &Evidence) -> Vec<Example> {
    let classes = evidence.predicted_classes();
    let of = |&&class: &&usize| {
        let own = |right: bool| {
            let wanted = |image: &super::evidence::Image| {
                image.predicted == class && (!right || image.is_correct() == Some(true))
            };
            let maps = sound(evidence, evidence.decisions(wanted));
            let with_disc: Vec<&MapFigures> = maps.iter().copied().filter(|map| map.target.is_some()).collect();
            match with_disc.is_empty() {
                true => median(maps, |map| evidence.images[map.image].confidence),
                false => median(with_disc, share),
            }
        };
        let map = own(true).or_else(|| own(false))?;
        Some(of_decision(evidence, map.image, format!("A typical map for {}.", evidence.facts.class(class))))
    };
    positive_first(evidence, &classes, |class| *class).iter().filter_map(of).collect()
}

/// Of the predictions of the positive class, or of all, the maps with the most and with the least of
/// themselves on a place.
fn extremes(evidence: &Evidence, value: impl Fn(&Evidence, &MapFigures) -> Option<f64>, place: &str) -> Vec<Example> {
    let positive = evidence.facts.positive;
    let maps = evidence.decisions(|image| positive.is_none_or(|positive| image.predicted == positive));
    let maps = sound(evidence, maps);
    let mut ranked: Vec<(f64, &MapFigures)> =
        maps.into_iter().filter_map(|map| Some((value(evidence, map)?, map))).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.image.cmp(&b.1.image)));
    let (Some(most), Some(least)) = (ranked.first(), ranked.last()) else { return Vec::new() };
    if most.1.image == least.1.image {
        return Vec::new();
    }
    let of = |(share, map): &(f64, &MapFigures), word: &str| {
        let (said, share) = (evidence.facts.class(evidence.images[map.image].predicted), Measure::Share.write(*share));
        of_decision(evidence, map.image, format!("Of those called {said} the {word}: {share} of the map {place}."))
    };
    vec![of(most, "most"), of(least, "least")]
}

/// Of the positive class, or the first with both, a typical right and a typical wrong one, by the
/// maps of that class.
fn right_and_wrong(evidence: &Evidence) -> Vec<Example> {
    let classes: Vec<usize> = (0..evidence.facts.classes.len()).collect();
    let of = |class: usize, right: bool| {
        let images = (0..evidence.images.len())
            .filter(|&i| evidence.images[i].label == Some(class) && evidence.images[i].is_correct() == Some(right));
        let maps = images.filter_map(|i| evidence.map(i, class)).filter(|map| map.target.is_some()).collect();
        let map = median(sound(evidence, maps), share)?;
        let title = if right { right_title(evidence, class) } else { wrong_title(evidence, class) };
        let (name, share) = (evidence.facts.class(class), Measure::Share.write(share(map)));
        let words = format!("Of the {title} the middle one, its map for {name}: {share} on the disc.");
        Some(example(evidence, map.image, class, words))
    };
    let both = |&&class: &&usize| Some(vec![of(class, true)?, of(class, false)?]);
    positive_first(evidence, &classes, |class| *class).iter().find_map(both).unwrap_or_default()
}

fn wrong_of(evidence: &Evidence, label: usize) -> Vec<usize> {
    let is = |&i: &usize| evidence.images[i].label == Some(label) && evidence.images[i].is_correct() == Some(false);
    let mut wrong: Vec<usize> = (0..evidence.images.len()).filter(is).collect();
    let confidence = |i: usize| evidence.images[i].confidence;
    wrong.sort_by(|&a, &b| confidence(b).total_cmp(&confidence(a)).then(a.cmp(&b)));
    wrong
}

/// The surest error of each label.
fn surest_errors(evidence: &Evidence) -> Vec<Example> {
    let classes: Vec<usize> = (0..evidence.facts.classes.len()).collect();
    let of = |&&label: &&usize| {
        let image = *wrong_of(evidence, label).first()?;
        let (name, said) = (evidence.facts.class(label), evidence.facts.class(evidence.images[image].predicted));
        let sure = Measure::Share.write(evidence.images[image].confidence);
        Some(of_decision(evidence, image, format!("The surest error on {name}: called {said}, {sure}.")))
    };
    positive_first(evidence, &classes, |class| *class).iter().filter_map(of).collect()
}

/// Errors on which hiding one region, and none like it, changed the answer.
fn explained_errors(evidence: &Evidence) -> Vec<Example> {
    let cured = evidence.causes.iter().filter(|cause| {
        let wrong = evidence.images[cause.image].is_correct() == Some(false);
        cause.inpainted && wrong && cause.flipped && cause.control_flips == Some(0.0)
    });
    let mut cured: Vec<_> = cured.collect();
    // Of places that hold the same evidence the smallest says where it lies.
    cured.sort_by(|a, b| a.image.cmp(&b.image).then(a.area.total_cmp(&b.area)));
    cured.dedup_by_key(|cause| cause.image);
    cured.sort_by(|a, b| b.drop.total_cmp(&a.drop).then(a.image.cmp(&b.image)));
    let of = |cause: &&super::evidence::Cause| {
        let title = super::words::region_title(&evidence.regions[cause.region], &evidence.facts.zones);
        let image = &evidence.images[cause.image];
        let label = image.label.map_or("", |label| evidence.facts.class(label));
        let said = evidence.facts.class(image.predicted);
        of_decision(
            evidence,
            cause.image,
            format!("Labelled {label}, called {said}; not any more once {title} is hidden."),
        )
    };
    cured.iter().map(of).collect()
}

/// The maps of two classes of one image, whose share on the disc for the first is the median.
fn both_classes(evidence: &Evidence) -> Vec<Example> {
    let Some(first) = evidence.facts.positive.or_else(|| evidence.predicted_classes().first().copied()) else {
        return Vec::new();
    };
    let other = (0..evidence.facts.classes.len()).filter(|&class| class != first);
    let maps = |other: usize| {
        let both = (0..evidence.images.len()).filter(|&i| evidence.map(i, other).is_some());
        sound(evidence, both.filter_map(|i| evidence.map(i, first)).collect())
    };
    let Some((other, map)) = other.into_iter().find_map(|other| Some((other, median(maps(other), share)?))) else {
        return Vec::new();
    };
    let of = |class: usize| {
        example(
            evidence,
            map.image,
            class,
            format!("The same photograph: its map for {}.", evidence.facts.class(class)),
        )
    };
    vec![of(first), of(other)]
}

/// The surest and the least sure prediction of the positive class, or of all.
fn sure_and_unsure(evidence: &Evidence) -> Vec<Example> {
    let positive = evidence.facts.positive;
    let mut maps = evidence.decisions(|image| positive.is_none_or(|positive| image.predicted == positive));
    maps.retain(|map| map.target.is_some());
    let mut maps = sound(evidence, maps);
    let confidence = |map: &MapFigures| evidence.images[map.image].confidence;
    maps.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)).then(a.image.cmp(&b.image)));
    let (Some(most), Some(least)) = (maps.first(), maps.last()) else { return Vec::new() };
    if most.image == least.image {
        return Vec::new();
    }
    let of = |map: &MapFigures, word: &str| {
        let [sure, share] = [confidence(map), share(map)].map(|value| Measure::Share.write(value));
        let said = evidence.facts.class(evidence.images[map.image].predicted);
        of_decision(evidence, map.image, format!("The {word} “{said}”, {sure}: {share} of the map on the disc."))
    };
    vec![of(most, "surest"), of(least, "least sure")]
}

/// Predictions that hang most on the worst suspect.
fn hanging(evidence: &Evidence, suspects: &[Suspect]) -> Vec<Example> {
    let Some(suspect) =
        suspects.first().filter(|suspect| matches!(suspect.status, SuspectStatus::Shortcut | SuspectStatus::Suspected))
    else {
        return Vec::new();
    };
    let own = |cause: &&super::evidence::Cause| {
        cause.inpainted
            && cause.flipped
            && evidence.regions[cause.region] == suspect.region
            && evidence.facts.class(evidence.images[cause.image].predicted) == suspect.class
    };
    let mut causes: Vec<_> = evidence.causes.iter().filter(own).collect();
    causes.sort_by(|a, b| b.drop.total_cmp(&a.drop).then(a.image.cmp(&b.image)));
    let of = |cause: &&super::evidence::Cause| {
        let label = evidence.images[cause.image].label.map(|label| evidence.facts.class(label));
        let labelled = label.map_or_else(String::new, |label| format!("Labelled {label}, "));
        let words = format!("{labelled}called {} until {} is hidden.", suspect.class, suspect.title);
        of_decision(evidence, cause.image, super::words::capital(&words))
    };
    causes.iter().map(of).collect()
}
