//! `.pt2`, what `torch.export.save` writes: a program of aten operators in JSON beside the weights,
//! whose layout `torch/_export/serde/schema.py` and `torch/export/pt2_archive` say.

mod argument;
mod container;
mod program;
mod region;
mod run;

use heatlens_graph::Dim;
use prost::bytes::Bytes;

use super::program as common;
use crate::archive::Entry;
use crate::{Format, FormatError, LoadOptions, LoadedModel};
use container::Container;
use program::Program;

pub(super) use container::is_exported;

/// Height and width of images where the file leaves them open and does not say of which it was made.
const USUAL_SIZE: usize = 224;

/// Reads a program and carries it out on a graph.
///
/// # Errors
/// [`FormatError::Unsupported`] for operators that are not read, control flow and compiled packages,
/// by name; [`FormatError::Damaged`] for files that contradict themselves.
pub(super) fn load(
    bytes: &[u8],
    entries: &[Entry<'_>],
    shared: Option<&Bytes>,
    options: &LoadOptions<'_>,
) -> Result<LoadedModel, FormatError> {
    let lent = [container::Lent::default(), container::Lent::default()];
    let container = Container::open(bytes, entries, &lent, options.weights)?;
    let program = Program::read(&container.description)?;
    let image = image(&program, options)?;
    let mut weights = container.decoders(shared);
    let outcome = common::build(&image, &mut |builder, input| run::run(&program, &mut weights, builder, input))?;
    let mut notes = outcome.notes;
    notes.splice(0..0, program.notes(&image));
    notes.extend(container.precision_note().map(str::to_owned).filter(|note| !notes.contains(note)));
    Ok(LoadedModel {
        graph: outcome.graph,
        architecture: program.class().map(str::to_owned),
        format: Format::TorchExport,
        classes: None,
        problem: None,
        preparation: None,
        twins: Vec::new(),
        notes,
    })
}

/// The image that the program takes. Extents that are open are those of the image that it was
/// exported with, unless another size is asked for.
fn image(program: &Program<'_>, options: &LoadOptions<'_>) -> Result<common::Image, FormatError> {
    let said = program.image_extents()?;
    if said.len() != 4 {
        return Err(FormatError::Unsupported(format!(
            "the program takes a tensor of {} axes, and an image has four: batch, channels, height, width",
            said.len()
        )));
    }
    let names = ["batch", "channels", "height", "width"];
    let mut dims = Vec::new();
    let mut shape = Vec::new();
    for (axis, extent) in said.iter().enumerate() {
        let asked = options.input_size.and_then(|size| size.get(axis.checked_sub(2)?).copied());
        match *extent {
            program::Extent::Fixed(extent) => {
                dims.push(Dim::Fixed(extent));
                shape.push(extent);
            }
            program::Extent::Open(example) => {
                dims.push(Dim::Free(names[axis].into()));
                shape.push(if axis == 0 { 1 } else { asked.or(example).unwrap_or(USUAL_SIZE) });
            }
        }
    }
    let batch = match dims[0] {
        Dim::Fixed(batch) if batch != 1 => {
            (dims[0], shape[0]) = (Dim::Fixed(1), 1);
            Some(batch)
        }
        _ => None,
    };
    if shape.contains(&0) || shape.iter().any(|&extent| extent > 1 << 16) {
        return Err(FormatError::Damaged(format!("it takes images of shape {shape:?}")));
    }
    Ok(common::Image { name: program.image_name().to_owned(), dims, shape, batch })
}
