//! What the translation of one operator may ask and do.

use std::collections::HashSet;

use heatlens_graph::{DType, ModulePath, NodeSpec, Op, Tensor, ValueId, ops};

use super::attributes::Attributes;
use super::element::Element;
use super::importer::Importer;
use super::proto::{GraphProto, NodeProto};
use crate::FormatError;

/// The outputs of a translated node, or what is wrong with it.
pub(super) type Translated = Result<Vec<ValueId>, FormatError>;

/// Values that a weight may be made from.
const LONGEST_PREPARATION: usize = 64;

/// One node while it is translated.
pub(super) struct Context<'c, 'p> {
    pub importer: &'c mut Importer<'p>,
    pub node: &'c NodeProto,
    /// The node in messages.
    pub label: &'c str,
    /// Its arguments in order.
    pub inputs: Vec<Option<ValueId>>,
    pub module: ModulePath,
    /// Version of the operator set that the node belongs to.
    pub opset: i64,
}

impl<'c> Context<'c, '_> {
    /// The node's attributes.
    pub fn attributes(&self) -> Attributes<'c> {
        Attributes::new(&self.node.attribute, self.label)
    }

    /// Argument `i`, which the operator requires.
    pub fn input(&self, i: usize) -> Result<ValueId, FormatError> {
        self.optional(i).ok_or_else(|| self.damaged(format!("argument {i} is missing")))
    }

    /// Argument `i`, if it was given.
    pub fn optional(&self, i: usize) -> Option<ValueId> {
        self.inputs.get(i).copied().flatten()
    }

    /// All arguments; none may be left out.
    pub fn all_inputs(&self) -> Result<Vec<ValueId>, FormatError> {
        if self.inputs.is_empty() {
            return Err(self.damaged("it has no arguments"));
        }
        (0..self.inputs.len()).map(|i| self.input(i)).collect()
    }

    /// Extents of a value.
    pub fn shape(&self, value: ValueId) -> Vec<usize> {
        self.importer.graph.shape(value).to_vec()
    }

    /// Number of dimensions of a value.
    pub fn rank(&self, value: ValueId) -> usize {
        self.importer.graph.shape(value).len()
    }

    /// Element type of a value.
    pub fn dtype(&self, value: ValueId) -> DType {
        self.importer.graph.value(value).ty.dtype
    }

    /// The elements of a value, where known.
    pub fn known(&self, value: ValueId) -> Option<&Tensor> {
        self.importer.graph.value(value).constant.as_ref()
    }

    /// Whether a value follows from an input of the network, as far as a short walk back tells:
    /// weights are prepared in a few steps.
    pub fn depends_on_image(&self, value: ValueId) -> bool {
        let graph = &self.importer.graph;
        let (mut seen, mut left) = (HashSet::from([value]), vec![value]);
        while let Some(value) = left.pop() {
            if seen.len() > LONGEST_PREPARATION {
                return true;
            }
            match graph.value(value).producer {
                Some(node) => {
                    left.extend(graph.node(node).inputs.iter().flatten().filter(|&&input| seen.insert(input)))
                }
                None if graph.value(value).constant.is_none() => return true,
                None => {}
            }
        }
        false
    }

    /// A constant.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        let name = format!("{}/constant_{}", self.node.name, self.importer.graph.values().len());
        self.importer.graph.constant(name, tensor)
    }

    /// A 1-dimensional integer constant.
    pub fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    /// A 0-dimensional float constant.
    pub fn scalar(&mut self, value: f32) -> ValueId {
        self.constant(Tensor::scalar(value))
    }

    /// Decodes a constant of the file.
    pub fn decode(&mut self, proto: &super::proto::TensorProto) -> Result<Tensor, FormatError> {
        self.importer.decode(proto)
    }

    /// Adds the nodes of a branch.
    pub fn branch(&mut self, graph: &GraphProto) -> Translated {
        self.importer.branch(graph, self.label)
    }

    /// Adds a node on the way to the result.
    pub fn step(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, FormatError> {
        Ok(self.importer.graph.add(op, inputs, &self.module)?)
    }

    /// Adds the node that makes the result; it bears the file's names.
    pub fn finish(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Translated {
        self.finish_with(op, inputs.iter().copied().map(Some).collect())
    }

    /// As [`Context::finish`], with optional arguments.
    pub fn finish_with(&mut self, op: impl Into<Op>, inputs: Vec<Option<ValueId>>) -> Translated {
        let scope = self.importer.scope();
        let name = scope.full_name(&self.node.name);
        let output_names = self.node.output.iter().map(|o| scope.full_name(o)).collect();
        let spec = NodeSpec { op: op.into(), inputs, name, output_names, module: self.module.clone() };
        Ok(self.importer.graph.add_node(spec)?)
    }

    /// An operator of one argument and no attributes.
    pub fn unary(&mut self, op: impl Into<Op>) -> Translated {
        let x = self.input(0)?;
        self.finish(op, &[x])
    }

    /// An operator of two arguments and no attributes.
    pub fn binary(&mut self, op: impl Into<Op>) -> Translated {
        let (a, b) = (self.input(0)?, self.input(1)?);
        self.finish(op, &[a, b])
    }

    /// `value` as floats.
    pub fn as_floats(&mut self, value: ValueId) -> Result<ValueId, FormatError> {
        if self.dtype(value) == DType::F32 { Ok(value) } else { self.step(ops::Cast { to: DType::F32 }, &[value]) }
    }

    /// Argument `i` under the name of attribute `name`, as integers: newer operator sets have it as
    /// an argument, older ones as an attribute.
    pub fn ints_argument(&mut self, i: usize, name: &str) -> Result<Option<ValueId>, FormatError> {
        match (self.optional(i), self.attributes().ints(name)?) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(values)) => Ok(Some(self.ints(values))),
            (None, None) => Ok(None),
        }
    }

    /// The element type that attribute `name` gives by number.
    pub fn element(&self, name: &str) -> Result<Option<Element>, FormatError> {
        let number = self.attributes().int_if_given(name)?;
        number.map(|n| Element::from_number(i32::try_from(n).unwrap_or(-1), self.label)).transpose()
    }

    /// The node asks for something that is not supported.
    pub fn unsupported(&self, why: impl std::fmt::Display) -> FormatError {
        FormatError::Unsupported(format!("{}: {why}", self.label))
    }

    /// The node contradicts the specification.
    pub fn damaged(&self, why: impl std::fmt::Display) -> FormatError {
        FormatError::Damaged(format!("{}: {why}; export the model again", self.label))
    }
}
