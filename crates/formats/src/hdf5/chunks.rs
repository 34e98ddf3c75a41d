//! Data in chunks: the tree that lists them, and the filters that shrank them.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

use super::cursor::Cursor;
use super::{File, damaged, unsupported};
use crate::FormatError;

/// Trees of chunks are not deeper.
const DEEPEST: u8 = 16;

/// What was done to each chunk when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Deflate,
    /// The first bytes of all elements, then the second ones, and so on.
    Shuffle,
    /// A checksum behind it, which is not compared.
    Fletcher32,
}

/// The filters of a dataset in the order in which they were applied.
pub(super) fn filters(bytes: &[u8]) -> Result<Vec<Filter>, FormatError> {
    let mut cursor = Cursor::new(bytes);
    let (version, count) = (cursor.u8()?, cursor.u8()?);
    cursor.take(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = cursor.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(cursor.u16()?) } else { 0 };
        let _flags = cursor.u16()?;
        let values = usize::from(cursor.u16()?);
        cursor.take(if version == 1 { name.next_multiple_of(8) } else { name })?;
        cursor.take(4 * (values + if version == 1 { values % 2 } else { 0 }))?;
        filters.push(match id {
            1 => Filter::Deflate,
            2 => Filter::Shuffle,
            3 => Filter::Fletcher32,
            32000 => return Err(unsupported("weights compressed by LZF")),
            4 => return Err(unsupported("weights compressed by SZIP")),
            other => return Err(unsupported(format!("weights compressed by filter {other}"))),
        });
    }
    Ok(filters)
}

/// An array in chunks.
pub(super) struct Chunked<'d> {
    pub extents: &'d [usize],
    /// Extents of a chunk.
    pub shape: &'d [usize],
    /// Bytes of an element.
    pub size: usize,
    pub filters: &'d [Filter],
}

impl Chunked<'_> {
    /// All elements, row-major; zeros where there is no chunk. The caller has counted their bytes.
    pub fn read(&self, file: &File<'_>, tree: Option<u64>) -> Result<Vec<u8>, FormatError> {
        let product = |extents: &[usize]| extents.iter().try_fold(self.size, |n, &extent| n.checked_mul(extent));
        let fail = || damaged(format!("chunks of shape {:?}", self.shape));
        if self.shape.len() != self.extents.len() || self.shape.contains(&0) {
            return Err(fail());
        }
        let (total, chunk) = (product(self.extents).ok_or_else(fail)?, product(self.shape).ok_or_else(fail)?);
        let mut bytes = vec![0; total];
        if let Some(tree) = tree {
            self.node(file, tree, None, chunk, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// Copies the chunks below a node of the tree to their places; `level` is the node's, where it is
    /// known.
    fn node(
        &self,
        file: &File<'_>,
        address: u64,
        level: Option<u8>,
        length: usize,
        bytes: &mut [u8],
    ) -> Result<(), FormatError> {
        file.step()?;
        let mut cursor = file.at(address)?;
        cursor.expect(b"TREE")?;
        let (kind, depth) = (cursor.u8()?, cursor.u8()?);
        if kind != 1 || depth > DEEPEST || level.is_some_and(|level| level != depth) {
            return Err(damaged("the tree of a dataset contradicts itself"));
        }
        let entries = cursor.u16()?;
        file.offset(&mut cursor)?;
        file.offset(&mut cursor)?;
        for _ in 0..entries {
            let (stored, mask) = (cursor.u32()?, cursor.u32()?);
            let place = (0..=self.shape.len()).map(|_| cursor.uint(8)).collect::<Result<Vec<_>, _>>()?;
            let child = file.offset(&mut cursor)?;
            match depth.checked_sub(1) {
                Some(below) => self.node(file, child, Some(below), length, bytes)?,
                None => {
                    file.step()?;
                    file.spend(length)?;
                    let chunk = self.unfilter(file.slice(child, stored.into())?, mask, length)?;
                    self.put(&chunk, &place[..self.shape.len()], bytes)?;
                }
            }
        }
        Ok(())
    }

    /// The chunk as it was before it was written; `mask` has a bit for each filter that was left out.
    fn unfilter(&self, stored: &[u8], mask: u32, length: usize) -> Result<Vec<u8>, FormatError> {
        let mut chunk = stored.to_vec();
        for (i, filter) in self.filters.iter().enumerate().rev() {
            if mask >> i.min(31) & 1 != 0 {
                continue;
            }
            chunk = match filter {
                Filter::Deflate => {
                    let mut inflated = Vec::new();
                    // A checksum may stand behind the elements.
                    let read = ZlibDecoder::new(&chunk[..]).take(length as u64 + 4).read_to_end(&mut inflated);
                    read.map_err(|error| damaged(format!("a chunk does not uncompress: {error}")))?;
                    inflated
                }
                Filter::Shuffle => self.unshuffle(&chunk),
                Filter::Fletcher32 => {
                    chunk.truncate(chunk.len().saturating_sub(4));
                    chunk
                }
            };
        }
        if chunk.len() == length {
            Ok(chunk)
        } else {
            Err(damaged(format!("a chunk of {} bytes for {length}", chunk.len())))
        }
    }

    fn unshuffle(&self, chunk: &[u8]) -> Vec<u8> {
        let count = chunk.len() / self.size;
        let mut elements = chunk.to_vec();
        for (byte, plane) in chunk[..count * self.size].chunks_exact(count.max(1)).enumerate() {
            for (i, &value) in plane.iter().enumerate() {
                elements[i * self.size + byte] = value;
            }
        }
        elements
    }

    /// Copies a chunk, row by row, to its place; what hangs over the edge is left out.
    fn put(&self, chunk: &[u8], place: &[u64], bytes: &mut [u8]) -> Result<(), FormatError> {
        let outside = || damaged(format!("a chunk at {place:?} of data of shape {:?}", self.extents));
        let Some((&last, outer)) = self.shape.split_last() else {
            bytes.copy_from_slice(chunk.get(..bytes.len()).ok_or_else(outside)?);
            return Ok(());
        };
        let start: Vec<usize> = place
            .iter()
            .zip(self.extents)
            .map(|(&at, &extent)| usize::try_from(at).ok().filter(|&at| at < extent))
            .collect::<Option<_>>()
            .ok_or_else(outside)?;
        let axis = outer.len();
        let row = last.min(self.extents[axis] - start[axis]) * self.size;
        for (i, source) in chunk.chunks_exact(last * self.size).enumerate() {
            let (mut rest, mut target, mut stride, mut inside) = (i, start[axis], self.extents[axis], true);
            for axis in (0..axis).rev() {
                let at = start[axis] + rest % self.shape[axis];
                inside &= at < self.extents[axis];
                target += at * stride;
                rest /= self.shape[axis];
                stride *= self.extents[axis];
            }
            if inside {
                bytes[target * self.size..][..row].copy_from_slice(&source[..row]);
            }
        }
        Ok(())
    }
}
