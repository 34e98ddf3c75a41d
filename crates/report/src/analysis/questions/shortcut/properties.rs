//! What camera, site and file make of whole photographs: whether it tells the classes apart, and
//! whether the model's answers go with it.
//!
//! What follows from that is concluded in [`qualified`](super::qualified).

use std::collections::{BTreeMap, BTreeSet};

use heatlens_record::cues::{CUES, CueKind};
use heatlens_statistics::{Random, Separation, rank_correlation, separation};

use super::moves::{self, Move};
use crate::analysis::draft::{Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::analysis::subgroups::MOST_VALUES;
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement};

/// Properties tell the classes apart when they reach this AUC, and the lower end of its interval is
/// above what chance reaches.
const LEAST_AUC: f64 = 0.65;
/// Values of a column that fewer images have are not told apart.
const LEAST_OF_VALUE: usize = 5;
/// Images that regressions are made of, at most.
const MOST_IMAGES: usize = 4_000;
/// Stream of the random numbers that choose them.
const STREAM: u64 = 0xC0E;

/// The measurements.
pub struct Properties {
    /// All together.
    pub all: Handle,
    /// Each kind by itself.
    kinds: Vec<(CueKind, Handle)>,
    /// Each column of the table of images by itself: camera, site, date.
    pub columns: Vec<(String, Handle)>,
    /// What each does when it becomes that of another class.
    pub moves: Vec<Move>,
    /// Whether the answers go with all together, a true class each.
    pub answers: Vec<Handle>,
    /// The AUC that shuffled labels exceed in one of twenty attempts.
    pub chance: f64,
}

/// Measures how well properties of the photographs tell the positive class from the rest; none without
/// a positive class, labels, or properties.
pub fn measure(evidence: &Evidence, sheet: &mut Sheet) -> Option<Properties> {
    let positive = evidence.facts.positive?;
    let mut images: Vec<usize> = (0..evidence.images.len())
        .filter(|&image| evidence.images[image].label.is_some() && !evidence.images[image].cues.is_empty())
        .collect();
    if images.len() > MOST_IMAGES {
        Random::new(evidence.settings.seed, STREAM).shuffle(&mut images);
        images.truncate(MOST_IMAGES);
        images.sort_unstable();
    }
    let labels: Vec<bool> = images.iter().map(|&image| evidence.images[image].label == Some(positive)).collect();
    let units = evidence.units.select(&images);
    let separated = |wanted: &dyn Fn(CueKind) -> bool| -> Option<Separation> {
        let names: Vec<&str> = CUES.iter().filter(|(_, kind)| wanted(*kind)).map(|(name, _)| *name).collect();
        let of = |image: &usize| {
            let cues = &evidence.images[*image].cues;
            names.iter().map(|name| cues.get(*name).copied().unwrap_or(f64::NAN)).collect()
        };
        let rows: Vec<Vec<f64>> = images.iter().map(of).collect();
        separation(&rows, &labels, &units, &evidence.settings)
    };
    let of_column = |name: &str| -> Option<Separation> {
        let values: Vec<Option<&String>> =
            images.iter().map(|&image| evidence.images[image].columns.get(name)).collect();
        let mut counts = BTreeMap::<&String, usize>::new();
        values.iter().flatten().for_each(|value| *counts.entry(value).or_default() += 1);
        counts.retain(|_, count| *count >= LEAST_OF_VALUE);
        if counts.len() > MOST_VALUES || !counts.values().any(|&count| count < images.len()) {
            return None;
        }
        let of = |value: &Option<&String>| counts.keys().map(|of| f64::from(u8::from(*value == Some(*of)))).collect();
        let rows: Vec<Vec<f64>> = values.iter().map(of).collect();
        separation(&rows, &labels, &units, &evidence.settings)
    };
    let class = evidence.facts.class(positive);
    let area = |id: &str, what: &str, separation: &Separation| {
        let what = format!("AUC of {what} alone for {class}, on images not learnt from");
        Measurement::new(format!("properties/{id}"), what, Measure::Plain, separation.auc.clone())
            .against(separation.chance)
    };
    let all = separated(&|_| true)?;
    let handle = sheet.add(area("all", "properties of the whole photograph", &all));
    let kinds = CueKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let separation = separated(&|of| of == kind)?;
            Some((kind, sheet.add(area(kind.name(), kind.title(), &separation))))
        })
        .collect();
    let names: BTreeSet<&String> = images.iter().flat_map(|&image| evidence.images[image].columns.keys()).collect();
    let columns = names
        .into_iter()
        .filter_map(|name| {
            let title = format!("the column `{name}`");
            Some((title.clone(), sheet.add(area(&format!("column/{name}"), &title, &of_column(name)?))))
        })
        .collect();
    let answers = [true, false].into_iter().map(|group| {
        let of_group: Vec<usize> = (0..images.len()).filter(|&i| labels[i] == group).collect();
        let probabilities = of_group.iter().map(|&i| {
            evidence.images[images[i]].probabilities.get(positive).map_or(f64::NAN, |&probability| probability.into())
        });
        let (scores, probabilities): (Vec<f64>, Vec<f64>) =
            (of_group.iter().map(|&i| all.scores[i]).collect(), probabilities.collect());
        let finding = rank_correlation(&scores, &probabilities, &units.select(&of_group), &evidence.settings);
        let name = if group { class.to_owned() } else { format!("no {class}") };
        let what = format!(
            "rank correlation of what properties of the whole photograph say with what the model says, images of {name}"
        );
        Measurement::new(format!("properties_answers/{group}"), what, Measure::Signed, finding)
            .against(0.0)
            .exploration()
    });
    let answers = answers.collect::<Vec<_>>().into_iter().map(|measurement| sheet.add(measurement)).collect();
    let moves = moves::measure(evidence, sheet);
    Some(Properties { all: handle, kinds, columns, moves, answers, chance: all.chance })
}

/// Whether properties tell the classes apart.
pub fn leaks(measurement: &Measurement) -> bool {
    let chance = measurement.chance.unwrap_or(0.5);
    measurement.is_above(chance) && measurement.finding.estimate().is_some_and(|auc| auc >= LEAST_AUC)
}

/// The columns that tell the classes apart.
pub fn leaking_columns<'m>(properties: &'m Properties, measured: &'m Measured<'_>) -> Vec<(&'m str, &'m Measurement)> {
    let columns = properties.columns.iter().map(|(title, handle)| (title.as_str(), &measured[*handle]));
    columns.filter(|(_, measurement)| leaks(measurement)).collect()
}

/// The kinds that tell the classes apart by themselves better than chance, the best first.
pub fn leaking<'m>(properties: &Properties, measured: &'m Measured<'_>) -> Vec<(CueKind, &'m Measurement)> {
    let mut kinds: Vec<(CueKind, &Measurement)> = properties
        .kinds
        .iter()
        .map(|&(kind, handle)| (kind, &measured[handle]))
        .filter(|(_, measurement)| measurement.is_above(measurement.chance.unwrap_or(0.5).max(0.5)))
        .collect();
    kinds.sort_by(|(_, a), (_, b)| b.finding.estimate().partial_cmp(&a.finding.estimate()).unwrap_or(a.id.cmp(&b.id)));
    kinds
}

/// What is drawn of them.
pub fn figures(properties: &Properties, evidence: &Evidence, sheet: &Sheet) -> Vec<Figure> {
    [areas(properties, sheet), moves::figure(&properties.moves, evidence, sheet)].into_iter().flatten().collect()
}

/// The AUCs of each kind, one below the other.
fn areas(properties: &Properties, sheet: &Sheet) -> Option<Figure> {
    let row = |name: &str, handle: Handle| {
        let measurement = sheet.raw(handle);
        measurement.finding.estimate().is_some().then(|| ForestRow {
            name: name.to_owned(),
            cases: measurement.finding.units().iter().sum(),
            finding: measurement.finding.clone(),
        })
    };
    let kinds = properties.kinds.iter().filter_map(|&(kind, handle)| row(kind.title(), handle));
    let kinds = kinds.chain(properties.columns.iter().filter_map(|(title, handle)| row(title, *handle)));
    let rows: Vec<ForestRow> = row("all together", properties.all).into_iter().chain(kinds).collect();
    (!rows.is_empty()).then(|| Figure {
        id: "properties".to_owned(),
        title: "What the photographs as such tell of the class".to_owned(),
        caption: format!(
            "AUC of properties that say nothing of the anatomy, by a regression that has not seen the patient. Shuffled \
             labels reach {} in one of twenty attempts.",
            Measure::Plain.write(properties.chance)
        ),
        data: FigureData::Forest { axis: "AUC".to_owned(), rows, reference: Some(properties.chance) },
    })
}
