//! What was run on what, so that it can be judged and repeated; and what must be known to read it
//! rightly.

use serde_json::Value;

use super::numbers::{count, percent};
use super::performance::origin;
use super::tag::{Tag, classed, tag};
use crate::analysis::report::Report;

/// What a reader looks up, and where run.json may have it.
const ENTRIES: [(&str, &[&str]); 18] = [
    ("Model file", &["/model/file"]),
    ("Model SHA-256", &["/model/sha256"]),
    ("Architecture", &["/model/architecture"]),
    ("Format", &["/model/format"]),
    ("Classes", &["/classes"]),
    ("Positive class", &["/positive"]),
    ("Methods", &["/methods"]),
    ("Classes explained", &["/targets"]),
    ("Score explained", &["/score"]),
    ("Preprocessing", &["/preprocessing/words"]),
    ("Preprocessing hash", &["/preprocessing/sha256"]),
    ("Data", &["/data/path"]),
    ("Layout of the data", &["/data/layout"]),
    ("Manifest SHA-256", &["/data/sha256", "/manifest/sha256"]),
    ("Segmenter of disc and cup", &["/segmenter"]),
    ("Seed of the run", &["/seed"]),
    ("Version that ran", &["/heatlens"]),
    ("Date", &["/date"]),
];

/// Entries of a list that are shown.
const LONGEST: usize = 16;

/// The section on the run.
pub(super) fn section(report: &Report) -> Tag {
    let run = &report.provenance.run;
    let found =
        |pointers: &[&str]| pointers.iter().find_map(|pointer| run.pointer(pointer)).filter(|value| !value.is_null());
    let mut rows: Vec<(&str, String)> = ENTRIES
        .iter()
        .map(|(name, pointers)| (*name, found(pointers).map_or("not recorded".to_owned(), words)))
        .collect();
    let layers = report.provenance.layers.iter().map(|layer| match layer.cells {
        Some([height, width]) => format!("{} ({height}×{width} cells)", layer.name),
        None => layer.name.clone(),
    });
    rows.push(("Target layers", layers.collect::<Vec<_>>().join(", ")));
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
    let whole = serde_json::to_string_pretty(&shortened(run)).unwrap_or_default();
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

/// A value as a table has it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The methods and layers that were run; the answers are about one of them.
fn views(report: &Report) -> Option<Tag> {
    if report.views.is_empty() {
        return None;
    }
    let heads =
        ["method", "layer", "maps", "empty", "cells per disc", "energy on the disc", "by chance", "peak on the disc"];
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
        tag("tr").add(tag("th").with("scope", "row").text(reference.source)).add(tag("td").text(reference.figure))
    });
    let published = (!report.references.is_empty()).then(|| {
        tag("div")
            .add(tag("h3").text("Published figures to put beside these"))
            .add(classed("table", "plain pairs").add(tag("tbody").all(references)))
    });
    tag("section").with("id", "caveats").add(tag("h2").text("How to read this")).add(list).add(published)
}
