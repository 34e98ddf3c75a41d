//! What a training script wrote beside the weights: the architecture and the names of the classes.

use super::arch::Said;
use super::pickle::{Id, Pickle, Value};
use crate::labels;

/// Keys of the architecture.
const ARCHITECTURE: [&str; 10] = [
    "arch",
    "architecture",
    "model_name",
    "model_arch",
    "arch_name",
    "backbone",
    "base_model",
    "encoder_name",
    "net",
    "model",
];

/// Keys of timm's pooling.
const POOL: [&str; 2] = ["global_pool", "gp"];

/// Keys of class names.
const CLASSES: [&str; 12] = [
    "class_to_idx",
    "idx_to_class",
    "classes",
    "class_names",
    "classnames",
    "id2label",
    "label2id",
    "labels",
    "label_names",
    "label_map",
    "vocab",
    "class_dict",
];

/// Keys of dictionaries and argument lists that hold such keys.
const NESTED: [&str; 12] = [
    "args",
    "hparams",
    "hyper_parameters",
    "hyperparameters",
    "config",
    "cfg",
    "opt",
    "options",
    "settings",
    "meta",
    "metadata",
    "pretrained_cfg",
];

/// The architecture and the class names that a checkpoint tells of.
pub(super) fn of(pickle: &Pickle<'_>) -> (Vec<Said>, Option<Vec<String>>) {
    let (mut said, mut classes) = (Vec::new(), None);
    let mut places = vec![(pickle.root(), String::new())];
    for key in NESTED {
        places.extend(value(pickle, pickle.root(), key).map(|inner| (inner, format!("{key}."))));
    }
    for (place, path) in places {
        let pool = POOL.iter().find_map(|key| Some(pickle.str(value(pickle, place, key)?)?.to_owned()));
        for key in ARCHITECTURE {
            let Some(name) = value(pickle, place, key).and_then(|id| pickle.str(id)) else { continue };
            said.push(Said {
                name: name.to_owned(),
                pool: pool.clone(),
                by: format!("the file's `{path}{key}`"),
                is_sure: true,
            });
        }
        if said.is_empty() && pool.is_some() {
            said.push(Said { name: String::new(), pool, by: format!("the file's `{path}`"), is_sure: true });
        }
        let named = CLASSES.iter().find_map(|key| names(pickle, value(pickle, place, key)?));
        classes = classes.or(named);
    }
    (said, classes)
}

/// The value of a key of a dictionary, or of an attribute of an object such as a `Namespace`.
fn value(pickle: &Pickle<'_>, id: Id, key: &str) -> Option<Id> {
    match pickle.get(id) {
        Value::Object(object) => pickle.lookup(pickle.instance_dict(object)?, key),
        _ => pickle.lookup(id, key),
    }
}

/// Class names from a list, `{name: index}` or `{index: name}`.
fn names(pickle: &Pickle<'_>, id: Id) -> Option<Vec<String>> {
    let index = |id: Id| usize::try_from(pickle.int(id)?).ok();
    if let Some(list) = pickle.sequence(id) {
        let names = list.iter().enumerate().map(|(i, &name)| Some((i, pickle.str(name)?.to_owned())));
        return labels::ordered(names.collect::<Option<_>>()?);
    }
    let Value::Dict(entries) = pickle.get(id) else { return None };
    let pair = |&(key, value): &(Id, Id)| match (pickle.str(key), pickle.str(value)) {
        (Some(name), None) => Some((index(value)?, name.to_owned())),
        (None, Some(name)) => Some((index(key)?, name.to_owned())),
        _ => None,
    };
    labels::ordered(entries.iter().map(pair).collect::<Option<_>>()?)
}
