//! Storages: runs of elements of one type, which tensors look into.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Cursor, Read};

use ::zip::ZipArchive;

use crate::FormatError;

/// The storages of a file by key. They stay in the file until they are asked for.
#[derive(Default)]
pub(in crate::torch) struct Storages<'a> {
    table: HashMap<String, Bytes<'a>>,
    archive: Option<ZipArchive<Cursor<&'a [u8]>>>,
    /// Whether elements have their most significant byte first.
    pub big_endian: bool,
    /// Bytes of the file, uncompressed, which bound what its tensors may claim.
    pub file_length: usize,
}

enum Bytes<'a> {
    Plain(&'a [u8]),
    /// A compressed entry of the archive and its length uncompressed.
    Compressed {
        entry: usize,
        length: usize,
    },
}

impl<'a> Storages<'a> {
    /// None yet; `file_length` bytes in the file.
    pub fn new(file_length: usize) -> Self {
        Storages { file_length, ..Storages::default() }
    }

    /// Sets the archive in which compressed entries lie.
    pub fn set_archive(&mut self, archive: ZipArchive<Cursor<&'a [u8]>>) {
        self.archive = Some(archive);
    }

    /// Adds a storage whose bytes lie in the file as they are.
    pub fn insert(&mut self, key: impl Into<String>, bytes: &'a [u8]) {
        self.table.insert(key.into(), Bytes::Plain(bytes));
    }

    /// Adds a storage that the archive has compressed; the caller checked its length against the
    /// file's.
    pub fn insert_compressed(&mut self, key: impl Into<String>, entry: usize, length: usize) {
        self.table.insert(key.into(), Bytes::Compressed { entry, length });
    }

    /// The bytes of a storage.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] where there is none, or where it does not uncompress to the length
    /// it claims.
    pub fn get(&self, key: &str) -> Result<Cow<'a, [u8]>, FormatError> {
        match (self.table.get(key), &self.archive) {
            (Some(Bytes::Plain(bytes)), _) => Ok(Cow::Borrowed(bytes)),
            (Some(Bytes::Compressed { entry, length }), Some(archive)) => {
                uncompress(&mut archive.clone(), *entry, *length).map(Cow::Owned)
            }
            _ => Err(FormatError::Damaged(format!(
                "the elements of storage `{key}` are missing; copy or download the file again"
            ))),
        }
    }
}

/// Reads a compressed entry of at most `length` bytes.
pub(super) fn uncompress(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    entry: usize,
    length: usize,
) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::new();
    let damaged = |e: &dyn std::fmt::Display| {
        FormatError::Damaged(format!("entry {entry} of the zip archive does not uncompress: {e}"))
    };
    let file = archive.by_index(entry).map_err(|e| damaged(&e))?;
    file.take(length as u64 + 1).read_to_end(&mut bytes).map_err(|e| damaged(&e))?;
    if bytes.len() == length { Ok(bytes) } else { Err(damaged(&"its length differs from what the archive says")) }
}
