//! How well the network classifies, as report and figures.

use super::evidence::Evidence;
use super::words::{are, capital, count};
use crate::schema::{ClassPerformance, Confusion, Figure, FigureData, Measure, Measurement, Performance};
use heatlens_statistics::{
    OperatingPoint, RocPoint, ThresholdOrigin, auc, average_precision, calibration, proportion, roc, youden,
};

/// Points of a drawn curve.
const POINTS: usize = 500;

/// Performance on the labelled images with its figures; none without labels.
pub fn performance(evidence: &Evidence) -> Option<(Performance, Vec<Figure>)> {
    let labelled: Vec<usize> = (0..evidence.images.len()).filter(|&i| evidence.images[i].label.is_some()).collect();
    if labelled.is_empty() {
        return None;
    }
    let (units, settings) = (evidence.units.select(&labelled), &evidence.settings);
    let right: Vec<bool> = labelled.iter().map(|&i| evidence.images[i].is_correct() == Some(true)).collect();
    let confusion = confusion(evidence);
    let most = confusion.counts.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
    let majority = most as f64 / labelled.len() as f64;
    let accuracy = Measurement::new(
        "accuracy",
        "share of labelled images that are right",
        Measure::Share,
        proportion(&right, &units, settings),
    );
    let (score, event, event_words): (Vec<f64>, Vec<bool>, String) = match evidence.facts.positive {
        Some(positive) => (
            labelled.iter().map(|&i| probability(evidence, i, positive)).collect(),
            labelled.iter().map(|&i| evidence.images[i].label == Some(positive)).collect(),
            evidence.facts.class(positive).to_owned(),
        ),
        None => (
            labelled.iter().map(|&i| evidence.images[i].confidence).collect(),
            right.clone(),
            "the prediction being right".to_owned(),
        ),
    };
    let calibration = calibration(&score, &event, &units, settings);
    let mut figures = vec![
        Figure {
            id: "confusion".to_owned(),
            title: "Labels and predictions".to_owned(),
            caption: "Images of each label, by prediction.".to_owned(),
            data: FigureData::Confusion(confusion.clone()),
        },
        Figure {
            id: "reliability".to_owned(),
            title: "Do the probabilities mean what they say?".to_owned(),
            caption: format!(
                "Share of {event_words} against the predicted probability, in bins of equal width, with intervals. On \
                 the diagonal the probabilities are right."
            ),
            data: FigureData::Reliability {
                bins: calibration.bins.clone(),
                event: event_words,
                error: Measurement::new("ece", "expected calibration error", Measure::Plain, calibration.error.clone()),
                brier: Measurement::new("brier", "Brier score", Measure::Plain, calibration.brier.clone()),
            },
        },
    ];
    let classes = classes(evidence, &labelled);
    let both = event.contains(&true) && event.contains(&false);
    let mut operating = Vec::new();
    if evidence.facts.positive.is_some() && both {
        operating.push(OperatingPoint::at(0.5, ThresholdOrigin::HighestProbability, &score, &event, &units, settings));
        let best = youden(&score, &event)
            .map(|at| OperatingPoint::at(at, ThresholdOrigin::YoudenOnTest, &score, &event, &units, settings));
        operating.extend(best);
        let area =
            Measurement::new("auc", "area under the ROC curve", Measure::Plain, auc(&score, &event, &units, settings))
                .against(0.5);
        figures.extend(curve(&score, &event, area, &operating));
    }
    let mut notes = notes(evidence, both, labelled.len());
    if !accuracy.is_above(majority) {
        let figure = match accuracy.finding.estimate() {
            Some(_) => format!("Right in {}, which", accuracy.words()),
            None => format!("How often it is right {}; it", accuracy.words()),
        };
        let majority = Measure::Share.write(majority);
        notes.push(format!(
            "{figure} is not shown to be better than always saying the most frequent label ({majority})."
        ));
    }
    // A label's or a value's two answers are not two classes in an order.
    let turned = if evidence.facts.asks_outputs() { None } else { turned(&confusion.classes, &classes, &accuracy) };
    notes.splice(0..0, turned.as_ref().map(|words| format!("{}.", capital(words))));
    let images = labelled.len();
    let performance =
        Performance { images, accuracy, majority, confusion, classes, calibration, operating, notes, turned };
    Some((performance, figures))
}

/// What to try where two classes look turned round: the ranks, or right and wrong, are worse than
/// chance beyond doubt.
fn turned(names: &[String], classes: &[ClassPerformance], accuracy: &Measurement) -> Option<String> {
    let [a, b] = names else { return None };
    let ranks = classes.first().map(|class| &class.auc).filter(|auc| auc.is_below(0.5));
    let figure = match ranks {
        Some(auc) => format!("the AUC is {}", auc.words()),
        None if accuracy.is_below(0.5) => format!("right are {}", accuracy.words()),
        None => return None,
    };
    Some(format!(
        "{figure}, worse than chance: the classes look turned round. If training had them in the other order, say \
         --classes {b},{a}"
    ))
}

fn notes(evidence: &Evidence, both: bool, labelled: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if evidence.facts.positive.is_some() {
        if both {
            notes.push("Youden's threshold is chosen on these very images: what it reaches is too good.".to_owned());
            notes.push("Predictive values hold at the share of positives in this set only.".to_owned());
        } else {
            notes.push(
                "All labelled images are of one class: there is no ROC curve, and specificity or sensitivity cannot \
                 be said."
                    .to_owned(),
            );
        }
    } else {
        notes.push(
            "No positive class is named: calibration is that of the confidence. Name one with `--positive` for \
            sensitivity and specificity."
                .to_owned(),
        );
    }
    if evidence.facts.is_of_values() {
        notes.push(
            "The network gives values: what stands here as confidence is how far a value lies beyond the threshold, through a \
             sigmoid, and no probability. Calibration, its error and the Brier score say nothing here."
                .to_owned(),
        );
    }
    if labelled < evidence.images.len() {
        notes.push(format!(
            "{} without a usable label {} not counted here.",
            count(evidence.images.len() - labelled, "image"),
            are(evidence.images.len() - labelled)
        ));
    }
    notes
}

fn probability(evidence: &Evidence, image: usize, class: usize) -> f64 {
    evidence.images[image].probabilities.get(class).map_or(f64::NAN, |&p| f64::from(p))
}

fn confusion(evidence: &Evidence) -> Confusion {
    let n = evidence.facts.classes.len();
    let mut counts = vec![vec![0; n]; n];
    for image in &evidence.images {
        if let Some(label) = image.label {
            counts[label][image.predicted] += 1;
        }
    }
    Confusion { classes: evidence.facts.classes.clone(), counts }
}

fn classes(evidence: &Evidence, labelled: &[usize]) -> Vec<ClassPerformance> {
    let chosen: Vec<usize> = match evidence.facts.positive {
        Some(positive) if evidence.facts.classes.len() == 2 => vec![positive],
        _ => (0..evidence.facts.classes.len())
            .filter(|&class| labelled.iter().any(|&i| evidence.images[i].label == Some(class)))
            .collect(),
    };
    let (units, settings) = (evidence.units.select(labelled), &evidence.settings);
    let performance = |class: usize| {
        let name = evidence.facts.class(class);
        let scores: Vec<f64> = labelled.iter().map(|&i| probability(evidence, i, class)).collect();
        let is: Vec<bool> = labelled.iter().map(|&i| evidence.images[i].label == Some(class)).collect();
        let own: Vec<usize> = labelled.iter().copied().filter(|&i| evidence.images[i].label == Some(class)).collect();
        let found: Vec<bool> = own.iter().map(|&i| evidence.images[i].predicted == class).collect();
        let share = own.len() as f64 / labelled.len() as f64;
        let measure =
            |id: &str, what: String, measure, finding| Measurement::new(format!("{id}/{name}"), what, measure, finding);
        ClassPerformance {
            class: name.to_owned(),
            images: own.len(),
            auc: measure(
                "auc",
                format!("area under the ROC curve for {name}"),
                Measure::Plain,
                auc(&scores, &is, &units, settings),
            )
            .against(0.5),
            average_precision: measure(
                "average_precision",
                format!("average precision for {name}"),
                Measure::Plain,
                average_precision(&scores, &is, &units, settings),
            )
            .against(share),
            recall: measure(
                "recall",
                format!("share of {name} that is found"),
                Measure::Share,
                proportion(&found, &evidence.units.select(&own), settings),
            ),
        }
    };
    chosen.into_iter().map(performance).collect()
}

fn curve(scores: &[f64], positive: &[bool], auc: Measurement, operating: &[OperatingPoint]) -> Option<Figure> {
    let points = roc(scores, positive)?;
    let kept = POINTS.min(points.len());
    // The ends and points evenly between them.
    let points: Vec<RocPoint> = (0..kept).map(|i| points[i * (points.len() - 1) / (kept - 1).max(1)]).collect();
    let place = |point: &OperatingPoint| {
        let rate = |part: usize, rest: usize| part as f64 / (part + rest).max(1) as f64;
        let name = match point.origin {
            ThresholdOrigin::HighestProbability => "highest probability".to_owned(),
            ThresholdOrigin::YoudenOnTest => format!("Youden on these images ({:.2})", point.threshold),
            ThresholdOrigin::YoudenOnValidation => format!("Youden on validation ({:.2})", point.threshold),
            ThresholdOrigin::Given => format!("given ({:.2})", point.threshold),
        };
        (name, [rate(point.false_positives, point.true_negatives), rate(point.true_positives, point.false_negatives)])
    };
    Some(Figure {
        id: "roc".to_owned(),
        title: "ROC curve".to_owned(),
        caption: format!("Sensitivity against the false positive rate over all thresholds; area {}.", auc.words()),
        data: FigureData::Roc { points, auc, operating: operating.iter().map(place).collect() },
    })
}

#[cfg(test)]
mod tests {
    use heatlens_statistics::{Settings, Units};

    use super::super::testing::World;
    use super::*;

    #[test]
    fn ranks_worse_than_chance_look_turned_round() {
        let mut performance = World::default().report().performance.unwrap();
        assert_eq!(performance.turned, None);
        let (scores, event): (Vec<f64>, Vec<bool>) = (0..40).map(|i| (f64::from(i), i < 20)).unzip();
        let area = auc(&scores, &event, &Units::each(40), &Settings::default());
        performance.classes[0].auc = Measurement::new("auc", "area", Measure::Plain, area);
        let names = &performance.confusion.classes;
        let words = turned(names, &performance.classes, &performance.accuracy).unwrap();
        assert!(words.starts_with("the AUC is ") && words.ends_with("say --classes glaucoma,normal"), "{words}");
    }
}
