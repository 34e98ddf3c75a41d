//! What a pickled `Learner` of fastai (`learn.export`) says beside its network: the names of the classes,
//! what the outputs stand for, and how photographs were prepared. Its objects are looked at by class and
//! attribute; none of their code is run, nor is it needed.

use std::collections::BTreeMap;

use super::pickle::{Id, Pickle, Value};
use super::stored::StoredTensor;
use crate::{FormatError, Preparation, Problem, labels};

/// What a learner says.
#[derive(Debug, Default)]
pub(super) struct Learner {
    pub classes: Option<Vec<String>>,
    pub problem: Option<Problem>,
    /// Means and deviations of its normalisation, of values from 0 to 1.
    normalisation: Option<[StoredTensor; 2]>,
    /// Height and width, and how images of other aspects are brought to it.
    size: Option<([usize; 2], &'static str)>,
    /// The part of that size that is looked at.
    fraction: f64,
}

/// A size above this is a mistake.
const LARGEST_SIZE: i64 = 1 << 14;

/// The learner that a pickle is, if it is one.
pub(super) fn learner(pickle: &Pickle<'_>) -> Option<Learner> {
    let Value::Object(root) = pickle.get(pickle.root()) else { return None };
    if pickle.class(root)? != "fastai.learner.Learner" {
        return None;
    }
    let mut learner = Learner { fraction: 1.0, ..Learner::default() };
    // Each list is read once, however many objects share it.
    let mut vocabularies: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for value in pickle.iter() {
        let Value::Object(object) = value else { continue };
        let (Some(class), Some(own)) = (pickle.class(object), pickle.instance_dict(object)) else { continue };
        let attribute = |name: &str| pickle.lookup(own, name);
        match class.strip_prefix("fastai.").unwrap_or_default() {
            "data.transforms.CategoryMap" => {
                let items = attribute("items").and_then(|items| list(pickle, items));
                if let Some(items) = items.filter(|items| !vocabularies.contains_key(items)) {
                    vocabularies.insert(items, names(pickle, items).unwrap_or_default());
                }
            }
            "data.transforms.Normalize" => {
                let is_small = |tensor: &StoredTensor| {
                    tensor
                        .shape()
                        .is_some_and(|shape| shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)) == Some(3))
                };
                let part = |name: &str| StoredTensor::read(pickle, attribute(name)?).filter(is_small);
                learner.normalisation = part("mean").zip(part("std")).map(|(mean, std)| [mean, std]);
            }
            "vision.augment.Resize" => {
                let how = match attribute("method").and_then(|method| pickle.str(method)) {
                    Some("squish") => "squash",
                    Some("pad") => "border",
                    _ => "center",
                };
                // Width and height, as Pillow has them.
                let size = attribute("size").and_then(|size| extents(pickle, size)).map(|[w, h]| ([h, w], how));
                learner.size = learner.size.or(size);
            }
            "vision.augment.RandomResizedCrop" => {
                let Some([w, h]) = attribute("size").and_then(|size| extents(pickle, size)) else { continue };
                let extra = match attribute("val_xtra").map(|extra| pickle.get(extra)) {
                    Some(Value::Float(extra)) => (w.max(h) as f64 * extra / 8.0).ceil() * 8.0,
                    _ => 0.0,
                };
                (learner.size, learner.fraction) = (Some(([h, w], "squash")), w as f64 / (w as f64 + extra));
            }
            "losses.BCEWithLogitsLossFlat" => learner.problem = Some(Problem::SeveralLabels),
            "losses.MSELossFlat" | "losses.L1LossFlat" => learner.problem = Some(Problem::Values),
            "losses.CrossEntropyLossFlat" | "losses.LabelSmoothingCrossEntropyFlat" | "losses.FocalLossFlat" => {
                learner.problem = Some(Problem::OneClass)
            }
            // Of batches, which `aug_transforms(size=…)` brings to the last size: height and width.
            _ if class.starts_with("fastai.vision.augment.") => {
                let how = learner.size.map_or("center", |(_, how)| how);
                let size = attribute("size").and_then(|size| extents(pickle, size));
                learner.size = size.map(|size| (size, how)).or(learner.size);
            }
            _ => {}
        }
    }
    let mut vocabularies: Vec<Vec<String>> = vocabularies.into_values().filter(|names| !names.is_empty()).collect();
    vocabularies.dedup();
    learner.classes = vocabularies.pop().filter(|_| vocabularies.is_empty());
    Some(learner)
}

impl Learner {
    /// How photographs were prepared, where the learner says for what size.
    ///
    /// # Errors
    /// Those of `decode`, which gives a tensor's elements.
    pub fn preparation(
        &self,
        mut decode: impl FnMut(&str, StoredTensor) -> Result<Vec<f32>, FormatError>,
    ) -> Result<Option<Preparation>, FormatError> {
        let Some(([height, width], how)) = self.size else { return Ok(None) };
        let [mean, std] = match &self.normalisation {
            Some([mean, std]) => [decode("mean", mean.clone())?, decode("std", std.clone())?],
            None => [vec![0.0; 3], vec![1.0; 3]],
        };
        let is_sound = mean.len() == 3 && std.len() == 3 && std.iter().all(|std| *std > 0.0);
        Ok(is_sound.then(|| Preparation {
            input: [height, width],
            mean,
            std,
            crop: self.fraction,
            mode: how.into(),
            interpolation: "bilinear".into(),
            by: "the learner in the file says (fastai resizes in steps of its own, so that pixels differ a little)"
                .into(),
        }))
    }
}

/// A list, or the one within fastcore's.
fn list(pickle: &Pickle<'_>, id: Id) -> Option<Id> {
    match pickle.get(id) {
        Value::Object(object) => pickle.lookup(pickle.instance_dict(object)?, "items"),
        _ => Some(id),
    }
}

/// The strings of a list.
fn names(pickle: &Pickle<'_>, list: Id) -> Option<Vec<String>> {
    let names = pickle.sequence(list)?.iter().enumerate().map(|(i, &name)| Some((i, pickle.str(name)?.to_owned())));
    labels::ordered(names.collect::<Option<_>>()?)
}

/// Two extents, or one for both: a number, a tuple, or fastcore's tuple.
fn extents(pickle: &Pickle<'_>, id: Id) -> Option<[usize; 2]> {
    let id = match pickle.get(id) {
        Value::Object(object) => pickle.arguments(object).last().copied()?,
        _ => id,
    };
    let extents = match pickle.int(id) {
        Some(extent) => vec![extent; 2],
        None if pickle.sequence(id)?.len() == 2 => pickle.integers(id)?,
        None => return None,
    };
    match extents[..] {
        [a, b] if [a, b].iter().all(|extent| (1..=LARGEST_SIZE).contains(extent)) => Some([a as usize, b as usize]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_come_along_are_not_called() {
        let carried = b"\x80\x02ccloudpickle.cloudpickle\n_make_function\n)R.";
        assert!(Pickle::read(carried).is_ok());
        let called = b"\x80\x02ccloudpickle.cloudpickle\n_make_function\n)R)R.";
        assert!(matches!(Pickle::read(called), Err(FormatError::ForbiddenPickle { .. })));
    }

    #[test]
    fn what_is_no_learner_says_nothing() {
        let (pickle, _) = Pickle::read(b"\x80\x02}.").expect("a dictionary");
        assert!(learner(&pickle).is_none());
        let (pickle, _) = Pickle::read(b"\x80\x02cfastai.learner\nLearner\n)\x81}b.").expect("a learner of nothing");
        let learner = learner(&pickle).expect("a learner");
        assert!(learner.classes.is_none() && learner.problem.is_none() && learner.size.is_none());
    }
}
