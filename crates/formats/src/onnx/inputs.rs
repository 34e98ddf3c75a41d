//! The inputs that a file declares, and the shape that the graph is built for.

use std::collections::HashSet;

use heatlens_graph::{DType, Dim, Tensor};

use super::element::Element;
use super::importer::{Entry, Importer};
use super::proto::{DimensionProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};
use crate::{FormatError, LoadOptions};

/// Height and width where neither the file nor the caller says.
const USUAL_SIZE: usize = 224;

/// No input of a classifier has more elements.
const LARGEST: usize = 1 << 28;

/// What the file tells of its inputs apart from their declarations.
pub(super) struct Usage<'g> {
    /// Inputs whose channels a node moves from last to second, as tf2onnx does.
    channels_last: HashSet<&'g str>,
    /// Channels that the first convolution takes.
    channels: Option<usize>,
    /// Whether there is only one input.
    alone: bool,
}

impl<'g> Usage<'g> {
    /// How the nodes of `graph` use its inputs.
    pub fn new(graph: &'g GraphProto, alone: bool) -> Self {
        let perm = |node: &NodeProto| node.attribute.iter().find(|a| a.name == "perm").map(|a| a.ints.clone());
        let moving = |node: &&NodeProto| node.op_type == "Transpose" && perm(node).as_deref() == Some(&[0, 3, 1, 2]);
        Usage {
            channels_last: graph
                .node
                .iter()
                .filter(moving)
                .filter_map(|node| Some(node.input.first()?.as_str()))
                .collect(),
            channels: first_convolution_channels(graph),
            alone,
        }
    }
}

fn first_convolution_channels(graph: &GraphProto) -> Option<usize> {
    let conv = graph.node.iter().find(|n| n.op_type == "Conv")?;
    let weight: &TensorProto = graph.initializer.iter().find(|t| Some(&t.name) == conv.input.get(1))?;
    let group = conv.attribute.iter().find(|a| a.name == "group").map_or(1, |a| a.i);
    usize::try_from(weight.dims.get(1)?.checked_mul(group)?).ok().filter(|c| (1..=1024).contains(c))
}

/// Adds one input.
pub(super) fn add(
    importer: &mut Importer<'_>,
    input: &ValueInfoProto,
    usage: &Usage<'_>,
    options: &LoadOptions<'_>,
    notes: &mut Vec<String>,
) -> Result<(), FormatError> {
    let name = &input.name;
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let tensor = tensor
        .ok_or_else(|| FormatError::Unsupported(format!("input `{name}` is no tensor; export the classifier alone")))?;
    let mut dims = match &tensor.shape {
        Some(shape) => shape.dim.iter().map(|d| declared(d, name)).collect::<Result<Vec<_>, _>>()?,
        None => {
            notes.push(format!(
                "input `{name}` has no declared shape; images (batch, channels, height, width) are assumed"
            ));
            vec![Dim::Free(String::new()); 4]
        }
    };
    let element = Element::from_number(tensor.elem_type, &format!("input `{name}`"))?;
    let mut dtype = element.widened();
    if let Some(values) = constant(input, options) {
        let tensor = filled(name, &dims, dtype, values)?;
        notes.push(format!("input `{name}` is fixed to {values:?}"));
        let value = importer.graph.constant(name.clone(), tensor);
        return importer.scope().define(name, Entry::Value(value));
    }
    if importer.batch.is_some() && dims.len() == 4 {
        dims[0] = Dim::Fixed(1);
    }
    let shape = instance(&dims, usage, options.input_size, name)?;
    if dims.len() == 4 && dtype == DType::I64 {
        notes.push(format!("input `{name}` takes whole numbers; they are passed as floats"));
        dtype = DType::F32;
    }
    if matches!(element, Element::F16 | Element::Bf16) {
        notes.push(
            "the file computes in 16-bit floats; 32-bit floats are used here, so the last digits differ".to_owned(),
        );
    }
    let value = importer.graph.input(name.clone(), dtype, dims, &shape);
    importer.scope().define(name, Entry::Value(value))
}

/// The values that the caller fixes an input to.
pub(super) fn constant<'a>(input: &ValueInfoProto, options: &LoadOptions<'a>) -> Option<&'a [f32]> {
    options.constants.iter().find(|(name, _)| *name == input.name).map(|(_, values)| values.as_slice())
}

/// Refuses values for inputs that there are not.
pub(super) fn check_constants(inputs: &[&ValueInfoProto], options: &LoadOptions<'_>) -> Result<(), FormatError> {
    match options.constants.iter().find(|(name, _)| inputs.iter().all(|input| input.name != *name)) {
        Some((name, _)) => Err(FormatError::Unsupported(format!(
            "the model has no input `{name}`; it has {}",
            inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ")
        ))),
        None => Ok(()),
    }
}

/// A constant in the place of an input: one value for all elements, or one an element. Free extents
/// are 1.
fn filled(name: &str, dims: &[Dim], dtype: DType, values: &[f32]) -> Result<Tensor, FormatError> {
    let fixed: Vec<usize> = dims.iter().map(|dim| if let Dim::Fixed(n) = dim { *n } else { 1 }).collect();
    let len = fixed.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= LARGEST);
    let elements: Vec<f32> = match (values, len) {
        (&[single], Some(len)) => vec![single; len],
        (values, Some(len)) if values.len() == len => values.to_vec(),
        _ => {
            return Err(FormatError::Unsupported(format!(
                "input `{name}` of shape {fixed:?} cannot be fixed to {} values: give one for all, or one an element",
                values.len()
            )));
        }
    };
    Ok(match dtype {
        DType::F32 => Tensor::f32(fixed, elements),
        DType::I64 => Tensor::i64(fixed, elements.iter().map(|&x| x as i64).collect()),
        DType::Bool => Tensor::bool(fixed, elements.iter().map(|&x| x != 0.0).collect()),
    })
}

/// The number of images that a file takes at a time, if it is fixed to several.
pub(super) fn fixed_batch(graph: &GraphProto) -> Option<usize> {
    let weights: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let images = graph.input.iter().filter(|i| !weights.contains(i.name.as_str()));
    let batches = images.filter_map(|input| {
        let dims = &input.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?.dim;
        let batch = dims.first().filter(|_| dims.len() == 4)?.dim_value?;
        usize::try_from(batch).ok().filter(|&n| n > 1)
    });
    batches.max()
}

/// One extent. Exporters write 0, −1 or a name for "any".
fn declared(dim: &DimensionProto, input: &str) -> Result<Dim, FormatError> {
    match dim.dim_value {
        Some(n) if n > 0 => Ok(Dim::Fixed(n as usize)),
        Some(n) if n < -1 => {
            Err(FormatError::Damaged(format!("input `{input}` has the extent {n}; export the model again")))
        }
        _ => Ok(Dim::Free(dim.dim_param.clone().unwrap_or_default())),
    }
}

/// The extents to build for: a batch of one, and the caller's, the declared or the usual height and
/// width.
fn instance(dims: &[Dim], usage: &Usage<'_>, size: Option<[usize; 2]>, input: &str) -> Result<Vec<usize>, FormatError> {
    let mut usual = vec![1; dims.len()];
    if dims.len() == 4 {
        let [height, width] = size.unwrap_or([USUAL_SIZE; 2]);
        let channels = usage.channels.unwrap_or(3);
        let order =
            if channels_last(dims, usage, input) { [1, height, width, channels] } else { [1, channels, height, width] };
        usual.copy_from_slice(&order);
    }
    let shape: Vec<usize> =
        dims.iter().zip(&usual).map(|(dim, &usual)| if let Dim::Fixed(n) = dim { *n } else { usual }).collect();
    if let Some(size) = size.filter(|_| dims.len() == 4 && usage.alone) {
        let spatial = if channels_last(dims, usage, input) { [shape[1], shape[2]] } else { [shape[2], shape[3]] };
        if spatial != size {
            return Err(FormatError::Unsupported(format!(
                "input `{input}` takes images of {}×{} only, not {}×{}; export the model with dynamic height and \
                 width for other sizes",
                spatial[0], spatial[1], size[0], size[1]
            )));
        }
    }
    let elements =
        shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= LARGEST && !shape.contains(&0));
    match elements {
        Some(_) => Ok(shape),
        None => Err(FormatError::Unsupported(format!(
            "input `{input}` would have the shape {shape:?}; 1 to {LARGEST} elements are supported"
        ))),
    }
}

/// Whether an image is (batch, height, width, channels).
fn channels_last(dims: &[Dim], usage: &Usage<'_>, input: &str) -> bool {
    let few = |dim: &Dim| matches!(dim, Dim::Fixed(1 | 3 | 4));
    match (few(&dims[1]), few(&dims[3])) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => usage.channels_last.contains(input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Dim = Dim::Free(String::new());

    fn built(dims: &[Dim], usage: &Usage<'_>, size: Option<[usize; 2]>) -> Result<Vec<usize>, String> {
        instance(dims, usage, size, "image").map_err(|e| e.to_string())
    }

    #[test]
    fn free_extents_follow_the_caller_then_the_usual() {
        let plain = Usage { channels_last: HashSet::new(), channels: Some(3), alone: true };
        let free = [FREE, Dim::Fixed(3), FREE, FREE];
        assert_eq!(built(&free, &plain, None).unwrap(), [1, 3, 224, 224]);
        assert_eq!(built(&free, &plain, Some([96, 64])).unwrap(), [1, 3, 96, 64]);
        let fixed = [Dim::Fixed(2), Dim::Fixed(3), Dim::Fixed(64), Dim::Fixed(32)];
        assert_eq!(built(&fixed, &plain, None).unwrap(), [2, 3, 64, 32]);
        assert!(built(&fixed, &plain, Some([64, 64])).unwrap_err().contains("64×32 only"));
        assert!(built(&[Dim::Fixed(1 << 40), FREE], &plain, None).unwrap_err().contains("would have the shape"));
        assert!(built(&free, &plain, Some([0, 64])).is_err());
    }

    #[test]
    fn channels_last_is_seen_in_the_declaration_or_the_first_node() {
        let plain = Usage { channels_last: HashSet::new(), channels: Some(1), alone: true };
        let moved = Usage { channels_last: HashSet::from(["image"]), channels: Some(1), alone: true };
        assert_eq!(built(&[FREE, FREE, FREE, Dim::Fixed(3)], &plain, Some([8, 9])).unwrap(), [1, 8, 9, 3]);
        assert_eq!(built(&[FREE, FREE, FREE, FREE], &moved, Some([8, 9])).unwrap(), [1, 8, 9, 1]);
        assert_eq!(built(&[FREE, FREE, FREE, FREE], &plain, Some([8, 9])).unwrap(), [1, 1, 8, 9]);
    }
}
