//! What class names tell: which is the healthy one, and so which is the positive one.

use heatlens::Model;

use crate::Error;

/// Names of the class without a finding.
pub const HEALTHY: [&str; 8] =
    ["normal", "healthy", "no", "no_glaucoma", "non-glaucoma", "negative", "nrg", "no referable glaucoma"];

/// Whether a class is the one without a finding, by its name.
pub(crate) fn is_healthy(name: &str) -> bool {
    HEALTHY.contains(&name.trim().to_lowercase().as_str())
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
    fn the_healthy_class_comes_first() {
        let names = |list: [&str; 2]| in_usual_order(&list.map(str::to_owned));
        assert_eq!(names(["glaucoma", "normal"]), Some(vec!["normal".into(), "glaucoma".into()]));
        assert_eq!(names(["RG", "NRG"]), Some(vec!["NRG".into(), "RG".into()]));
        assert_eq!(names(["a", "b"]), None);
        assert_eq!(names(["normal", "healthy"]), None);
    }
}
