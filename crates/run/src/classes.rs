//! What class names tell: which is the healthy one, and so which is the positive one.

use heatlens::Model;

use crate::Error;

/// Names of the class without a finding, in lower case and with spaces between words.
pub const HEALTHY: [&str; 15] = [
    "normal",
    "healthy",
    "no",
    "negative",
    "nrg",
    "no glaucoma",
    "non glaucoma",
    "nonglaucoma",
    "no referable glaucoma",
    "non referable glaucoma",
    "non referable",
    "control",
    "controls",
    "absent",
    "false",
];

/// Names of a finding whatever it is.
const FOUND: [&str; 10] = [
    "yes",
    "positive",
    "rg",
    "referable glaucoma",
    "referable",
    "glaucomatous",
    "present",
    "true",
    "abnormal",
    "diseased",
];

/// How names begin that say that something is not there.
const DENIALS: [&str; 6] = ["no ", "non ", "not ", "without ", "non", "un"];

/// In lower case, with one space between words.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a class is the one without a finding, by its name alone.
pub(crate) fn is_healthy(name: &str) -> bool {
    HEALTHY.contains(&plain(name).as_str())
}

/// Whether a name says that what the other names is not there: `no DR` beside `DR`.
pub(crate) fn denies(name: &str, other: &str) -> bool {
    let (name, other) = (plain(name), plain(other));
    let rest = DENIALS.iter().find_map(|no| name.strip_prefix(no));
    rest.is_some_and(|rest| rest == other || FOUND.contains(&rest)) || (name == "0" && other == "1")
}

/// Whether a name begins as one that says that something is not there.
pub(crate) fn is_denial(name: &str) -> bool {
    DENIALS[..4].iter().any(|no| plain(name).starts_with(no))
}

/// The class without a finding, where one alone of two is.
pub(crate) fn healthy_of(classes: &[String]) -> Option<usize> {
    let [a, b] = classes else { return None };
    match (is_healthy(a) || denies(a, b), is_healthy(b) || denies(b, a)) {
        (true, false) => Some(0),
        (false, true) => Some(1),
        _ => None,
    }
}

/// The class that a label stands for that is no class's name but says whether something was found,
/// where one alone of two classes is the healthy one.
pub(crate) fn by_finding(label: &str, classes: &[String]) -> Option<usize> {
    let healthy = healthy_of(classes)?;
    if is_healthy(label) || denies(label, &classes[1 - healthy]) {
        Some(healthy)
    } else {
        FOUND.contains(&plain(label).as_str()).then_some(1 - healthy)
    }
}

/// The positive class: the one named, else of two classes the one that is not the healthy one, else
/// the second; `None` where the model has another number of classes. The words say what was
/// assumed.
///
/// # Errors
/// If a class is named and there is none of this name, or there are not two classes.
pub fn positive(model: &Model, asked: Option<&str>) -> Result<(Option<usize>, Option<String>), Error> {
    let classes = model.classes();
    if !model.head().is_of_one_class() {
        return match asked {
            None => Ok((None, None)),
            Some(_) => Err(Error::request(
                "--positive is for two classes: each of several labels has an outcome of its own, and values have errors",
            )),
        };
    }
    if let Some(name) = asked {
        let class = model.class(name)?;
        if classes.len() != 2 {
            let count = classes.len();
            return Err(Error::Request(format!("--positive needs a model of two classes; this one has {count}")));
        }
        return Ok((Some(class), None));
    }
    if classes.len() != 2 {
        return Ok((None, None));
    }
    let class = 1 - healthy_of(classes).unwrap_or(0);
    let words = format!("`{}` is taken as the positive class (--positive changes it)", classes[class]);
    Ok((Some(class), Some(words)))
}

/// Class names in the order that trainings of two classes use: the healthy one first. Other names
/// leave the order open.
pub(crate) fn in_usual_order(found: &[String]) -> Option<Vec<String>> {
    healthy_of(found).map(|healthy| vec![found[healthy].clone(), found[1 - healthy].clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_tells_the_class_where_one_is_healthy() {
        let class = |label: &str, classes: [&str; 2]| by_finding(label, &classes.map(str::to_owned));
        assert_eq!(["No", "NRG", "no glaucoma"].map(|label| class(label, ["glaucoma", "normal"])), [Some(1); 3]);
        assert_eq!(["Yes", "RG", "positive"].map(|label| class(label, ["glaucoma", "normal"])), [Some(0); 3]);
        assert_eq!(class("Yes", ["a", "b"]), None);
        assert_eq!(class("1", ["normal", "glaucoma"]), None);
        assert_eq!(["not AMD", "non-AMD", "without_amd"].map(|label| class(label, ["AMD", "Healthy"])), [Some(1); 3]);
        assert_eq!(class("Non-glaucomatous", ["normal", "glaucoma"]), Some(0));
        // A stage of a disease is no denial of it.
        assert_eq!(class("Non-proliferative DR", ["glaucoma", "normal"]), None);
    }

    #[test]
    fn the_healthy_class_comes_first() {
        let names = |list: [&str; 2]| in_usual_order(&list.map(str::to_owned));
        assert_eq!(names(["glaucoma", "normal"]), Some(vec!["normal".into(), "glaucoma".into()]));
        assert_eq!(names(["RG", "NRG"]), Some(vec!["NRG".into(), "RG".into()]));
        assert_eq!(names(["DR", "No_DR"]), Some(vec!["No_DR".into(), "DR".into()]));
        assert_eq!(names(["1", "0"]), Some(vec!["0".into(), "1".into()]));
        assert_eq!(names(["a", "b"]), None);
        assert_eq!(names(["normal", "healthy"]), None);
    }
}
