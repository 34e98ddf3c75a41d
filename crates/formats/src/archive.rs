//! Zip archives (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>) in memory: what the
//! directory lists, stored entries where they lie, deflated ones on request.
//!
//! Checksums are not compared: PyTorch can be told not to write them
//! (`torch.serialization.set_crc32_options`).

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord};

use crate::FormatError;

/// An entry of an archive.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The path inside the archive.
    pub name: String,
    /// The length that the directory claims, uncompressed.
    pub length: usize,
    content: Content<'a>,
}

/// The bytes of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content<'a> {
    /// As they are, in the file.
    Stored(&'a [u8]),
    /// Compressed, and the length that they are said to have uncompressed.
    Deflated(&'a [u8], usize),
}

impl<'a> Entry<'a> {
    /// The bytes, if they are not compressed.
    pub fn stored(&self) -> Option<&'a [u8]> {
        match self.content {
            Content::Stored(bytes) => Some(bytes),
            Content::Deflated(..) => None,
        }
    }

    /// The bytes. Takes as much memory as [`length`](Self::length) says, which is for the caller to
    /// bound.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] where they do not uncompress to that length.
    pub fn read(&self) -> Result<Cow<'a, [u8]>, FormatError> {
        self.content.read(&self.name)
    }

    pub(crate) fn content(&self) -> Content<'a> {
        self.content
    }
}

impl<'a> Content<'a> {
    pub(crate) fn read(self, name: &str) -> Result<Cow<'a, [u8]>, FormatError> {
        let (compressed, length) = match self {
            Content::Stored(bytes) => return Ok(Cow::Borrowed(bytes)),
            Content::Deflated(compressed, length) => (compressed, length),
        };
        let fail = |what: String| damaged(format!("`{name}` does not uncompress: {what}"));
        let mut bytes = Vec::new();
        let read = DeflateDecoder::new(compressed).take(length as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| fail(error.to_string()))?;
        if bytes.len() != length {
            return Err(fail("its length differs from what the archive says".into()));
        }
        Ok(Cow::Owned(bytes))
    }
}

/// What the directory of an archive lists, in its order.
///
/// # Errors
/// [`FormatError::Damaged`] where the directory cannot be read or points beyond the end;
/// [`FormatError::Unsupported`] for entries that are encrypted or compressed otherwise than by
/// deflate.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, FormatError> {
    let unreadable =
        |error: rawzip::Error| damaged(format!("its directory cannot be read ({error}), probably the end is missing"));
    let archive = ZipArchive::from_slice(bytes).map_err(unreadable)?;
    let mut listed = Vec::new();
    for record in archive.entries() {
        listed.push(entry(bytes, &record.map_err(unreadable)?)?);
    }
    Ok(listed)
}

fn entry<'a>(bytes: &'a [u8], record: &ZipFileHeaderRecord<'_>) -> Result<Entry<'a>, FormatError> {
    let name = String::from_utf8_lossy(record.file_path().as_bytes()).into_owned();
    if record.flags().is_encrypted() {
        return Err(FormatError::Unsupported(format!("`{name}` in the zip archive is encrypted; unpack it first")));
    }
    let claim = record.uncompressed_size_hint();
    let length = usize::try_from(claim).map_err(|_| damaged(format!("`{name}` claims {claim} bytes")))?;
    let lies = |length: u64| {
        let start = content_start(bytes, usize::try_from(record.local_header_offset()).ok()?)?;
        bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    };
    let beyond = || damaged(format!("`{name}` lies beyond the end of the file"));
    let content = match record.compression_method() {
        CompressionMethod::STORE => Content::Stored(lies(claim).ok_or_else(beyond)?),
        CompressionMethod::DEFLATE => {
            Content::Deflated(lies(record.compressed_size_hint()).ok_or_else(beyond)?, length)
        }
        other => {
            return Err(FormatError::Unsupported(format!(
                "`{name}` in the zip archive is compressed with {other}; unpack it first"
            )));
        }
    };
    Ok(Entry { name, length, content })
}

/// Where the content begins behind the local header at `at`, whose name and extra field (PyTorch
/// aligns with it) have lengths of their own.
fn content_start(bytes: &[u8], at: usize) -> Option<usize> {
    let header = bytes.get(at..at.checked_add(30)?)?;
    let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    header.starts_with(b"PK\x03\x04").then(|| at + 30 + length(26) + length(28))
}

fn damaged(what: String) -> FormatError {
    FormatError::Damaged(format!("zip archive: {what}; copy or download the file again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(method: CompressionMethod, content: &[u8], length: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
        let (mut entry, _) = archive.new_file("a/b").compression_method(method).start().unwrap();
        std::io::Write::write_all(&mut entry, content).unwrap();
        entry.finish(rawzip::DataDescriptorOutput::new(0, length)).unwrap();
        archive.finish().unwrap();
        bytes
    }

    #[test]
    fn stored_and_deflated_entries_are_read() {
        let bytes = archive(CompressionMethod::STORE, b"hello", 5);
        let entry = entries(&bytes).unwrap().remove(0);
        assert_eq!((entry.name.as_str(), entry.length, entry.stored()), ("a/b", 5, Some(&b"hello"[..])));
        let mut deflated = Vec::new();
        flate2::bufread::DeflateEncoder::new(&[7u8; 900][..], flate2::Compression::fast())
            .read_to_end(&mut deflated)
            .unwrap();
        let bytes = archive(CompressionMethod::DEFLATE, &deflated, 900);
        let entry = entries(&bytes).unwrap().remove(0);
        assert_eq!((entry.stored(), &*entry.read().unwrap()), (None, &[7; 900][..]));
        for lie in [899, 901] {
            let bytes = archive(CompressionMethod::DEFLATE, &deflated, lie);
            let error = entries(&bytes).unwrap()[0].read().unwrap_err().to_string();
            assert!(error.contains("length differs"), "{error}");
        }
    }

    #[test]
    fn other_codings_are_named() {
        let error = entries(&archive(CompressionMethod::BZIP2, b"hello", 5)).unwrap_err().to_string();
        assert!(error.contains("`a/b`") && error.to_lowercase().contains("bzip2"), "{error}");
    }

    #[test]
    fn cut_and_overwritten_archives_are_errors() {
        let bytes = archive(CompressionMethod::STORE, b"hello", 5);
        for cut in 0..bytes.len() {
            assert!(matches!(entries(&bytes[..cut]), Err(FormatError::Damaged(_))), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                entries(&bytes).into_iter().flatten().for_each(|entry| drop(entry.read()));
            }
        }
    }
}
