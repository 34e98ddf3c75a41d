//! NumPy's `.npy` files (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>),
//! read with suspicion and written plainly.

use crate::ImageError;

/// An array of numbers in C order.
#[derive(Clone, PartialEq, Debug)]
pub struct Array {
    /// The length of every axis; empty for a single number.
    pub shape: Vec<usize>,
    /// As many values as the product of the shape.
    pub values: Vec<f32>,
}

const MAGIC: &[u8; 6] = b"\x93NUMPY";

type Read = fn(&[u8]) -> f32;

/// The element types that are read, all little-endian: description, bytes, how one is read.
const TYPES: &[(&str, usize, Read)] = &[
    ("<f4", 4, |b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
    ("<f8", 8, |b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32),
    ("<f2", 2, |b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()),
    ("|u1", 1, |b| f32::from(b[0])),
    ("<u1", 1, |b| f32::from(b[0])),
];

/// Reads an array of 16-, 32- or 64-bit floating-point numbers or bytes; all become f32.
///
/// # Errors
/// [`ImageError::Corrupt`] or [`ImageError::Truncated`] for a damaged file, [`ImageError::Array`]
/// for an element type that is not read.
pub fn read_npy(bytes: &[u8]) -> Result<Array, ImageError> {
    let header = header(bytes)?;
    let kind = header.kind;
    let &(_, size, read) = TYPES.iter().find(|t| t.0 == kind).ok_or_else(|| {
        ImageError::Array(format!(
            "elements of type {kind:?} are not read; save it with array.astype(\"<f4\") (also read: <f8, <f2, |u1)"
        ))
    })?;
    let data = &bytes[header.end..];
    let count = header.shape.iter().try_fold(1usize, |n, &side| n.checked_mul(side));
    let needed = count
        .and_then(|n| n.checked_mul(size))
        .ok_or_else(|| corrupt(format!("its shape {:?} overflows", header.shape)))?;
    if data.len() < needed {
        let what = format!("shape {:?} of {kind} needs {needed} bytes, {} are there", header.shape, data.len());
        return Err(ImageError::Truncated { format: "NumPy array", what });
    }
    let values: Vec<f32> = data[..needed].chunks_exact(size).map(read).collect();
    let values = if header.fortran { to_c_order(&values, &header.shape) } else { values };
    Ok(Array { shape: header.shape, values })
}

/// A file of 32-bit floating-point numbers in C order, format version 1.0.
///
/// # Panics
/// If the shape does not have as many elements as there are values.
pub fn write_npy(shape: &[usize], values: &[f32]) -> Vec<u8> {
    assert_eq!(shape.iter().product::<usize>(), values.len(), "shape {shape:?}");
    let sides = shape.iter().map(|side| format!("{side},")).collect::<Vec<_>>().join(" ");
    // (3,) needs its comma, (3, 4) does not want one.
    let sides = if shape.len() > 1 { sides.trim_end_matches(',') } else { &sides };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({sides}), }}");
    // The data begins at a multiple of 64 bytes.
    let padding = 63 - (MAGIC.len() + 4 + header.len()) % 64;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + header.len() + values.len() * 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    // Shapes of up to a hundred axes stay far below 64 kB.
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    values.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
    bytes
}

struct Header {
    kind: String,
    fortran: bool,
    shape: Vec<usize>,
    /// Where the data begins.
    end: usize,
}

fn corrupt(what: impl Into<String>) -> ImageError {
    ImageError::Corrupt { format: "NumPy array", what: what.into() }
}

fn header(bytes: &[u8]) -> Result<Header, ImageError> {
    let short = || ImageError::Truncated { format: "NumPy array", what: "it ends inside its header".into() };
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    if !bytes.starts_with(MAGIC) {
        return Err(corrupt("it does not begin with \\x93NUMPY; write it with numpy.save"));
    }
    let (start, length) = match bytes.get(6).ok_or_else(short)? {
        1 => (10, bytes.get(8..10).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])))),
        2 | 3 => (12, bytes.get(8..12).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)),
        version => return Err(corrupt(format!("format version {version} is unknown"))),
    };
    let end = length.and_then(|n| n.checked_add(start)).ok_or_else(short)?;
    let text = bytes.get(start..end).ok_or_else(short)?;
    let text = std::str::from_utf8(text).map_err(|_| corrupt("its header is not text"))?;
    let field = |key: &str| {
        let (_, rest) = text
            .split_once(&format!("'{key}':"))
            .ok_or_else(|| corrupt(format!("its header has no {key:?}: {text:?}")))?;
        Ok(rest.trim_start())
    };
    let kind = field("descr")?.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    let kind = kind
        .ok_or_else(|| ImageError::Array("records are not read; save a plain array of float32".into()))?
        .0
        .to_string();
    let fortran = match field("fortran_order")? {
        rest if rest.starts_with("True") => true,
        rest if rest.starts_with("False") => false,
        _ => return Err(corrupt("fortran_order is neither True nor False")),
    };
    let sides = field("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let sides = sides.ok_or_else(|| corrupt("its shape is not a tuple"))?.0;
    let parse = |side: &str| side.parse::<usize>().map_err(|_| corrupt(format!("its shape holds {side:?}")));
    let shape: Vec<usize> =
        sides.split(',').map(str::trim).filter(|side| !side.is_empty()).map(parse).collect::<Result<_, _>>()?;
    if shape.len() > 32 {
        return Err(corrupt(format!("{} axes are more than NumPy has", shape.len())));
    }
    Ok(Header { kind, fortran, shape, end })
}

/// From the first axis fastest to the last axis fastest.
fn to_c_order(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut strides = Vec::with_capacity(shape.len());
    shape.iter().fold(1, |stride, side| {
        strides.push(stride);
        stride * side
    });
    let mut index = vec![0; shape.len()];
    let mut from = 0;
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[from]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            from += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            from -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0][..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
    }

    #[test]
    fn comes_back_unchanged() {
        for shape in [vec![], vec![3], vec![2, 3], vec![1, 3, 5, 7]] {
            let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| i as f32 * 0.37 - 2.0).collect();
            let bytes = write_npy(&shape, &values);
            assert_eq!((bytes.len() - values.len() * 4) % 64, 0);
            assert_eq!(read_npy(&bytes).unwrap(), Array { shape, values });
        }
    }

    #[test]
    fn reads_other_types_and_fortran_order() {
        let bytes = file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", &[1, 2, 3, 4, 5, 6]);
        assert_eq!(read_npy(&bytes).unwrap().values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        let bytes = file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", &1.5f64.to_le_bytes());
        assert_eq!(read_npy(&bytes).unwrap().values, [1.5]);
        let bytes = file("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", &[0, 0x3c]);
        assert_eq!(read_npy(&bytes).unwrap().values, [1.0]);
    }

    #[test]
    fn refuses_with_a_reason() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
        for (bytes, word) in [
            (vec![], "empty"),
            (b"hello, world".to_vec(), "numpy.save"),
            (file(header, &[0; 15]), "needs 16 bytes"),
            (file(&header.replace("(2, 2)", "(1099511627776, 1099511627776)"), &[]), "overflows"),
            (file(&header.replace("(2, 2)", "(1099511627776,)"), &[]), "4398046511104"),
            (file(&header.replace("<f4", "<i8"), &[0; 64]), "astype"),
            (file(&header.replace("<f4", ">f4"), &[0; 64]), "astype"),
            (file(&header.replace("2, 2", "-2, 2"), &[0; 64]), "-2"),
            (file(header, &[])[..40].to_vec(), "header"),
        ] {
            let error = read_npy(&bytes).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(flips in prop::collection::vec((0usize..96, any::<u8>()), 1..6), cut in 0usize..96) {
            let mut bytes = write_npy(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
            for (at, to) in flips { bytes[at] = to; }
            let _ = read_npy(&bytes);
            let _ = read_npy(&bytes[..cut]);
        }
    }
}
