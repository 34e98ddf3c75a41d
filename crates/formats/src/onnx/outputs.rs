//! The outputs of a file that are read, and the nodes that they depend on. Labels, boxes and
//! pictures beside the class scores need operators that are of no other use here.

use std::collections::{HashMap, HashSet};

use super::proto::{GraphProto, NodeProto};
use crate::FormatError;

/// Keeps the output asked for, or all that known operators make; where outputs are left out, so are
/// the nodes that none of the others depends on. `known` says whether a node can be translated.
///
/// # Errors
/// [`FormatError::Unsupported`] if there is no output of the name asked for.
pub(super) fn keep(
    graph: &mut GraphProto,
    asked: Option<&str>,
    known: impl Fn(&NodeProto) -> bool,
    notes: &mut Vec<String>,
) -> Result<(), FormatError> {
    let makers = makers(&graph.node);
    if let Some(name) = asked {
        let names: Vec<_> = graph.output.iter().map(|o| format!("`{}`", o.name)).collect();
        if !graph.output.iter().any(|o| o.name == name) {
            return Err(FormatError::Unsupported(format!(
                "the model has no output `{name}`; it has {}",
                names.join(", ")
            )));
        }
        graph.output.retain(|o| o.name == name);
    }
    let first = first_unknown(&graph.node, known);
    let unknown: Vec<Option<&NodeProto>> =
        graph.output.iter().map(|o| Some(&graph.node[first[*makers.get(&o.name)?]?])).collect();
    if unknown.iter().all(Option::is_none) && asked.is_none() {
        return Ok(());
    }
    if unknown.iter().any(Option::is_none) {
        for (output, node) in graph.output.iter().zip(&unknown) {
            if let Some(node) = node {
                notes.push(format!("the output `{}` was left out: {} is not known here", output.name, node.op_type));
            }
        }
        let mut unknown = unknown.iter().map(Option::is_some).collect::<Vec<_>>().into_iter();
        graph.output.retain(|_| !unknown.next().unwrap_or(false));
    }
    let names: Vec<&str> = graph.output.iter().map(|o| o.name.as_str()).collect();
    let mut needed = self::needed(&graph.node, &makers, names).into_iter();
    graph.node.retain(|_| needed.next().unwrap_or(true));
    Ok(())
}

/// For each node the first of all that are not known among itself and those it depends on.
fn first_unknown(nodes: &[NodeProto], known: impl Fn(&NodeProto) -> bool) -> Vec<Option<usize>> {
    let mut users: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, node) in nodes.iter().enumerate() {
        let mut names = HashSet::new();
        taken(node, &mut names);
        names.into_iter().for_each(|name| users.entry(name).or_default().push(i));
    }
    let mut first = vec![None; nodes.len()];
    for unknown in (0..nodes.len()).filter(|&i| !known(&nodes[i])) {
        let mut left = vec![unknown];
        while let Some(i) = left.pop() {
            // Whatever is behind a node that was reached before, was reached as well.
            if first[i].is_none() {
                first[i] = Some(unknown);
                left.extend(nodes[i].output.iter().filter_map(|name| users.get(name.as_str())).flatten());
            }
        }
    }
    first
}

/// The node that makes each value.
fn makers(nodes: &[NodeProto]) -> HashMap<String, usize> {
    nodes.iter().enumerate().flat_map(|(i, node)| node.output.iter().map(move |name| (name.clone(), i))).collect()
}

/// Which nodes these values depend on.
fn needed<'n>(
    nodes: &[NodeProto],
    makers: &HashMap<String, usize>,
    values: impl IntoIterator<Item = &'n str>,
) -> Vec<bool> {
    let mut needed = vec![false; nodes.len()];
    let mut left: Vec<usize> = values.into_iter().filter_map(|name| makers.get(name).copied()).collect();
    while let Some(i) = left.pop() {
        if std::mem::replace(&mut needed[i], true) {
            continue;
        }
        let mut names = HashSet::new();
        taken(&nodes[i], &mut names);
        left.extend(names.into_iter().filter_map(|name| makers.get(name).copied()));
    }
    needed
}

/// What a node takes, its branches included, which see the names around them.
fn taken<'n>(node: &'n NodeProto, names: &mut HashSet<&'n str>) {
    names.extend(node.input.iter().map(String::as_str));
    for branch in node.attribute.iter().filter_map(|a| a.g.as_ref()) {
        branch.node.iter().for_each(|node| taken(node, names));
        names.extend(branch.output.iter().map(|o| o.name.as_str()));
    }
}
