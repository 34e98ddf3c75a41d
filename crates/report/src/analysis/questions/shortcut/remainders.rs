//! What is left of the classification with the target alone, and with everything but it.

use crate::analysis::draft::{Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement};
use heatlens_statistics::{auc, compare_auc};

/// The AUCs on the images that were seen all three ways.
#[derive(Clone, Copy)]
pub struct Areas {
    pub whole: Handle,
    pub target: Handle,
    pub rest: Handle,
}

/// Measures the AUCs, and what is lost of them; none without a positive class and labels.
pub fn measure(evidence: &Evidence, sheet: &mut Sheet) -> Option<Areas> {
    let positive = evidence.facts.positive?;
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
        return None;
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
    let areas = Areas {
        whole: sheet.add(area("whole", "on whole images", &scores[0])),
        target: sheet.add(area("target", "with the disc and its surroundings alone", &scores[1])),
        rest: sheet.add(area("rest", "without the disc and its surroundings", &scores[2])),
    };
    sheet.add(less("target", "when only the disc and its surroundings are left", &scores[1]));
    sheet.add(less("rest", "when the disc and its surroundings are taken out", &scores[2]));
    Some(areas)
}

/// The AUCs, one below the other.
pub fn figure(areas: &Areas, sheet: &Sheet) -> Option<Figure> {
    let row = |m: &Measurement| ForestRow {
        name: m.what.clone(),
        cases: m.finding.units().iter().sum(),
        finding: m.finding.clone(),
    };
    let measured = [areas.whole, areas.target, areas.rest].map(|area| sheet.raw(area));
    let rows: Vec<ForestRow> = measured.into_iter().filter(|m| m.finding.estimate().is_some()).map(row).collect();
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
pub fn sentence(areas: &Areas, measured: &Measured<'_>) -> String {
    let (whole, target, rest) = (&measured[areas.whole], &measured[areas.target], &measured[areas.rest]);
    if [whole, target, rest].iter().any(|m| m.finding.estimate().is_none()) {
        return String::new();
    }
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
