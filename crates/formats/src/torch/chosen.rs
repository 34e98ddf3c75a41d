//! The part of a checkpoint that a caller chose, where it holds several networks.

use super::pickle::{Id, Pickle, Value};
use super::state_dict::StateDict;
use super::{Checkpoint, FormatError};

/// The value under a key, or under keys joined by dots; positions in lists count as keys.
pub(super) fn value(pickle: &Pickle<'_>, from: Id, path: &str) -> Option<Id> {
    if let Some(value) = child(pickle, from, path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| value(pickle, child(pickle, from, &path[..dot])?, &path[dot + 1..]))
}

fn child(pickle: &Pickle<'_>, id: Id, key: &str) -> Option<Id> {
    match pickle.get(id) {
        Value::List(items) | Value::Tuple(items) => items.get(key.parse::<usize>().ok()?).copied(),
        Value::Object(object) => pickle.lookup(pickle.instance_dict(object)?, key),
        _ => pickle.lookup(id, key),
    }
}

/// The same checkpoint with the weights of the module `path` only.
///
/// # Errors
/// [`FormatError::Unsupported`] if there are none, with the beginnings of the names that there are.
pub(super) fn module(checkpoint: Checkpoint, path: &str) -> Result<Checkpoint, FormatError> {
    let mut weights: StateDict = checkpoint.weights.like();
    for (name, tensor) in checkpoint.weights.iter() {
        if let Some(rest) = name.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) {
            weights.insert(rest, tensor.clone());
        }
    }
    if weights.is_empty() {
        let mut beginnings: Vec<&str> = Vec::new();
        for (name, _) in checkpoint.weights.iter() {
            let begin = name.split('.').next().unwrap_or(name);
            if !beginnings.contains(&begin) && beginnings.len() < 12 {
                beginnings.push(begin);
            }
        }
        return Err(FormatError::Unsupported(format!(
            "the file has no weights under `{path}` (`--weights`); the names of its weights begin with {}",
            beginnings.join(", ")
        )));
    }
    let mut notes = checkpoint.notes;
    notes.push(format!("took the weights whose names begin with `{path}.`, as was asked for; all others were left"));
    let modules = checkpoint.modules.and_then(|tree| tree.get(path).cloned());
    Ok(Checkpoint { weights, modules, notes, ..checkpoint })
}
