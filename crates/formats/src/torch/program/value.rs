//! What the operators of a program take and give.

use heatlens_graph::{DType, ValueId};

/// A value of a program.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::torch) enum Value {
    None,
    Bool(bool),
    Int(Int),
    Float(f64),
    Text(String),
    Tensor(ValueId),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A `torch.dtype`.
    Kind(Kind),
    /// A device, a layout, a memory format: where elements lie, which changes no number.
    Place,
}

/// An integer, and the value of the graph (of shape `[1]`) that it is where it follows from the shape
/// of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::torch) struct Int {
    pub now: i64,
    pub source: Option<ValueId>,
}

/// An element type, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::torch) enum Kind {
    Float,
    /// Floating point of 16 bits, which is computed in 32 here.
    Half,
    Int,
    Bool,
    /// What nothing is computed in here, such as complex numbers and bytes.
    Other,
}

impl Kind {
    /// By the number that PyTorch's own code has for it (`c10::ScalarType`), which TorchScript prints.
    pub fn of_c10(number: i64) -> Kind {
        match number {
            3 | 4 => Kind::Int,
            5 | 15 => Kind::Half,
            6 | 7 => Kind::Float,
            11 => Kind::Bool,
            _ => Kind::Other,
        }
    }

    /// By the number that `torch.export` writes (`torch/_export/serde/schema.py`).
    pub fn of_export(number: i64) -> Kind {
        match number {
            4 | 5 => Kind::Int,
            6 | 13 => Kind::Half,
            7 | 8 => Kind::Float,
            12 => Kind::Bool,
            _ => Kind::Other,
        }
    }

    /// The element type of the graph.
    pub fn dtype(self) -> Option<DType> {
        match self {
            Kind::Float | Kind::Half => Some(DType::F32),
            Kind::Int => Some(DType::I64),
            Kind::Bool => Some(DType::Bool),
            Kind::Other => None,
        }
    }
}

impl Int {
    /// An integer of the program.
    pub const fn of(now: i64) -> Int {
        Int { now, source: None }
    }
}

impl From<i64> for Value {
    fn from(now: i64) -> Value {
        Value::Int(Int::of(now))
    }
}

impl From<ValueId> for Value {
    fn from(tensor: ValueId) -> Value {
        Value::Tensor(tensor)
    }
}

impl Value {
    /// What it is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Value::None => "None".into(),
            Value::Bool(flag) => if *flag { "True" } else { "False" }.into(),
            Value::Int(int) => int.now.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::Tensor(_) => "a tensor".into(),
            Value::List(list) => format!("a list of {}", list.len()),
            Value::Kind(_) => "an element type".into(),
            Value::Place => "a device or layout".into(),
        }
    }

    /// The tensors in it, in order.
    pub fn tensors(&self, into: &mut Vec<ValueId>) {
        match self {
            Value::Tensor(tensor) => into.push(*tensor),
            Value::List(list) => list.iter().for_each(|value| value.tensors(into)),
            _ => {}
        }
    }
}
