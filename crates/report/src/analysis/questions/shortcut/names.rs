//! Whether the files of the classes are named differently, as those of different sources often are. A
//! network does not see names: they hint at where to look, and decide nothing.

use std::collections::BTreeMap;

use crate::analysis::evidence::Evidence;
use crate::analysis::words::list;
use heatlens_statistics::association;

/// Names go with the label from this Cramér's V on.
const STRONG: f64 = 0.4;
/// A kind of name is told of where it makes up this share of the files.
const LEAST_SHARE: f64 = 0.03;
/// Kinds that are told of. Where most files have a kind of their own there is none.
const TOLD: usize = 4;

/// Which kinds of names the classes have, where these go with the labels.
pub fn told(evidence: &Evidence) -> Option<String> {
    let known = evidence.images.iter().enumerate().filter_map(|(i, image)| Some((i, kind(&image.name), image.label?)));
    let known: Vec<(usize, String, usize)> = known.collect();
    let mut counts = BTreeMap::<&str, BTreeMap<usize, usize>>::new();
    for (_, kind, label) in &known {
        *counts.entry(kind).or_default().entry(*label).or_default() += 1;
    }
    let files = |of: &BTreeMap<usize, usize>| of.values().sum::<usize>();
    let mut kinds: Vec<(&str, BTreeMap<usize, usize>)> = counts.into_iter().collect();
    kinds.retain(|(_, of)| files(of) as f64 >= LEAST_SHARE * known.len() as f64);
    kinds.sort_by(|(a, of_a), (b, of_b)| files(of_b).cmp(&files(of_a)).then(a.cmp(b)));
    if kinds.len() < 2 || 2 * kinds.iter().map(|(_, of)| files(of)).sum::<usize>() < known.len() {
        return None;
    }
    let number = |kind: &String| kinds.iter().position(|(of, _)| of == kind).unwrap_or(kinds.len());
    let (groups, labels): (Vec<usize>, Vec<usize>) =
        known.iter().map(|(_, kind, label)| (number(kind), *label)).unzip();
    let units = evidence.units.select(&known.iter().map(|(i, ..)| *i).collect::<Vec<_>>());
    let tie = association(&groups, &labels, &units, &evidence.settings);
    if tie.estimate().is_none_or(|v| v < STRONG) || tie.is_significant(0.05) != Some(true) {
        return None;
    }
    let words = |(kind, of): &(&str, BTreeMap<usize, usize>)| {
        let of: Vec<String> = of.iter().map(|(&label, n)| format!("{n} of {}", evidence.facts.class(label))).collect();
        format!("“{kind}” ({})", list(&of))
    };
    let told: Vec<String> = kinds.iter().take(TOLD).map(words).collect();
    Some(format!(
        "The files of the classes are named differently, # standing for a number: {}. Files of different sources often \
         are: look whether cameras, sites or times differ as well.",
        list(&told)
    ))
}

/// A file's name without its folder and ending, its numbers taken out.
fn kind(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut kind = String::new();
    for letter in stem.chars() {
        match letter.is_ascii_digit() {
            false => kind.push(letter),
            true if kind.ends_with('#') => {}
            true => kind.push('#'),
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_but_for_their_numbers() {
        assert_eq!(
            ["test/1203_left.jpg", "7_left.png", "a.b/x12y3.tiff", "12"].map(kind),
            ["#_left", "#_left", "x#y#", "#"]
        );
    }
}
