//! The two containers: a newer one of folders, and an older one of a few files in a zip.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use heatlens_graph::Tensor;
use prost::bytes::Bytes;
use serde_json::Value as Json;

use crate::archive::Entry;
use crate::torch::elements::Element;
use crate::torch::file::{self, Storages};
use crate::torch::stored::{Decoder, StoredTensor, Window};
use crate::{FormatError, torch::arch};

/// The program in the older container.
const OLD_PROGRAM: &str = "serialized_exported_program.json";

/// The place for an archive within the archive, and for its description, where someone compressed them.
pub(super) type Lent = [OnceCell<Vec<u8>>; 2];

/// Whether an archive is one of `torch.export`, or of what it is compiled to.
pub(in crate::torch) fn is_exported(entries: &[Entry<'_>]) -> bool {
    let has = |name: &str| entries.iter().any(|entry| within(entry) == name);
    has("archive_format") || has(OLD_PROGRAM)
}

/// The name of an entry within the archive's only folder, or within the archive.
fn within<'e>(entry: &'e Entry<'_>) -> &'e str {
    match entry.name.split_once('/') {
        Some((_, rest)) if !is_folder(&entry.name) => rest,
        _ => &entry.name,
    }
}

/// Whether a name begins with one of the archive's own folders.
fn is_folder(name: &str) -> bool {
    ["models/", "data/", "extra/"].iter().any(|folder| name.starts_with(folder))
}

/// Tensors by name, and their elements.
#[derive(Default)]
struct Shelf<'a> {
    tensors: HashMap<String, StoredTensor>,
    storages: Storages<'a>,
}

/// An opened file: the description of the program, weights and constants.
pub(super) struct Container<'a> {
    pub description: Json,
    weights: Shelf<'a>,
    constants: Shelf<'a>,
}

/// What makes tensors of their names.
pub(super) struct Decoders<'s, 'a> {
    weights: (&'s Shelf<'a>, Decoder<'s, 'a>),
    constants: (&'s Shelf<'a>, Decoder<'s, 'a>),
}

impl<'a> Container<'a> {
    /// Opens the archive. `lent` is the place for archives within it that someone compressed; `chosen`
    /// names one of several programs.
    pub fn open(
        bytes: &'a [u8],
        entries: &[Entry<'a>],
        lent: &'a [Lent; 2],
        chosen: Option<&str>,
    ) -> Result<Self, FormatError> {
        let inflated = file::inflation(entries, bytes.len())?;
        let length = bytes.len().saturating_add(inflated);
        let find = |name: &str| entries.iter().find(|entry| within(entry) == name);
        if let Some(program) = find(OLD_PROGRAM) {
            let nested = |stem: &str, lent: &'a Lent| -> Result<Shelf<'a>, FormatError> {
                let found = ["pt", "json"].iter().find_map(|end| find(&format!("serialized_{stem}.{end}")));
                found.map_or(Ok(Shelf::default()), |entry| checkpoint(entry, lent))
            };
            return Ok(Container {
                description: json(program)?,
                weights: nested("state_dict", &lent[0])?,
                constants: nested("constants", &lent[1])?,
            });
        }
        let model = model(entries, chosen)?;
        let shelf = |folder: &str, config: &str| -> Result<Shelf<'a>, FormatError> {
            let config = find(&format!("data/{folder}/{model}_{config}_config.json"));
            config
                .map_or(Ok(Shelf::default()), |config| raw(&json(config)?, &format!("data/{folder}"), entries, length))
        };
        Ok(Container {
            description: json(find(&format!("models/{model}.json")).unwrap_or(&entries[0]))?,
            weights: shelf("weights", "weights")?,
            constants: shelf("constants", "constants")?,
        })
    }

    /// What is to be said of the elements of the weights.
    pub fn precision_note(&self) -> Option<&'static str> {
        self.weights.tensors.values().find_map(StoredTensor::precision_note)
    }

    /// Decoders of the tensors, which leave elements in `shared` where they can be used as they lie.
    pub fn decoders<'s>(&'s self, shared: Option<&'s Bytes>) -> Decoders<'s, 'a> {
        let decoder = |shelf: &'s Shelf<'a>| {
            let tensors: Vec<(String, StoredTensor)> =
                shelf.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
            (shelf, Decoder::new(&shelf.storages).sharing(shared, &tensors))
        };
        Decoders { weights: decoder(&self.weights), constants: decoder(&self.constants) }
    }
}

impl Decoders<'_, '_> {
    /// A parameter or a buffer; buffers that are not saved with the weights lie with the constants.
    pub fn weight(&mut self, name: &str) -> Result<Tensor, FormatError> {
        if self.weights.0.tensors.contains_key(name) { decoded(&mut self.weights, name) } else { self.constant(name) }
    }

    /// A tensor that the program was written with.
    pub fn constant(&mut self, name: &str) -> Result<Tensor, FormatError> {
        decoded(&mut self.constants, name)
    }
}

fn decoded((shelf, decoder): &mut (&Shelf<'_>, Decoder<'_, '_>), name: &str) -> Result<Tensor, FormatError> {
    let tensor = shelf.tensors.get(name).ok_or_else(|| {
        FormatError::Damaged(format!("the elements of `{name}` are missing; copy or download the file again"))
    })?;
    decoder.decode(name, tensor.clone())
}

/// The name of the program in a new archive.
fn model<'e>(entries: &'e [Entry<'_>], chosen: Option<&str>) -> Result<&'e str, FormatError> {
    let names = entries.iter().filter_map(|entry| within(entry).strip_prefix("models/")?.strip_suffix(".json"));
    let names: Vec<&str> = names.collect();
    if let Some(chosen) = chosen {
        return names.iter().copied().find(|name| *name == chosen).ok_or_else(|| {
            FormatError::Unsupported(format!("there is no program `{chosen}` in it; it has {}", listed(&names)))
        });
    }
    match names[..] {
        [name] => Ok(name),
        [] if entries.iter().any(|entry| within(entry).starts_with("data/aotinductor/")) => {
            Err(FormatError::Unsupported(format!(
                "it is a package of AOTInductor: machine code for one kind of processor, without the network that it \
                 was made of. Save the program itself with torch.export.save(exported_program, 'model.pt2'). {}",
                arch::AS_ONNX
            )))
        }
        [] => Err(FormatError::Damaged("it has no program (models/*.json); copy or download the file again".into())),
        _ => Err(FormatError::Unsupported(format!(
            "it holds several programs, {}: say which one by `--weights`",
            listed(&names)
        ))),
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn json(entry: &Entry<'_>) -> Result<Json, FormatError> {
    let damaged = |why: String| FormatError::Damaged(format!("`{}` is no JSON: {why}", entry.name));
    let bytes = entry.read()?;
    serde_json::from_slice(&bytes).or_else(|error| {
        // Python writes numbers that are none without quotes.
        let text = std::str::from_utf8(&bytes).map_err(|error| damaged(error.to_string()))?;
        let quoted = ["-Infinity", "Infinity", "NaN"];
        let Some(word) = quoted.iter().find(|word| text.contains(&format!(": {word}"))) else {
            return Err(damaged(error.to_string()));
        };
        let mut text = text.replace(&format!(": {word}"), &format!(": \"{word}\""));
        for word in quoted {
            text = text.replace(&format!(": {word}"), &format!(": \"{word}\""));
        }
        serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))
    })
}

/// The tensors of a checkpoint within the archive: a dictionary by name.
fn checkpoint<'a>(entry: &Entry<'a>, lent: &'a Lent) -> Result<Shelf<'a>, FormatError> {
    let bytes: &'a [u8] = match entry.read()? {
        Cow::Borrowed(bytes) => bytes,
        Cow::Owned(bytes) => lent[0].get_or_init(|| bytes),
    };
    if bytes.is_empty() {
        return Ok(Shelf::default());
    }
    let file::Checkpoint { pickle, storages, .. } = file::open(bytes, &lent[1])?;
    let entries = pickle.entries(pickle.root()).unwrap_or_default();
    let tensors =
        entries.into_iter().filter_map(|(name, id)| Some((name.to_owned(), StoredTensor::read(&pickle, id)?)));
    Ok(Shelf { tensors: tensors.collect(), storages })
}

/// The tensors that a configuration lists, each a file of its elements.
fn raw<'a>(config: &Json, folder: &str, entries: &[Entry<'a>], length: usize) -> Result<Shelf<'a>, FormatError> {
    let Some(listed) = config.get("config").and_then(Json::as_object) else {
        return Err(FormatError::Damaged(format!("the list of the tensors in `{folder}` has no `config`")));
    };
    let files: HashMap<&str, &Entry<'a>> = entries
        .iter()
        .filter_map(|entry| Some((within(entry).strip_prefix(folder)?.strip_prefix('/')?, entry)))
        .collect();
    let mut shelf = Shelf { tensors: HashMap::new(), storages: Storages::new(length) };
    for (name, payload) in listed {
        let file = payload.get("path_name").and_then(Json::as_str).unwrap_or_default();
        let tensor = if payload.get("use_pickle").and_then(Json::as_bool) == Some(true) {
            StoredTensor::Unreadable("was saved as an object of its own class, not as a plain tensor".into())
        } else {
            match window(payload.get("tensor_meta").unwrap_or(&Json::Null), file) {
                Some(window) => StoredTensor::Window(window),
                None => StoredTensor::Unreadable("is described in a way that is not read".into()),
            }
        };
        if let Some(entry) = files.get(file) {
            shelf.storages.insert(file, entry.content());
        }
        shelf.tensors.insert(name.clone(), tensor);
    }
    Ok(shelf)
}

/// Where the elements of a tensor lie in its file, as `TensorMeta` says it.
fn window(meta: &Json, key: &str) -> Option<Window> {
    let extent = |value: &Json| usize::try_from(value.get("as_int")?.as_u64()?).ok();
    let extents = |name: &str| meta.get(name)?.as_array()?.iter().map(extent).collect::<Option<Vec<usize>>>();
    let element = element(meta.get("dtype")?.as_u64()?)?;
    let (shape, strides) = (extents("sizes")?, extents("strides")?);
    let offset = meta.get("storage_offset").map_or(Some(0), extent)?;
    let fits = shape.len() == strides.len() && shape.len() <= 16;
    fits.then(|| Window { key: key.to_owned(), element, offset, shape, strides })
}

/// By the numbers of `ScalarType` in the schema.
fn element(number: u64) -> Option<Element> {
    Some(match number {
        1 => Element::U8,
        2 => Element::I8,
        3 => Element::I16,
        4 => Element::I32,
        5 => Element::I64,
        6 => Element::F16,
        7 => Element::F32,
        8 => Element::F64,
        12 => Element::Bool,
        13 => Element::Bf16,
        28 => Element::U16,
        34 => Element::U32,
        35 => Element::U64,
        _ => return None,
    })
}
