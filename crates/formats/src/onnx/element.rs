//! The element types of a file, widened to the three of the graph.

use half::{bf16, f16};
use heatlens_graph::{DType, Data, Tensor};
use prost::bytes::Bytes;

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

    /// What an element of the graph is written as.
    pub fn of(dtype: DType) -> Self {
        match dtype {
            DType::F32 => Element::F32,
            DType::I64 => Element::I64,
            DType::Bool => Element::Bool,
        }
    }

    /// What the graph has it as.
    pub fn widened(self) -> DType {
        match self {
            Element::F32 | Element::F16 | Element::F64 | Element::Bf16 => DType::F32,
            Element::Bool => DType::Bool,
            _ => DType::I64,
        }
    }

    /// The number of this element type.
    pub fn number(self) -> i32 {
        match self {
            Element::F32 => 1,
            Element::U8 => 2,
            Element::I8 => 3,
            Element::U16 => 4,
            Element::I16 => 5,
            Element::I32 => 6,
            Element::I64 => 7,
            Element::Bool => 9,
            Element::F16 => 10,
            Element::F64 => 11,
            Element::U32 => 12,
            Element::U64 => 13,
            Element::Bf16 => 16,
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Element::U8 | Element::I8 | Element::Bool => 1,
            Element::U16 | Element::I16 | Element::F16 | Element::Bf16 => 2,
            Element::F32 | Element::I32 | Element::U32 => 4,
            Element::I64 | Element::F64 | Element::U64 => 8,
        }
    }
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

/// A constant of a file that is written: its elements as raw bytes.
pub(super) fn encode(name: &str, tensor: &Tensor) -> TensorProto {
    let raw: Vec<u8> = match tensor.data() {
        Data::F32(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::I64(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::Bool(data) => data.iter().map(|&x| x.into()).collect(),
    };
    TensorProto {
        dims: tensor.shape().iter().map(|&d| d as i64).collect(),
        data_type: Element::of(tensor.dtype()).number(),
        name: name.into(),
        raw_data: Bytes::from(raw),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_are_read() {
        for number in (1..=16).filter(|n| ![8, 14, 15].contains(n)) {
            assert_eq!(Element::from_number(number, "x").unwrap().number(), number);
        }
    }

    #[test]
    fn what_is_encoded_is_little_endian() {
        let proto = encode("w", &Tensor::ints(&[1, -2]));
        assert_eq!((proto.data_type, proto.dims, proto.name.as_str()), (7, vec![2], "w"));
        assert_eq!(from_raw(Element::I64, vec![2], &proto.raw_data, None), Tensor::ints(&[1, -2]));
        assert_eq!(encode("", &Tensor::bool([2], vec![true, false])).raw_data[..], [1, 0]);
    }
}
