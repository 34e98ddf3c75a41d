//! TorchScript (`torch.jit.save`): the modules of the network in a pickle, and their code, printed in a
//! small part of Python. The code is read and carried out on a graph; what it says is checked against a
//! closed list, and nothing of it runs as Python would.

mod builtin;
mod expression;
mod lexer;
mod object;
mod parser;
mod run;
mod syntax;
mod thing;

use heatlens_graph::Dim;
use prost::bytes::Bytes;

use super::file::{self, Storages};
use super::pickle::Pickle;
use super::program::{self, Image};
use super::stored::{Decoder, StoredTensor};
use crate::archive::Entry;
use crate::{Format, FormatError, LoadOptions, LoadedModel};
use object::Objects;
use run::Run;
use syntax::Code;

/// Heights and widths that are tried, the most usual first: the file does not say for which one the
/// program was made, and one that flattens its features takes no other. Then all multiples of four are
/// tried.
const USUAL_SIZES: [usize; 12] = [224, 32, 28, 64, 96, 128, 160, 192, 256, 299, 384, 512];
const LARGEST_TRIED: usize = 512;

/// The folder of an archive of TorchScript within it: that of `constants.pkl` or of the code.
pub(super) fn root<'e>(entries: &'e [Entry<'_>]) -> Option<&'e str> {
    let data = entries.iter().filter_map(|entry| entry.name.strip_suffix("data.pkl"));
    data.into_iter().find(|root| {
        root.matches('/').count() <= 1
            && entries.iter().any(|entry| {
                entry.name.strip_prefix(root).is_some_and(|name| name.starts_with("code/") || name == "constants.pkl")
            })
    })
}

/// A pickle of the archive and the storages that it refers to.
struct Part<'a> {
    pickle: Vec<u8>,
    storages: Storages<'a>,
}

/// Reads the network and carries out its `forward` on a graph.
///
/// # Errors
/// [`FormatError::Unsupported`] for operators and statements that are not read, by file and line;
/// [`FormatError::Damaged`] for code that is none.
pub(super) fn load(
    bytes: &[u8],
    entries: &[Entry<'_>],
    root: &str,
    shared: Option<&Bytes>,
    options: &LoadOptions<'_>,
) -> Result<LoadedModel, FormatError> {
    let length = bytes.len().saturating_add(file::inflation(entries, bytes.len())?);
    let code = code(entries, root)?;
    let part = |name: &str| part(entries, root, name, length);
    let (data, constants, traced) = (part("data")?, part("constants")?, part("traced_inputs")?);
    let data = data.ok_or_else(|| FormatError::Damaged("its `data.pkl` is missing".into()))?;
    let (pickle, _) = Pickle::read(&data.pickle)?;
    let constants =
        constants.as_ref().map(|part| Ok::<_, FormatError>((Pickle::read(&part.pickle)?.0, &part.storages)));
    let constants = constants.transpose()?;
    let said = traced.and_then(|part| image_of_trace(&part));
    let mut data = Objects { pickle: &pickle, decoder: decoder(&pickle, &data.storages, shared) };
    let mut constants =
        constants.as_ref().map(|(pickle, storages)| Objects { pickle, decoder: decoder(pickle, storages, None) });
    let class = data.class(pickle.root());
    let (mut first, mut steps_left) = (None, run::MOST_STEPS);
    for (image, note) in images(&pickle, said, options) {
        let mut raised = false;
        let built = program::build(&image, &mut |builder, input| {
            let mut run = Run::new(&code, &mut data, constants.as_mut(), builder, &mut steps_left);
            let outputs = run.forward(input);
            raised |= run.raised;
            outputs
        });
        match built {
            Ok(outcome) => {
                let mut notes = outcome.notes;
                notes.splice(0..0, note);
                let mut weights = pickle.ids().filter_map(|id| StoredTensor::read(&pickle, id));
                let precision = weights.find_map(|tensor| tensor.precision_note());
                notes.extend(precision.map(str::to_owned).filter(|note| !notes.contains(note)));
                return Ok(LoadedModel {
                    graph: outcome.graph,
                    architecture: class.and_then(|class| class.rsplit('.').next().map(str::to_owned)),
                    format: Format::TorchScript,
                    classes: None,
                    problem: None,
                    preparation: None,
                    twins: Vec::new(),
                    notes,
                });
            }
            // Only another size of the image may help.
            Err(error) if raised || matches!(error, FormatError::Graph(_)) => drop(first.get_or_insert(error)),
            Err(error) => return Err(error),
        }
    }
    Err(first.unwrap_or_else(|| FormatError::Damaged("it has no weights".into())))
}

fn decoder<'s, 'a>(pickle: &Pickle<'_>, storages: &'s Storages<'a>, shared: Option<&'s Bytes>) -> Decoder<'s, 'a> {
    let tensors = pickle.ids().filter_map(|id| StoredTensor::read(pickle, id)).map(|tensor| (String::new(), tensor));
    Decoder::new(storages).sharing(shared, &tensors.collect::<Vec<_>>())
}

/// All code of the archive: `code/__torch__/torch/nn/modules/conv.py` is the module
/// `__torch__.torch.nn.modules.conv`.
fn code(entries: &[Entry<'_>], root: &str) -> Result<Code, FormatError> {
    let mut code = Code::default();
    for entry in entries {
        let Some(file) = entry.name.strip_prefix(root).filter(|file| file.starts_with("code/")) else { continue };
        let Some(module) = file["code/".len()..].strip_suffix(".py") else { continue };
        let bytes = entry.read()?;
        let text = std::str::from_utf8(&bytes).map_err(|_| FormatError::Damaged(format!("`{file}` is no text")))?;
        parser::read(text, file, &module.replace('/', "."), &mut code)?;
    }
    Ok(code)
}

/// The pickle `<name>.pkl` with the storages in the folder `<name>/`.
fn part<'a>(entries: &[Entry<'a>], root: &str, name: &str, length: usize) -> Result<Option<Part<'a>>, FormatError> {
    let mut storages = Storages::new(length);
    let mut pickle = None;
    for entry in entries {
        let Some(file) = entry.name.strip_prefix(root) else { continue };
        if file == "byteorder" {
            storages.big_endian = entry.read()?.starts_with(b"big");
        } else if let Some(rest) = file.strip_prefix(name) {
            match rest.strip_prefix('/') {
                Some(key) => storages.insert(key, entry.content()),
                None if rest == ".pkl" => pickle = Some(entry.read()?.into_owned()),
                None => {}
            }
        }
    }
    Ok(pickle.map(|pickle| Part { pickle, storages }))
}

/// Channels, height and width of the image that a trace was made with, which newer versions write.
fn image_of_trace(part: &Part<'_>) -> Option<[usize; 3]> {
    let (pickle, _) = Pickle::read(&part.pickle).ok()?;
    let tensor = pickle.ids().find_map(|id| StoredTensor::read(&pickle, id))?;
    match *tensor.shape()? {
        [_, channels, height, width] => Some([channels, height, width]),
        _ => None,
    }
}

/// The images that the program may take, the likeliest first, each with what is to be said of it.
fn images(pickle: &Pickle<'_>, said: Option<[usize; 3]>, options: &LoadOptions<'_>) -> Vec<(Image, Option<String>)> {
    let first_kernel = || {
        let shape = |id| StoredTensor::read(pickle, id).and_then(|tensor| tensor.shape().map(<[usize]>::to_vec));
        pickle.ids().filter_map(shape).find(|shape| shape.len() == 4).map(|shape| shape[1])
    };
    let channels = said.map(|[channels, ..]| channels).or_else(first_kernel).unwrap_or(3);
    let sizes: Vec<[usize; 2]> = match (options.input_size, said) {
        (Some(size), _) => vec![size],
        (None, Some([_, height, width])) => vec![[height, width]],
        (None, None) => {
            let others = (4..=LARGEST_TRIED).step_by(4).filter(|side| !USUAL_SIZES.contains(side));
            USUAL_SIZES.into_iter().chain(others).map(|side| [side; 2]).collect()
        }
    };
    let known = options.input_size.is_some() || said.is_some();
    let sensible = |size: &[usize; 2]| size.iter().all(|extent| (1..=1 << 16).contains(extent));
    let image = |[height, width]: [usize; 2]| {
        let free = |name: &str| Dim::Free(name.into());
        let dims = vec![free("batch"), Dim::Fixed(channels), free("height"), free("width")];
        let note = (!known).then(|| {
            format!(
                "the file does not say for what size of image the program was made: {height}×{width} unless the \
                 preprocessing says otherwise"
            )
        });
        (Image { name: "image".into(), dims, shape: vec![1, channels, height, width], batch: None }, note)
    };
    sizes.into_iter().filter(sensible).filter(|_| (1..=1 << 16).contains(&channels)).map(image).collect()
}
