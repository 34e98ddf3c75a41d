//! Whether two descriptions are of the same run, and if not, what a user sees the difference by.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::RunRecord;

/// Where descriptions of one run may differ: results do not depend on them, or only through what is
/// compared, such as the hash of the model's file.
const WORDS: [&str; 9] =
    ["/date", "/notes", "/check", "/twins", "/model/file", "/data/path", "/data/notes", "/summary", "/files"];

/// What tells the most, in the order in which it is looked at; sections that are not named here
/// come last.
const TELLING: [&str; 16] = [
    "/schema",
    "/task",
    "/model/architecture",
    "/model/input",
    "/model/file",
    "/model/sha256",
    "/preprocessing/words",
    "/preprocessing/sha256",
    "/data/root",
    "/data/cases",
    "/data/layout",
    "/data/path",
    "/data/sha256",
    "/classes",
    "/positive",
    "/layers",
];

/// Longer values are cut.
const LONGEST: usize = 90;

/// Where a folder's run is another than the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field of run.json, such as `data.cases`.
    pub field: String,
    /// Its value in the folder.
    pub found: String,
    /// Its value in what is asked for.
    pub asked: String,
}

impl Difference {
    /// The most telling one, if there is any.
    pub fn between(found: &RunRecord, asked: &RunRecord) -> Option<Difference> {
        Difference::of(&plain(found), &plain(asked))
    }

    fn of(found: &Value, asked: &Value) -> Option<Difference> {
        let differing = sections(&compared(found), &compared(asked));
        let section = |pointer: &str| pointer.split('/').nth(1).unwrap_or_default().to_owned();
        let telling =
            TELLING.iter().filter(|pointer| differing.contains(&section(pointer))).map(|pointer| (*pointer).to_owned());
        let mut pointers = telling.chain(differing.iter().map(|section| format!("/{section}")));
        let pointer = pointers.find(|pointer| found.pointer(pointer) != asked.pointer(pointer))?;
        let there = |of: &Value| of.pointer(&pointer).filter(|value| !value.is_null()).map(words);
        let value = |of: &Value| there(of).unwrap_or_else(|| "not there".to_owned());
        Some(Difference { field: pointer[1..].replace('/', "."), found: value(found), asked: value(asked) })
    }
}

/// SHA-256, in hexadecimal, of all that tells a run from another, wherever its data lie.
pub(crate) fn hash(record: &RunRecord) -> String {
    let mut compared = compared(&plain(record));
    compared["data"]["root"].take();
    format!("{:x}", Sha256::digest(compared.to_string()))
}

fn plain(record: &RunRecord) -> Value {
    serde_json::to_value(record).expect("a record is plain data")
}

/// A description without its words.
fn compared(description: &Value) -> Value {
    let mut compared = description.clone();
    for pointer in WORDS {
        if let Some(value) = compared.pointer_mut(pointer) {
            value.take();
        }
    }
    compared
}

/// The top-level fields that differ.
fn sections(a: &Value, b: &Value) -> BTreeSet<String> {
    let keys = [a, b].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
    keys.filter(|key| a.get(*key) != b.get(*key)).cloned().collect()
}

fn words(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
    let cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run() -> Value {
        json!({
            "date": "2025-01-01",
            "classes": ["normal", "glaucoma"],
            "data": { "cases": 4, "images": ["a.jpg"], "path": "data", "sha256": "0f" },
            "model": { "file": "a.pth", "sha256": "aa" },
            "notes": [],
            "seed": 0
        })
    }

    fn told(changes: &[(&str, Value)]) -> Option<[String; 3]> {
        let mut asked = run();
        changes.iter().for_each(|(pointer, value)| *asked.pointer_mut(pointer).unwrap() = value.clone());
        Difference::of(&run(), &asked).map(|difference| [difference.field, difference.found, difference.asked])
    }

    #[test]
    fn words_are_not_compared() {
        let words = [("/date", json!("2026-01-01")), ("/notes", json!(["assumed"])), ("/data/path", json!("../data"))];
        assert_eq!(told(&words), None);
        assert_eq!(told(&[("/model/file", json!("copy of a.pth"))]), None);
    }

    #[test]
    fn model_comes_before_data_and_all_else() {
        let [model, data] = [("/model/sha256", json!("bb")), ("/data/cases", json!(5))];
        let [file, seed] = [("/model/file", json!("b.pth")), ("/seed", json!(1))];
        let fields = |changes: &[(&str, Value)]| told(changes).unwrap();
        assert_eq!(fields(&[model.clone(), data.clone(), seed.clone()]), ["model.sha256", "`aa`", "`bb`"]);
        assert_eq!(fields(&[file.clone(), model]), ["model.file", "`a.pth`", "`b.pth`"]);
        assert_eq!(fields(&[file, data, seed.clone()]), ["data.cases", "4", "5"]);
        assert_eq!(fields(&[seed]), ["seed", "0", "1"]);
        assert_eq!(fields(&[("/data/images", json!(["b.jpg"]))])[0], "data");
    }

    #[test]
    fn long_values_are_cut_and_what_is_absent_is_said() {
        let mut asked = run();
        asked["layers"] = json!(vec!["layer4[-1]"; 40]);
        let difference = Difference::of(&run(), &asked).unwrap();
        assert_eq!(difference.found, "not there");
        assert!(
            difference.asked.ends_with('…') && difference.asked.chars().count() == LONGEST + 1,
            "{}",
            difference.asked
        );
    }
}
