//! Runs that older versions wrote, brought to the present layout.

use heatlens_imaging::Scale;
use serde_json::{Map, Value, json};

use crate::table::{Cells, Column, Table};

/// The version of `run.json` that is written.
pub const SCHEMA: &str = "heatlens.run 3";

/// The same without a seal, whose parts do not say which run they belong to.
const UNSEALED: &str = "heatlens.run 2";
/// What audits wrote before.
const AUDIT_1: &str = "heatlens.audit 1";

/// A `run.json` in the present layout; its `schema` stays the one it was written in.
///
/// # Errors
/// In words, for a version that is not known.
pub(crate) fn run(mut value: Value) -> Result<Value, String> {
    let audit = value["schema"] == AUDIT_1;
    if !audit && value["schema"] != 1 {
        return match value["schema"].as_str() {
            Some(SCHEMA | UNSEALED) => Ok(value),
            Some(other) => Err(format!(
                "it is written in schema `{other}`, this heatlens reads `{SCHEMA}`, `{UNSEALED}` and `{AUDIT_1}`"
            )),
            None => Err("it names no `schema` (if another program wrote it, choose another folder)".into()),
        };
    }
    let record = value.as_object_mut().ok_or("it is no JSON object")?;
    if let Some(input) = record.get_mut("model").and_then(|model| model.get_mut("input")) {
        *input = input_of(input)?;
    }
    let mut add = |name: &str, value: Value| {
        record.entry(name).or_insert(value);
    };
    add("combine", Value::Null);
    add("smoothing", json!({ "aug": false, "eigen": false }));
    add("date", Value::Null);
    add("segmenter", Value::Null);
    add("zones", json!([]));
    add("experiments", json!({ "regions": 0, "remainders": 0 }));
    add("summary", Value::Null);
    add("task", json!(if audit { "audit" } else { "explain" }));
    if audit {
        let classes = record.get("classes").cloned().unwrap_or_default();
        record.entry("targets").or_insert(classes);
    } else {
        record.insert("schema".into(), json!("heatlens.explain 1"));
        let manifest = record.remove("manifest").unwrap_or_default();
        record.insert("data".into(), data_of(&manifest));
    }
    Ok(value)
}

/// Of a shape of four dimensions with the channels first or last.
fn input_of(shape: &Value) -> Result<Value, String> {
    let sides: Vec<u64> = shape.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let (layout, channels, height, width) = match sides[..] {
        [_, height, width, channels] if channels <= 4 => ("nhwc", channels, height, width),
        [_, channels, height, width] => ("nchw", channels, height, width),
        _ => return Err(format!("`model.input` is {shape}, not a shape of four dimensions")),
    };
    Ok(json!({ "layout": layout, "channels": channels, "height": height, "width": width }))
}

fn data_of(manifest: &Value) -> Value {
    let mut data = Map::new();
    for field in ["path", "root"] {
        data.insert(field.into(), json!(""));
    }
    data.insert("layout".into(), json!("files"));
    data.insert("sha256".into(), manifest["sha256"].clone());
    data.insert("cases".into(), manifest["images"].clone());
    for field in ["excluded", "notes", "images"] {
        data.insert(field.into(), json!([]));
    }
    data.into()
}

/// Gives a table of images of version 1 its column `cues`, without any; whether that could be done.
pub(crate) fn images(found: &str, table: &mut Table) -> bool {
    let Ok(Cells::Integers(cases)) = table.column("case") else { return false };
    let cells = Cells::Texts(vec![Some("{}".to_owned()); cases.len()]);
    table.columns.push(Column { name: "cues".into(), cells });
    found == "heatlens.images 1"
}

/// Gives a table of experiments its column `look`, without any; whether that could be done. Version 1
/// had other ways of filling.
pub(crate) fn causes(found: &str, table: &mut Table) -> bool {
    let Ok(Cells::Integers(cases)) = table.column("case") else { return false };
    let cells = Cells::Lists(vec![Vec::new(); cases.len()]);
    table.columns.push(Column { name: "look".into(), cells });
    ["heatlens.causes 1", "heatlens.causes 2"].contains(&found)
}

/// Methods whose maps were signed when maps had no column `scale`.
const SIGNED_BEFORE: [&str; 4] = ["input-gradient", "integrated-gradients", "occlusion", "rise"];

/// Gives a table of maps of version 1 its column `scale`; whether that could be done.
pub(crate) fn maps(found: &str, table: &mut Table) -> bool {
    let Ok(Cells::Texts(methods)) = table.column("method") else { return false };
    if found != "heatlens.maps 1" {
        return false;
    }
    let scale = |method: &Option<String>| {
        let signed = method.as_deref().is_some_and(|method| SIGNED_BEFORE.contains(&method));
        Some(if signed { Scale::Signed } else { Scale::Positive }.name().to_owned())
    };
    let cells = Cells::Texts(methods.iter().map(scale).collect());
    table.columns.push(Column { name: "scale".into(), cells });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunRecord, Task};

    fn audit_of_version_1() -> Value {
        json!({
            "schema": AUDIT_1, "heatlens": "0.1.0", "date": "2025-01-01", "score": "logit", "seed": 0, "notes": [],
            "model": {
                "file": "a.pth", "sha256": "aa", "format": "PyTorch", "architecture": null, "input": [1, 3, 200, 100]
            },
            "classes": ["normal", "glaucoma"], "positive": "glaucoma", "methods": ["gradcam"],
            "layers": [{ "name": "layer4", "channels": 512, "cells": [7, 4] }],
            "preprocessing": { "steps": {}, "words": "as it is", "sha256": "0a" },
            "data": {
                "path": "data", "root": "/data", "layout": "folders", "sha256": "0f", "cases": 1, "excluded": [],
                "notes": [], "images": ["a.jpg"]
            },
            "zones": [{ "name": "cup", "title": "cup", "role": "target" }],
            "experiments": { "regions": 2, "remainders": 1 }, "segmenter": "shipped",
        })
    }

    fn read(value: &Value) -> Result<RunRecord, String> {
        RunRecord::from_json(&serde_json::to_vec(value).unwrap())
    }

    #[test]
    fn audits_of_version_1_are_read() {
        let record = read(&audit_of_version_1()).unwrap();
        assert_eq!((record.task, record.schema.as_str()), (Task::Audit, AUDIT_1));
        assert_eq!((record.model.input.size(), record.model.input.layout.as_str()), ([200, 100], "nchw"));
        assert_eq!(record.targets, record.classes);
        let mut last = audit_of_version_1();
        last["model"]["input"] = json!([1, 200, 100, 3]);
        assert_eq!(read(&last).unwrap().model.input.size(), [200, 100]);
        last["model"]["input"] = json!([224]);
        assert!(read(&last).unwrap_err().contains("not a shape of four dimensions"));
    }

    #[test]
    fn explanations_of_version_1_are_read() {
        let mut value = audit_of_version_1();
        let fields = value.as_object_mut().unwrap();
        for field in ["data", "zones", "experiments", "segmenter", "date"] {
            fields.remove(field);
        }
        fields.insert("schema".into(), json!(1));
        fields.insert("targets".into(), json!(["predicted"]));
        fields.insert("manifest".into(), json!({ "images": 3, "sha256": "0f" }));
        let record = read(&value).unwrap();
        assert_eq!((record.task, record.data.cases, record.data.sha256.as_str()), (Task::Explain, 3, "0f"));
    }

    #[test]
    fn other_versions_are_refused_in_words() {
        let mut value = audit_of_version_1();
        value["schema"] = json!("heatlens.run 9");
        assert!(
            read(&value)
                .unwrap_err()
                .contains("`heatlens.run 9`, this heatlens reads `heatlens.run 3`, `heatlens.run 2`")
        );
        value["schema"] = Value::Null;
        assert!(read(&value).unwrap_err().contains("names no `schema`"));
    }

    #[test]
    fn maps_of_version_1_get_the_scale_of_their_method() {
        let methods = ["gradcam", "rise"].map(|method| Some(method.to_owned())).to_vec();
        let mut table = Table { columns: vec![Column { name: "method".into(), cells: Cells::Texts(methods) }] };
        assert!(!maps("heatlens.maps 0", &mut table.clone()));
        assert!(maps("heatlens.maps 1", &mut table));
        let expected = ["positive", "signed"].map(|scale| Some(scale.to_owned())).to_vec();
        assert_eq!(table.column("scale").unwrap(), &Cells::Texts(expected));
    }

    #[test]
    fn older_experiments_have_no_looks() {
        let cases = Column { name: "case".into(), cells: Cells::Integers(vec![Some(3), Some(4)]) };
        for version in ["heatlens.causes 1", "heatlens.causes 2"] {
            let mut table = Table { columns: vec![cases.clone()] };
            assert!(causes(version, &mut table));
            assert_eq!(table.column("look").unwrap(), &Cells::Lists(vec![Vec::new(); 2]));
        }
        assert!(!causes("heatlens.causes 9", &mut Table { columns: vec![cases] }));
    }
}
