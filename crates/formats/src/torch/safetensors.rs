//! The safetensors container: a JSON header of names, types, shapes and offsets, then the elements.
//! <https://github.com/huggingface/safetensors>

use std::collections::BTreeMap;
use std::ops::Range;

use prost::bytes::Bytes;
use serde_json::Value;

use super::elements::Element;
use super::state_dict::StateDict;
use crate::FormatError;

/// The largest header that the reference implementation reads.
const MOST_HEADER: usize = 100_000_000;

/// Types by their names in the header.
const DTYPES: &[(&str, Element)] = &[
    ("F64", Element::F64),
    ("F32", Element::F32),
    ("F16", Element::F16),
    ("BF16", Element::Bf16),
    ("I64", Element::I64),
    ("I32", Element::I32),
    ("I16", Element::I16),
    ("I8", Element::I8),
    ("U64", Element::U64),
    ("U32", Element::U32),
    ("U16", Element::U16),
    ("U8", Element::U8),
    ("BOOL", Element::Bool),
];

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
    let (header, elements) = parts(bytes).ok_or_else(|| damaged("its length differs from what the header says"))?;
    if header.len() > MOST_HEADER {
        return Err(damaged("its header is larger than 100 MB"));
    }
    let header: BTreeMap<String, Value> =
        serde_json::from_slice(header).map_err(|error| damaged(&format!("its header is no JSON object ({error})")))?;
    let mut tensors = Vec::with_capacity(header.len());
    for (name, value) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        tensors.push((place(value).ok_or_else(|| damaged(&format!("the header of `{name}` is incomplete")))?, name));
    }
    tensors.sort_by(|(a, x), (b, y)| (a.range.start, a.range.end, x).cmp(&(b.range.start, b.range.end, y)));
    let mut state = StateDict::default();
    let mut end = 0;
    for (place, name) in tensors {
        let wrong =
            || damaged(&format!("the elements of `{name}` overlap others, leave a gap or end before they begin"));
        if place.range.start != end || place.range.end < end {
            return Err(wrong());
        }
        end = place.range.end;
        let content =
            elements.get(place.range).ok_or_else(|| damaged("its length differs from what the header says"))?;
        let element = DTYPES.iter().find(|(dtype, _)| *dtype == place.dtype);
        let (_, element) = element.ok_or_else(|| super::elements::unsupported(name, place.dtype))?;
        let count = place.shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side));
        let size = count
            .and_then(|count| count.checked_mul(element.size()))
            .ok_or_else(|| damaged("the shape of a tensor is larger than any memory"))?;
        if size != content.len() {
            return Err(damaged("the elements of a tensor do not fill its shape"));
        }
        state.insert(name.clone(), element.tensor_in(shared, content, place.shape, name)?);
    }
    if end != elements.len() {
        return Err(damaged("its length differs from what the header says"));
    }
    Ok(state)
}

/// The header and the elements behind it.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// Where a tensor lies and what it is.
struct Place<'a> {
    dtype: &'a str,
    shape: Vec<usize>,
    range: Range<usize>,
}

fn place(value: &Value) -> Option<Place<'_>> {
    let numbers = |key: &str| -> Option<Vec<usize>> {
        value.get(key)?.as_array()?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect()
    };
    let [start, end] = numbers("data_offsets")?.try_into().ok()?;
    Some(Place { dtype: value.get("dtype")?.as_str()?, shape: numbers("shape")?, range: start..end })
}

fn damaged(what: &str) -> FormatError {
    FormatError::Damaged(format!("safetensors: {what}; copy or download the file again"))
}
