//! Descriptions as TOML (<https://toml.io>), the form for people.

use serde_json::{Map, Value};

use super::Preprocess;
use crate::ImageError;

/// Reads a description.
#[cfg(feature = "toml")]
pub(super) fn read(text: &str) -> Result<Preprocess, ImageError> {
    let fail = |error: basic_toml::Error| describe(error.to_string());
    basic_toml::from_str::<Preprocess>(text).map_err(fail)?.checked()
}

/// Says that this build reads none.
#[cfg(not(feature = "toml"))]
pub(super) fn read(_: &str) -> Result<Preprocess, ImageError> {
    Err(describe("heatlens was built without the feature `toml`; give the description as JSON".into()))
}

fn describe(what: String) -> ImageError {
    ImageError::Description { name: "TOML".into(), what }
}

/// Writes a description, given as the JSON object that it is as well: a line a field, a section a
/// step.
pub(super) fn write(json: &str) -> String {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(json) else {
        unreachable!("a description is an object")
    };
    let steps = |value: &Value| matches!(value, Value::Array(items) if items.iter().any(Value::is_object));
    let mut text = String::new();
    fields.iter().filter(|(_, value)| !steps(value)).for_each(|(key, value)| line(&mut text, key, value));
    for (key, value) in fields.iter().filter(|(_, value)| steps(value)) {
        for step in value.as_array().into_iter().flatten() {
            text.push_str(&format!("\n[[{key}]]\n"));
            // What kind of step it is comes first.
            let mut fields: Vec<(&String, &Value)> = step.as_object().into_iter().flatten().collect();
            fields.sort_by_key(|(key, _)| *key != "step");
            fields.into_iter().for_each(|(key, value)| line(&mut text, key, value));
        }
    }
    text
}

fn line(text: &mut String, key: &str, value: &Value) {
    text.push_str(&format!("{key} = {}\n", inline(value)));
}

/// A value on one line. Numbers and strings are written alike in both.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
