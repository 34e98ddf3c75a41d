//! The two containers: HDF5 with the description as an attribute (`.h5`), and a zip archive of
//! `config.json`, `metadata.json` and `model.weights.h5` (`.keras`).

use std::borrow::Cow;

use serde_json::Value;

use super::refuse;
use crate::archive::{self, Entry};
use crate::hdf5::{self, Group};
use crate::{Format, FormatError};

/// Larger descriptions describe no network that could be run: NASNetLarge's takes 1.5 MB.
const LARGEST_DESCRIPTION: usize = 16 << 20;

/// The weights may take this many times the bytes of the archive, and [`ALWAYS_ALLOWED`] in any
/// case.
const MOST_INFLATION: usize = 32;
const ALWAYS_ALLOWED: usize = 64 << 20;

/// Whether the bytes are HDF5, or an archive that Keras wrote.
pub(crate) fn is_keras(bytes: &[u8]) -> bool {
    hdf5::is_hdf5(bytes) || (bytes.starts_with(b"PK\x03\x04") && archive::entries(bytes).is_ok_and(|e| is_archive(&e)))
}

/// Whether these entries are those of a `.keras` file.
fn is_archive(entries: &[Entry<'_>]) -> bool {
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    has("config.json") && (has("metadata.json") || has("model.weights.h5"))
}

/// A file that was opened.
pub(super) struct Container<'a> {
    pub format: Format,
    /// What the network computes.
    pub description: Value,
    /// `2.15.0`, where the file says it.
    pub version: Option<String>,
    /// The HDF5 file with the weights.
    pub weights: Cow<'a, [u8]>,
}

impl<'a> Container<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, FormatError> {
        if hdf5::is_hdf5(bytes) { Container::hdf5(bytes) } else { Container::archive(bytes) }
    }

    fn hdf5(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let file = hdf5::File::open(bytes)?;
        let root = file.root()?;
        let Some(description) = root.text("model_config")? else { return Err(without_description(&root)?) };
        Ok(Container {
            format: Format::KerasHdf5,
            description: json(description.as_bytes())?,
            version: root.text("keras_version")?,
            weights: Cow::Borrowed(bytes),
        })
    }

    fn archive(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let entries = archive::entries(bytes)?;
        let entry = |name: &str| entries.iter().find(|entry| entry.name == name);
        let description = |name: &str| match entry(name) {
            Some(entry) if entry.length > LARGEST_DESCRIPTION => Err(too_large(entry.length)),
            Some(entry) => entry.read().map(Some),
            None => Ok(None),
        };
        let missing = |name: &str| FormatError::Damaged(format!("`{name}` is not in the archive"));
        let config = description("config.json")?.ok_or_else(|| missing("config.json"))?;
        let metadata = description("metadata.json")?.and_then(|bytes| json(&bytes).ok());
        let weights = entry("model.weights.h5").ok_or_else(|| missing("model.weights.h5"))?;
        if weights.length > bytes.len().saturating_mul(MOST_INFLATION).max(ALWAYS_ALLOWED) {
            return Err(FormatError::Unsupported(format!(
                "its weights would take {} bytes, which is more than weights can shrink: this looks like a \
                 decompression bomb",
                weights.length
            )));
        }
        let version = metadata.as_ref().and_then(|metadata| metadata.get("keras_version")?.as_str());
        Ok(Container {
            format: Format::KerasArchive,
            description: json(&config)?,
            version: version.map(str::to_owned),
            weights: weights.read()?,
        })
    }

    /// The first number of the version, where the file says it.
    pub fn major(&self) -> Option<u32> {
        self.version.as_deref()?.split('.').next()?.parse().ok()
    }
}

/// What an HDF5 file is that describes no network.
fn without_description(root: &Group<'_, '_>) -> Result<FormatError, FormatError> {
    let is_weights = root.texts("layer_names")?.is_some()
        || root.texts("layer_names0")?.is_some()
        || root.names().any(|name| matches!(name, "layers" | "_layer_checkpoint_dependencies" | "model_weights"));
    Ok(if is_weights { refuse::weights_alone() } else { refuse::no_keras() })
}

fn too_large(length: usize) -> FormatError {
    FormatError::Unsupported(format!("the description of the network takes {length} bytes: no network needs that"))
}

/// Reads a description.
fn json(bytes: &[u8]) -> Result<Value, FormatError> {
    if bytes.len() > LARGEST_DESCRIPTION {
        return Err(too_large(bytes.len()));
    }
    let read = serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(&without_infinities(bytes)));
    read.map_err(|error| FormatError::Damaged(format!("the description of the network is no JSON: {error}")))
}

/// Python writes numbers that JSON does not have; none of those that are read is one of them.
fn without_infinities(bytes: &[u8]) -> Vec<u8> {
    let (mut clean, mut at, mut quoted) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(&byte) = bytes.get(at) {
        let word = [&b"-Infinity"[..], b"Infinity", b"NaN"].into_iter().find(|word| bytes[at..].starts_with(word));
        match (quoted, byte, word) {
            (false, _, Some(word)) => {
                clean.extend_from_slice(b"null");
                at += word.len();
                continue;
            }
            (true, b'\\', _) => {
                clean.extend(bytes[at..].iter().take(2));
                at += 2;
                continue;
            }
            (_, b'"', _) => quoted = !quoted,
            _ => {}
        }
        clean.push(byte);
        at += 1;
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_lacks_become_nothing() {
        let read = json(br#"{"a": NaN, "b": [-Infinity, 1], "NaN \" NaN": "Infinity"}"#).unwrap();
        assert_eq!(read.to_string(), r#"{"NaN \" NaN":"Infinity","a":null,"b":[null,1]}"#);
        assert!(json(b"{").is_err());
    }
}
