//! Attributes of text: one or several, of fixed length in the header or of any length in the global
//! heap.

use super::cursor::Cursor;
use super::dataset::{Dataspace, Datatype};
use super::header::{self, Message};
use super::{File, damaged, unsupported};
use crate::FormatError;

/// The texts of the attribute `name` among these messages.
pub(super) fn texts(file: &File<'_>, messages: &[Message<'_>], name: &str) -> Result<Option<Vec<String>>, FormatError> {
    for message in messages.iter().filter(|message| message.kind == header::ATTRIBUTE) {
        file.step()?;
        let attribute = Attribute::read(file, message)?;
        if attribute.name == name.as_bytes() {
            return attribute.texts(file);
        }
    }
    for message in messages.iter().filter(|message| message.kind == header::ATTRIBUTE_INFO) {
        let mut cursor = Cursor::new(message.content);
        cursor.take(1)?;
        let flags = cursor.u8()?;
        cursor.take(if flags & 1 != 0 { 2 } else { 0 })?;
        if !file.is_undefined(file.offset(&mut cursor)?) {
            return Err(unsupported("attributes in dense storage (libver=\"latest\")"));
        }
    }
    Ok(None)
}

struct Attribute<'a> {
    name: &'a [u8],
    datatype: Datatype,
    dataspace: Dataspace,
    data: Cursor<'a>,
}

impl<'a> Attribute<'a> {
    fn read(file: &File<'_>, message: &Message<'a>) -> Result<Self, FormatError> {
        let mut cursor = Cursor::new(message.content);
        let (version, flags) = (cursor.u8()?, cursor.u8()?);
        if !(1..=3).contains(&version) || message.shared || (version > 1 && flags != 0) {
            return Err(unsupported("attributes that share their types"));
        }
        let (name, datatype, dataspace) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        cursor.take(usize::from(version == 3))?;
        let mut part = |length: u16| {
            let part = cursor.take(length.into())?;
            if version == 1 {
                cursor.align()?;
            }
            Ok::<_, FormatError>(part)
        };
        let (name, datatype, dataspace) = (part(name)?, part(datatype)?, part(dataspace)?);
        Ok(Attribute {
            name: name.strip_suffix(b"\0").unwrap_or(name),
            datatype: Datatype::read(datatype)?,
            dataspace: Dataspace::read(file, dataspace)?,
            data: cursor,
        })
    }

    fn texts(mut self, file: &File<'_>) -> Result<Option<Vec<String>>, FormatError> {
        let count = self.dataspace.elements()?;
        let mut texts = Vec::new();
        for _ in 0..count {
            file.step()?;
            let text = match self.datatype {
                Datatype::Text { size } => {
                    let text = self.data.take(size)?;
                    file.spend(size)?;
                    text.split(|&byte| byte == 0).next().unwrap_or_default()
                }
                Datatype::AnyText => {
                    let length = self.data.u32()?;
                    let (collection, index) = (file.offset(&mut self.data)?, self.data.u32()?);
                    file.spend(length as usize)?;
                    if length == 0 { &[][..] } else { heap_object(file, collection, index, length)? }
                }
                _ => return Ok(None),
            };
            texts.push(String::from_utf8_lossy(text).into_owned());
        }
        Ok(Some(texts))
    }
}

/// The first `length` bytes of an object of a global heap collection.
fn heap_object<'a>(file: &File<'a>, collection: u64, wanted: u32, length: u32) -> Result<&'a [u8], FormatError> {
    let mut cursor = file.at(collection)?;
    cursor.expect(b"GCOL")?;
    cursor.take(4)?;
    let size = file.length(&mut cursor)?;
    let head = 8 + file.length_size as u64;
    let mut objects = Cursor::new(file.slice(collection, size)?);
    objects.take(head as usize)?;
    while objects.len() >= 8 + file.length_size {
        file.step()?;
        let index = objects.u16()?;
        objects.take(6)?;
        let object = file.length(&mut objects)?;
        if index == 0 {
            break;
        }
        let object = usize::try_from(object).map_err(|_| damaged("a text lies beyond its heap"))?;
        let mut content = Cursor::new(objects.take(object)?);
        if u32::from(index) == wanted {
            return content.take(length as usize);
        }
        objects.align()?;
    }
    Err(damaged("a text is not in its heap"))
}
