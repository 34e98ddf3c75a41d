//! What class names tell: which is the healthy one, and so which is the positive one.

use heatlens::Model;

use crate::Error;

/// Names of the class without a finding.
pub const HEALTHY: [&str; 10] = [
    "normal",
    "healthy",
    "no",
    "no glaucoma",
    "no_glaucoma",
    "non-glaucoma",
    "non_glaucoma",
    "negative",
    "nrg",
    "no referable glaucoma",
];

/// Names of a finding whatever it is.
const FOUND: [&str; 5] = ["yes", "positive", "rg", "referable glaucoma", "glaucomatous"];

/// Whether a class is the one without a finding, by its name.
pub(crate) fn is_healthy(name: &str) -> bool {
    HEALTHY.contains(&name.trim().to_lowercase().as_str())
}

/// The class that a label stands for that is no class's name but says whether something was found,
/// where one alone of two classes is the healthy one.
pub(crate) fn by_finding(label: &str, classes: &[String]) -> Option<usize> {
    let [a, b] = classes else { return None };
    let healthy = match (is_healthy(a), is_healthy(b)) {
        (true, false) => 0,
        (false, true) => 1,
        _ => return None,
    };
    let label = label.trim().to_lowercase();
    match (is_healthy(&label), FOUND.contains(&label.as_str())) {
        (true, _) => Some(healthy),
        (_, true) => Some(1 - healthy),
        _ => None,
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
    let class = usize::from(!is_healthy(&classes[1]) || is_healthy(&classes[0]));
    let words = format!("`{}` is taken as the positive class (--positive changes it)", classes[class]);
    Ok((Some(class), Some(words)))
}

/// Class names in the order that trainings of two classes use: the healthy one first. Other names
/// leave the order open.
pub(crate) fn in_usual_order(found: &[String]) -> Option<Vec<String>> {
    let [a, b] = found else { return None };
    match (is_healthy(a), is_healthy(b)) {
        (true, false) => Some(vec![a.clone(), b.clone()]),
        (false, true) => Some(vec![b.clone(), a.clone()]),
        _ => None,
    }
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
    }

    #[test]
    fn the_healthy_class_comes_first() {
        let names = |list: [&str; 2]| in_usual_order(&list.map(str::to_owned));
        assert_eq!(names(["glaucoma", "normal"]), Some(vec!["normal".into(), "glaucoma".into()]));
        assert_eq!(names(["RG", "NRG"]), Some(vec!["NRG".into(), "RG".into()]));
        assert_eq!(names(["a", "b"]), None);
        assert_eq!(names(["normal", "healthy"]), None);
    }
}
