//! Typed access to a node's attributes.

use super::proto::{AttributeProto, AttributeType, GraphProto, TensorProto};
use crate::FormatError;

/// The attributes of one node. `node` describes it in messages.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a> {
    list: &'a [AttributeProto],
    node: &'a str,
}

impl<'a> Attributes<'a> {
    /// The attributes in `list` of the node that `node` describes.
    pub fn new(list: &'a [AttributeProto], node: &'a str) -> Self {
        Attributes { list, node }
    }

    fn find(&self, name: &str, ty: AttributeType) -> Result<Option<&'a AttributeProto>, FormatError> {
        let Some(attribute) = self.list.iter().find(|a| a.name == name) else { return Ok(None) };
        // Files before IR version 2 do not say the type.
        if attribute.r#type() == ty || attribute.r#type() == AttributeType::Undefined {
            return Ok(Some(attribute));
        }
        Err(FormatError::Damaged(format!(
            "attribute `{name}` of {} holds {:?}, expected {ty:?}; export the model again",
            self.node,
            attribute.r#type()
        )))
    }

    /// Whether the node has this attribute.
    pub fn has(&self, name: &str) -> bool {
        self.list.iter().any(|a| a.name == name)
    }

    /// An integer, if given.
    pub fn int_if_given(&self, name: &str) -> Result<Option<i64>, FormatError> {
        Ok(self.find(name, AttributeType::Int)?.map(|a| a.i))
    }

    /// An integer.
    pub fn int(&self, name: &str, default: i64) -> Result<i64, FormatError> {
        Ok(self.int_if_given(name)?.unwrap_or(default))
    }

    /// A truth value, which ONNX writes as 0 or 1.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, FormatError> {
        Ok(self.int(name, default.into())? != 0)
    }

    /// An axis, possibly negative.
    pub fn axis(&self, name: &str, default: isize) -> Result<isize, FormatError> {
        let axis = self.int(name, default as i64)?;
        isize::try_from(axis).map_err(|_| {
            FormatError::Damaged(format!("attribute `{name}` of {} is {axis}, which is no axis", self.node))
        })
    }

    /// A float, if given.
    pub fn float_if_given(&self, name: &str) -> Result<Option<f32>, FormatError> {
        Ok(self.find(name, AttributeType::Float)?.map(|a| a.f))
    }

    /// A float.
    pub fn float(&self, name: &str, default: f32) -> Result<f32, FormatError> {
        Ok(self.float_if_given(name)?.unwrap_or(default))
    }

    /// Floats, if given.
    pub fn floats(&self, name: &str) -> Result<Option<&'a [f32]>, FormatError> {
        Ok(self.find(name, AttributeType::Floats)?.map(|a| &a.floats[..]))
    }

    /// Integers, if given.
    pub fn ints(&self, name: &str) -> Result<Option<&'a [i64]>, FormatError> {
        Ok(self.find(name, AttributeType::Ints)?.map(|a| &a.ints[..]))
    }

    /// Text.
    pub fn text(&self, name: &str, default: &'a str) -> Result<&'a str, FormatError> {
        match self.find(name, AttributeType::String)? {
            None => Ok(default),
            Some(a) => std::str::from_utf8(&a.s).map_err(|_| {
                FormatError::Damaged(format!("attribute `{name}` of {} is no text; export the model again", self.node))
            }),
        }
    }

    /// A tensor, if given.
    pub fn tensor(&self, name: &str) -> Result<Option<&'a TensorProto>, FormatError> {
        Ok(self.find(name, AttributeType::Tensor)?.and_then(|a| a.t.as_ref()))
    }

    /// A graph, if given.
    pub fn graph(&self, name: &str) -> Result<Option<&'a GraphProto>, FormatError> {
        Ok(self.find(name, AttributeType::Graph)?.and_then(|a| a.g.as_ref()))
    }
}

/// An integer attribute.
pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, r#type: AttributeType::Int.into(), ..Default::default() }
}

/// A truth value, which ONNX writes as 0 or 1.
pub(super) fn flag(name: &str, value: bool) -> AttributeProto {
    int(name, value.into())
}

/// An axis, possibly negative.
pub(super) fn axis(name: &str, axis: isize) -> AttributeProto {
    int(name, axis as i64)
}

/// An attribute of integers that count cells or name dimensions.
pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|&v| v as i64).collect();
    AttributeProto { name: name.into(), ints, r#type: AttributeType::Ints.into(), ..Default::default() }
}

/// A float attribute.
pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f, r#type: AttributeType::Float.into(), ..Default::default() }
}

/// A text attribute.
pub(super) fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto { name: name.into(), s: text.into(), r#type: AttributeType::String.into(), ..Default::default() }
}

/// A tensor attribute.
pub(super) fn tensor(name: &str, t: TensorProto) -> AttributeProto {
    AttributeProto { name: name.into(), t: Some(t), r#type: AttributeType::Tensor.into(), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_is_an_error_and_a_missing_attribute_its_default() {
        let axis =
            AttributeProto { name: "axis".into(), i: -1, r#type: AttributeType::Int.into(), ..Default::default() };
        let list = [axis];
        let attributes = Attributes::new(&list, "Concat at node `c`");
        assert_eq!(attributes.axis("axis", 0).unwrap(), -1);
        assert_eq!(attributes.axis("other", 3).unwrap(), 3);
        let error = attributes.float("axis", 0.0).unwrap_err().to_string();
        assert!(error.contains("Concat at node `c` holds Int, expected Float"), "{error}");
    }
}
