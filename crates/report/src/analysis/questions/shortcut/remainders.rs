//! What is left of the classification with the target alone, and with everything but it.

use crate::analysis::draft::Measured;
use crate::analysis::evidence::Evidence;
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement};
use heatlens_statistics::{auc, compare_auc};

/// The AUCs on the images that were seen all three ways; none without a positive class and labels.
pub fn measure(evidence: &Evidence) -> Vec<Measurement> {
    let Some(positive) = evidence.facts.positive else { return Vec::new() };
    let mut images = Vec::new();
    let mut scores = [const { Vec::new() }; 3];
    for (&image, kept) in &evidence.remainders {
        let score = |probabilities: &[f32]| probabilities.get(positive).map(|&p| f64::from(p));
        let [Some(target), Some(rest)] = kept else { continue };
        let (Some(whole), Some(target), Some(rest)) =
            (score(&evidence.images[image].probabilities), score(target), score(rest))
        else {
            continue;
        };
        if evidence.images[image].label.is_some() {
            images.push(image);
            scores.iter_mut().zip([whole, target, rest]).for_each(|(scores, score)| scores.push(score));
        }
    }
    let labels: Vec<bool> = images.iter().map(|&image| evidence.images[image].label == Some(positive)).collect();
    if !labels.contains(&true) || !labels.contains(&false) {
        return Vec::new();
    }
    let (units, settings) = (evidence.units.select(&images), &evidence.settings);
    let area = |id: &str, what: &str, scores: &[f64]| {
        Measurement::new(
            format!("auc/{id}"),
            format!("AUC {what}"),
            Measure::Plain,
            auc(scores, &labels, &units, settings),
        )
        .against(0.5)
    };
    let less = |id: &str, what: &str, scores_less: &[f64]| {
        let finding = compare_auc(&scores[0], scores_less, &labels, &units, settings);
        Measurement::new(format!("auc_loss/{id}"), format!("AUC lost {what}"), Measure::Signed, finding)
            .against(0.0)
            .exploration()
    };
    vec![
        area("whole", "on whole images", &scores[0]),
        area("target", "with the disc and its surroundings alone", &scores[1]),
        area("rest", "without the disc and its surroundings", &scores[2]),
        less("target", "when only the disc and its surroundings are left", &scores[1]),
        less("rest", "when the disc and its surroundings are taken out", &scores[2]),
    ]
}

/// The AUCs, one below the other.
pub fn figure(measured: &[Measurement]) -> Option<Figure> {
    let row = |m: &Measurement| ForestRow {
        name: m.what.clone(),
        cases: m.finding.units().iter().sum(),
        finding: m.finding.clone(),
    };
    let rows: Vec<ForestRow> =
        measured.iter().filter(|m| m.id.starts_with("auc/") && m.finding.estimate().is_some()).map(row).collect();
    (!rows.is_empty()).then(|| Figure {
        id: "remainders".to_owned(),
        title: "With the disc alone, and without it".to_owned(),
        caption: "AUC on the same images: whole, with all but the disc and its surroundings blurred away, and with \
            these filled from around them."
            .to_owned(),
        data: FigureData::Forest { axis: "AUC".to_owned(), rows, reference: Some(0.5) },
    })
}

/// In sentences.
pub fn sentence(measured: &Measured<'_>) -> String {
    let get = |id: &str| measured.get(id).filter(|m| m.finding.estimate().is_some());
    let (Some(whole), Some(target), Some(rest)) = (get("auc/whole"), get("auc/target"), get("auc/rest")) else {
        return String::new();
    };
    let reading = if !target.is_above(0.5) && rest.is_above(0.5) {
        " What it decides by lies off the disc: nerve fibre layer, or a shortcut."
    } else if target.is_above(0.5) && !rest.is_above(0.5) {
        " What it decides by lies on the disc."
    } else {
        ""
    };
    format!(
        "AUC on whole images {}; with the disc and its surroundings alone {}; without them {}.{reading} Blurred and \
         filled images are unlike those of \
         training, so that a loss is no proof by itself.",
        whole.words(),
        target.words(),
        rest.words()
    )
}
