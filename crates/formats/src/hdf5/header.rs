//! Object headers: the messages that say what a group or a dataset is.

use super::cursor::Cursor;
use super::{File, damaged};
use crate::FormatError;

pub(super) const DATASPACE: u16 = 0x01;
pub(super) const LINK_INFO: u16 = 0x02;
pub(super) const DATATYPE: u16 = 0x03;
pub(super) const LINK: u16 = 0x06;
pub(super) const LAYOUT: u16 = 0x08;
pub(super) const FILTERS: u16 = 0x0B;
pub(super) const ATTRIBUTE: u16 = 0x0C;
pub(super) const SYMBOL_TABLE: u16 = 0x11;
pub(super) const ATTRIBUTE_INFO: u16 = 0x15;
const CONTINUATION: u16 = 0x10;

/// One statement of a header.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub kind: u16,
    /// Whether the content lies elsewhere and only its address here.
    pub shared: bool,
    pub content: &'a [u8],
}

/// All messages of the header at `address`, those in its continuations too.
pub(super) fn messages<'a>(file: &File<'a>, address: u64) -> Result<Vec<Message<'a>>, FormatError> {
    let mut cursor = file.at(address)?;
    let mut header = Header { file, found: Vec::new(), further: Vec::new(), tracks_order: false };
    if cursor.clone().take(4)? == b"OHDR" {
        header.second(&mut cursor)?;
    } else {
        header.first(&mut cursor)?;
    }
    Ok(header.found)
}

struct Header<'f, 'a> {
    file: &'f File<'a>,
    found: Vec<Message<'a>>,
    /// Address and length of continuations not yet read.
    further: Vec<(u64, u64)>,
    /// Whether messages of version 2 carry the order in which they were made.
    tracks_order: bool,
}

impl<'a> Header<'_, 'a> {
    fn first(&mut self, cursor: &mut Cursor<'a>) -> Result<(), FormatError> {
        let version = cursor.u8()?;
        if version != 1 {
            return Err(damaged(format!("an object header of version {version}")));
        }
        cursor.take(7)?;
        let length = cursor.u32()?;
        cursor.take(4)?;
        self.block_of_first(cursor.take(length as usize)?)?;
        while let Some((address, length)) = self.further.pop() {
            self.block_of_first(self.file.slice(address, length)?)?;
        }
        Ok(())
    }

    fn block_of_first(&mut self, block: &'a [u8]) -> Result<(), FormatError> {
        let mut cursor = Cursor::new(block);
        while cursor.len() >= 8 {
            let (kind, length, flags) = (cursor.u16()?, cursor.u16()?, cursor.u8()?);
            cursor.take(3)?;
            self.message(kind, flags, cursor.take(length.into())?)?;
        }
        Ok(())
    }

    fn second(&mut self, cursor: &mut Cursor<'a>) -> Result<(), FormatError> {
        cursor.take(5)?;
        let flags = cursor.u8()?;
        self.tracks_order = flags & 4 != 0;
        cursor.take(if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 })?;
        let length = cursor.uint(1 << (flags & 3))?;
        let length = usize::try_from(length).map_err(|_| damaged("an object header lies beyond its end"))?;
        self.block_of_second(cursor.take(length)?)?;
        while let Some((address, length)) = self.further.pop() {
            let mut cursor = Cursor::new(self.file.slice(address, length)?);
            cursor.expect(b"OCHK")?;
            let messages = cursor.len().checked_sub(4).ok_or_else(|| damaged("an object header is cut off"))?;
            self.block_of_second(cursor.take(messages)?)?;
        }
        Ok(())
    }

    fn block_of_second(&mut self, block: &'a [u8]) -> Result<(), FormatError> {
        let mut cursor = Cursor::new(block);
        let head = if self.tracks_order { 6 } else { 4 };
        while cursor.len() >= head {
            let (kind, length, flags) = (cursor.u8()?, cursor.u16()?, cursor.u8()?);
            cursor.take(head - 4)?;
            self.message(kind.into(), flags, cursor.take(length.into())?)?;
        }
        Ok(())
    }

    fn message(&mut self, kind: u16, flags: u8, content: &'a [u8]) -> Result<(), FormatError> {
        self.file.step()?;
        if kind == CONTINUATION {
            let mut cursor = Cursor::new(content);
            self.further.push((self.file.offset(&mut cursor)?, self.file.length(&mut cursor)?));
        } else {
            self.found.push(Message { kind, shared: flags & 2 != 0, content });
        }
        Ok(())
    }
}
