//! Weights that lie in files beside the model.

use std::collections::HashMap;
use std::io::ErrorKind;

use heatlens_graph::Tensor;
use prost::bytes::Bytes;

use super::element::{Element, from_raw};
use super::proto::{StringStringEntryProto, entry};
use crate::{FormatError, Sibling};

/// A stretch of a file and what it holds.
#[derive(PartialEq, Eq, Hash)]
struct Stretch {
    location: String,
    offset: usize,
    length: usize,
    element: Element,
}

/// The files beside a model, each read once.
pub(super) struct External<'a> {
    sibling: Option<&'a Sibling<'a>>,
    files: HashMap<String, File>,
    decoded: HashMap<Stretch, Tensor>,
}

struct File {
    bytes: Bytes,
    /// Bytes decoded so far. Distinct weights do not overlap, so a file that is read more than once
    /// over is a bomb.
    used: usize,
}

impl<'a> External<'a> {
    /// No file is read before a weight asks for it.
    pub fn new(sibling: Option<&'a Sibling<'a>>) -> Self {
        External { sibling, files: HashMap::new(), decoded: HashMap::new() }
    }

    /// Decodes the elements that `entries` (location, offset, length) point to. `expected` is their
    /// size in bytes.
    pub fn read(
        &mut self,
        entries: &[StringStringEntryProto],
        element: Element,
        shape: Vec<usize>,
        expected: usize,
        of: &str,
    ) -> Result<Tensor, FormatError> {
        let damaged = |why: String| FormatError::Damaged(format!("{of} {why}; export the model again"));
        let location =
            entry(entries, "location").ok_or_else(|| damaged("lies in another file that is not named".into()))?;
        let location = location.strip_prefix("./").unwrap_or(location);
        let number = |key: &str| match entry(entries, key) {
            None => Ok(None),
            Some(text) => text
                .parse::<usize>()
                .map(Some)
                .map_err(|_| damaged(format!("has the {key} `{text}`, which is no size"))),
        };
        let offset = number("offset")?.unwrap_or(0);
        let length = number("length")?.unwrap_or(expected);
        if length != expected {
            return Err(damaged(format!("needs {expected} bytes and names {length} in `{location}`")));
        }
        let stretch = Stretch { location: location.to_owned(), offset, length, element };
        if let Some(tensor) = self.decoded.get(&stretch) {
            return Ok(tensor.reshaped(shape));
        }
        let file = self.open(location)?;
        let have = file.bytes.len();
        let bytes = offset.checked_add(length).and_then(|end| file.bytes.get(offset..end));
        let bytes = bytes.ok_or_else(|| {
            damaged(format!("needs {length} bytes from byte {offset} of `{location}`, which has {have}"))
        })?;
        if file.used + length > have {
            return Err(damaged(format!("overlaps other weights in `{location}`")));
        }
        let tensor = from_raw(element, shape, bytes, Some(&file.bytes));
        file.used += length;
        self.decoded.insert(stretch, tensor.clone());
        Ok(tensor)
    }

    fn open(&mut self, location: &str) -> Result<&mut File, FormatError> {
        if !is_plain(location) {
            return Err(FormatError::Unsupported(format!(
                "the model keeps weights in `{location}`; only files beside the model or below its folder are read. \
                 Move it there and export again"
            )));
        }
        if !self.files.contains_key(location) {
            let missing = || FormatError::MissingExternalData(location.to_owned());
            let bytes = self.sibling.ok_or_else(missing)?(location).map_err(|error| match error.kind() {
                ErrorKind::NotFound => missing(),
                _ => FormatError::UnreadExternalData { file: location.to_owned(), why: error.to_string() },
            })?;
            self.files.insert(location.to_owned(), File { bytes: bytes.into(), used: 0 });
        }
        Ok(self.files.get_mut(location).expect("it was read"))
    }
}

/// Whether a location stays below the model's folder on every system.
fn is_plain(location: &str) -> bool {
    let component = |c: &str| !c.is_empty() && c != "." && c != ".." && !c.contains(['\\', ':', '\0']);
    location.split('/').all(component)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn entries(list: &[(&str, &str)]) -> Vec<StringStringEntryProto> {
        list.iter().map(|&(k, v)| StringStringEntryProto { key: k.into(), value: v.into() }).collect()
    }

    fn read(
        external: &mut External<'_>,
        entries: &[StringStringEntryProto],
        expected: usize,
    ) -> Result<Tensor, FormatError> {
        external.read(entries, Element::U8, vec![expected], expected, "w")
    }

    #[test]
    fn stretches_are_cut_out() {
        let sibling = |name: &str| {
            assert_eq!(name, "w.bin");
            Ok(vec![1, 2, 3, 4])
        };
        let mut external = External::new(Some(&sibling));
        let at = |offset: &str, length: &str| entries(&[("location", "w.bin"), ("offset", offset), ("length", length)]);
        assert_eq!(read(&mut external, &at("1", "2"), 2).unwrap(), Tensor::ints(&[2, 3]));
        assert_eq!(read(&mut external, &at("1", "2"), 2).unwrap(), Tensor::ints(&[2, 3]), "shared");
        for (offset, length, expected, word) in [
            ("3", "2", 2, "which has 4"),
            ("18446744073709551615", "2", 2, "which has 4"),
            ("0", "3", 2, "needs 2 bytes and names 3"),
            ("-1", "2", 2, "is no size"),
            ("0", "4", 4, "overlaps"),
        ] {
            let error = read(&mut external, &at(offset, length), expected).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn only_files_below_the_model_are_asked_for() {
        let sibling = |_: &str| -> io::Result<Vec<u8>> { panic!("asked for") };
        let mut external = External::new(Some(&sibling));
        for location in ["../w", "/etc/passwd", "a/../../w", "C:\\w", "a\\..\\w", "", "././w"] {
            let error = read(&mut external, &entries(&[("location", location)]), 1).unwrap_err();
            assert!(matches!(error, FormatError::Unsupported(_)), "{location}: {error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(&mut External::new(None), &entries(&[("location", "w.data")]), 1).unwrap_err();
        assert!(matches!(error, FormatError::MissingExternalData(name) if name == "w.data"));
        let said = |kind: ErrorKind| {
            let sibling = move |_: &str| Err(io::Error::new(kind, "a link leads away"));
            read(&mut External::new(Some(&sibling)), &entries(&[("location", "w.data")]), 1).unwrap_err().to_string()
        };
        assert!(said(ErrorKind::NotFound).ends_with("`w.data`, which must lie beside it"));
        assert!(said(ErrorKind::InvalidInput).ends_with("`w.data`, which cannot be read: a link leads away"));
    }
}
