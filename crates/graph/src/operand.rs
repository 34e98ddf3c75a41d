//! What is known of a node's inputs before it runs.

use crate::{Reason, Tensor, Type};

/// What an operator is told of one input while types are inferred.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Element type and shape.
    pub ty: &'a Type,
    /// The elements, where known before any image is seen.
    pub constant: Option<&'a Tensor>,
}

impl<'a> Operand<'a> {
    /// Extents, outermost first.
    pub fn shape(&self) -> &'a [usize] {
        &self.ty.shape
    }
}

/// The inputs of a node while types are inferred.
#[derive(Clone, Debug)]
pub struct Operands<'a>(Vec<Option<Operand<'a>>>);

impl<'a> Operands<'a> {
    pub(crate) fn new(operands: Vec<Option<Operand<'a>>>) -> Self {
        Operands(operands)
    }

    /// The operands in order, optional ones that were left out as `None`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Operand<'a>>> + '_ {
        self.0.iter().copied()
    }

    /// Input `i`, which the operator requires.
    pub fn required(&self, i: usize) -> Result<Operand<'a>, Reason> {
        self.optional(i).ok_or_else(|| Reason(format!("input {i} is missing")))
    }

    /// Input `i` if it was given.
    pub fn optional(&self, i: usize) -> Option<Operand<'a>> {
        self.0.get(i).copied().flatten()
    }

    /// Input `i` if it was given, required to be an integer constant.
    pub fn ints(&self, i: usize) -> Result<Option<&'a [i64]>, Reason> {
        let Some(operand) = self.optional(i) else { return Ok(None) };
        let tensor = operand.constant.ok_or_else(|| {
            Reason(format!(
                "input {i} depends on the image, but it decides the shape: export the model with fixed shapes"
            ))
        })?;
        tensor.as_i64().map(Some).ok_or_else(|| Reason(format!("input {i} must hold integers")))
    }
}
