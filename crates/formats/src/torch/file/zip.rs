//! The container since PyTorch 1.6: a zip archive of uncompressed entries, all in one folder.
//!
//! `data.pkl` describes the tensors, `data/0`, `data/1`, … are the storages, `byteorder` says
//! `little` or `big`. PyTorch writes entries uncompressed, so they are read where they lie; entries
//! that someone compressed afterwards are read up to a bound that follows from the size of the file.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::{Checkpoint, Storages};
use crate::archive::{self, Entry};
use crate::torch::pickle::Pickle;
use crate::{Format, FormatError};

/// Compressed entries may take this many times the bytes of the file, and [`ALWAYS_ALLOWED`] in any
/// case.
const MOST_INFLATION: usize = 32;
const ALWAYS_ALLOWED: usize = 64 << 20;

/// Whether the bytes begin with an entry of a zip archive, or are an empty archive.
pub(in crate::torch) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Opens the archive.
pub(super) fn open<'a>(bytes: &'a [u8], uncompressed: &'a OnceCell<Vec<u8>>) -> Result<Checkpoint<'a>, FormatError> {
    let entries = archive::entries(bytes)?;
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
            Some("data.pkl") => description = Some(entry.read()?),
            Some("byteorder") => storages.big_endian = entry.read()?.starts_with(b"big"),
            Some(name) => {
                if let Some(key) = name.strip_prefix("data/") {
                    storages.insert(key, entry.content());
                }
            }
            None => {}
        }
    }
    let pickle = match description {
        Some(Cow::Borrowed(pickle)) => pickle,
        Some(Cow::Owned(pickle)) => uncompressed.get_or_init(|| pickle),
        None => return Err(foreign(&entries)),
    };
    let (pickle, _) = Pickle::read(pickle)?;
    Ok(Checkpoint { format: Format::TorchZip, pickle, storages })
}

/// What the compressed entries take, within bounds.
pub(in crate::torch) fn inflation(entries: &[Entry<'_>], file_length: usize) -> Result<usize, FormatError> {
    let total = entries.iter().filter(|e| e.stored().is_none()).fold(0usize, |n, e| n.saturating_add(e.length));
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
    let unpack = entries.iter().find(|e| {
        [".pth", ".pt", ".ckpt", ".onnx", ".safetensors", ".h5", ".keras"].iter().any(|end| e.name.ends_with(end))
    });
    if any(&|n| n.ends_with("saved_model.pb")) {
        crate::foreign::saved_model()
    } else if any(&|n| n.ends_with("archive_format")) && any(&|n| n.contains("models/")) {
        FormatError::Unsupported(
            "it is a torch.export archive: a compiled program. Save its weights instead, in Python:\n    import torch\n    \
             program = torch.export.load('model.pt2')\n    \
             torch.save(program.state_dict, 'weights.pth')"
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
