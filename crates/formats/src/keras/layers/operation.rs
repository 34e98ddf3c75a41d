//! Keras 2's `TFOpLambda`: a TensorFlow function by name; and what stands in brackets.

use heatlens_graph::{ValueId, ops};
use serde_json::Value;

use super::{Built, Given, Site, activation, arithmetic, identity, merge, shape};
use crate::FormatError;

/// The functions that `TFOpLambda` calls.
type Function = fn(&mut Site<'_, '_, '_, '_>) -> Built;
const FUNCTIONS: &[(&[&str], Function)] = &[
    (&["math.add", "__operators__.add", "add", "nn.bias_add", "math.add_n", "add_n"], merge::add),
    (&["math.subtract", "__operators__.sub", "subtract"], merge::subtract),
    (&["math.multiply", "__operators__.mul", "multiply"], merge::multiply),
    (
        &["math.truediv", "math.divide", "__operators__.truediv", "divide", "realdiv", "math.divide_no_nan"],
        merge::divide,
    ),
    (&["math.pow", "pow"], merge::power),
    (&["math.maximum", "maximum"], merge::maximum),
    (&["math.minimum", "minimum"], merge::minimum),
    (&["math.negative", "negative"], arithmetic::negative),
    (&["math.abs", "abs"], arithmetic::absolute),
    (&["math.square", "square"], arithmetic::square),
    (&["math.sqrt", "sqrt"], arithmetic::square_root),
    (&["math.log", "log"], arithmetic::logarithm),
    (&["clip_by_value"], arithmetic::clip),
    (&["math.reduce_mean", "reduce_mean"], arithmetic::mean),
    (&["math.reduce_sum", "reduce_sum"], arithmetic::sum),
    (&["math.reduce_max", "reduce_max"], arithmetic::largest),
    (&["math.reduce_min", "reduce_min"], arithmetic::smallest),
    (&["linalg.matmul", "matmul"], arithmetic::matmul),
    (&["concat", "keras.backend.concatenate"], merge::concatenate),
    (&["stack"], shape::stack),
    (&["reshape"], shape::reshape),
    (&["transpose"], shape::transpose),
    (&["expand_dims"], shape::expand_dims),
    (&["squeeze"], shape::squeeze),
    (&["__operators__.getitem"], get_item),
    (&["nn.softmax", "keras.activations.softmax"], activation::softmax),
    (&["cast", "identity", "stop_gradient", "convert_to_tensor"], identity),
];

/// Activations by the name that the activation has.
const ACTIVATIONS: &[(&str, &str)] = &[
    ("nn.relu", "relu"),
    ("nn.relu6", "relu6"),
    ("nn.leaky_relu", "leaky_relu"),
    ("nn.elu", "elu"),
    ("nn.selu", "selu"),
    ("nn.silu", "silu"),
    ("nn.swish", "silu"),
    ("nn.gelu", "gelu"),
    ("nn.sigmoid", "sigmoid"),
    ("math.sigmoid", "sigmoid"),
    ("sigmoid", "sigmoid"),
    ("nn.tanh", "tanh"),
    ("math.tanh", "tanh"),
    ("tanh", "tanh"),
    ("nn.softplus", "softplus"),
    ("math.softplus", "softplus"),
    ("nn.softsign", "softsign"),
    ("math.exp", "exponential"),
    ("exp", "exponential"),
    ("nn.log_softmax", "log_softmax"),
];

pub(super) fn lambda(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let function = site.config.text("function").unwrap_or("");
    let function = function.strip_prefix("compat.v1.").unwrap_or(function);
    if let Some((_, build)) = FUNCTIONS.iter().find(|(names, _)| names.contains(&function)) {
        return build(site);
    }
    if let Some((_, name)) = ACTIVATIONS.iter().find(|(name, _)| *name == function) {
        let x = site.input()?;
        return match (*name, site.setting("alpha").and_then(Value::as_f64)) {
            ("leaky_relu", Some(alpha)) => site.add(ops::LeakyRelu { alpha: alpha as f32 }, &[x]),
            _ => activation::named(site, x, name, None),
        };
    }
    Err(site.config.unsupported(format!("the TensorFlow function `tf.{function}` is not read")))
}

/// What stands in one place of the brackets.
enum Part {
    Index(i64),
    Range { start: Option<i64>, stop: Option<i64>, step: i64 },
    Ellipsis,
}

/// `x[…, ::-1]`: parts of a tensor.
pub(super) fn get_item(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let spec = match site.argument(1, &["slice_spec", "key"]) {
        Some(Given::Value(value)) => *value,
        _ => return Err(site.config.unsupported("its brackets hold a tensor")),
    };
    let parts = match spec {
        Value::Array(parts) => parts.iter().map(part).collect::<Option<Vec<_>>>(),
        one => part(one).map(|part| vec![part]),
    };
    let parts = parts.ok_or_else(|| site.config.unsupported("its brackets hold what is not read"))?;
    take(site, x, parts)
}

fn part(value: &Value) -> Option<Part> {
    let class = value.get("class_name").and_then(Value::as_str);
    if class == Some("__ellipsis__") {
        return Some(Part::Ellipsis);
    }
    if let Some(index) = value.as_i64() {
        return Some(Part::Index(index));
    }
    let range = match class {
        Some("__slice__") => value.get("config")?,
        _ => value,
    };
    let bound = |key: &str| match range.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_i64().map(Some),
    };
    range.is_object().then_some(())?;
    Some(Part::Range { start: bound("start")?, stop: bound("stop")?, step: bound("step")?.unwrap_or(1) })
}

fn take(site: &mut Site<'_, '_, '_, '_>, x: ValueId, parts: Vec<Part>) -> Built {
    let fail = |site: &Site<'_, '_, '_, '_>| Err(site.config.unsupported("its brackets do not fit the tensor"));
    let rank = site.builder.rank(x);
    let named = parts.iter().filter(|part| !matches!(part, Part::Ellipsis)).count();
    let Some(open) = rank.checked_sub(named) else { return fail(site) };
    let (mut axis, mut y, mut gone) = (0, x, Vec::new());
    for part in parts {
        let (start, stop, step) = match part {
            Part::Ellipsis => {
                axis += open;
                continue;
            }
            Part::Range { start: None, stop: None, step: 1 } => {
                axis += 1;
                continue;
            }
            Part::Range { start, stop, step } => (start, stop, step),
            Part::Index(index) => {
                gone.push(axis);
                (Some(index), (index != -1).then_some(index.saturating_add(1)), 1)
            }
        };
        if axis == 0 || axis >= rank {
            return fail(site);
        }
        y = slice(site, y, axis as i64, [start, stop], step)?;
        axis += 1;
    }
    let mut shape = site.builder.shape(y);
    for &axis in gone.iter().rev() {
        shape.remove(axis);
    }
    if gone.is_empty() {
        return Ok(y);
    }
    let target: Vec<i64> = shape.iter().skip(1).map(|&extent| extent as i64).collect();
    site.builder.reshape(y, &target, &site.module)
}

fn slice(
    site: &mut Site<'_, '_, '_, '_>,
    x: ValueId,
    axis: i64,
    [start, stop]: [Option<i64>; 2],
    step: i64,
) -> Result<ValueId, FormatError> {
    let axis = site.axis(x, axis)? as i64;
    let forward = step >= 0;
    let start = start.unwrap_or(if forward { 0 } else { i64::MAX });
    let stop = stop.unwrap_or(if forward { i64::MAX } else { i64::MIN });
    let inputs = [start, stop, axis, step].map(|value| site.integers(&[value]));
    let [start, stop, axis, step] = inputs;
    site.add(ops::Slice, &[x, start, stop, axis, step])
}
