//! `run.json`: what a run depended on.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Plan, Summary};
use heatlens::{Combine, ScoreKind, Target};

/// Version of the layout of `run.json`.
const SCHEMA: u32 = 1;

/// The provenance of a run. It holds no time of day: the same run gives the same bytes.
pub fn of(plan: &Plan, summary: &Summary) -> Value {
    let classes = plan.model.classes();
    let layers: Vec<Value> = plan
        .explainer
        .layers()
        .iter()
        .zip(plan.explainer.layer_shapes())
        .map(|(layer, [channels, height, width])| json!({ "name": layer.name, "channels": channels, "cells": [height, width] }))
        .collect();
    let targets: Vec<String> = plan
        .targets
        .iter()
        .map(|target| match target {
            Target::Predicted => "predicted".to_owned(),
            Target::Class(class) => classes[*class].clone(),
            Target::Contrast(class, against) => format!("{} vs {}", classes[*class], classes[*against]),
        })
        .collect();
    let preprocess: Value = serde_json::from_str(&plan.preprocess.to_json()).unwrap_or(Value::Null);
    json!({
        "schema": SCHEMA,
        "heatlens": env!("CARGO_PKG_VERSION"),
        "model": {
            "file": plan.model_path.display().to_string(),
            "sha256": plan.model.sha256(),
            "format": format!("{:?}", plan.model.format()),
            "architecture": plan.model.architecture(),
            "input": plan.model.input().shape(1),
        },
        "classes": classes,
        "positive": plan.positive.map(|class| &classes[class]),
        "layers": layers,
        "methods": plan.explainer.methods().iter().map(|method| method.card().name).collect::<Vec<_>>(),
        "targets": targets,
        "score": if plan.explainer.options().score == ScoreKind::Logit { "logit" } else { "probability" },
        "preprocessing": { "steps": preprocess, "words": plan.preprocess.to_string(), "sha256": plan.preprocess.hash() },
        "manifest": { "images": plan.sources.len(), "sha256": manifest_hash(plan) },
        "combine": plan.explainer.options().combine.map(Combine::name),
        "smoothing": { "aug": plan.explainer.options().augment, "eigen": plan.explainer.options().eigen },
        "seed": plan.explainer.options().seed,
        "notes": plan.notes,
        "summary": {
            "images": summary.images,
            "failed": summary.failed,
            "labelled": summary.labelled,
            "correct": summary.correct,
            "outcomes": summary.outcomes,
        },
    })
}

/// SHA-256 of the images' names and labels, in order.
fn manifest_hash(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    for (source, label) in plan.sources.iter().zip(&plan.labels) {
        let label = label.map_or("", |class| &plan.model.classes()[class]);
        hash.update(format!("{}\t{label}\n", source.shown));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
