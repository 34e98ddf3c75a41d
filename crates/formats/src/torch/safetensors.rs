//! The safetensors container: a JSON header of names, types, shapes and offsets, then the elements.
//! <https://github.com/huggingface/safetensors>

use ::safetensors::tensor::Dtype;
use ::safetensors::{SafeTensorError, SafeTensors};
use prost::bytes::Bytes;

use super::elements::Element;
use super::state_dict::StateDict;
use crate::FormatError;

/// Whether the bytes begin like a safetensors file: the length of the header in 8 bytes, and its
/// opening brace.
pub(super) fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(&[0; 4]) && matches!(bytes.get(8), Some(b'{'))
}

/// Reads all tensors, in the order of their elements in the file. Those that need no widening stay
/// in `shared`, which holds the same bytes.
///
/// # Errors
/// [`FormatError::Damaged`] where offsets overlap, leave gaps or reach beyond the file, or where
/// the header is no JSON or larger than 100 MB; [`FormatError::Unsupported`] for elements that are
/// not widened.
pub(super) fn read(bytes: &[u8], shared: Option<&Bytes>) -> Result<StateDict, FormatError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| FormatError::Damaged(format!("safetensors: {}; copy or download the file again", explain(&e))))?;
    let mut tensors: Vec<_> = file.tensors();
    tensors.sort_by(|(a, x), (b, y)| (x.data().as_ptr() as usize, a).cmp(&(y.data().as_ptr() as usize, b)));
    let mut state = StateDict::default();
    for (name, view) in tensors {
        let element = match view.dtype() {
            Dtype::F64 => Element::F64,
            Dtype::F32 => Element::F32,
            Dtype::F16 => Element::F16,
            Dtype::BF16 => Element::Bf16,
            Dtype::I64 => Element::I64,
            Dtype::I32 => Element::I32,
            Dtype::I16 => Element::I16,
            Dtype::I8 => Element::I8,
            Dtype::U64 => Element::U64,
            Dtype::U32 => Element::U32,
            Dtype::U16 => Element::U16,
            Dtype::U8 => Element::U8,
            Dtype::BOOL => Element::Bool,
            other => return Err(super::elements::unsupported(&name, &format!("{other:?}"))),
        };
        let tensor = element.tensor_in(shared, view.data(), view.shape().to_vec(), &name)?;
        state.insert(name, tensor);
    }
    Ok(state)
}

fn explain(error: &SafeTensorError) -> String {
    match error {
        SafeTensorError::InvalidHeaderLength | SafeTensorError::MetadataIncompleteBuffer => {
            "its length differs from what the header says".into()
        }
        SafeTensorError::InvalidOffset(name) => {
            format!("the elements of `{name}` overlap others, leave a gap or end before they begin")
        }
        SafeTensorError::TensorInvalidInfo => "the elements of a tensor do not fill its shape".into(),
        SafeTensorError::ValidationOverflow => "the shape of a tensor is larger than any memory".into(),
        other => other.to_string(),
    }
}
