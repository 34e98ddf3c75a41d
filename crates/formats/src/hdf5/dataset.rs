//! Datasets of numbers.

use heatlens_graph::Tensor;

use super::chunks::{self, Filter};
use super::cursor::Cursor;
use super::header::{self, Message};
use super::{File, damaged, unsupported};
use crate::FormatError;

/// No weight has more axes.
const MOST_AXES: usize = 8;

/// What the elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datatype {
    /// IEEE floating point of 2, 4 or 8 bytes.
    Float {
        size: usize,
        big_endian: bool,
    },
    /// The upper half of an f32.
    BFloat16 {
        big_endian: bool,
    },
    Integer {
        size: usize,
        big_endian: bool,
        signed: bool,
    },
    /// Text of this many bytes, filled up with zeros.
    Text {
        size: usize,
    },
    /// Text of any length, in the global heap.
    AnyText,
    /// Another class, by its number.
    Other(u8),
}

impl Datatype {
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut cursor = Cursor::new(bytes);
        let (class, bits) = (cursor.u8()? & 15, cursor.uint(3)?);
        let (size, big_endian) = (cursor.u32()? as usize, bits & 1 != 0);
        Ok(match class {
            0 if size <= 8 && size > 0 => Datatype::Integer { size, big_endian, signed: bits & 8 != 0 },
            1 => {
                cursor.take(5)?;
                match (size, cursor.u8()?) {
                    (2, 8) => Datatype::BFloat16 { big_endian },
                    (2, 5) | (4, 8) | (8, 11) => Datatype::Float { size, big_endian },
                    _ => Datatype::Other(class),
                }
            }
            3 => Datatype::Text { size },
            9 if bits & 15 == 1 => Datatype::AnyText,
            other => Datatype::Other(other),
        })
    }

    fn size(self) -> Result<usize, FormatError> {
        match self {
            Datatype::Float { size, .. } | Datatype::Integer { size, .. } => Ok(size),
            Datatype::BFloat16 { .. } => Ok(2),
            other => Err(unsupported(format!("weights that are no numbers ({other:?})"))),
        }
    }

    /// The element in these bytes, rounded to f32.
    fn decode(self, bytes: &[u8]) -> f32 {
        let bits = |big_endian: bool| {
            let push = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
            if big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
        };
        match self {
            Datatype::Float { size: 2, big_endian } => half::f16::from_bits(bits(big_endian) as u16).to_f32(),
            Datatype::Float { size: 4, big_endian } => f32::from_bits(bits(big_endian) as u32),
            Datatype::Float { big_endian, .. } => f64::from_bits(bits(big_endian)) as f32,
            Datatype::BFloat16 { big_endian } => f32::from_bits((bits(big_endian) as u32) << 16),
            Datatype::Integer { size, big_endian, signed: true } => {
                let unused = 64 - 8 * size as u32;
                ((bits(big_endian) << unused) as i64 >> unused) as f32
            }
            Datatype::Integer { big_endian, .. } => bits(big_endian) as f32,
            _ => f32::NAN,
        }
    }
}

/// How many elements there are along each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dataspace(Vec<usize>);

impl Dataspace {
    pub fn read(file: &File<'_>, bytes: &[u8]) -> Result<Self, FormatError> {
        let mut cursor = Cursor::new(bytes);
        let (version, rank, _flags) = (cursor.u8()?, usize::from(cursor.u8()?), cursor.u8()?);
        let kind = cursor.u8()?;
        match version {
            1 => drop(cursor.take(4)?),
            2 if kind == 2 => return Ok(Dataspace(vec![0])),
            2 => {}
            other => return Err(damaged(format!("a dataspace of version {other}"))),
        }
        if rank > MOST_AXES {
            return Err(damaged(format!("data of {rank} axes")));
        }
        let extent = |_| {
            let extent = file.length(&mut cursor)?;
            usize::try_from(extent).map_err(|_| damaged(format!("an extent of {extent}")))
        };
        Ok(Dataspace((0..rank).map(extent).collect::<Result<_, _>>()?))
    }

    /// How many elements there are in all.
    pub fn elements(&self) -> Result<usize, FormatError> {
        let count = self.0.iter().try_fold(1usize, |count, &extent| count.checked_mul(extent));
        count.ok_or_else(|| damaged(format!("data of shape {:?}", self.0)))
    }
}

/// Where the elements lie.
#[derive(Clone, Debug)]
enum Layout<'a> {
    /// One behind the other.
    Whole(&'a [u8]),
    /// In blocks of this shape that a tree lists.
    Chunks { tree: Option<u64>, shape: Vec<usize> },
}

/// An array of numbers.
#[derive(Clone)]
pub(crate) struct Dataset<'f, 'a> {
    file: &'f File<'a>,
    datatype: Datatype,
    dataspace: Dataspace,
    layout: Layout<'a>,
    filters: Vec<Filter>,
}

impl<'f, 'a> Dataset<'f, 'a> {
    pub(super) fn open(file: &'f File<'a>, messages: &[Message<'a>]) -> Result<Self, FormatError> {
        let find = |kind: u16| messages.iter().find(|message| message.kind == kind);
        let required = |kind: u16, what: &str| match find(kind) {
            Some(message) if message.shared => Err(unsupported("named types")),
            Some(message) => Ok(message.content),
            None => Err(damaged(format!("a dataset without {what}"))),
        };
        let datatype = Datatype::read(required(header::DATATYPE, "a type")?)?;
        let dataspace = Dataspace::read(file, required(header::DATASPACE, "a shape")?)?;
        let layout = layout(file, required(header::LAYOUT, "a layout")?)?;
        let filters = match find(header::FILTERS) {
            Some(message) => chunks::filters(message.content)?,
            None => Vec::new(),
        };
        Ok(Dataset { file, datatype, dataspace, layout, filters })
    }

    /// Extents, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.dataspace.0
    }

    /// The elements as f32, row-major.
    ///
    /// # Errors
    /// If they are no numbers, lie beyond the end, or are more than the file can hold.
    pub fn read(&self) -> Result<Tensor, FormatError> {
        let (count, size) = (self.dataspace.elements()?, self.datatype.size()?);
        let length = count.checked_mul(size).ok_or_else(|| damaged("data larger than memory"))?;
        self.file.spend(length.saturating_add(count.saturating_mul(4)))?;
        let assembled;
        let bytes = match &self.layout {
            Layout::Whole(bytes) if length == 0 || bytes.len() == length => &bytes[..length],
            Layout::Whole(bytes) => {
                return Err(damaged(format!("data of {} bytes where {length} are needed", bytes.len())));
            }
            Layout::Chunks { tree, shape } => {
                let data = chunks::Chunked { extents: &self.dataspace.0, shape, size, filters: &self.filters };
                assembled = data.read(self.file, *tree)?;
                &assembled
            }
        };
        let elements = match self.datatype {
            Datatype::Float { size: 4, big_endian: false } => {
                bytes.as_chunks::<4>().0.iter().map(|&element| f32::from_le_bytes(element)).collect()
            }
            other => bytes.chunks_exact(size).map(|element| other.decode(element)).collect(),
        };
        Ok(Tensor::f32(self.dataspace.0.clone(), elements))
    }
}

fn layout<'a>(file: &File<'a>, bytes: &'a [u8]) -> Result<Layout<'a>, FormatError> {
    let mut cursor = Cursor::new(bytes);
    let version = cursor.u8()?;
    let (rank, class) = match version {
        1 | 2 => {
            let (rank, class) = (cursor.u8()?, cursor.u8()?);
            cursor.take(5)?;
            (usize::from(rank), class)
        }
        3 | 4 => (0, cursor.u8()?),
        other => return Err(damaged(format!("a layout of version {other}"))),
    };
    match (version, class) {
        (3 | 4, 0) => {
            let length = cursor.u16()?;
            Ok(Layout::Whole(cursor.take(length.into())?))
        }
        (3 | 4, 1) => {
            let (address, length) = (file.offset(&mut cursor)?, file.length(&mut cursor)?);
            // Nothing was ever written there: zeros, or no elements.
            if file.is_undefined(address) {
                Ok(Layout::Whole(&[]))
            } else {
                Ok(Layout::Whole(file.slice(address, length)?))
            }
        }
        (3, 2) => {
            let rank = usize::from(cursor.u8()?);
            let tree = file.offset(&mut cursor)?;
            chunked(file, tree, rank, cursor)
        }
        (1 | 2, 2) => {
            let tree = file.offset(&mut cursor)?;
            chunked(file, tree, rank, cursor)
        }
        _ => Err(unsupported("data laid out in another way (libver=\"latest\")")),
    }
}

/// The shape of the chunks; behind it stands the size of an element, which counts as an axis.
fn chunked<'a>(file: &File<'a>, tree: u64, rank: usize, mut cursor: Cursor<'_>) -> Result<Layout<'a>, FormatError> {
    let axes = rank.checked_sub(1).filter(|&axes| axes <= MOST_AXES).ok_or_else(|| damaged("chunks of no axes"))?;
    let shape = (0..axes).map(|_| Ok(cursor.u32()? as usize)).collect::<Result<_, FormatError>>()?;
    Ok(Layout::Chunks { tree: (!file.is_undefined(tree)).then_some(tree), shape })
}
