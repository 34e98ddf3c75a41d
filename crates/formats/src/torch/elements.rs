//! The element types of files, and their widening to those of the graph.

use half::f16;
use half::slice::HalfFloatSliceExt;
use heatlens_graph::{Data, Tensor};
use prost::bytes::Bytes;

use crate::{FormatError, shared};

/// Element type in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Element {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
    /// A type that no reader widens: its name and its size in bytes.
    Other(&'static str, usize),
}

/// Types by the names of PyTorch: the storage's class, the `torch.dtype`, the type.
const NAMES: &[(&str, &str, Element)] = &[
    ("FloatStorage", "float32", Element::F32),
    ("DoubleStorage", "float64", Element::F64),
    ("HalfStorage", "float16", Element::F16),
    ("BFloat16Storage", "bfloat16", Element::Bf16),
    ("LongStorage", "int64", Element::I64),
    ("IntStorage", "int32", Element::I32),
    ("ShortStorage", "int16", Element::I16),
    ("CharStorage", "int8", Element::I8),
    ("ByteStorage", "uint8", Element::U8),
    ("BoolStorage", "bool", Element::Bool),
    ("", "uint16", Element::U16),
    ("", "uint32", Element::U32),
    ("", "uint64", Element::U64),
    ("ComplexFloatStorage", "complex64", Element::Other("complex64", 8)),
    ("ComplexDoubleStorage", "complex128", Element::Other("complex128", 16)),
    ("", "complex32", Element::Other("complex32", 4)),
    ("QInt8Storage", "qint8", Element::Other("qint8 (quantised)", 1)),
    ("QUInt8Storage", "quint8", Element::Other("quint8 (quantised)", 1)),
    ("QInt32Storage", "qint32", Element::Other("qint32 (quantised)", 4)),
    ("QUInt4x2Storage", "quint4x2", Element::Other("quint4x2 (quantised)", 1)),
    ("QUInt2x4Storage", "quint2x4", Element::Other("quint2x4 (quantised)", 1)),
    ("", "float8_e4m3fn", Element::Other("float8_e4m3fn", 1)),
    ("", "float8_e5m2", Element::Other("float8_e5m2", 1)),
    ("", "float8_e4m3fnuz", Element::Other("float8_e4m3fnuz", 1)),
    ("", "float8_e5m2fnuz", Element::Other("float8_e5m2fnuz", 1)),
    ("", "float8_e8m0fnu", Element::Other("float8_e8m0fnu", 1)),
    // Untyped storages are counted in bytes.
    ("UntypedStorage", "", Element::U8),
];

impl Element {
    /// The type of a storage class: `torch.FloatStorage`, `torch.cuda.HalfStorage`,
    /// `torch.storage.UntypedStorage`.
    pub fn of_storage(class: &str) -> Option<Element> {
        let class = class.rsplit('.').next()?;
        NAMES.iter().find(|(storage, ..)| *storage == class && !class.is_empty()).map(|&(.., element)| element)
    }

    /// The type of a `torch.dtype`: `torch.float16`.
    pub fn of_dtype(dtype: &str) -> Option<Element> {
        let name = dtype.strip_prefix("torch.")?;
        NAMES.iter().find(|(_, dtype, _)| *dtype == name && !name.is_empty()).map(|&(.., element)| element)
    }

    /// Bytes an element.
    pub fn size(self) -> usize {
        match self {
            Element::F64 | Element::I64 | Element::U64 => 8,
            Element::F32 | Element::I32 | Element::U32 => 4,
            Element::F16 | Element::Bf16 | Element::I16 | Element::U16 => 2,
            Element::I8 | Element::U8 | Element::Bool => 1,
            Element::Other(_, size) => size,
        }
    }

    /// Bytes an element takes after widening.
    pub fn wide_size(self) -> usize {
        match self {
            Element::F64 | Element::F32 | Element::F16 | Element::Bf16 => 4,
            Element::Bool => 1,
            _ => 8,
        }
    }

    /// A tensor of `shape` from its little-endian elements in row-major order: floating point
    /// becomes f32, integers i64. f64 is rounded to the nearest f32.
    ///
    /// # Errors
    /// [`FormatError::Unsupported`] for quantised, complex and 8-bit floating point elements,
    /// [`FormatError::Damaged`] where the bytes do not fill the shape. The messages begin with
    /// `name`.
    pub fn tensor(self, bytes: &[u8], shape: Vec<usize>, name: &str) -> Result<Tensor, FormatError> {
        self.tensor_in(None, bytes, shape, name)
    }

    /// The same; where `bytes` are part of `file`, need no widening and are aligned, they stay
    /// there.
    pub fn tensor_in(
        self,
        file: Option<&Bytes>,
        bytes: &[u8],
        shape: Vec<usize>,
        name: &str,
    ) -> Result<Tensor, FormatError> {
        let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        if count.and_then(|n| n.checked_mul(self.size())) != Some(bytes.len()) {
            return Err(FormatError::Damaged(format!("`{name}` has shape {shape:?} and {} bytes", bytes.len())));
        }
        let data = match self {
            Element::F32 => {
                let shared = file.and_then(|file| shared::floats(file, bytes));
                Data::F32(shared.unwrap_or_else(|| each(bytes, f32::from_le_bytes).into()))
            }
            Element::F64 => Data::F32(each(bytes, |b| f64::from_le_bytes(b) as f32).into()),
            Element::F16 => Data::F32(halves(bytes).into()),
            // bfloat16 is the upper half of an f32.
            Element::Bf16 => Data::F32(each(bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)).into()),
            Element::I64 => Data::I64(each(bytes, i64::from_le_bytes).into()),
            Element::I32 => Data::I64(each(bytes, |b| i64::from(i32::from_le_bytes(b))).into()),
            Element::I16 => Data::I64(each(bytes, |b| i64::from(i16::from_le_bytes(b))).into()),
            Element::I8 => Data::I64(each(bytes, |b| i64::from(i8::from_le_bytes(b))).into()),
            Element::U64 => Data::I64(each(bytes, |b| u64::from_le_bytes(b).cast_signed()).into()),
            Element::U32 => Data::I64(each(bytes, |b| i64::from(u32::from_le_bytes(b))).into()),
            Element::U16 => Data::I64(each(bytes, |b| i64::from(u16::from_le_bytes(b))).into()),
            Element::U8 => Data::I64(each(bytes, |[b]: [u8; 1]| i64::from(b)).into()),
            Element::Bool => Data::Bool(each(bytes, |[b]: [u8; 1]| b != 0).into()),
            Element::Other(type_name, _) => return Err(unsupported(name, type_name)),
        };
        Ok(Tensor::new(shape, data))
    }
}

/// The error of a tensor whose elements are not widened.
pub(crate) fn unsupported(name: &str, type_name: &str) -> FormatError {
    FormatError::Unsupported(format!(
        "`{name}` has elements of type {type_name}; save the weights in floating point, before quantising: \
         torch.save(model.float().state_dict(), 'weights.pth')"
    ))
}

/// Little-endian elements of `N` bytes; an iterator of known length, so that the loop vectorises
/// and the memory is taken once.
fn each<const N: usize, T>(bytes: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| convert(chunk)).collect()
}

/// f16 elements, widened in blocks: the processor's instructions for it take several at a time.
fn halves(bytes: &[u8]) -> Vec<f32> {
    const BLOCK: usize = 512;
    let elements = bytes.as_chunks::<2>().0;
    let mut wide = vec![0.0; elements.len()];
    let mut block = [f16::ZERO; BLOCK];
    for (from, to) in elements.chunks(BLOCK).zip(wide.chunks_mut(BLOCK)) {
        let block = &mut block[..from.len()];
        block.iter_mut().zip(from).for_each(|(half, &bytes)| *half = f16::from_le_bytes(bytes));
        block.convert_to_f32_slice(to);
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_each_type() {
        let f =
            |element: Element, bytes: &[u8]| element.tensor(bytes, vec![bytes.len() / element.size()], "x").unwrap();
        assert_eq!(f(Element::F16, &[0x00, 0x3c, 0x00, 0xc0]).as_f32(), Some(&[1.0, -2.0][..]));
        assert_eq!(f(Element::Bf16, &[0x80, 0x3f, 0x20, 0xc1]).as_f32(), Some(&[1.0, -10.0][..]));
        assert_eq!(f(Element::F64, &0.1f64.to_le_bytes()).as_f32(), Some(&[0.1f32][..]));
        assert_eq!(f(Element::I8, &[0xff, 2]).as_i64(), Some(&[-1, 2][..]));
        assert_eq!(f(Element::U16, &[0xff, 0xff]).as_i64(), Some(&[65535][..]));
        assert_eq!(f(Element::Bool, &[0, 1]).as_bool(), Some(&[false, true][..]));
    }

    #[test]
    fn widens_halves_across_blocks() {
        let bytes: Vec<u8> = (0..1300u16).flat_map(|i| f16::from_f32(f32::from(i) / 8.0).to_le_bytes()).collect();
        let wide = Element::F16.tensor(&bytes, vec![1300], "x").unwrap();
        assert!(wide.as_f32().unwrap().iter().zip(0u16..).all(|(&v, i)| v == f32::from(i) / 8.0));
    }

    #[test]
    fn refuses_what_it_cannot_widen() {
        let quantised = Element::of_dtype("torch.qint8").unwrap().tensor(&[0], vec![1], "fc.weight");
        assert!(matches!(quantised, Err(FormatError::Unsupported(m)) if m.contains("fc.weight")));
        assert!(matches!(Element::F32.tensor(&[0; 7], vec![2], "x"), Err(FormatError::Damaged(_))));
        assert!(matches!(Element::F32.tensor(&[0; 8], vec![usize::MAX, 4], "x"), Err(FormatError::Damaged(_))));
    }

    #[test]
    fn knows_names() {
        assert_eq!(Element::of_storage("torch.cuda.HalfStorage"), Some(Element::F16));
        assert_eq!(Element::of_storage("torch.storage.UntypedStorage"), Some(Element::U8));
        assert_eq!(Element::of_storage(""), None);
        assert_eq!(Element::of_dtype("torch.uint16"), Some(Element::U16));
        assert_eq!(Element::of_dtype("torch."), None);
    }
}
