//! Carries out a program of `torch.export` on the graph in the making.

use heatlens_graph::{ModulePath, ValueId};
use serde_json::Value as Json;

use super::argument::{self, Scope, only};
use super::container::Decoders;
use super::program::{Program, Source};
use super::region;
use crate::FormatError;
use crate::torch::program::aten::{self, Request};
use crate::torch::program::{Builder, Outputs, Place, Value};

/// Python's operators on sizes, by the names of those on tensors.
const ON_SIZES: &[(&str, &str)] = &[
    ("_operator.add", "add"),
    ("_operator.sub", "sub"),
    ("_operator.mul", "mul"),
    ("_operator.floordiv", "floor_divide"),
    ("_operator.truediv", "div"),
    ("_operator.mod", "remainder"),
    ("_operator.pow", "pow"),
    ("_operator.neg", "neg"),
    ("_operator.eq", "eq"),
    ("_operator.ne", "ne"),
    ("_operator.lt", "lt"),
    ("_operator.le", "le"),
    ("_operator.gt", "gt"),
    ("_operator.ge", "ge"),
    ("_operator.and_", "logical_and"),
    ("_operator.or_", "logical_or"),
    ("torch.sym_not", "logical_not"),
    ("torch.sym_max", "maximum"),
    ("torch.sym_min", "minimum"),
];

/// Appends the operators of a program; its outputs by name.
pub(super) fn run(
    program: &Program<'_>,
    weights: &mut Decoders<'_, '_>,
    builder: &mut Builder,
    image: ValueId,
) -> Result<Outputs, FormatError> {
    let mut scope = Scope::new();
    for &(name, source) in &program.inputs {
        let value = match source {
            Source::Image => Value::Tensor(image),
            Source::Weight(weight) => Value::Tensor(builder.named(weight, || weights.weight(weight))?),
            Source::Constant(constant) => Value::Tensor(builder.named(constant, || weights.constant(constant))?),
            Source::Fixed(value) => argument::read(value, &scope, builder)?,
        };
        scope.insert(name, value);
    }
    for node in program.nodes {
        step(node, &mut scope, builder)?;
    }
    builder.module = ModulePath::root();
    let output = |name: &&str| match scope.get(*name) {
        Some(Value::Tensor(tensor)) => Ok(((*name).to_owned(), *tensor)),
        _ => Err(FormatError::Damaged(format!("the program returns `{name}`, which it does not make"))),
    };
    program.outputs.iter().map(output).collect()
}

/// Carries out one node.
pub(super) fn step<'p>(node: &'p Json, scope: &mut Scope<'p>, builder: &mut Builder) -> Result<(), FormatError> {
    let target = node.get("target").and_then(Json::as_str).unwrap_or_default();
    let outputs = node.get("outputs").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let own = node.get("name").and_then(Json::as_str);
    builder.place = Place::Node(own.or_else(|| outputs.iter().find_map(first_name)).unwrap_or(target).into());
    builder.module = module(node);
    if region::is_region(target) {
        let inputs = node.get("inputs").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        return region::inline(inputs, outputs, scope, builder);
    }
    let name = operator(target, builder)?;
    let mut request = Request { name, placed: Vec::new(), named: Vec::new() };
    for input in node.get("inputs").and_then(Json::as_array).into_iter().flatten() {
        let value = argument::read(input.get("arg").unwrap_or(&Json::Null), scope, builder)?;
        match input.get("name").and_then(Json::as_str) {
            Some(name) if target.starts_with("torch.ops.") && !name.is_empty() => request.named.push((name, value)),
            _ => request.placed.push(value),
        }
    }
    let made = aten::call(builder, request)?;
    bind(outputs, made, scope, builder)
}

/// The name of an operator without namespace and overload.
fn operator<'t>(target: &'t str, builder: &Builder) -> Result<&'t str, FormatError> {
    if let Some((_, name)) = ON_SIZES.iter().find(|(python, _)| *python == target) {
        return Ok(name);
    }
    if let Some(name) = target.strip_prefix("torch.ops.aten.") {
        return Ok(name.split_once('.').map_or(name, |(name, _)| name));
    }
    let what = target.strip_prefix("torch.ops.").unwrap_or(target);
    Err(builder.unsupported(if what.starts_with("higher_order.") {
        format!("`{what}` is control flow or a part of the program that is kept apart, which is not read")
    } else {
        format!("`{what}` is an operator that is not read")
    }))
}

fn first_name(output: &Json) -> Option<&str> {
    only(output).and_then(|(_, value)| value.get("name").or(value.get("as_name"))?.as_str())
}

/// Gives what an operator made the names that the program has for it.
pub(super) fn bind<'p>(
    outputs: &'p [Json],
    made: Value,
    scope: &mut Scope<'p>,
    builder: &Builder,
) -> Result<(), FormatError> {
    let mut define = |output: &'p Json, value: Value| {
        if let Some(name) = first_name(output).filter(|_| value != Value::None) {
            scope.insert(name, value);
        }
    };
    match (outputs, made) {
        ([], _) => {}
        ([one], Value::List(list)) => match only(one) {
            Some(("as_tensors", names)) => {
                let names = names.as_array().map_or(&[][..], Vec::as_slice);
                if names.len() != list.len() {
                    return Err(builder.damaged(format!("{} names for {} parts", names.len(), list.len())));
                }
                for (name, value) in names.iter().zip(list) {
                    if let Some(name) = name.get("name").and_then(Json::as_str) {
                        scope.insert(name, value);
                    }
                }
            }
            _ => list.into_iter().take(1).for_each(|value| define(one, value)),
        },
        ([one], value) => define(one, value),
        (several, Value::List(list)) => several.iter().zip(list).for_each(|(output, value)| define(output, value)),
        (several, value) => several.iter().take(1).for_each(|output| define(output, value.clone())),
    }
    Ok(())
}

/// The module whose `forward` ran a node. `nn_module_stack` lists those that were entered, each as its
/// key, its path and its class: `L__self__layer1,layer1,torch.nn.modules.container.Sequential`.
fn module(node: &Json) -> ModulePath {
    let stack = node.get("metadata").and_then(|metadata| metadata.get("nn_module_stack")?.as_str());
    let last = stack.and_then(|stack| stack.rsplit(';').next()).unwrap_or_default();
    let path = last.split(',').nth(1).filter(|_| last.matches(',').count() >= 2).unwrap_or_default();
    ModulePath::from(plain(path))
}

/// A path without what older versions put around it (`L['self'].layer1[0]`) and the counter of calls
/// (`relu@1`).
fn plain(path: &str) -> String {
    let path = path.strip_prefix("L['self']").map_or(path, |rest| rest.trim_start_matches('.'));
    let mut plain = String::with_capacity(path.len());
    let mut rest = path.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '@' => while rest.next_if(char::is_ascii_digit).is_some() {},
            '[' => plain.push('.'),
            ']' | '\'' => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_modules() {
        for (written, path) in [
            ("layer4.1.conv2", "layer4.1.conv2"),
            ("", ""),
            ("L['self'].layer1[0].conv1", "layer1.0.conv1"),
            ("relu@1", "relu"),
            ("blocks.0@12.act", "blocks.0.act"),
        ] {
            assert_eq!(plain(written), path);
        }
    }
}
