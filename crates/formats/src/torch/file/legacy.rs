//! The container before PyTorch 1.6: five pickles in a row, then the storages.
//!
//! The pickles are a magic number, the version of the protocol, facts about the machine, the
//! object, and the list of storage keys. Each storage is its number of elements (8 bytes,
//! little-endian) and its elements. The types are known from the references in the object.

use std::collections::HashMap;

use super::{Checkpoint, Storages};
use crate::archive::Content;
use crate::torch::elements::Element;
use crate::torch::pickle::{Id, Pickle, Value};
use crate::{Format, FormatError};

/// 0x1950a86a20f9469cfc6c.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Opens the file.
pub(super) fn open(bytes: &[u8]) -> Result<Checkpoint<'_>, FormatError> {
    let mut at = 0;
    let mut next = || -> Result<Pickle<'_>, FormatError> {
        let (pickle, length) = Pickle::read(&bytes[at..])?;
        at += length;
        Ok(pickle)
    };
    let magic = next()?;
    if *magic.get(magic.root()) != Value::LongInt(&MAGIC) {
        return Err(FormatError::NotAModel(format!(
            "it is a Python pickle of {}, not a PyTorch checkpoint; save the weights with \
             torch.save(model.state_dict(), 'weights.pth')",
            magic.describe(magic.root())
        )));
    }
    let version = next()?;
    if version.int(version.root()) != Some(1001) {
        return Err(FormatError::Unsupported(
            "its version of the old PyTorch format is not 1001; load and save it again with a newer PyTorch".into(),
        ));
    }
    next()?;
    let pickle = next()?;
    let keys = next()?;
    let storages = read_storages(bytes, at, &pickle, &keys)?;
    Ok(Checkpoint { format: Format::TorchLegacy, pickle, storages })
}

fn read_storages<'a>(
    bytes: &'a [u8],
    mut at: usize,
    pickle: &Pickle<'a>,
    keys: &Pickle<'a>,
) -> Result<Storages<'a>, FormatError> {
    let types = element_types(pickle)?;
    let Some(order) = keys.sequence(keys.root()) else {
        return Err(FormatError::Damaged("the list of its storages is missing".into()));
    };
    let mut storages = Storages::new(bytes.len());
    for &key in order {
        let Some(key) = key_text(keys, key) else {
            return Err(FormatError::Damaged("the list of its storages holds something else than keys".into()));
        };
        let Some(element) = types.get(&key) else {
            return Err(FormatError::Damaged(format!(
                "storage `{key}` belongs to no tensor, so that its type is unknown"
            )));
        };
        let content = bytes[at..].split_first_chunk::<8>().and_then(|(count, rest)| {
            let length = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(element.size())?;
            rest.get(..length)
        });
        let Some(content) = content else {
            return Err(FormatError::Damaged(format!(
                "it ends within the elements of storage `{key}`; copy or download the file again"
            )));
        };
        at += 8 + content.len();
        storages.insert(key, Content::Stored(content));
    }
    Ok(storages)
}

/// The element type of each storage that the object refers to.
fn element_types(pickle: &Pickle<'_>) -> Result<HashMap<String, Element>, FormatError> {
    let mut types = HashMap::new();
    for value in pickle.iter() {
        let Value::Persistent(reference) = value else { continue };
        let Some(&[tag, class, key, ..]) = pickle.sequence(*reference) else { continue };
        if pickle.str(tag) != Some("storage") {
            continue;
        }
        let class = pickle.name(class).unwrap_or_default();
        let Some(element) = Element::of_storage(&class) else {
            return Err(FormatError::Unsupported(format!(
                "it has storages of the class `{class}`; load and save it again with a newer PyTorch"
            )));
        };
        if let Some(key) = key_text(pickle, key) {
            types.insert(key, element);
        }
    }
    Ok(types)
}

/// Keys are strings, in very old files integers.
fn key_text(pickle: &Pickle<'_>, id: Id) -> Option<String> {
    pickle.str(id).map(str::to_owned).or_else(|| pickle.int(id).map(|i| i.to_string()))
}
