//! The container since PyTorch 1.6: a zip archive of uncompressed entries, all in one folder.
//!
//! `data.pkl` describes the tensors, `data/0`, `data/1`, … are the storages, `byteorder` says
//! `little` or `big`. PyTorch writes entries uncompressed, so they are read where they lie; entries
//! that someone compressed afterwards are read up to a bound that follows from the size of the
//! file. Checksums are not compared: PyTorch can be told not to write them
//! (`torch.serialization.set_crc32_options`).

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::Cursor;

use ::zip::read::{ArchiveOffset, Config};
use ::zip::{CompressionMethod, ZipArchive};

use super::storages::uncompress;
use super::{Checkpoint, Storages};
use crate::torch::pickle::Pickle;
use crate::{Format, FormatError};

/// Compressed entries may take this many times the bytes of the file, and [`ALWAYS_ALLOWED`] in any
/// case.
const MOST_INFLATION: usize = 32;
const ALWAYS_ALLOWED: usize = 64 << 20;

/// Whether the bytes begin with an entry of a zip archive, or are an empty archive.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Opens the archive.
pub(super) fn open<'a>(bytes: &'a [u8], uncompressed: &'a OnceCell<Vec<u8>>) -> Result<Checkpoint<'a>, FormatError> {
    // PyTorch's archives begin at the first byte. Searching for the beginning goes wrong where a
    // directory in zip64 follows and the name of the first entry has 30 characters.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, Cursor::new(bytes)).map_err(|e| {
        FormatError::Damaged(format!(
            "it begins like a zip archive, the container of PyTorch checkpoints, but its directory cannot be read \
             ({e}). Probably the end is missing: copy or \
             download the file again"
        ))
    })?;
    let entries = list(bytes, &mut archive)?;
    let Some(root) = entries
        .iter()
        .find_map(|e| e.name.strip_suffix("data.pkl").filter(|root| root.matches('/').count() <= 1))
        .map(str::to_owned)
    else {
        return Err(foreign(&entries));
    };
    refuse_programs(&entries, &root)?;
    let inflated = inflation(&entries, bytes.len())?;

    let mut storages = Storages::new(bytes.len().saturating_add(inflated));
    let mut description = None;
    for entry in &entries {
        match entry.name.strip_prefix(root.as_str()) {
            Some("data.pkl") => description = Some(entry.read(&mut archive)?),
            Some("byteorder") => storages.big_endian = entry.read(&mut archive)?.starts_with(b"big"),
            Some(name) => match (name.strip_prefix("data/"), entry.content) {
                (Some(key), Some(content)) => storages.insert(key, content),
                (Some(key), None) => storages.insert_compressed(key, entry.index, entry.length),
                _ => {}
            },
            None => {}
        }
    }
    let pickle = match description {
        Some(Cow::Borrowed(pickle)) => pickle,
        Some(Cow::Owned(pickle)) => uncompressed.get_or_init(|| pickle),
        None => return Err(foreign(&entries)),
    };
    let (pickle, _) = Pickle::read(pickle)?;
    storages.set_archive(archive);
    Ok(Checkpoint { format: Format::TorchZip, pickle, storages })
}

/// An entry of the archive's directory.
struct Entry<'a> {
    name: String,
    index: usize,
    length: usize,
    /// The bytes, if they are not compressed.
    content: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    fn read(&self, archive: &mut ZipArchive<Cursor<&'a [u8]>>) -> Result<Cow<'a, [u8]>, FormatError> {
        match self.content {
            Some(content) => Ok(Cow::Borrowed(content)),
            None => uncompress(archive, self.index, self.length).map(Cow::Owned),
        }
    }
}

fn list<'a>(bytes: &'a [u8], archive: &mut ZipArchive<Cursor<&'a [u8]>>) -> Result<Vec<Entry<'a>>, FormatError> {
    let damaged = |what: String| FormatError::Damaged(format!("zip archive: {what}; copy or download the file again"));
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|e| damaged(e.to_string()))?;
        let name = entry.name().map_err(|e| damaged(e.to_string()))?.into_owned();
        if entry.encrypted() {
            return Err(FormatError::Unsupported(format!("`{name}` in the zip archive is encrypted; unpack it first")));
        }
        let length =
            usize::try_from(entry.size()).map_err(|_| damaged(format!("`{name}` claims {} bytes", entry.size())))?;
        let content = match entry.compression() {
            CompressionMethod::Stored => {
                let start = usize::try_from(entry.header_start()).ok().and_then(|at| content_start(bytes, at));
                let content = start.and_then(|start| bytes.get(start..start.checked_add(length)?));
                Some(content.ok_or_else(|| damaged(format!("`{name}` lies beyond the end of the file")))?)
            }
            CompressionMethod::Deflated => None,
            other => {
                return Err(FormatError::Unsupported(format!(
                    "`{name}` in the zip archive is compressed with {other:?}; unpack it first"
                )));
            }
        };
        entries.push(Entry { name, index, length, content });
    }
    Ok(entries)
}

/// Where the content begins behind the local header at `at`, whose name and extra field (PyTorch
/// aligns with it) have lengths of their own.
fn content_start(bytes: &[u8], at: usize) -> Option<usize> {
    let header = bytes.get(at..at.checked_add(30)?)?;
    let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    header.starts_with(b"PK\x03\x04").then(|| at + 30 + length(26) + length(28))
}

/// What the compressed entries take, within bounds.
fn inflation(entries: &[Entry<'_>], file_length: usize) -> Result<usize, FormatError> {
    let total = entries.iter().filter(|e| e.content.is_none()).fold(0usize, |n, e| n.saturating_add(e.length));
    if total > file_length.saturating_mul(MOST_INFLATION).max(ALWAYS_ALLOWED) {
        return Err(FormatError::Unsupported(format!(
            "its compressed entries would take {total} bytes, which is more than weights can shrink: this looks like \
             a decompression bomb"
        )));
    }
    Ok(total)
}

/// TorchScript and `torch.export` keep programs beside the tensors.
fn refuse_programs(entries: &[Entry<'_>], root: &str) -> Result<(), FormatError> {
    let has = |part: &str| entries.iter().any(|e| e.name.strip_prefix(root).is_some_and(|name| name.starts_with(part)));
    if has("code/") || has("constants.pkl") {
        return Err(FormatError::Unsupported(
            "it is a TorchScript archive (torch.jit.save): a compiled program. Save its weights instead, in \
             Python:\n    import torch\n    model = torch.jit.load('model.pt')\n    \
             torch.save(model.state_dict(), 'weights.pth')"
                .into(),
        ));
    }
    Ok(())
}

/// Says what a zip archive is that is no checkpoint.
fn foreign(entries: &[Entry<'_>]) -> FormatError {
    let any = |test: &dyn Fn(&str) -> bool| entries.iter().any(|e| test(&e.name));
    let unpack = entries
        .iter()
        .find(|e| [".pth", ".pt", ".ckpt", ".onnx", ".safetensors", ".h5"].iter().any(|end| e.name.ends_with(end)));
    if any(&|n| n == "model.weights.h5") || any(&|n| n.ends_with("saved_model.pb")) {
        FormatError::Unsupported(crate::foreign::KERAS.into())
    } else if any(&|n| n.ends_with("archive_format")) && any(&|n| n.contains("models/")) {
        FormatError::Unsupported(
            "it is a torch.export archive: a compiled program. Save the weights of the model it was made from: \
             torch.save(model.state_dict(), 'weights.pth')"
                .into(),
        )
    } else if let Some(inner) = unpack {
        FormatError::NotAModel(format!(
            "it is a zip archive that contains `{}`; unpack it and load that file",
            inner.name
        ))
    } else if any(&|n| n.ends_with(".npy")) {
        FormatError::NotAModel("it is an archive of NumPy arrays (.npz)".into())
    } else {
        let names: Vec<&str> = entries.iter().take(3).map(|e| e.name.as_str()).collect();
        FormatError::NotAModel(format!(
            "it is a zip archive without `data.pkl`, so no PyTorch checkpoint; it begins with {names:?}"
        ))
    }
}
