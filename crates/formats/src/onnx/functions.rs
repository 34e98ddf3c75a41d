//! Model-local functions: the attributes of a call, put into the function's body.

use std::borrow::Cow;

use super::proto::{AttributeProto, FunctionProto, NodeProto};

/// `body`, a node of `function`, with references to attributes replaced by what `call` gives or the
/// function's default; without either the attribute is left out.
pub(super) fn with_attributes<'a>(
    body: &'a NodeProto,
    call: &NodeProto,
    function: &FunctionProto,
) -> Cow<'a, NodeProto> {
    if !refers(body) {
        return Cow::Borrowed(body);
    }
    let mut body = body.clone();
    replace(&mut body, call, function);
    Cow::Owned(body)
}

/// Whether a node or one of its branches refers to an attribute of the function.
fn refers(node: &NodeProto) -> bool {
    let within = |a: &AttributeProto| a.g.as_ref().is_some_and(|g| g.node.iter().any(refers));
    node.attribute.iter().any(|a| !a.ref_attr_name.is_empty() || within(a))
}

fn replace(node: &mut NodeProto, call: &NodeProto, function: &FunctionProto) {
    let attributes = std::mem::take(&mut node.attribute);
    node.attribute = attributes.into_iter().filter_map(|a| replaced(a, call, function)).collect();
}

fn replaced(mut attribute: AttributeProto, call: &NodeProto, function: &FunctionProto) -> Option<AttributeProto> {
    if !attribute.ref_attr_name.is_empty() {
        let named = |a: &&AttributeProto| a.name == attribute.ref_attr_name;
        let given = call.attribute.iter().find(named).or_else(|| function.attribute_proto.iter().find(named))?;
        return Some(AttributeProto { name: attribute.name, ..given.clone() });
    }
    for inner in attribute.g.iter_mut().flat_map(|g| &mut g.node) {
        replace(inner, call, function);
    }
    Some(attribute)
}

#[cfg(test)]
mod tests {
    use super::super::proto::AttributeType;
    use super::*;

    fn float(name: &str, f: f32) -> AttributeProto {
        AttributeProto { name: name.into(), f, r#type: AttributeType::Float.into(), ..Default::default() }
    }

    #[test]
    fn a_call_overrides_the_default_and_neither_leaves_the_attribute_out() {
        let reference = AttributeProto { name: "alpha".into(), ref_attr_name: "slope".into(), ..Default::default() };
        let body = NodeProto { attribute: vec![reference], ..Default::default() };
        let with_default = FunctionProto { attribute_proto: vec![float("slope", 0.5)], ..Default::default() };
        let call = NodeProto { attribute: vec![float("slope", 0.25)], ..Default::default() };
        let silent = NodeProto::default();
        assert_eq!(with_attributes(&body, &call, &with_default).attribute, [float("alpha", 0.25)]);
        assert_eq!(with_attributes(&body, &silent, &with_default).attribute, [float("alpha", 0.5)]);
        assert!(with_attributes(&body, &silent, &FunctionProto::default()).attribute.is_empty());
    }
}
