//! Constants of a file → [`Tensor`]s, widened to the three element types of the graph.

use half::{bf16, f16};
use heatlens_graph::{DType, Data, Tensor};
use prost::bytes::Bytes;

use super::external::External;
use super::proto::TensorProto;
use crate::{FormatError, shared};

/// Element types as `TensorProto.DataType` numbers them; those that no classifier uses are left
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Element {
    F32,
    U8,
    I8,
    U16,
    I16,
    I32,
    I64,
    Bool,
    F16,
    F64,
    U32,
    U64,
    Bf16,
}

impl Element {
    /// The element type of this number.
    pub fn from_number(number: i32, of: &str) -> Result<Self, FormatError> {
        Ok(match number {
            1 => Element::F32,
            2 => Element::U8,
            3 => Element::I8,
            4 => Element::U16,
            5 => Element::I16,
            6 => Element::I32,
            7 => Element::I64,
            9 => Element::Bool,
            10 => Element::F16,
            11 => Element::F64,
            12 => Element::U32,
            13 => Element::U64,
            16 => Element::Bf16,
            0 => return Err(FormatError::Damaged(format!("{of} has no element type: export the model again"))),
            8 => {
                return Err(FormatError::Unsupported(format!(
                    "{of} holds text; export the classifier without its text processing"
                )));
            }
            17..=20 | 23 | 24 => {
                return Err(FormatError::Unsupported(format!(
                    "{of} holds 8-bit or 4-bit floats; export the model in float32 or float16"
                )));
            }
            21 | 22 => {
                return Err(FormatError::Unsupported(format!(
                    "{of} holds 4-bit integers: the model is quantised; export it in float32"
                )));
            }
            _ => {
                return Err(FormatError::Unsupported(format!(
                    "{of} has element type {number}; export the model in float32"
                )));
            }
        })
    }

    /// What the graph has it as.
    pub fn widened(self) -> DType {
        match self {
            Element::F32 | Element::F16 | Element::F64 | Element::Bf16 => DType::F32,
            Element::Bool => DType::Bool,
            _ => DType::I64,
        }
    }

    /// Bytes of one element.
    fn size(self) -> usize {
        match self {
            Element::U8 | Element::I8 | Element::Bool => 1,
            Element::U16 | Element::I16 | Element::F16 | Element::Bf16 => 2,
            Element::F32 | Element::I32 | Element::U32 => 4,
            Element::I64 | Element::F64 | Element::U64 => 8,
        }
    }
}

/// Decodes a constant. Nothing is allocated before its bytes are known to be there.
pub(super) fn decode(proto: &TensorProto, external: &mut External<'_>) -> Result<Tensor, FormatError> {
    let of = if proto.name.is_empty() { "a constant".to_owned() } else { format!("weight `{}`", proto.name) };
    let element = Element::from_number(proto.data_type, &of)?;
    let (shape, count) = extents(&proto.dims, &of)?;
    if proto.data_location == 1 {
        let bytes = count.checked_mul(element.size()).ok_or_else(|| too_large(&of, &shape))?;
        return external.read(&proto.external_data, element, shape, bytes, &of);
    }
    let typed_len =
        proto.float_data.len().max(proto.int32_data.len()).max(proto.int64_data.len()).max(proto.double_data.len());
    let typed_len = typed_len.max(proto.uint64_data.len());
    if typed_len == 0 {
        let expected = count.checked_mul(element.size()).ok_or_else(|| too_large(&of, &shape))?;
        if proto.raw_data.len() != expected {
            let have = proto.raw_data.len();
            return Err(FormatError::Damaged(format!(
                "{of} of shape {shape:?} needs {expected} bytes and {have} are there; copy the file again or export \
                 it again"
            )));
        }
        return Ok(from_raw(element, shape, &proto.raw_data, None));
    }
    from_typed(element, shape, count, proto, &of)
}

/// The shape and the number of elements, checked.
fn extents(dims: &[i64], of: &str) -> Result<(Vec<usize>, usize), FormatError> {
    let mut shape = Vec::with_capacity(dims.len());
    for &dim in dims {
        let extent = usize::try_from(dim)
            .map_err(|_| FormatError::Damaged(format!("{of} has a negative extent in its shape {dims:?}")))?;
        shape.push(extent);
    }
    // The product without zeros must fit as well: shapes are multiplied in any order later.
    let full = shape
        .iter()
        .filter(|&&d| d != 0)
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|&n| n <= isize::MAX as usize / 8);
    match full {
        Some(_) if shape.contains(&0) => Ok((shape, 0)),
        Some(count) => Ok((shape, count)),
        None => Err(too_large(of, &shape)),
    }
}

fn too_large(of: &str, shape: &[usize]) -> FormatError {
    FormatError::Damaged(format!("{of} claims the shape {shape:?}, more elements than any memory holds"))
}

/// Little-endian elements; `raw` has exactly the bytes of `shape`. What needs no widening stays in
/// `file`, where it is aligned.
pub(super) fn from_raw(element: Element, shape: Vec<usize>, raw: &[u8], file: Option<&Bytes>) -> Tensor {
    fn each<const N: usize, T>(raw: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        raw.as_chunks::<N>().0.iter().map(|&bytes| convert(bytes)).collect()
    }
    match element {
        Element::F32 => {
            let shared = file.and_then(|file| shared::floats(file, raw));
            Tensor::new(shape, Data::F32(shared.unwrap_or_else(|| each(raw, f32::from_le_bytes).into())))
        }
        Element::F16 => Tensor::f32(shape, each(raw, |b| f16::from_le_bytes(b).to_f32())),
        Element::Bf16 => Tensor::f32(shape, each(raw, |b| bf16::from_le_bytes(b).to_f32())),
        Element::F64 => Tensor::f32(shape, each(raw, |b| f64::from_le_bytes(b) as f32)),
        Element::Bool => Tensor::bool(shape, raw.iter().map(|&b| b != 0).collect()),
        Element::U8 => Tensor::i64(shape, raw.iter().map(|&b| b.into()).collect()),
        Element::I8 => Tensor::i64(shape, raw.iter().map(|&b| (b as i8).into()).collect()),
        Element::U16 => Tensor::i64(shape, each(raw, |b| u16::from_le_bytes(b).into())),
        Element::I16 => Tensor::i64(shape, each(raw, |b| i16::from_le_bytes(b).into())),
        Element::I32 => Tensor::i64(shape, each(raw, |b| i32::from_le_bytes(b).into())),
        Element::U32 => Tensor::i64(shape, each(raw, |b| u32::from_le_bytes(b).into())),
        Element::I64 => Tensor::i64(shape, each(raw, i64::from_le_bytes)),
        // Only shapes and indices are integers; none of them comes near the top bit.
        Element::U64 => Tensor::i64(shape, each(raw, |b| i64::try_from(u64::from_le_bytes(b)).unwrap_or(i64::MAX))),
    }
}

/// Elements in the field that the specification assigns to their type.
fn from_typed(
    element: Element,
    shape: Vec<usize>,
    count: usize,
    proto: &TensorProto,
    of: &str,
) -> Result<Tensor, FormatError> {
    let check = |have: usize| {
        if have == count {
            return Ok(());
        }
        Err(FormatError::Damaged(format!(
            "{of} of shape {shape:?} needs {count} elements and {have} are there; export the model again"
        )))
    };
    Ok(match element {
        Element::F32 => {
            check(proto.float_data.len())?;
            Tensor::f32(shape, proto.float_data.clone())
        }
        Element::F64 => {
            check(proto.double_data.len())?;
            Tensor::f32(shape, proto.double_data.iter().map(|&x| x as f32).collect())
        }
        Element::I64 => {
            check(proto.int64_data.len())?;
            Tensor::i64(shape, proto.int64_data.clone())
        }
        Element::U32 | Element::U64 => {
            check(proto.uint64_data.len())?;
            Tensor::i64(shape, proto.uint64_data.iter().map(|&x| i64::try_from(x).unwrap_or(i64::MAX)).collect())
        }
        Element::F16 | Element::Bf16 => {
            check(proto.int32_data.len())?;
            let widen = |&bits: &i32| match element {
                Element::F16 => f16::from_bits(bits as u16).to_f32(),
                _ => bf16::from_bits(bits as u16).to_f32(),
            };
            Tensor::f32(shape, proto.int32_data.iter().map(widen).collect())
        }
        Element::Bool => {
            check(proto.int32_data.len())?;
            Tensor::bool(shape, proto.int32_data.iter().map(|&x| x != 0).collect())
        }
        Element::U8 | Element::I8 | Element::U16 | Element::I16 | Element::I32 => {
            check(proto.int32_data.len())?;
            Tensor::i64(shape, proto.int32_data.iter().map(|&x| x.into()).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_alone(proto: TensorProto) -> Result<Tensor, FormatError> {
        decode(&proto, &mut External::new(None))
    }

    fn raw(data_type: i32, dims: &[i64], raw_data: &[u8]) -> TensorProto {
        TensorProto {
            name: "w".into(),
            data_type,
            dims: dims.to_vec(),
            raw_data: raw_data.to_vec().into(),
            ..Default::default()
        }
    }

    #[test]
    fn every_raw_type_is_widened() {
        let floats: [(i32, Vec<u8>); 4] = [
            (1, 1.5f32.to_le_bytes().to_vec()),
            (10, f16::from_f32(1.5).to_le_bytes().to_vec()),
            (16, bf16::from_f32(1.5).to_le_bytes().to_vec()),
            (11, 1.5f64.to_le_bytes().to_vec()),
        ];
        for (data_type, bytes) in floats {
            assert_eq!(
                decode_alone(raw(data_type, &[1], &bytes)).unwrap(),
                Tensor::f32([1], vec![1.5]),
                "type {data_type}"
            );
        }
        for (data_type, size) in [(3, 1), (5, 2), (6, 4), (7, 8)] {
            assert_eq!(
                decode_alone(raw(data_type, &[], &vec![255; size])).unwrap(),
                Tensor::i64([], vec![-1]),
                "type {data_type}"
            );
        }
        for (data_type, size) in [(2, 1), (4, 2), (12, 4), (13, 8)] {
            let mut bytes = vec![0; size];
            bytes[0] = 200;
            assert_eq!(
                decode_alone(raw(data_type, &[1, 1], &bytes)).unwrap(),
                Tensor::i64([1, 1], vec![200]),
                "type {data_type}"
            );
        }
        assert_eq!(decode_alone(raw(9, &[2], &[0, 1])).unwrap(), Tensor::bool([2], vec![false, true]));
    }

    #[test]
    fn typed_fields_are_read() {
        let half = TensorProto {
            data_type: 10,
            dims: vec![1],
            int32_data: vec![f16::from_f32(-2.0).to_bits().into()],
            ..Default::default()
        };
        assert_eq!(decode_alone(half).unwrap(), Tensor::f32([1], vec![-2.0]));
        let float = TensorProto { data_type: 1, dims: vec![2], float_data: vec![1.0, 2.0], ..Default::default() };
        assert_eq!(decode_alone(float).unwrap(), Tensor::f32([2], vec![1.0, 2.0]));
        let unsigned = TensorProto { data_type: 13, dims: vec![1], uint64_data: vec![7], ..Default::default() };
        assert_eq!(decode_alone(unsigned).unwrap(), Tensor::ints(&[7]));
    }

    #[test]
    fn lies_about_sizes_are_refused() {
        for (dims, word) in [
            (&[1 << 40][..], "needs"),
            (&[1 << 40, 1 << 40], "more elements than any memory holds"),
            (&[1 << 40, 1 << 40, 0], "more elements than any memory holds"),
            (&[-1], "negative"),
            (&[3], "needs 12 bytes and 8 are there"),
        ] {
            let error = decode_alone(raw(1, dims, &[0; 8])).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("weight `w`"), "{error}");
        }
        let short = TensorProto { data_type: 1, dims: vec![3], float_data: vec![1.0], ..Default::default() };
        assert!(decode_alone(short).unwrap_err().to_string().contains("needs 3 elements and 1 are there"));
    }

    #[test]
    fn an_empty_tensor_is_read() {
        assert_eq!(decode_alone(raw(7, &[0], &[])).unwrap(), Tensor::ints(&[]));
    }
}
