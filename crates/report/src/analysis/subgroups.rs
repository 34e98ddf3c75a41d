//! Performance and focus in the parts of the set.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement, SubgroupRow, SubgroupTable};
use heatlens_statistics::{Correction, Finding, Interval, adjust, association, auc, mean, proportion};

/// Groups of a column that are shown, the largest.
const MOST_GROUPS: usize = 12;
/// A column with more values than this, or than half the images, is text, not groups.
pub const MOST_VALUES: usize = 50;
/// From here on a column tells the label so well that a network may learn it instead of the
/// disease.
const BUILT_IN: f64 = 0.5;

/// A table and a figure a column; columns with a single value say nothing.
pub fn subgroups(evidence: &Evidence) -> (Vec<SubgroupTable>, Vec<Figure>) {
    let mut tables = Vec::new();
    for (name, values) in columns(evidence) {
        tables.extend(table(evidence, &name, &values));
    }
    let mut findings: Vec<&mut Finding> = Vec::new();
    for table in &mut tables {
        findings.extend(table.with_label.iter_mut().chain(&mut table.with_correct).map(|m| &mut m.finding));
    }
    adjust(&mut findings, Correction::BenjaminiHochberg);
    tables.iter_mut().for_each(note);
    let figures = tables.iter().filter_map(forest).collect();
    (tables, figures)
}

/// Each column with the value of each image.
pub fn columns(evidence: &Evidence) -> Vec<(String, Vec<Option<String>>)> {
    let all = |value: &dyn Fn(&super::evidence::Image) -> Option<String>| {
        evidence.images.iter().map(value).collect::<Vec<_>>()
    };
    let mut columns = vec![
        ("split".to_owned(), all(&|image| image.split.clone())),
        ("side".to_owned(), all(&|image| image.right.map(|right| if right { "right" } else { "left" }.to_owned()))),
        ("photograph".to_owned(), all(&|image| Some(format!("{}×{}", image.size[1], image.size[0])))),
        ("mask".to_owned(), all(&|image| image.mask_source.clone())),
    ];
    let names: BTreeSet<&String> = evidence.images.iter().flat_map(|image| image.columns.keys()).collect();
    columns.extend(names.into_iter().map(|name| (name.clone(), all(&|image| image.columns.get(name).cloned()))));
    columns
}

fn table(evidence: &Evidence, column: &str, values: &[Option<String>]) -> Option<SubgroupTable> {
    let mut sizes = BTreeMap::<&String, usize>::new();
    values.iter().flatten().for_each(|value| *sizes.entry(value).or_default() += 1);
    let known: usize = sizes.values().sum();
    if sizes.len() < 2 || 2 * sizes.len() > known || sizes.len() > MOST_VALUES {
        return None;
    }
    let mut order: Vec<(&String, usize)> = sizes.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rows = order.iter().take(MOST_GROUPS).map(|(value, _)| row(evidence, column, value, values)).collect();
    let tie = |id: &str, what: &str, group: &dyn Fn(usize) -> Option<usize>| {
        let cases: Vec<(usize, usize, usize)> = (0..values.len())
            .filter_map(|i| {
                let value = values[i].as_ref()?;
                Some((i, order.iter().position(|(name, _)| *name == value)?, group(i)?))
            })
            .collect();
        let units = evidence.units.select(&cases.iter().map(|case| case.0).collect::<Vec<_>>());
        let [groups, others] =
            [1, 2].map(|k| cases.iter().map(|case| if k == 1 { case.1 } else { case.2 }).collect::<Vec<usize>>());
        let finding = association(&groups, &others, &units, &evidence.settings);
        Measurement::new(
            format!("{id}/{column}"),
            format!("Cramér's V of `{column}` and {what}"),
            Measure::Plain,
            finding,
        )
        .against(0.0)
        .exploration()
    };
    let labels = evidence.has_labels();
    Some(SubgroupTable {
        column: column.to_owned(),
        rows,
        with_label: labels.then(|| tie("with_label", "the label", &|i| evidence.images[i].label)),
        with_correct: labels
            .then(|| tie("with_correct", "being right", &|i| evidence.images[i].is_correct().map(usize::from))),
        omitted: order.len().saturating_sub(MOST_GROUPS),
        notes: Vec::new(),
    })
}

fn row(evidence: &Evidence, column: &str, value: &str, values: &[Option<String>]) -> SubgroupRow {
    let images: Vec<usize> = (0..values.len()).filter(|&i| values[i].as_deref() == Some(value)).collect();
    let labelled: Vec<usize> = images.iter().copied().filter(|&i| evidence.images[i].label.is_some()).collect();
    let (units, settings) = (evidence.units.select(&labelled), &evidence.settings);
    let measure = |id: &str, what: &str, measure, finding| {
        Measurement::new(format!("{id}/{column}/{value}"), format!("{what}, {column} {value}"), measure, finding)
    };
    let right: Vec<bool> = labelled.iter().map(|&i| evidence.images[i].is_correct() == Some(true)).collect();
    let positive = evidence.facts.positive.filter(|_| !labelled.is_empty());
    let is: Vec<bool> = labelled.iter().map(|&i| evidence.images[i].label == positive).collect();
    let area = positive.map(|positive| {
        let score = |&i: &usize| evidence.images[i].probabilities.get(positive).map_or(f64::NAN, |&p| f64::from(p));
        let finding = auc(&labelled.iter().map(score).collect::<Vec<_>>(), &is, &units, settings);
        measure("auc", "AUC", Measure::Plain, finding).against(0.5)
    });
    let maps: Vec<_> = images.iter().filter_map(|&i| evidence.decision(i)).filter(|map| map.target.is_some()).collect();
    let share = (!maps.is_empty()).then(|| {
        let targets: Vec<_> = maps.iter().filter_map(|map| map.target).collect();
        let chance = targets.iter().map(|t| t.chance).sum::<f64>() / targets.len() as f64;
        let finding = mean(&targets.iter().map(|t| t.share).collect::<Vec<_>>(), &evidence.units_of(&maps), settings);
        measure("share", "share of the map on the disc", Measure::Share, finding).against(chance)
    });
    SubgroupRow {
        value: value.to_owned(),
        images: images.len(),
        positives: positive.map(|_| is.iter().filter(|&&is| is).count()),
        accuracy: (!labelled.is_empty())
            .then(|| measure("accuracy", "share that is right", Measure::Share, proportion(&right, &units, settings))),
        auc: area,
        target_share: share,
    }
}

fn note(table: &mut SubgroupTable) {
    if let Some(tie) =
        table.with_label.as_ref().filter(|m| m.is_significant() && m.finding.estimate().is_some_and(|v| v >= BUILT_IN))
    {
        table.notes.push(format!(
            "`{}` goes with the label (Cramér's V {}): a network can learn it instead of the disease.",
            table.column,
            tie.words()
        ));
    }
    if table.with_correct.as_ref().is_some_and(Measurement::is_significant) {
        table.notes.push(format!("The network is not equally right in all groups of `{}`.", table.column));
    }
    let interval = |row: &SubgroupRow| row.accuracy.as_ref().and_then(|m| m.finding.interval());
    let known: Vec<(&SubgroupRow, Interval)> =
        table.rows.iter().filter_map(|row| Some((row, interval(row)?))).collect();
    let worst = known.iter().min_by(|a, b| a.1.high.total_cmp(&b.1.high));
    let best = known.iter().max_by(|a, b| a.1.low.total_cmp(&b.1.low));
    if let (Some((worst, low)), Some((best, high))) = (worst, best)
        && low.high < high.low
    {
        let words = |row: &SubgroupRow| row.accuracy.as_ref().map(Measurement::words).unwrap_or_default();
        table.notes.push(format!(
            "Right in {} for “{}”, in {} for “{}”.",
            words(worst),
            worst.value,
            words(best),
            best.value
        ));
    }
}

fn forest(table: &SubgroupTable) -> Option<Figure> {
    let rows: Vec<ForestRow> = table
        .rows
        .iter()
        .filter_map(|row| {
            let finding = row.accuracy.as_ref().or(row.target_share.as_ref())?.finding.clone();
            finding.estimate()?;
            Some(ForestRow { name: row.value.clone(), cases: row.images, finding })
        })
        .collect();
    let labelled = table.rows.iter().any(|row| row.accuracy.is_some());
    let axis = if labelled { "share that is right" } else { "share of the map on the disc" };
    (rows.len() > 1).then(|| Figure {
        id: format!("subgroups/{}", table.column),
        title: format!("By `{}`", table.column),
        caption: format!("{} in each group, with its interval.", super::words::capital(axis)),
        data: FigureData::Forest { axis: axis.to_owned(), rows, reference: None },
    })
}
