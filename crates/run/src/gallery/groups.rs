//! Images by how their prediction compares with the label, and by how sure it is.

use std::collections::BTreeMap;

use heatlens_record::RunRecord;

use super::Case;

/// From this probability on a prediction is called sure …
pub const HIGH: f32 = 0.9;
/// … and below this one unsure: of two classes the other is nearly as likely.
pub const LOW: f32 = 0.6;

/// Images that are shown together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// An anchor: letters, digits, `-` and `_`.
    pub id: String,
    /// Where its sheets lie below `sheets`, without an ending.
    pub path: String,
    /// What they have in common.
    pub title: String,
    /// The same in a sentence; may be empty.
    pub words: String,
    /// Positions of the images, in the order in which they are shown.
    pub cases: Vec<usize>,
}

/// All images of a run in groups.
pub(super) struct Groups {
    /// By outcome: each image is in one. Mistakes come first.
    pub outcomes: Vec<Group>,
    /// The surest and the least sure; empty where predictions have no probability.
    pub confidence: Vec<Group>,
}

impl Groups {
    pub fn of(record: &RunRecord, cases: &[Case]) -> Groups {
        let mut by_outcome: BTreeMap<(u8, &str), Vec<usize>> = BTreeMap::new();
        for (i, case) in cases.iter().enumerate() {
            let rank = match case.is_correct {
                Some(false) => 0,
                None => 1,
                Some(true) => 2,
            };
            by_outcome.entry((rank, &case.outcome)).or_default().push(i);
        }
        let outcome = |((_, outcome), mut positions): ((u8, &str), Vec<usize>)| {
            surest_first(cases, &mut positions);
            let folder = &cases[positions[0]].folder;
            let [title, words] = spoken(outcome, record);
            Group { id: anchor(folder), path: folder.clone(), title, words, cases: positions }
        };
        Groups { outcomes: by_outcome.into_iter().map(outcome).collect(), confidence: ends(cases) }
    }
}

/// The surest first; images in their own order where none is sure, or all are alike.
pub(super) fn surest_first(cases: &[Case], positions: &mut [usize]) {
    let sure = |i: usize| cases[i].confidence.unwrap_or(0.0);
    positions.sort_by(|&a, &b| sure(b).total_cmp(&sure(a)).then(a.cmp(&b)));
}

/// Both ends of confidence.
fn ends(cases: &[Case]) -> Vec<Group> {
    let of = |fits: &dyn Fn(f32) -> bool| {
        let mut positions: Vec<usize> = (0..cases.len()).filter(|&i| cases[i].confidence.is_some_and(fits)).collect();
        surest_first(cases, &mut positions);
        positions
    };
    let high = of(&|confidence| confidence >= HIGH);
    let mut low = of(&|confidence| confidence < LOW);
    low.reverse();
    let group = |id: &str, title: &str, words: String, cases: Vec<usize>| Group {
        id: id.into(),
        path: id.into(),
        title: title.into(),
        words,
        cases,
    };
    let groups = [
        group(
            "high_confidence",
            "High confidence",
            format!("Predictions of {:.0} % or more, the surest first, right and wrong ones.", 100.0 * HIGH),
            high,
        ),
        group(
            "low_confidence",
            "Low confidence",
            format!("Predictions below {:.0} %, the least sure first, right and wrong ones.", 100.0 * LOW),
            low,
        ),
    ];
    groups.into_iter().filter(|group| !group.cases.is_empty()).collect()
}

/// A path as an anchor.
pub(super) fn anchor(path: &str) -> String {
    path.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect()
}

/// An outcome in a few words, and in a sentence.
pub(super) fn spoken(outcome: &str, record: &RunRecord) -> [String; 2] {
    let two = |title: &str, words: String| [title.to_owned(), words];
    let positive = record.positive.as_deref().unwrap_or("positive");
    let other = record.classes.iter().find(|class| *class != positive).map_or("the other class", String::as_str);
    match outcome.split_once('/') {
        Some(("correct", class)) => [format!("{class}, rightly"), format!("Labelled {class}, and so predicted.")],
        Some(("predicted", class)) => [format!("Taken for {class}"), "There is no label to compare with.".to_owned()],
        Some(("wrong", both)) => {
            let (label, predicted) = both.split_once("_as_").unwrap_or((both, "another"));
            [format!("{label} taken for {predicted}"), format!("Labelled {label}, predicted {predicted}.")]
        }
        _ => match outcome {
            "true_positive" => two("True positives", format!("Labelled {positive}, and so predicted.")),
            "true_negative" => two("True negatives", format!("Labelled {other}, and so predicted.")),
            "false_positive" => two("False positives", format!("Labelled {other}, predicted {positive}.")),
            "false_negative" => two("False negatives", format!("Labelled {positive}, predicted {other}.")),
            "all_right" => two("Every label right", String::new()),
            "some_wrong" => two("A label wrong", "At least one label differs from what is true.".to_owned()),
            "too_high" => two("Too high", "The predicted value is above the true one.".to_owned()),
            "too_low" => two("Too low", "The predicted value is below the true one.".to_owned()),
            "value" => two("Values", String::new()),
            other => two(other, String::new()),
        },
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn case(name: &str, outcome: &str, confidence: f32) -> Case {
        let is_correct = match outcome {
            "true_positive" | "true_negative" => Some(true),
            "false_positive" | "false_negative" => Some(false),
            _ => None,
        };
        Case {
            image: format!("photos/{name}.jpg"),
            name: name.into(),
            predicted: "glaucoma".into(),
            confidence: Some(confidence),
            outcome: outcome.into(),
            folder: outcome.into(),
            is_correct,
            panel: Some(format!("panels/{outcome}/{confidence:.3}_{name}.png")),
            thumbnail: format!("thumbnails/{name}.jpg"),
            ..Case::default()
        }
    }

    pub fn record() -> RunRecord {
        RunRecord {
            classes: vec!["normal".into(), "glaucoma".into()],
            positive: Some("glaucoma".into()),
            methods: vec!["gradcam".into()],
            targets: vec!["predicted".into()],
            ..RunRecord::default()
        }
    }

    #[test]
    fn every_image_has_one_outcome_and_mistakes_come_first() {
        let cases = [
            case("a", "true_positive", 0.7),
            case("b", "false_negative", 0.55),
            case("c", "true_positive", 0.99),
            case("d", "false_positive", 0.95),
        ];
        let groups = Groups::of(&record(), &cases);
        let of = |groups: &[Group]| -> Vec<(String, Vec<usize>)> {
            groups.iter().map(|group| (group.id.clone(), group.cases.clone())).collect()
        };
        let outcomes = of(&groups.outcomes);
        let expected = [("false_negative", vec![1]), ("false_positive", vec![3]), ("true_positive", vec![2, 0])];
        assert_eq!(outcomes, expected.map(|(id, cases)| (id.to_owned(), cases)));
        assert_eq!(
            of(&groups.confidence),
            [("high_confidence".into(), vec![2, 3]), ("low_confidence".into(), vec![1])]
        );
        assert_eq!(groups.outcomes[0].words, "Labelled glaucoma, predicted normal.");
        assert_eq!(anchor("wrong/a_as_b"), "wrong_a_as_b");
    }
}
