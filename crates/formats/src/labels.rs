//! Class names as files write them: lists, and dictionaries in both directions.

use serde_json::Value;

/// Longer lists and texts are no class names of a classifier.
const MOST_CLASSES: usize = 100_000;
const LONGEST_TEXT: usize = 8 << 20;

/// Names by index, which must be all of 0, 1, … once.
pub(crate) fn ordered(mut pairs: Vec<(usize, String)>) -> Option<Vec<String>> {
    pairs.sort_by_key(|(index, _)| *index);
    let complete = pairs.iter().enumerate().all(|(i, (index, _))| i == *index);
    (complete && (2..=MOST_CLASSES).contains(&pairs.len())).then(|| pairs.into_iter().map(|(_, name)| name).collect())
}

/// A list of names, `{"0": "name"}` or `{"name": 0}`.
pub(crate) fn from_json(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(names) => ordered(
            names.iter().enumerate().map(|(i, name)| Some((i, name.as_str()?.to_owned()))).collect::<Option<_>>()?,
        ),
        Value::Object(entries) => {
            let pair = |(key, value): (&String, &Value)| match value {
                Value::String(name) => Some((key.parse().ok()?, name.clone())),
                Value::Number(index) => Some((usize::try_from(index.as_u64()?).ok()?, key.clone())),
                _ => None,
            };
            ordered(entries.iter().map(pair).collect::<Option<_>>()?)
        }
        _ => None,
    }
}

/// Names in a text: JSON, a Python literal (`{0: 'a', 1: 'b'}`), or names between commas.
pub(crate) fn parse(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_TEXT {
        return None;
    }
    if let Ok(value) = serde_json::from_str(text).or_else(|_| serde_json::from_str(&from_python(text))) {
        return from_json(&value);
    }
    if text.contains(['{', '[', '(', '\'', '"', ':']) {
        return None;
    }
    ordered(text.split([',', '\n']).map(|name| name.trim().to_owned()).enumerate().collect())
}

/// A Python literal as JSON: double quotes, and keys in them.
fn from_python(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 16);
    let (mut within, mut number) = (false, String::new());
    for c in text.chars() {
        if !within && c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            let number = std::mem::take(&mut number);
            json += &if c == ':' { format!("\"{number}\"") } else { number };
        }
        match c {
            '\'' => {
                within = !within;
                json.push('"');
            }
            '"' if within => json += "\\\"",
            '(' if !within => json.push('['),
            ')' if !within => json.push(']'),
            c => json.push(c),
        }
    }
    json + &number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_form() {
        for text in [
            r#"["a", "b b"]"#,
            r#"{"0": "a", "1": "b b"}"#,
            r#"{"b b": 1, "a": 0}"#,
            "{0: 'a', 1: 'b b'}",
            "{'a': 0, 'b b': 1}",
            "['a', 'b b']",
            "('a', 'b b')",
            "a, b b",
        ] {
            assert_eq!(parse(text).as_deref(), Some(&["a".to_owned(), "b b".to_owned()][..]), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_classes_is_left() {
        for text in ["", "a", "{0: 'a', 2: 'b'}", "{0: 'a', 0: 'b'}", "{'a': 1}", "['a', 1]", "{'a': {'b': 0}}", "x: y"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
