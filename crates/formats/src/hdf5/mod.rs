//! HDF5 files (<https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>) in memory, read
//! as far as h5py's default settings write them: groups, attributes of text, datasets of numbers,
//! contiguous or in chunks, with gzip and shuffle. What newer library settings
//! (`libver="latest"`) write otherwise is refused by name.
//!
//! Everything is bounded: what is looked at is counted, and so are the bytes that are decoded.

mod attribute;
mod chunks;
mod cursor;
mod dataset;
mod group;
mod header;

use std::cell::Cell;

use self::cursor::Cursor;
use crate::FormatError;

pub(crate) use self::dataset::Dataset;
pub(crate) use self::group::Group;

/// What every HDF5 file begins with.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Decoded elements may take this many times the bytes of the file, and [`ALWAYS_ALLOWED`] in any
/// case: weights hardly shrink.
const MOST_INFLATION: usize = 32;
const ALWAYS_ALLOWED: usize = 64 << 20;

/// Nodes, messages and links that are looked at, for each kilobyte of the file, and for any file.
const STEPS_PER_KILOBYTE: usize = 4096;
const STEPS_ALWAYS: usize = 1 << 20;

/// Whether the bytes are an HDF5 file.
pub(crate) fn is_hdf5(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// A file.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    /// Bytes of an address.
    offset_size: usize,
    /// Bytes of a length.
    length_size: usize,
    root: u64,
    steps: Cell<usize>,
    decoded: Cell<usize>,
}

impl<'a> File<'a> {
    /// Reads the superblock.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] for a file that is cut off or contradicts itself,
    /// [`FormatError::Unsupported`] for what is not read.
    pub fn open(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let cut = || damaged("its beginning is cut off");
        let version = *bytes.get(8).ok_or_else(cut)?;
        let sizes = match version {
            0 | 1 => 13,
            2 | 3 => 9,
            other => return Err(unsupported(format!("a superblock of version {other}"))),
        };
        let size = |at: usize| match bytes.get(at) {
            Some(size @ (2 | 4 | 8)) => Ok(usize::from(*size)),
            Some(other) => Err(damaged(format!("addresses of {other} bytes"))),
            None => Err(cut()),
        };
        let mut file = File {
            bytes,
            offset_size: size(sizes)?,
            length_size: size(sizes + 1)?,
            root: 0,
            steps: Cell::new((bytes.len() / 1024).saturating_mul(STEPS_PER_KILOBYTE).max(STEPS_ALWAYS)),
            decoded: Cell::new(bytes.len().saturating_mul(MOST_INFLATION).max(ALWAYS_ALLOWED)),
        };
        let mut cursor = file.at(if version < 2 { 24 + 4 * usize::from(version == 1) } else { 12 } as u64)?;
        let base = file.offset(&mut cursor)?;
        file.offset(&mut cursor)?;
        let end = file.offset(&mut cursor)?;
        if base != 0 {
            return Err(unsupported("a block of other data in front"));
        }
        if end > bytes.len() as u64 {
            let have = bytes.len();
            return Err(damaged(format!("it ends after {have} of {end} bytes, as after an interrupted download")));
        }
        file.root = if version < 2 {
            // The driver's block, then the entry of the root: its name, its address.
            file.offset(&mut cursor)?;
            file.offset(&mut cursor)?;
            file.offset(&mut cursor)?
        } else {
            file.offset(&mut cursor)?
        };
        Ok(file)
    }

    /// The group that holds all others.
    pub fn root(&self) -> Result<Group<'_, 'a>, FormatError> {
        Group::open(self, self.root)
    }

    fn at(&self, address: u64) -> Result<Cursor<'a>, FormatError> {
        let rest = usize::try_from(address).ok().and_then(|at| self.bytes.get(at..));
        rest.map(Cursor::new).ok_or_else(|| damaged("an address lies beyond its end"))
    }

    /// `length` bytes at `address`.
    fn slice(&self, address: u64, length: u64) -> Result<&'a [u8], FormatError> {
        let length = usize::try_from(length).map_err(|_| damaged("a part lies beyond its end"))?;
        self.at(address)?.take(length)
    }

    fn offset(&self, cursor: &mut Cursor<'_>) -> Result<u64, FormatError> {
        cursor.uint(self.offset_size)
    }

    fn length(&self, cursor: &mut Cursor<'_>) -> Result<u64, FormatError> {
        cursor.uint(self.length_size)
    }

    /// The address that stands for none.
    fn is_undefined(&self, address: u64) -> bool {
        address == u64::MAX >> (64 - 8 * self.offset_size)
    }

    /// Counts a step: whoever leads a reader around in circles is found out.
    fn step(&self) -> Result<(), FormatError> {
        let left = self.steps.get().checked_sub(1);
        self.steps.set(left.ok_or_else(|| damaged("its parts lead around in circles"))?);
        Ok(())
    }

    /// Counts bytes that are about to be decoded.
    fn spend(&self, bytes: usize) -> Result<(), FormatError> {
        let left =
            self.decoded.get().checked_sub(bytes).ok_or_else(|| {
                unsupported("more data than weights can shrink to: this looks like a decompression bomb")
            })?;
        self.decoded.set(left);
        Ok(())
    }
}

fn damaged(what: impl AsRef<str>) -> FormatError {
    FormatError::Damaged(format!("HDF5: {}; copy or download the file again", what.as_ref()))
}

fn unsupported(what: impl AsRef<str>) -> FormatError {
    FormatError::Unsupported(format!(
        "HDF5 with {}; open the model in Python and save it again with model.save",
        what.as_ref()
    ))
}
