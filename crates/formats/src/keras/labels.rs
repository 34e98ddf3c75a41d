//! `labels.txt` beside a model, as Teachable Machine writes it: `0 Healthy`, a line for each class.

use crate::{LoadOptions, labels};

/// Longer files name no classes.
const LONGEST: usize = 1 << 20;

/// The class names of the file beside the model, where there is one of this form.
pub(super) fn beside(options: &LoadOptions<'_>, notes: &mut Vec<String>) -> Option<Vec<String>> {
    let bytes = options.sibling.and_then(|sibling| sibling("labels.txt").ok())?;
    let names = (bytes.len() <= LONGEST).then(|| parse(&String::from_utf8_lossy(&bytes))).flatten();
    if names.is_some() {
        notes.push("class names are those of `labels.txt` beside the model (--classes changes them)".into());
    }
    names
}

/// Numbered lines, or `None` where the numbers do not count from 0.
fn parse(text: &str) -> Option<Vec<String>> {
    let line = |line: &str| {
        let (number, name) = line.trim().split_once(' ')?;
        Some((number.parse().ok()?, name.trim().to_owned()))
    };
    let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    labels::ordered(lines.map(line).collect::<Option<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_lines_are_names_and_others_are_not() {
        assert_eq!(parse("0 Healthy eye\r\n1 Glaucoma\r\n").unwrap(), ["Healthy eye", "Glaucoma"]);
        for text in ["", "0 one", "Healthy\nGlaucoma", "1 a\n2 b", "0 a\n0 b"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
