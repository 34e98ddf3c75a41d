//! What Keras wrote of a network: its layers, and which takes what of which.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::config::Config;
use crate::FormatError;

/// Models within models are not deeper; JSON is not, either.
const DEEPEST: usize = 24;

/// A `Sequential` or `Functional` model.
pub(crate) struct Network<'c> {
    pub name: &'c str,
    pub layers: Vec<Layer<'c>>,
    /// The tensors that it takes, by what makes them; none where its first layer takes whatever comes.
    pub inputs: Vec<Source<'c>>,
    pub outputs: Vec<Source<'c>>,
}

/// A layer, or a model within a model.
pub(crate) struct Layer<'c> {
    pub config: Config<'c>,
    /// What it takes, each time that it is called.
    pub calls: Vec<Call<'c>>,
    /// Where `.keras` files keep its weights within those of its model: its class and a counter.
    pub slot: String,
    /// The model that it is.
    pub network: Option<Network<'c>>,
}

/// One output of one call of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source<'c> {
    pub layer: &'c str,
    pub call: usize,
    pub output: usize,
}

/// What a layer takes, by place and by name.
#[derive(Debug, Default)]
pub(crate) struct Call<'c> {
    pub arguments: Vec<Argument<'c>>,
    pub named: Vec<(&'c str, Argument<'c>)>,
}

/// One argument.
#[derive(Clone, Debug)]
pub(crate) enum Argument<'c> {
    Tensor(Source<'c>),
    List(Vec<Argument<'c>>),
    /// What is no tensor of the network.
    Value(&'c Value),
}

impl<'c> Network<'c> {
    /// Reads the description of a model. `model` has `class_name` and `config`.
    ///
    /// # Errors
    /// [`FormatError::Unsupported`] for classes of one's own, [`FormatError::Damaged`] for what
    /// contradicts itself.
    pub fn read(model: &'c Value) -> Result<Self, FormatError> {
        Network::within(model, 0)
    }

    fn within(model: &'c Value, depth: usize) -> Result<Self, FormatError> {
        let class = text(model, "class_name");
        let config = model.get("config").ok_or_else(|| damaged("the description of the model is empty"))?;
        let layers = config.get("layers").unwrap_or(config).as_array();
        let Some(layers) = layers.filter(|_| is_model(class)) else {
            return Err(super::refuse::model(class));
        };
        if depth > DEEPEST {
            return Err(damaged(format!("models lie within models, more than {DEEPEST} deep")));
        }
        let mut counters = HashMap::new();
        let layers = layers.iter().map(|layer| Layer::read(layer, &mut counters, depth));
        let mut network = Network {
            name: text(config, "name"),
            layers: layers.collect::<Result<_, _>>()?,
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        if class == "Sequential" {
            network.chain();
            return Ok(network);
        }
        let sources = |key: &str| {
            let mut found = Vec::new();
            config.get(key).is_some_and(|value| sources(value, &mut found).is_some()).then_some(found)
        };
        let missing = || damaged("the description of the model does not say what goes in and out");
        network.inputs = sources("input_layers").ok_or_else(missing)?;
        network.outputs = sources("output_layers").ok_or_else(missing)?;
        network.count_from_one();
        Ok(network)
    }

    /// Models within a model were called once when they were made, which Keras 2 counts and does not
    /// write: their first call here is then number 1.
    fn count_from_one(&mut self) {
        let mut last: HashMap<&str, usize> = HashMap::new();
        let mut see = |source: Source<'c>| {
            let last = last.entry(source.layer).or_default();
            *last = source.call.max(*last);
        };
        self.outputs.iter().for_each(|source| see(*source));
        self.layers.iter().flat_map(|layer| &layer.calls).for_each(|call| call.sources(&mut see));
        for layer in self.layers.iter_mut().filter(|layer| layer.network.is_some()) {
            let count = layer.calls.len();
            if count > 0 && last.get(layer.config.name) == Some(&count) {
                layer.calls.insert(0, Call::default());
            }
        }
    }

    /// Lets each layer take what the one before it makes.
    fn chain(&mut self) {
        let mut before: Option<Source<'c>> = None;
        for layer in &mut self.layers {
            let source = Source { layer: layer.config.name, call: 0, output: 0 };
            let is_input = layer.config.class == "InputLayer";
            let arguments = before.map(Argument::Tensor).into_iter().collect();
            layer.calls = vec![Call { arguments, named: Vec::new() }];
            if is_input && before.is_none() {
                self.inputs = vec![source];
            }
            before = Some(source);
        }
        self.outputs = before.into_iter().collect();
    }

    /// The extents of the image that the network says it takes, batch first; `None` where it leaves
    /// an extent open.
    pub fn input_shape(&self) -> Option<Vec<Option<usize>>> {
        let first = match self.inputs.first() {
            Some(source) => self.layers.iter().find(|layer| layer.config.name == source.layer),
            None => self.layers.first(),
        }?;
        let said = ["batch_shape", "batch_input_shape"].iter().find_map(|key| first.config.get(key));
        match said.and_then(Value::as_array) {
            Some(shape) => {
                Some(shape.iter().map(|extent| extent.as_u64().and_then(|n| usize::try_from(n).ok())).collect())
            }
            None => first.network.as_ref()?.input_shape(),
        }
    }

    /// Whether a model of Keras is a plain `InputLayer` here.
    pub fn is_sequence_without_input(&self) -> bool {
        self.inputs.is_empty()
    }
}

impl<'c> Call<'c> {
    /// Names every tensor that the call takes.
    pub fn sources(&self, say: &mut impl FnMut(Source<'c>)) {
        let named = self.named.iter().map(|(_, argument)| argument);
        self.arguments.iter().chain(named).for_each(|argument| argument.sources(say));
    }
}

impl<'c> Argument<'c> {
    fn sources(&self, say: &mut impl FnMut(Source<'c>)) {
        match self {
            Argument::Tensor(source) => say(*source),
            Argument::List(list) => list.iter().for_each(|argument| argument.sources(say)),
            Argument::Value(_) => {}
        }
    }
}

impl<'c> Layer<'c> {
    fn read(layer: &'c Value, counters: &mut HashMap<String, usize>, depth: usize) -> Result<Self, FormatError> {
        let class = text(layer, "class_name");
        let settings = layer.get("config").and_then(Value::as_object);
        let own = layer.get("config").map_or("", |config| text(config, "name"));
        let name = layer.get("name").and_then(Value::as_str).unwrap_or(own);
        if class.is_empty() || name.is_empty() {
            return Err(damaged("a layer without class or name"));
        }
        let snake = snake_case(class);
        let counter = counters.entry(snake.clone()).and_modify(|count| *count += 1).or_insert(0);
        let slot = if *counter == 0 { snake } else { format!("{snake}_{counter}") };
        let network = is_model(class).then(|| Network::within(layer, depth + 1)).transpose()?;
        let calls = layer.get("inbound_nodes").and_then(Value::as_array);
        let calls = calls.map_or_else(Vec::new, |calls| calls.iter().map(call).collect());
        Ok(Layer { config: Config::new(class, name, settings), calls, slot, network })
    }
}

fn is_model(class: &str) -> bool {
    matches!(class, "Sequential" | "Functional" | "Model")
}

fn text<'c>(value: &'c Value, key: &str) -> &'c str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn damaged(what: impl Into<String>) -> FormatError {
    FormatError::Damaged(what.into())
}

/// `["layer", 0, 0]`, a list of such, or such in a dictionary, in order.
fn sources<'c>(value: &'c Value, into: &mut Vec<Source<'c>>) -> Option<()> {
    if let Some(source) = source(value) {
        into.push(source);
        return Some(());
    }
    match value {
        Value::Array(values) => values.iter().try_for_each(|value| sources(value, into)),
        Value::Object(values) => values.values().try_for_each(|value| sources(value, into)),
        _ => None,
    }
}

/// `["layer", 0, 0]`, with settings behind it in calls of Keras 2.
fn source(value: &Value) -> Option<Source<'_>> {
    let [layer, call, output] = value.as_array()?.get(..3)? else { return None };
    let index = |value: &Value| usize::try_from(value.as_u64()?).ok();
    Some(Source { layer: layer.as_str()?, call: index(call)?, output: index(output)? })
}

/// A call as either version of Keras writes it.
fn call(node: &Value) -> Call<'_> {
    match node {
        Value::Object(node) => {
            let arguments = node.get("args").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let named = node.get("kwargs").and_then(Value::as_object);
            Call { arguments: arguments.iter().map(argument).collect(), named: named.map_or_else(Vec::new, all_named) }
        }
        Value::Array(node) => call_of_keras_2(node),
        _ => Call::default(),
    }
}

/// `[["layer", 0, 0, {…}], …]`, or the inside of it alone where the layer takes one tensor.
fn call_of_keras_2(node: &[Value]) -> Call<'_> {
    let one = |entry: &'_ [Value]| matches!(entry.first(), Some(Value::String(_)));
    let entries: Vec<&[Value]> = if one(node) {
        vec![node]
    } else {
        node.iter().filter_map(|entry| Some(entry.as_array()?.as_slice())).collect()
    };
    let mut call = Call::default();
    for (i, entry) in entries.iter().enumerate() {
        call.arguments.push(match entry {
            // A number or a list of numbers stands in the place of a tensor.
            [Value::String(constant), _, value, ..] if constant == "_CONSTANT_VALUE" => Argument::Value(value),
            entry => reference(entry).map_or(Argument::Value(&Value::Null), Argument::Tensor),
        });
        if let (0, Some(named)) = (i, entry.get(3).and_then(Value::as_object)) {
            call.named = all_named(named);
        }
    }
    if call.arguments.len() > 1 {
        call.arguments = vec![Argument::List(call.arguments)];
    }
    call
}

fn reference(entry: &[Value]) -> Option<Source<'_>> {
    let [layer, call, output, ..] = entry else { return None };
    let index = |value: &Value| usize::try_from(value.as_u64()?).ok();
    Some(Source { layer: layer.as_str()?, call: index(call)?, output: index(output)? })
}

fn all_named(named: &Map<String, Value>) -> Vec<(&str, Argument<'_>)> {
    named.iter().map(|(name, value)| (name.as_str(), argument(value))).collect()
}

/// A tensor, a list with tensors in it, or a value.
fn argument(value: &Value) -> Argument<'_> {
    if value.get("class_name").and_then(Value::as_str) == Some("__keras_tensor__") {
        let history = value.get("config").and_then(|config| config.get("keras_history"));
        return history.and_then(source).map_or(Argument::Value(value), Argument::Tensor);
    }
    if let Some(values) = value.as_array() {
        if let (3, Some(source)) = (values.len(), source(value)) {
            return Argument::Tensor(source);
        }
        let list: Vec<Argument<'_>> = values.iter().map(argument).collect();
        if list.iter().any(|entry| !matches!(entry, Argument::Value(_))) {
            return Argument::List(list);
        }
    }
    Argument::Value(value)
}

/// `BatchNormalization` → `batch_normalization`, `Conv2DTranspose` → `conv2d_transpose`, as
/// `keras.utils.naming.to_snake_case` has it.
fn snake_case(class: &str) -> String {
    let word: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut snake = String::with_capacity(word.len() + 8);
    let lower = |at: usize| word.get(at).is_some_and(|c| c.is_ascii_lowercase());
    for (at, &c) in word.iter().enumerate() {
        if at > 0 && c.is_ascii_uppercase() && (lower(at + 1) || lower(at - 1)) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_named_as_keras_names_them() {
        for (class, snake) in [
            ("Conv2D", "conv2d"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("SeparableConv2D", "separable_conv2d"),
            ("BatchNormalization", "batch_normalization"),
            ("PReLU", "p_re_lu"),
            ("LayerScale", "layer_scale"),
            ("Dense", "dense"),
        ] {
            assert_eq!(snake_case(class), snake);
        }
    }

    #[test]
    fn calls_of_both_versions_are_read() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let sources = |node: &Value| format!("{:?}", call(node).arguments);
        let two = json(r#"[["a", 0, 0, {}], ["b", 1, 0, {}]]"#);
        let three = json(
            r#"{"args": [[{"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}},
                {"class_name": "__keras_tensor__", "config": {"keras_history": ["b", 1, 0]}}]], "kwargs": {}}"#,
        );
        assert_eq!(sources(&two), sources(&three));
        let divided = json(r#"["a", 0, 0, {"y": 127.5}]"#);
        assert_eq!((call(&divided).arguments.len(), call(&divided).named[0].0), (1, "y"));
        let from_one = json(r#"["_CONSTANT_VALUE", -1, 1.0, {"y": ["a", 0, 0]}]"#);
        let call = call(&from_one);
        assert!(matches!(call.arguments[0], Argument::Value(_)) && matches!(call.named[0].1, Argument::Tensor(_)));
    }
}
