//! Parts of a program that `torch.no_grad()` sets apart: they compute as if they were not.

use serde_json::Value as Json;

use super::argument::{self, Scope, only};
use super::run::{bind, step};
use crate::FormatError;
use crate::torch::program::{Builder, Value};

/// Whether an operator only says that what it holds has no gradient for training.
pub(super) fn is_region(target: &str) -> bool {
    target == "torch.ops.higher_order.wrap_with_set_grad_enabled"
}

/// Carries out the part in its place. Its values are its own; what it takes and gives is by order.
pub(super) fn inline<'p>(
    inputs: &'p [Json],
    outputs: &'p [Json],
    scope: &mut Scope<'p>,
    builder: &mut Builder,
) -> Result<(), FormatError> {
    let argument = |input: &'p Json| only(input.get("arg")?);
    let held = inputs.iter().position(|input| argument(input).is_some_and(|(kind, _)| kind == "as_graph"));
    let graph = held.and_then(|at| Some((at, argument(&inputs[at])?.1.get("graph")?)));
    let (at, graph) = graph.ok_or_else(|| builder.damaged("a part of the program that is not there"))?;
    let list = |key: &str| graph.get(key).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let (names, given) = (list("inputs"), &inputs[at + 1..]);
    if names.len() != given.len() {
        return Err(builder.damaged(format!("{} values for a part that takes {}", given.len(), names.len())));
    }
    let mut own = Scope::new();
    for (name, value) in names.iter().zip(given) {
        let value = argument::read(value.get("arg").unwrap_or(&Json::Null), scope, builder)?;
        let name = only(name).and_then(|(_, inner)| inner.get("name").or(inner.get("as_name"))?.as_str());
        own.insert(name.ok_or_else(|| builder.damaged("an input without a name"))?, value);
    }
    for node in list("nodes") {
        step(node, &mut own, builder)?;
    }
    let made = list("outputs").iter().map(|output| argument::read(output, &own, builder)).collect::<Result<_, _>>()?;
    bind(outputs, Value::List(made), scope, builder)
}
