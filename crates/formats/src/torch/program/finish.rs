//! A program carried out for an image of some shape, and what of that shape may change.

use std::ops::Range;

use heatlens_graph::{DType, Dim, Graph, ValueId};

use super::builder::Builder;
use crate::FormatError;
use crate::naming::named;

/// The image that a program takes.
#[derive(Clone, Debug)]
pub(in crate::torch) struct Image {
    pub name: String,
    /// The extents that the file leaves open, and those that it fixes.
    pub dims: Vec<Dim>,
    /// An instance of them, of one image.
    pub shape: Vec<usize>,
    /// The number of images that the program was made for, where it is read for one.
    pub batch: Option<usize>,
}

/// The tensors that a program returns, by name.
pub(in crate::torch) type Outputs = Vec<(String, ValueId)>;

/// Appends the operators of a program that takes an image.
type Append<'p> = dyn FnMut(&mut Builder, ValueId) -> Result<Outputs, FormatError> + 'p;

/// A program that was carried out.
#[derive(Debug)]
pub(in crate::torch) struct Outcome {
    pub graph: Graph,
    pub notes: Vec<String>,
}

/// Carries out a program. `run` appends its operators and returns its outputs by name.
///
/// What the program makes of the shape of the image follows it where operators can; where a size
/// became part of an operator (the kernel of a pooling), or another batch does not go through, the
/// extent is fixed.
pub(in crate::torch) fn build(image: &Image, run: &mut Append<'_>) -> Result<Outcome, FormatError> {
    let builder = once(image, run)?;
    if !builder.open {
        return Ok(Outcome { graph: builder.graph, notes: builder.notes });
    }
    let mut image = image.clone();
    if !builder.settled.is_empty() {
        let rank = image.dims.len();
        fix(&mut image, 1..rank);
    }
    if matches!(image.dims[0], Dim::Free(_)) && !follows_batch(&builder, &image) {
        fix(&mut image, 0..1);
    }
    if builder.settled.is_empty() && matches!(image.dims[0], Dim::Free(_)) {
        return Ok(Outcome { graph: builder.graph, notes: builder.notes });
    }
    let builder = once(&image, run)?;
    Ok(Outcome { graph: builder.graph, notes: builder.notes })
}

/// Fixes extents at what they are.
fn fix(image: &mut Image, axes: Range<usize>) {
    for axis in axes {
        image.dims[axis] = Dim::Fixed(image.shape[axis]);
    }
}

/// Whether two images go through as one does, and the sizes that became part of operators stay.
fn follows_batch(builder: &Builder, image: &Image) -> bool {
    let mut shape = image.shape.clone();
    shape[0] = 2;
    let Ok(two) = builder.graph.specialise(&[&shape]) else { return false };
    let batches = |graph: &Graph| graph.outputs().iter().all(|&output| graph.shape(output).first() == Some(&2));
    batches(&two) && builder.settled.iter().all(|&size| two.value(size).constant == builder.graph.value(size).constant)
}

fn once(image: &Image, run: &mut Append<'_>) -> Result<Builder, FormatError> {
    let open = image.dims.iter().any(|dim| matches!(dim, Dim::Free(_)));
    let mut builder = Builder::new(open, image.batch);
    let input = builder.graph.input(image.name.clone(), DType::F32, image.dims.clone(), &image.shape);
    let outputs = run(&mut builder, input).map_err(|error| match (error, image.batch) {
        (FormatError::Graph(error), Some(batch)) => FormatError::Unsupported(format!(
            "the program was made for {batch} images at a time and cannot be read for one ({error}); export it with a \
             free batch (dynamic_shapes) or for one image"
        )),
        (error, _) => error,
    })?;
    let several = outputs.len() > 1;
    let mut values = Vec::with_capacity(outputs.len());
    for (name, value) in outputs {
        let value = builder.current(value)?;
        values.push(if several { named(&mut builder.graph, &name, value)? } else { value });
    }
    if values.is_empty() {
        return Err(FormatError::Unsupported("the program returns no tensor".into()));
    }
    builder.graph.set_outputs(values);
    Ok(builder)
}
