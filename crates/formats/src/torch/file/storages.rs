//! Storages: runs of elements of one type, which tensors look into.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::FormatError;
use crate::archive::Content;

/// The storages of a file by key. They stay in the file until they are asked for.
#[derive(Default)]
pub(in crate::torch) struct Storages<'a> {
    table: HashMap<String, Content<'a>>,
    /// Whether elements have their most significant byte first.
    pub big_endian: bool,
    /// Bytes of the file, uncompressed, which bound what its tensors may claim.
    pub file_length: usize,
}

impl<'a> Storages<'a> {
    /// None yet; `file_length` bytes in the file.
    pub fn new(file_length: usize) -> Self {
        Storages { file_length, ..Storages::default() }
    }

    /// Adds a storage; of a compressed one the caller checked the length against the file's.
    pub fn insert(&mut self, key: impl Into<String>, content: Content<'a>) {
        self.table.insert(key.into(), content);
    }

    /// The bytes of a storage.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] where there is none, or where it does not uncompress to the length
    /// it claims.
    pub fn get(&self, key: &str) -> Result<Cow<'a, [u8]>, FormatError> {
        let content = self.table.get(key).ok_or_else(|| {
            FormatError::Damaged(format!(
                "the elements of storage `{key}` are missing; copy or download the file again"
            ))
        })?;
        content.read(&format!("data/{key}"))
    }
}
