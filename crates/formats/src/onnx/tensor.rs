//! Constants of a file → [`Tensor`]s.

use half::{bf16, f16};
use heatlens_graph::Tensor;

use super::element::{Element, from_raw};
use super::external::External;
use super::proto::TensorProto;
use crate::FormatError;

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
