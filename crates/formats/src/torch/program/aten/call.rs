//! One call of an operator, and its arguments by name.

use heatlens_graph::{DType, Op, ValueId};

use crate::FormatError;
use crate::torch::program::{Builder, Int, Kind, Value};

/// One call of an operator, where it is to be built. The first argument is `self` whatever PyTorch
/// calls it.
pub(in crate::torch) struct Call<'c> {
    pub builder: &'c mut Builder,
    /// `conv2d`.
    pub name: &'c str,
    pub arguments: &'c [(&'c str, Value)],
}

/// What an operator gives.
pub(super) type Built = Result<Value, FormatError>;

impl Call<'_> {
    /// The error of a call that is not read, with the way out.
    pub fn unsupported(&self, what: impl std::fmt::Display) -> FormatError {
        self.builder.unsupported(format!("aten::{}: {what}", self.name))
    }

    /// The error of a call that PyTorch would not make.
    pub fn damaged(&self, what: impl std::fmt::Display) -> FormatError {
        self.builder.damaged(format!("aten::{}: {what}", self.name))
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> FormatError {
        self.damaged(format!("`{name}` is {}, not {wanted}", value.describe()))
    }

    /// The argument, where it is given and not `None`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.arguments.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| value).filter(|value| **value != Value::None)
    }

    /// The argument, which must be given.
    pub fn need(&self, name: &str) -> Result<&Value, FormatError> {
        self.get(name).ok_or_else(|| self.damaged(format!("`{name}` is missing")))
    }

    /// A tensor that is given; integers that follow from the image become one.
    pub fn tensor(&mut self, name: &str) -> Result<ValueId, FormatError> {
        match self.need(name)?.clone() {
            Value::Tensor(tensor) => Ok(tensor),
            Value::Int(int) => self.scalar_of(int, DType::I64),
            Value::Float(number) => Ok(self.builder.number(number, DType::F32)),
            other => Err(self.wrong(name, &other, "a tensor")),
        }
    }

    /// A tensor that must hold floating point: others are widened.
    pub fn float_tensor(&mut self, name: &str) -> Result<ValueId, FormatError> {
        let x = self.tensor(name)?;
        self.cast(x, DType::F32)
    }

    /// The tensor `self`, in floating point.
    pub fn input(&mut self) -> Result<ValueId, FormatError> {
        self.float_tensor("self")
    }

    /// A tensor that may be left out.
    pub fn optional_tensor(&mut self, name: &str) -> Result<Option<ValueId>, FormatError> {
        self.get(name).is_some().then(|| self.float_tensor(name)).transpose()
    }

    /// The tensors of a list.
    pub fn tensors(&self, name: &str) -> Result<Vec<ValueId>, FormatError> {
        let given = self.need(name)?;
        let Value::List(list) = given else { return Err(self.wrong(name, given, "a list of tensors")) };
        let tensor = |value: &Value| match value {
            Value::Tensor(tensor) => Ok(*tensor),
            other => Err(self.wrong(name, other, "a tensor")),
        };
        list.iter().map(tensor).collect()
    }

    /// An integer as it is now, with the value that it follows.
    pub fn size(&self, name: &str) -> Result<Option<Int>, FormatError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Int(int)) => Ok(Some(*int)),
            Some(Value::Bool(flag)) => Ok(Some(Int::of(i64::from(*flag)))),
            Some(Value::Tensor(tensor)) => {
                let known = self.builder.known(*tensor).and_then(|known| known.as_i64());
                match known {
                    Some(&[now]) => Ok(Some(Int { now, source: None })),
                    _ => Err(self.unsupported(format!("`{name}` depends on the image"))),
                }
            }
            Some(other) => Err(self.wrong(name, other, "an integer")),
        }
    }

    /// An integer that becomes part of an operator.
    pub fn int(&mut self, name: &str, default: i64) -> Result<i64, FormatError> {
        Ok(self.size(name)?.map_or(default, |int| self.builder.settle(int)))
    }

    /// Integers that may follow the image; a single one is a list of one.
    pub fn sizes(&self, name: &str) -> Result<Option<Vec<Int>>, FormatError> {
        match self.get(name) {
            Some(Value::List(list)) => {
                let int = |value: &Value| match value {
                    Value::Int(int) => Ok(*int),
                    other => Err(self.wrong(name, other, "a list of integers")),
                };
                list.iter().map(int).collect::<Result<_, _>>().map(Some)
            }
            _ => Ok(self.size(name)?.map(|int| vec![int])),
        }
    }

    /// Integers that become part of an operator.
    pub fn ints(&mut self, name: &str) -> Result<Option<Vec<i64>>, FormatError> {
        let sizes = self.sizes(name)?;
        Ok(sizes.map(|sizes| sizes.into_iter().map(|int| self.builder.settle(int)).collect()))
    }

    /// Height and width; a single number stands for both, an empty list for the default.
    pub fn pair(&mut self, name: &str, default: [usize; 2]) -> Result<[usize; 2], FormatError> {
        let Some(ints) = self.ints(name)? else { return Ok(default) };
        let pair = match ints[..] {
            [] => return Ok(default),
            [both] => [both; 2],
            [height, width] => [height, width],
            _ => return Err(self.unsupported(format!("`{name}` of {} numbers; images have two axes", ints.len()))),
        };
        let extent = |n: i64| usize::try_from(n).map_err(|_| self.damaged(format!("`{name}` is {n}")));
        Ok([extent(pair[0])?, extent(pair[1])?])
    }

    pub fn flag(&self, name: &str, default: bool) -> Result<bool, FormatError> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Int(int)) if int.source.is_none() => Ok(int.now != 0),
            Some(other) => Err(self.wrong(name, other, "True or False")),
        }
    }

    pub fn number(&mut self, name: &str, default: f64) -> Result<f64, FormatError> {
        Ok(self.optional_number(name)?.unwrap_or(default))
    }

    pub fn optional_number(&mut self, name: &str) -> Result<Option<f64>, FormatError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(*number)),
            Some(Value::Bool(flag)) => Ok(Some(f64::from(u8::from(*flag)))),
            Some(Value::Tensor(tensor)) => {
                let known = self.builder.known(*tensor);
                let number = known.and_then(|known| match (known.as_f32(), known.as_i64()) {
                    (Some(&[x]), _) => Some(f64::from(x)),
                    (_, Some(&[x])) => Some(x as f64),
                    _ => None,
                });
                number.map(Some).ok_or_else(|| self.unsupported(format!("`{name}` depends on the image")))
            }
            Some(_) => {
                let int = self.size(name)?;
                Ok(int.map(|int| self.builder.settle(int) as f64))
            }
        }
    }

    pub fn text(&self, name: &str, default: &'static str) -> Result<String, FormatError> {
        match self.get(name) {
            None => Ok(default.to_owned()),
            Some(Value::Text(text)) => Ok(text.clone()),
            Some(other) => Err(self.wrong(name, other, "a text")),
        }
    }

    /// An element type; TorchScript prints the number that PyTorch's code has for it.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        match self.get(name)? {
            Value::Kind(kind) => Some(*kind),
            Value::Int(int) => Some(Kind::of_c10(int.now)),
            _ => None,
        }
    }

    /// An axis of a tensor of `rank`, counted from the end where negative.
    pub fn axis_of(&self, axis: i64, rank: usize) -> Result<usize, FormatError> {
        let from_start = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        let found = usize::try_from(from_start).ok().filter(|&axis| axis < rank.max(1));
        found.ok_or_else(|| self.damaged(format!("axis {axis} of {rank}")))
    }

    /// The axis that `name` says of a tensor.
    pub fn axis(&mut self, name: &str, default: i64, x: ValueId) -> Result<usize, FormatError> {
        let axis = self.int(name, default)?;
        self.axis_of(axis, self.rank(x))
    }

    /// The axes that `name` says; all of them where it is left out or empty.
    pub fn axes(&mut self, name: &str, x: ValueId) -> Result<Vec<usize>, FormatError> {
        let rank = self.rank(x);
        match self.ints(name)? {
            Some(axes) if !axes.is_empty() => axes.iter().map(|&axis| self.axis_of(axis, rank)).collect(),
            _ => Ok((0..rank).collect()),
        }
    }

    pub fn rank(&self, x: ValueId) -> usize {
        self.builder.shape(x).len()
    }

    /// Appends a node.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, FormatError> {
        self.builder.add(op, inputs)
    }

    /// Appends a node, which is all that the operator gives.
    pub fn give(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Built {
        Ok(Value::Tensor(self.add(op, inputs)?))
    }

    /// A function of each element of `self`.
    pub fn unary(&mut self, op: impl Into<Op>) -> Built {
        let x = self.input()?;
        self.give(op, &[x])
    }

    /// The elements in another type.
    pub fn cast(&mut self, x: ValueId, to: DType) -> Result<ValueId, FormatError> {
        if self.builder.dtype(x) == to { Ok(x) } else { self.add(heatlens_graph::ops::Cast { to }, &[x]) }
    }

    /// An integer as a number to compute with.
    pub fn scalar_of(&mut self, int: Int, dtype: DType) -> Result<ValueId, FormatError> {
        let Some(source) = int.source else { return Ok(self.builder.number(int.now as f64, dtype)) };
        let shape = self.builder.ints(&[]);
        let scalar = self.add(heatlens_graph::ops::Reshape::default(), &[source, shape])?;
        self.cast(scalar, dtype)
    }
}
