//! Groups: names and what they link to, as symbol tables or as link messages.

use std::collections::BTreeMap;

use super::cursor::Cursor;
use super::header::{self, Message};
use super::{Dataset, File, attribute, damaged, unsupported};
use crate::FormatError;

/// Trees of symbols are not deeper.
const DEEPEST: u8 = 16;

/// What a name in a group links to.
pub(crate) enum Object<'f, 'a> {
    Group(Group<'f, 'a>),
    Dataset(Dataset<'f, 'a>),
}

/// A group: named members and attributes.
#[derive(Clone)]
pub(crate) struct Group<'f, 'a> {
    file: &'f File<'a>,
    messages: Vec<Message<'a>>,
    links: BTreeMap<String, u64>,
}

impl<'f, 'a> Group<'f, 'a> {
    pub(super) fn open(file: &'f File<'a>, address: u64) -> Result<Self, FormatError> {
        let messages = header::messages(file, address)?;
        let mut links = BTreeMap::new();
        for message in &messages {
            let mut cursor = Cursor::new(message.content);
            match message.kind {
                header::SYMBOL_TABLE => {
                    let (tree, heap) = (file.offset(&mut cursor)?, file.offset(&mut cursor)?);
                    let names = local_heap(file, heap)?;
                    symbols(file, tree, names, None, &mut links)?;
                }
                header::LINK => links.extend(link(file, cursor)?),
                header::LINK_INFO => refuse_dense(file, cursor)?,
                _ => {}
            }
        }
        Ok(Group { file, messages, links })
    }

    /// The names of all members, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.links.keys().map(String::as_str)
    }

    /// The group or dataset under a path of names with `/` between them; `None` where there is none.
    pub fn find(&self, path: &str) -> Result<Option<Object<'f, 'a>>, FormatError> {
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        let mut group = self.clone();
        while let Some(name) = names.next() {
            self.file.step()?;
            let Some(&address) = group.links.get(name) else { return Ok(None) };
            let messages = header::messages(self.file, address)?;
            if messages.iter().any(|message| message.kind == header::LAYOUT) {
                let dataset = Dataset::open(self.file, &messages)?;
                return Ok(names.peek().is_none().then_some(Object::Dataset(dataset)));
            }
            group = Group::open(self.file, address)?;
        }
        Ok(Some(Object::Group(group)))
    }

    /// The group under a path.
    pub fn group(&self, path: &str) -> Result<Option<Group<'f, 'a>>, FormatError> {
        Ok(match self.find(path)? {
            Some(Object::Group(group)) => Some(group),
            _ => None,
        })
    }

    /// The dataset under a path.
    pub fn dataset(&self, path: &str) -> Result<Option<Dataset<'f, 'a>>, FormatError> {
        Ok(match self.find(path)? {
            Some(Object::Dataset(dataset)) => Some(dataset),
            _ => None,
        })
    }

    /// The texts of an attribute; `None` where there is none of this name or it holds no texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, FormatError> {
        attribute::texts(self.file, &self.messages, name)
    }

    /// The one text of an attribute.
    pub fn text(&self, name: &str) -> Result<Option<String>, FormatError> {
        Ok(self.texts(name)?.and_then(|texts| texts.into_iter().next()))
    }
}

/// The bytes of the heap that holds the names of a symbol table.
fn local_heap<'a>(file: &File<'a>, address: u64) -> Result<&'a [u8], FormatError> {
    let mut cursor = file.at(address)?;
    cursor.expect(b"HEAP")?;
    cursor.take(4)?;
    let length = file.length(&mut cursor)?;
    file.length(&mut cursor)?;
    let data = file.offset(&mut cursor)?;
    file.slice(data, length)
}

/// Adds the links below a node of the tree; `level` is the node's, where it is known.
fn symbols(
    file: &File<'_>,
    address: u64,
    names: &[u8],
    level: Option<u8>,
    links: &mut BTreeMap<String, u64>,
) -> Result<(), FormatError> {
    file.step()?;
    let mut cursor = file.at(address)?;
    cursor.expect(b"TREE")?;
    let (kind, depth) = (cursor.u8()?, cursor.u8()?);
    if kind != 0 || depth > DEEPEST || level.is_some_and(|level| level != depth) {
        return Err(damaged("the tree of a group contradicts itself"));
    }
    let entries = cursor.u16()?;
    file.offset(&mut cursor)?;
    file.offset(&mut cursor)?;
    for _ in 0..entries {
        file.length(&mut cursor)?;
        let child = file.offset(&mut cursor)?;
        match depth.checked_sub(1) {
            Some(below) => symbols(file, child, names, Some(below), links)?,
            None => leaf(file, child, names, links)?,
        }
    }
    Ok(())
}

fn leaf(file: &File<'_>, address: u64, names: &[u8], links: &mut BTreeMap<String, u64>) -> Result<(), FormatError> {
    let mut cursor = file.at(address)?;
    cursor.expect(b"SNOD")?;
    cursor.take(2)?;
    for _ in 0..cursor.u16()? {
        file.step()?;
        let name = file.offset(&mut cursor)?;
        let target = file.offset(&mut cursor)?;
        // The kind, what is reserved, and a scratch pad. Kind 2 is a link by name, which Keras never
        // makes.
        let kind = cursor.u32()?;
        cursor.take(20)?;
        let name = usize::try_from(name).ok().and_then(|at| names.get(at..));
        let name = name.and_then(|rest| rest.split(|&byte| byte == 0).next());
        let name = name.ok_or_else(|| damaged("a name lies beyond its heap"))?;
        if kind != 2 {
            links.insert(String::from_utf8_lossy(name).into_owned(), target);
        }
    }
    Ok(())
}

/// The name and the address of a link message; `None` for a link by name.
fn link(file: &File<'_>, mut cursor: Cursor<'_>) -> Result<Option<(String, u64)>, FormatError> {
    cursor.take(1)?;
    let flags = cursor.u8()?;
    let kind = if flags & 8 != 0 { cursor.u8()? } else { 0 };
    cursor.take(if flags & 4 != 0 { 8 } else { 0 } + if flags & 16 != 0 { 1 } else { 0 })?;
    let length = cursor.uint(1 << (flags & 3))?;
    let length = usize::try_from(length).map_err(|_| damaged("a name lies beyond its end"))?;
    let name = String::from_utf8_lossy(cursor.take(length)?).into_owned();
    Ok(if kind == 0 { Some((name, file.offset(&mut cursor)?)) } else { None })
}

/// Refuses links that are kept in a heap of their own, as newer settings do where there are many.
fn refuse_dense(file: &File<'_>, mut cursor: Cursor<'_>) -> Result<(), FormatError> {
    cursor.take(1)?;
    let flags = cursor.u8()?;
    cursor.take(if flags & 1 != 0 { 8 } else { 0 })?;
    let heap = file.offset(&mut cursor)?;
    if file.is_undefined(heap) { Ok(()) } else { Err(unsupported("links in dense storage (libver=\"latest\")")) }
}
