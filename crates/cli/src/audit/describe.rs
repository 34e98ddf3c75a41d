//! What run.json says of an audit: all that its results depend on.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use heatlens_audit::data::Case;
use heatlens_audit::run::Plan;
use heatlens_imaging::Preprocess;
use serde_json::{Value, json};

/// The version of run.json and of the tables beside it.
const SCHEMA: &str = "heatlens.audit 1";

/// Everything that the results depend on, and words about it, which alone may differ between starts
/// of one run.
pub fn describe(plan: &Plan<'_>, model_path: &str, segmenter: &str, notes: &[String]) -> Value {
    let (model, explainer, dataset) = (plan.model, plan.explainer, plan.dataset);
    let classes = model.classes();
    let shapes = explainer.layer_shapes();
    let layers: Vec<Value> = explainer
        .layers()
        .iter()
        .zip(shapes)
        .map(|(layer, [channels, height, width])| json!({ "name": layer.name, "channels": channels, "cells": [height, width] }))
        .collect();
    // One spelling, so that a run goes on, and its photographs are found, from any folder.
    let root = dataset.root.as_path();
    let below_root = |case: &Case| case.image.strip_prefix(root).unwrap_or(&case.image).display().to_string();
    let root = Path::new(".").join(root).canonicalize().unwrap_or_else(|_| root.to_owned());
    json!({
        "schema": SCHEMA,
        "heatlens": env!("CARGO_PKG_VERSION"),
        "date": today(),
        "model": {
            "file": model_path,
            "sha256": model.sha256(),
            "format": format!("{:?}", model.format()),
            "architecture": model.architecture(),
            "input": model.input().shape(1),
        },
        "classes": classes,
        "positive": plan.positive.map(|class| &classes[class]),
        "layers": layers,
        "methods": explainer.methods().iter().map(|method| method.card().name).collect::<Vec<_>>(),
        "score": "logit",
        "preprocessing": preprocessing(plan.preprocess),
        "data": {
            "path": dataset.path.display().to_string(),
            "root": root.display().to_string(),
            "layout": dataset.layout,
            "sha256": dataset.hash(),
            "cases": plan.cases(),
            "excluded": dataset.excluded.iter().map(|excluded| json!({ "image": excluded.name, "reason": excluded.reason.to_string() })).collect::<Vec<_>>(),
            "notes": dataset.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "images": dataset.cases.iter().take(plan.cases()).map(below_root).collect::<Vec<_>>(),
        },
        "zones": plan.anatomist.zones(),
        "experiments": { "regions": plan.experiments.regions, "remainders": plan.experiments.remainders },
        "segmenter": segmenter,
        "seed": plan.seed,
        "notes": notes,
    })
}

/// Where the photographs of a run lie, by case.
pub fn photographs(run: &Value) -> Vec<PathBuf> {
    let data = &run["data"];
    let root = Path::new(data["root"].as_str().unwrap_or_default());
    data["images"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|image| root.join(image)).collect()
}

fn preprocessing(preprocess: &Preprocess) -> Value {
    let steps: Value = serde_json::from_str(&preprocess.to_json()).unwrap_or(Value::Null);
    json!({ "steps": steps, "words": preprocess.to_string(), "sha256": preprocess.hash() })
}

/// Today's date in UTC, as ISO 8601 writes it.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let [year, month, day] = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1970 (Hinnant, `civil_from_days`).
fn civil(days: u64) -> [u64; 3] {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (month, day) =
        (if shifted < 10 { shifted + 3 } else { shifted - 9 }, day_of_year - (153 * shifted + 2) / 5 + 1);
    [era * 400 + year_of_era + u64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), [1970, 1, 1]);
        assert_eq!(civil(11_016), [2000, 2, 29]);
        assert_eq!(civil(20_453), [2025, 12, 31]);
    }
}
