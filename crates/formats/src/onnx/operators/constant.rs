//! Constants, and what makes or converts them.

use heatlens_graph::{DType, Tensor, ops};

use super::{Context, Done, NodeWriter, Translated};

/// Constant in all its forms.
pub(super) fn constant(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    let tensor = if let Some(proto) = attributes.tensor("value")? {
        cx.decode(proto)?
    } else if let Some(values) = attributes.floats("value_floats")? {
        Tensor::f32([values.len()], values.to_vec())
    } else if let Some(values) = attributes.ints("value_ints")? {
        Tensor::ints(values)
    } else if attributes.has("value_float") {
        Tensor::scalar(attributes.float("value_float", 0.0)?)
    } else if attributes.has("value_int") {
        Tensor::i64([], vec![attributes.int("value_int", 0)?])
    } else {
        return Err(
            cx.unsupported("a constant that is sparse or text; export the classifier alone, with dense weights")
        );
    };
    let name = cx.node.output.first().map_or(String::new(), |o| cx.importer.scope().full_name(o));
    Ok(vec![cx.importer.graph.constant(name, tensor)])
}

/// ConstantOfShape; the element is a float 0 unless said otherwise.
pub(super) fn constant_of_shape(cx: &mut Context<'_, '_>) -> Translated {
    let value = match cx.attributes().tensor("value")? {
        Some(proto) => cx.decode(proto)?,
        None => Tensor::f32([1], vec![0.0]),
    };
    if value.len() != 1 {
        return Err(cx.damaged(format!("attribute `value` has {} elements, not one", value.len())));
    }
    cx.unary(ops::ConstantOfShape { value: value.reshaped([1]) })
}

/// Range.
pub(super) fn range(cx: &mut Context<'_, '_>) -> Translated {
    let inputs = [cx.input(0)?, cx.input(1)?, cx.input(2)?];
    cx.finish(ops::Range, &inputs)
}

/// Identity; of a weight, the weight itself, so that its elements stay known.
pub(super) fn identity(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    if cx.known(x).is_some() { Ok(vec![x]) } else { cx.finish(ops::Identity, &[x]) }
}

/// Cast between the element types that the graph tells apart.
pub(super) fn cast(cx: &mut Context<'_, '_>) -> Translated {
    let element = cx.element("to")?.ok_or_else(|| cx.damaged("attribute `to` is missing"))?;
    cast_to(cx, element.widened())
}

/// CastLike: to the element type of argument 1.
pub(super) fn cast_like(cx: &mut Context<'_, '_>) -> Translated {
    let to = cx.dtype(cx.input(1)?);
    cast_to(cx, to)
}

fn cast_to(cx: &mut Context<'_, '_>, to: DType) -> Translated {
    let x = cx.input(0)?;
    if cx.dtype(x) == to { identity(cx) } else { cx.finish(ops::Cast { to }, &[x]) }
}

/// Range, whose arguments ONNX wants without dimensions.
pub(super) fn write_range(w: &mut NodeWriter<'_, '_>) -> Done {
    let inputs = [0, 1, 2].map(|i| {
        let input = w.input(i);
        if w.rank(i) == 0 { input } else { w.without_dimensions(&input) }
    });
    w.finish("Range", &inputs.each_ref().map(String::as_str), vec![])
}
