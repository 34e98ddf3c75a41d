//! The program as the schema writes it.

use serde_json::Value as Json;

use super::argument::only;
use super::common;
use crate::FormatError;

/// What an input of the graph stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source<'p> {
    /// The image.
    Image,
    /// A parameter or a buffer.
    Weight(&'p str),
    /// A tensor that the program was written with.
    Constant(&'p str),
    /// An argument that has one value.
    Fixed(&'p Json),
}

/// An extent of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extent {
    Fixed(usize),
    /// Open, and what it was when the program was exported.
    Open(Option<usize>),
}

/// A program that was taken apart.
pub(super) struct Program<'p> {
    /// The inputs by name.
    pub inputs: Vec<(&'p str, Source<'p>)>,
    pub nodes: &'p [Json],
    /// The names of the tensors that it returns.
    pub outputs: Vec<&'p str>,
    tensors: &'p Json,
}

impl<'p> Program<'p> {
    /// Takes the description apart.
    pub fn read(description: &'p Json) -> Result<Self, FormatError> {
        let missing = |what: &str| FormatError::Damaged(format!("the program has no {what}"));
        let module = description.get("graph_module").ok_or_else(|| missing("graph (`graph_module`)"))?;
        let graph = module.get("graph").ok_or_else(|| missing("graph"))?;
        let signature = module.get("signature").ok_or_else(|| missing("signature"))?;
        let specs = |name: &str| signature.get(name).and_then(Json::as_array).ok_or_else(|| missing(name));
        let mut inputs = Vec::new();
        for spec in specs("input_specs")? {
            inputs.extend(input(spec)?);
        }
        let mut outputs = Vec::new();
        for spec in specs("output_specs")? {
            outputs.extend(output(spec)?);
        }
        let nodes = graph.get("nodes").and_then(Json::as_array).ok_or_else(|| missing("nodes"))?;
        let tensors = graph.get("tensor_values").unwrap_or(&Json::Null);
        let images = inputs.iter().filter(|(_, source)| *source == Source::Image).count();
        if images != 1 {
            return Err(FormatError::Unsupported(format!(
                "the program takes {images} tensors, and one image is explained"
            )));
        }
        Ok(Program { inputs, nodes, outputs, tensors })
    }

    /// The name of the image.
    pub fn image_name(&self) -> &'p str {
        self.inputs.iter().find(|(_, source)| *source == Source::Image).map_or("image", |(name, _)| name)
    }

    /// The extents of the image.
    pub fn image_extents(&self) -> Result<Vec<Extent>, FormatError> {
        let damaged = || FormatError::Damaged("the program does not say what shape its image has".into());
        let sizes = self.tensors.get(self.image_name()).and_then(|meta| meta.get("sizes")).and_then(Json::as_array);
        let integer = |value: &Json| usize::try_from(value.as_u64()?).ok();
        let extent = |size: &Json| match only(size)? {
            ("as_int", value) => integer(value).map(Extent::Fixed),
            ("as_expr", value) => Some(Extent::Open(value.get("hint").and_then(|hint| integer(hint.get("as_int")?)))),
            _ => None,
        };
        sizes.ok_or_else(damaged)?.iter().map(|size| extent(size).ok_or_else(damaged)).collect()
    }

    /// The class of the network.
    pub fn class(&self) -> Option<&'p str> {
        let stacks = self.nodes.iter().filter_map(|node| node.get("metadata")?.get("nn_module_stack")?.as_str());
        let class = stacks.filter_map(|stack| stack.split(';').next()?.rsplit(',').next()).find(|c| c.contains('.'))?;
        class.rsplit('.').next()
    }

    /// What the user should know of how the image is taken.
    pub fn notes(&self, image: &common::Image) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(batch) = image.batch {
            notes.push(format!(
                "the program was exported for {batch} images at a time and is read for one: sizes of {batch} in \
                 front are taken for the number of images. Export it with a free batch (dynamic_shapes) for certainty"
            ));
        }
        let dtype = self.tensors.get(self.image_name()).and_then(|meta| meta.get("dtype")?.as_i64());
        match dtype {
            Some(6 | 13) => notes.push(
                "the program computes in 16-bit floats; 32-bit floats are used here, so the last digits differ".into(),
            ),
            Some(1..=5) => notes.push("the program takes whole numbers; they are passed as floats".into()),
            _ => {}
        }
        notes
    }
}

/// The name of an input and what it stands for.
fn input(spec: &Json) -> Result<Option<(&str, Source<'_>)>, FormatError> {
    let damaged = || FormatError::Damaged("an input of the program that is described in no known way".into());
    let (kind, spec) = only(spec).ok_or_else(damaged)?;
    let name = || spec.get("arg").and_then(|arg| arg.get("name")?.as_str()).ok_or_else(damaged);
    let text = |key: &str| spec.get(key).and_then(Json::as_str).ok_or_else(damaged);
    Ok(Some(match kind {
        "parameter" => (name()?, Source::Weight(text("parameter_name")?)),
        "buffer" => (name()?, Source::Weight(text("buffer_name")?)),
        "tensor_constant" => (name()?, Source::Constant(text("tensor_constant_name")?)),
        "constant_input" => (text("name")?, Source::Fixed(spec.get("value").ok_or_else(damaged)?)),
        "user_input" => match spec.get("arg").and_then(only).ok_or_else(damaged)? {
            ("as_tensor", tensor) => (tensor.get("name").and_then(Json::as_str).ok_or_else(damaged)?, Source::Image),
            _ => return Ok(None),
        },
        "token" => return Ok(None),
        other => {
            return Err(FormatError::Unsupported(format!(
                "the program takes an input of the kind `{other}`, which is not read. {}",
                crate::torch::arch::AS_ONNX
            )));
        }
    }))
}

/// The name of a tensor that the user gets; of what the program changes (buffers) nothing.
fn output(spec: &Json) -> Result<Option<&str>, FormatError> {
    let Some(("user_output", spec)) = only(spec) else { return Ok(None) };
    let argument = spec.get("arg").and_then(only);
    Ok(argument.and_then(|(kind, value)| if kind == "as_tensor" { value.get("name")?.as_str() } else { None }))
}
