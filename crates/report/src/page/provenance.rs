//! What was run on what, so that it can be judged and repeated; and what must be known to read it
//! rightly.

use heatlens_record::{LayerRecord, RunRecord};
use serde_json::Value;

use super::numbers::{count, percent};
use super::performance::origin;
use super::tag::{Tag, classed, tag};
use crate::schema::Report;

/// Entries of a list that are shown.
const LONGEST: usize = 16;

/// The section on the run.
pub(super) fn section(report: &Report) -> Tag {
    let run = &report.provenance.run;
    let mut rows: Vec<(&str, String)> = entries(run)
        .into_iter()
        .map(|(name, value)| (name, if value.is_empty() { "not recorded".to_owned() } else { value }))
        .collect();
    let layer = |layer: &LayerRecord| {
        let [height, width] = layer.cells;
        format!("{} ({height}×{width} cells)", layer.name)
    };
    rows.extend(run.twins.iter().map(|twins| ("Other networks that fit the file", twins.words.clone())));
    rows.push(("Target layers", run.layers.iter().map(layer).collect::<Vec<_>>().join(", ")));
    rows.push(("Thresholds", thresholds(report)));
    let settings = &report.settings;
    let statistics = format!(
        "{} intervals, {} resamples, seed {}",
        percent(settings.level),
        count(settings.resamples),
        settings.seed
    );
    rows.push(("Statistics", statistics));
    rows.push(("Version that reports", format!("heatlens {}; {}", report.provenance.heatlens, report.schema)));
    let rows = rows
        .into_iter()
        .map(|(name, value)| tag("tr").add(tag("th").with("scope", "row").text(name)).add(tag("td").text(value)));
    let plain = serde_json::to_value(run).unwrap_or_default();
    let whole = serde_json::to_string_pretty(&shortened(&plain)).unwrap_or_default();
    tag("section")
        .with("id", "provenance")
        .add(tag("h2").text("Provenance"))
        .add(classed("table", "plain pairs").add(tag("tbody").all(rows)))
        .add(views(report))
        .add(tag("details").add(tag("summary").text("The run’s own description, run.json")).add(tag("pre").text(whole)))
}

fn thresholds(report: &Report) -> String {
    let points = report.performance.as_ref().map_or(&[][..], |performance| &performance.operating);
    let points: Vec<String> =
        points.iter().map(|point| format!("{:.3} ({})", point.threshold, origin(point.origin))).collect();
    if points.is_empty() { "the class with the highest probability".to_owned() } else { points.join("; ") }
}

/// A description whose long lists, such as that of all photographs, are cut after a few entries.
fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.len() > LONGEST => {
            let more = format!("… and {} more", count(items.len() - LONGEST));
            items.iter().take(LONGEST).map(shortened).chain([Value::String(more)]).collect()
        }
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), shortened(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// What a reader looks up.
fn entries(run: &RunRecord) -> Vec<(&'static str, String)> {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("Model file", run.model.file.clone()),
        ("Model SHA-256", run.model.sha256.clone()),
        ("Architecture", known(&run.model.architecture)),
        ("How outputs are read", known(&run.model.head)),
        ("Format", run.model.format.clone()),
        ("Classes", run.classes.join(", ")),
        ("Positive class", known(&run.positive)),
        ("Methods", run.methods.join(", ")),
        ("Classes explained", run.targets.join(", ")),
        ("Score explained", run.score.clone()),
        ("Preprocessing", run.preprocessing.words.clone()),
        ("Preprocessing hash", run.preprocessing.sha256.clone()),
        ("What the batch norms say of it", run.check.as_ref().map_or(String::new(), |check| check.words.clone())),
        ("Data", run.data.path.clone()),
        ("Layout of the data", run.data.layout.clone()),
        ("Manifest SHA-256", run.data.sha256.clone()),
        ("Segmenter of disc and cup", known(&run.segmenter)),
        ("Seed of the run", run.seed.to_string()),
        ("Version that ran", run.heatlens.clone()),
        ("Date", known(&run.date)),
    ]
}

/// The methods and layers that were run; the answers are about one of them.
fn views(report: &Report) -> Option<Tag> {
    if report.views.is_empty() {
        return None;
    }
    let heads =
        ["method", "layer", "maps", "empty", "cells per disc", "map on the disc", "by chance", "peak on the disc"];
    let share = |value: Option<f64>| tag("td").text(value.map_or("–".into(), percent));
    let rows = report.views.iter().map(|summary| {
        let mark = summary.primary.then(|| classed("span", "small").text(" the answers are about this one"));
        let start = tag("tr").add(tag("th").with("scope", "row").text(&summary.view.method).add(mark));
        start
            .add(tag("td").text(summary.view.layer.as_deref().unwrap_or("–")))
            .add(tag("td").text(count(summary.maps)))
            .add(tag("td").text(count(summary.empty)))
            .add(tag("td").text(summary.cells_per_target.map_or("–".into(), |cells| format!("{cells:.1}"))))
            .add(share(summary.target_share))
            .add(share(summary.target_chance))
            .add(share(summary.pointing))
    });
    let head = tag("tr").all(heads.into_iter().map(|head| tag("th").with("scope", "col").text(head)));
    let table = classed("table", "plain").add(tag("thead").add(head)).add(tag("tbody").all(rows));
    Some(tag("div").add(tag("h3").text("Methods and layers")).add(classed("div", "scroll").add(table)))
}

/// What holds for every audit, and published figures to compare with.
pub(super) fn caveats(report: &Report) -> Tag {
    let list = classed("ul", "spaced").all(report.caveats.iter().map(|caveat| tag("li").text(caveat)));
    let references = report.references.iter().map(|reference| {
        tag("tr").add(tag("th").with("scope", "row").text(&reference.source)).add(tag("td").text(&reference.figure))
    });
    let published = (!report.references.is_empty()).then(|| {
        tag("div")
            .add(tag("h3").text("Published figures to put beside these"))
            .add(classed("table", "plain pairs").add(tag("tbody").all(references)))
    });
    tag("section").with("id", "caveats").add(tag("h2").text("How to read this")).add(list).add(published)
}
