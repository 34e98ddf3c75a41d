//! Numbers and stretches of bytes, one behind the other.

use super::damaged;
use crate::FormatError;

/// What is left to be read.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(&'a [u8], usize);

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor(bytes, 0)
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| damaged("a part lies beyond its end"))?;
        self.0 = rest;
        self.1 += length;
        Ok(taken)
    }

    /// Passes over what fills up to a multiple of 8 bytes since the beginning.
    pub fn align(&mut self) -> Result<(), FormatError> {
        self.take(self.1.next_multiple_of(8) - self.1).map(drop)
    }

    /// A little-endian number of 1 to 8 bytes.
    pub fn uint(&mut self, size: usize) -> Result<u64, FormatError> {
        Ok(self.take(size)?.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    pub fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(self.take(1)?[0])
    }

    pub fn u16(&mut self) -> Result<u16, FormatError> {
        Ok(self.uint(2)? as u16)
    }

    pub fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(self.uint(4)? as u32)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes `magic` or fails.
    pub fn expect(&mut self, magic: &[u8]) -> Result<(), FormatError> {
        let found = self.take(magic.len())?;
        if found == magic {
            return Ok(());
        }
        Err(damaged(format!(
            "{:?} stands where {:?} should",
            found.escape_ascii().to_string(),
            magic.escape_ascii().to_string()
        )))
    }
}
