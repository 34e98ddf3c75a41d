//! The containers of checkpoints: a pickle that describes the tensors, and the storages that hold
//! their elements.

mod legacy;
mod storages;
mod zip;

use std::cell::OnceCell;

use super::pickle::Pickle;
use crate::{Format, FormatError};

pub(super) use storages::Storages;
pub(super) use zip::{inflation, is_zip};

/// A checkpoint whose pickle was read and whose elements still lie in the file.
pub(super) struct Checkpoint<'a> {
    pub format: Format,
    pub pickle: Pickle<'a>,
    pub storages: Storages<'a>,
}

/// Whether the bytes begin like a zip archive or a pickle, the containers of PyTorch.
pub(super) fn is_pytorch(bytes: &[u8]) -> bool {
    zip::is_zip(bytes) || is_pickle(bytes)
}

/// Whether the bytes begin like a pickle of protocol 2 to 5.
fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..])
}

/// Opens a checkpoint of either container. `uncompressed` lends the place for a description that
/// someone compressed.
///
/// # Errors
/// As [`Pickle::read`]; [`FormatError::Unsupported`] for archives of compiled programs;
/// [`FormatError::NotAModel`] for archives of other things.
pub(super) fn open<'a>(bytes: &'a [u8], uncompressed: &'a OnceCell<Vec<u8>>) -> Result<Checkpoint<'a>, FormatError> {
    if zip::is_zip(bytes) { zip::open(bytes, uncompressed) } else { legacy::open(bytes) }
}
