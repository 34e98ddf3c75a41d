//! Arguments as the schema writes them, each a value under the name of its kind.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::FormatError;
use crate::torch::program::{Builder, Int, Kind, Value};

/// The values that a program has made, by name.
pub(super) type Scope<'p> = HashMap<&'p str, Value>;

/// Reads an argument: what it names is looked up.
pub(super) fn read(argument: &Json, scope: &Scope<'_>, builder: &Builder) -> Result<Value, FormatError> {
    let (kind, value) = only(argument).ok_or_else(|| builder.damaged("an argument of no kind"))?;
    let list = |item: &dyn Fn(&Json) -> Result<Value, FormatError>| {
        let items = value.as_array().ok_or_else(|| builder.damaged(format!("`{kind}` is no list")))?;
        items.iter().map(item).collect::<Result<_, _>>().map(Value::List)
    };
    let wrong = || builder.damaged(format!("`{kind}` holds something else"));
    let int = |value: &Json| value.as_i64().map(Value::from).ok_or_else(wrong);
    let float = |value: &Json| number(value).map(Value::Float).ok_or_else(wrong);
    let flag = |value: &Json| value.as_bool().map(Value::Bool).ok_or_else(wrong);
    let text = |value: &Json| value.as_str().map(|text| Value::Text(text.to_owned())).ok_or_else(wrong);
    let tensor = |value: &Json| named(value.get("name").unwrap_or(value), scope, builder);
    let either = |value: &Json| symbolic(value, scope, builder);
    match kind {
        "as_none" => Ok(Value::None),
        "as_tensor" => tensor(value),
        "as_tensors" => list(&tensor),
        "as_optional_tensor" => either(value),
        "as_optional_tensors" => list(&either),
        "as_int" => int(value),
        "as_ints" => list(&int),
        "as_float" => float(value),
        "as_floats" => list(&float),
        "as_bool" => flag(value),
        "as_bools" => list(&flag),
        "as_string" => text(value),
        "as_strings" => list(&text),
        "as_sym_int" | "as_sym_float" | "as_sym_bool" => either(value),
        "as_sym_ints" | "as_sym_floats" | "as_sym_bools" => list(&either),
        "as_scalar_type" => value.as_i64().map(|number| Value::Kind(Kind::of_export(number))).ok_or_else(wrong),
        "as_memory_format" | "as_layout" | "as_device" => Ok(Value::Place),
        "as_graph" => Err(builder.unsupported("control flow, which depends on the image")),
        other => Err(builder.unsupported(format!("an argument of the kind `{other}`, which is not read"))),
    }
}

/// The only key of an object, and its value.
pub(super) fn only(object: &Json) -> Option<(&str, &Json)> {
    let (key, value) = object.as_object()?.iter().next()?;
    Some((key, value))
}

/// A number; Python's infinities are texts.
fn number(value: &Json) -> Option<f64> {
    match value.as_str() {
        Some("Infinity" | "inf") => Some(f64::INFINITY),
        Some("-Infinity" | "-inf") => Some(f64::NEG_INFINITY),
        Some("NaN" | "nan") => Some(f64::NAN),
        _ => value.as_f64(),
    }
}

/// A size or a tensor by name, or a number.
fn symbolic(value: &Json, scope: &Scope<'_>, builder: &Builder) -> Result<Value, FormatError> {
    let (kind, value) = only(value).ok_or_else(|| builder.damaged("an argument of no kind"))?;
    match kind {
        "as_name" => named(value, scope, builder),
        "as_tensor" => named(value.get("name").unwrap_or(value), scope, builder),
        "as_none" => Ok(Value::None),
        "as_int" => value.as_i64().map(|now| Value::Int(Int::of(now))).ok_or_else(|| builder.damaged("no integer")),
        "as_float" => number(value).map(Value::Float).ok_or_else(|| builder.damaged("no number")),
        "as_bool" => value.as_bool().map(Value::Bool).ok_or_else(|| builder.damaged("no truth value")),
        other => Err(builder.unsupported(format!("an argument of the kind `{other}`, which is not read"))),
    }
}

fn named(name: &Json, scope: &Scope<'_>, builder: &Builder) -> Result<Value, FormatError> {
    let name = name.as_str().unwrap_or_default();
    scope.get(name).cloned().ok_or_else(|| {
        builder.unsupported(format!(
            "it takes `{name}`, which is not read: indices of maxima, statistics of a batch or an input that is no \
             tensor"
        ))
    })
}
