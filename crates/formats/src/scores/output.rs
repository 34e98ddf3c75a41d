//! Which of several outputs holds the class scores.

use heatlens_graph::{Graph, ValueId};

use super::ending::Ending;
use super::shape::classes;
use super::{NoScores, ScoreOptions};

/// Words in the names that exporters and people give to class scores.
const NAMES: [&str; 4] = ["logits", "logit", "scores", "score"];

/// The output that holds the class scores, and what to say about the choice.
pub(super) fn choose(graph: &Graph, options: &ScoreOptions<'_>) -> Result<(ValueId, Vec<String>), NoScores> {
    let outputs = graph.outputs();
    if let Some(name) = options.output {
        let named = outputs.iter().copied().find(|&output| graph.value(output).name == name);
        let named = named
            .ok_or_else(|| NoScores(format!("the model has no output `{name}`; it has {}", listed(graph, outputs))))?;
        return match classes(graph, named) {
            Some(_) => Ok((named, Vec::new())),
            None => Err(NoScores(format!("output {} is no list of class scores", listed(graph, &[named])))),
        };
    }
    let candidates: Vec<ValueId> = outputs.iter().copied().filter(|&o| classes(graph, o).is_some()).collect();
    let chosen = match candidates.as_slice() {
        [] => return Err(none(graph)),
        &[only] => only,
        several => among(graph, several, options).ok_or_else(|| {
            NoScores(format!(
                "the model has several outputs that may be class scores: {}. Say which (`--output`), or export it \
                 with the class scores alone",
                listed(graph, several)
            ))
        })?,
    };
    let mut notes = Vec::new();
    if outputs.len() > 1 {
        notes.push(format!(
            "the model has {} outputs, {}; `{}` is read as the class scores",
            outputs.len(),
            listed(graph, outputs),
            graph.value(chosen).name
        ));
    }
    Ok((chosen, notes))
}

/// The candidate that its name, the number of classes or the network itself tells.
fn among(graph: &Graph, candidates: &[ValueId], options: &ScoreOptions<'_>) -> Option<ValueId> {
    let mut left = candidates.to_vec();
    let mut keep = |test: &dyn Fn(ValueId) -> bool| {
        let kept: Vec<_> = left.iter().copied().filter(|&v| test(v)).collect();
        if !kept.is_empty() {
            left = kept;
        }
        left.clone()
    };
    // A head of one logit stands for two classes.
    let count = |v: ValueId| classes(graph, v).map(|n| n.max(2));
    keep(&|v| options.classes.is_none_or(|n| count(v) == Some(n)));
    keep(&|v| named(&graph.value(v).name));
    // What other candidates are computed from are features, unless it is but squashed by them.
    let logits = |v: ValueId| Ending::of(graph, v).origin();
    let feeds = |v: ValueId| {
        let depends = graph.dependents(&[v]);
        candidates.iter().any(|&other| other != v && depends[other.index()] && logits(other) != logits(v))
    };
    let left = keep(&|v| !feeds(v));
    let (&first, others) = left.split_first()?;
    others.iter().all(|&other| logits(other) == logits(first)).then_some(first)
}

fn named(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.split(|c: char| !c.is_ascii_alphabetic()).any(|word| NAMES.contains(&word))
}

fn listed(graph: &Graph, outputs: &[ValueId]) -> String {
    let one = |&v: &ValueId| format!("`{}` {:?}", graph.value(v).name, graph.shape(v));
    outputs.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The error where no output may hold class scores.
fn none(graph: &Graph) -> NoScores {
    let outputs = graph.outputs();
    if outputs.is_empty() {
        return NoScores("the model gives nothing; a classifier gives (N, classes)".into());
    }
    let batch = outputs.iter().map(|&v| graph.shape(v)).find(|shape| matches!(shape, &[n, _] if *n > 1));
    if let Some(shape) = batch {
        return NoScores(format!(
            "the model gives {shape:?} and is made for {} images at a time, which could not be changed; export it for \
             one image, or with a dynamic batch",
            shape[0]
        ));
    }
    NoScores(format!(
        "the model gives {}; a classifier gives (N, classes). A detector or segmenter cannot be explained class by \
         class",
        listed(graph, outputs)
    ))
}
