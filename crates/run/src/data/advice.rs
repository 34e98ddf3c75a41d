//! What to say of labels that are no class's name: how they were read, or the options of the command
//! that say what they mean, to be typed in.

use std::collections::BTreeMap;

use super::error::nearest;
use super::labels::key;
use crate::classes::{by_finding, healthy_of, is_denial, is_healthy};

/// Labels spoken of at most.
const SHOWN: usize = 3;
/// Readings told at most.
const TOLD: usize = 12;

/// Labels that are no class's name and the class each was read as, with how often it comes.
pub(crate) type Read = BTreeMap<(String, String), usize>;

/// How labels were read, and the option that changes it.
pub(crate) fn readings(read: &Read, classes: &[String]) -> Option<String> {
    let told = read.iter().take(TOLD);
    let told: Vec<String> = told.map(|((label, class), count)| format!("`{label}` ({count}) as {class}")).collect();
    let more = if read.len() > TOLD { format!(" and {} more", read.len() - TOLD) } else { String::new() };
    let other = |class: &String| classes.iter().find(|other| *other != class).map(String::as_str);
    let turned: Vec<(&str, &str)> = match classes.len() {
        2 => read.keys().filter_map(|(label, class)| Some((label.as_str(), other(class)?))).collect(),
        _ => Vec::new(),
    };
    let way = if turned.is_empty() { "--labels WRITTEN=CLASS".to_owned() } else { option(&turned) };
    (!told.is_empty()).then(|| format!("labels were read: {}{more} ({way} changes it)", told.join(", ")))
}

/// What to do about labels that are unknown, each with how often it comes. Where two labels stand
/// against two classes, both ways and what comes of each.
pub(super) fn advice(classes: &[String], unknown: &[(String, usize)]) -> String {
    let known = if classes.is_empty() { String::new() } else { format!("The classes are {}. ", classes.join(", ")) };
    let first = unknown.first().map_or("", |(label, _)| label);
    let leave = format!("leave its cases out with {}", option(&[(first, "exclude")]));
    let say = match (unknown, classes) {
        ([a, b], [_, _]) => {
            let one: [&str; 2] =
                if is_first_way(&a.0, &b.0, classes) { [&classes[0], &classes[1]] } else { [&classes[1], &classes[0]] };
            let way = |[x, y]: [&str; 2]| format!("{} ({} {x}, {} {y})", option(&[(&a.0, x), (&b.0, y)]), a.1, b.1);
            format!("{} or {}", way(one), way([one[1], one[0]]))
        }
        ([(label, _)], [x, y]) => {
            let [one, other] = if likely(label, classes) == Some(y) { [y, x] } else { [x, y] };
            format!("{} or {}", option(&[(label, one)]), option(&[(label, other)]))
        }
        _ => {
            let pair = |(label, _): &'_ (String, usize)| (label.clone(), likely(label, classes).unwrap_or("normal"));
            let pairs: Vec<(String, &str)> = unknown.iter().take(SHOWN).map(pair).collect();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(label, class)| (label.as_str(), *class)).collect();
            format!("as in {}", option(&pairs))
        }
    };
    format!("{known}Say what each label means, {say}, or {leave}")
}

/// `--labels` with pairs, quoted where a shell would part them.
fn option(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(label, class)| format!("{label}={class}")).collect::<Vec<_>>().join(",");
    if pairs.contains(char::is_whitespace) { format!("`--labels \"{pairs}\"`") } else { format!("`--labels {pairs}`") }
}

/// Whether two labels more likely stand for two classes in the order of the classes.
fn is_first_way(a: &str, b: &str, classes: &[String]) -> bool {
    match (by_name(a, classes), by_name(b, classes)) {
        (Some(class), _) => class == classes[0],
        (None, Some(class)) => class == classes[1],
        // The smaller number is mostly the healthy class, else the first.
        (None, None) => match (number(a), number(b), healthy_of(classes)) {
            (Some(x), Some(y), healthy) => (x < y) == (healthy != Some(1)),
            _ => true,
        },
    }
}

/// The class that a label most likely stands for, which the user is to confirm.
fn likely<'a>(label: &str, classes: &'a [String]) -> Option<&'a str> {
    let numbered = || match (number(label)?, classes) {
        (0, _) => classes.iter().find(|class| is_healthy(class)).or(classes.first()),
        (1, [x, _]) if healthy_of(classes) == Some(1) => Some(x),
        (number, _) => classes.get(usize::try_from(number).ok()?),
    };
    // A word that is none of the names is more likely a disease than health.
    let finding = || healthy_of(classes).filter(|_| number(label).is_none()).map(|healthy| &classes[1 - healthy]);
    let else_likely = || numbered().or_else(finding).or(classes.first()).map(String::as_str);
    by_name(label, classes).or_else(else_likely)
}

fn number(label: &str) -> Option<i64> {
    key(label).parse().ok()
}

/// The class that a label stands for that says whether something was found, the only class whose
/// name is a part of the label, else the one spelled most like it.
fn by_name<'a>(label: &str, classes: &'a [String]) -> Option<&'a str> {
    if let Some(class) = by_finding(label, classes) {
        return Some(&classes[class]);
    }
    if let Some(healthy) = healthy_of(classes).filter(|_| is_denial(label)) {
        return Some(&classes[healthy]);
    }
    let lower = key(label);
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = classes.iter().filter(|class| fits(&key(class)));
        fitting.next().filter(|_| fitting.next().is_none()).map(String::as_str)
    };
    // A part of it, or a beginning such as `N` and `G`.
    let part = only(&|class| lower.contains(class)).or_else(|| only(&|class| class.starts_with(&lower)));
    part.or_else(|| nearest(label, classes.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(classes: &[&str], labels: &[(&str, usize)]) -> String {
        let classes: Vec<String> = classes.iter().map(|&class| class.to_owned()).collect();
        advice(&classes, &labels.iter().map(|&(label, n)| (label.to_owned(), n)).collect::<Vec<_>>())
    }

    #[test]
    fn two_labels_of_two_classes_are_said_both_ways_with_their_counts() {
        let words = said(&["normal", "glaucoma"], &[("0", 5), ("1", 3)]);
        assert!(
            words.contains(
                "`--labels 0=normal,1=glaucoma` (5 normal, 3 glaucoma) or `--labels 0=glaucoma,1=normal` (5 \
                 glaucoma, 3 normal)"
            ) && words.ends_with("with `--labels 0=exclude`"),
            "{words}"
        );
        // The healthy class is 0 in whatever order the classes stand.
        let words = said(&["glaucoma", "normal"], &[("0", 5), ("1", 3)]);
        assert!(words.contains("means, `--labels 0=normal,1=glaucoma` (5 normal"), "{words}");
        let words = said(&["normal", "glaucoma"], &[("Glaucom", 1), ("7", 1)]);
        assert!(words.contains("means, `--labels Glaucom=glaucoma,7=normal`"), "{words}");
        for (labels, likely) in [
            (["G", "N"], "means, `--labels G=glaucoma,N=normal`"),
            (["1", "2"], "means, `--labels 1=normal,2=glaucoma`"),
        ] {
            let words = said(&["normal", "glaucoma"], &labels.map(|label| (label, 1)));
            assert!(words.contains(likely), "{words}");
        }
        for (label, class) in [("POAG", "glaucoma"), ("non-referable glaucoma eye", "normal")] {
            let words = said(&["normal", "glaucoma"], &[(label, 1)]);
            let first = words.split(" or ").next().unwrap();
            assert!(first.contains(&format!("{label}={class}")), "{words}");
        }
        let words = said(&["normal", "glaucoma"], &[("a", 1), ("b", 1)]);
        assert!(words.contains("`--labels a=normal,b=glaucoma`") && words.contains("`--labels a=glaucoma,b=normal`"));
    }

    #[test]
    fn readings_are_told_with_the_option_that_turns_them_round() {
        let told = |classes: &[&str], read: &[(&str, usize, usize)]| {
            let classes: Vec<String> = classes.iter().map(|&class| class.to_owned()).collect();
            let one =
                |&(label, class, count): &(&str, usize, usize)| ((label.to_owned(), classes[class].clone()), count);
            readings(&read.iter().map(one).collect(), &classes)
        };
        let words = told(&["normal", "glaucoma"], &[("NRG", 0, 4), ("RG", 1, 3)]).unwrap();
        assert_eq!(
            words,
            "labels were read: `NRG` (4) as normal, `RG` (3) as glaucoma (`--labels NRG=glaucoma,RG=normal` changes it)"
        );
        let words = told(&["class 0", "class 1"], &[("0", 0, 2), ("1", 1, 2)]).unwrap();
        assert!(words.contains("(`--labels \"0=class 1,1=class 0\"` changes it)"), "{words}");
        let words = told(&["a", "b", "c"], &[("0", 0, 2)]).unwrap();
        assert!(words.ends_with("(--labels WRITTEN=CLASS changes it)"), "{words}");
        assert_eq!(told(&["a", "b"], &[]), None);
    }

    #[test]
    fn one_label_and_many_are_options_too() {
        let words = said(&["normal", "glaucoma"], &[("Glaucoma Positive", 4)]);
        assert!(words.contains("`--labels \"Glaucoma Positive=glaucoma\"` or `--labels \"Glaucoma Positive=normal\"`"));
        let words = said(&["normal", "amd", "dr"], &[("0", 1), ("1", 1), ("2", 2), ("3", 1)]);
        assert!(words.contains("as in `--labels 0=normal,1=amd,2=dr`"), "{words}");
    }
}
