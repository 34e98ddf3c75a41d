//! Tensors as checkpoints describe them: a window into a storage, decoded when it is kept.

use std::borrow::Cow;
use std::collections::HashMap;

use heatlens_graph::Tensor;
use prost::bytes::Bytes;

use super::elements::{Element, unsupported};
use super::file::Storages;
use super::pickle::{Id, Pickle, Value};
use crate::FormatError;

/// Decoded tensors may take this many times the bytes of the file (widening takes 8, overlapping
/// windows more), and [`ALWAYS_ALLOWED`] in any case.
const MOST_GROWTH: usize = 16;
const ALWAYS_ALLOWED: usize = 16 << 20;
const MOST_DIMENSIONS: usize = 16;
/// `_rebuild_parameter(_rebuild_from_type_v2(_rebuild_tensor_v2(…)))` and the like.
const DEEPEST_WRAPPING: usize = 8;

/// A tensor in a checkpoint.
#[derive(Clone, Debug)]
pub(super) enum StoredTensor {
    /// Elements in a storage.
    Window(Window),
    /// A tensor that is not read, and why: `is quantised`.
    Unreadable(String),
}

/// Element `i` of a tensor lies at `offset + i · strides` of a storage, counted in elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Window {
    pub key: String,
    pub element: Element,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

impl StoredTensor {
    /// The tensor that a value of the pickle describes, `None` where it is no tensor. The forms are
    /// those of `torch/_utils.py`.
    pub fn read(pickle: &Pickle<'_>, id: Id) -> Option<StoredTensor> {
        let Value::Object(call) = pickle.get(id) else { return None };
        read_call(pickle, pickle.class(call)?.as_str(), pickle.arguments(call), DEEPEST_WRAPPING)
    }

    /// Whether widening to f32 loses digits.
    pub fn is_double(&self) -> bool {
        matches!(self, StoredTensor::Window(window) if window.element == Element::F64)
    }

    /// What is to be said of elements that are not those of the graph.
    pub fn precision_note(&self) -> Option<&'static str> {
        let StoredTensor::Window(window) = self else { return None };
        match window.element {
            Element::F64 => Some("the weights are in double precision and were rounded to single"),
            Element::F16 | Element::Bf16 => {
                Some("the program computes in 16-bit floats; 32-bit floats are used here, so the last digits differ")
            }
            _ => None,
        }
    }

    /// Bytes of elements that need no widening.
    fn shared_bytes(&self) -> usize {
        match self {
            StoredTensor::Window(w) if w.element == Element::F32 => {
                w.shape.iter().fold(4usize, |n, &d| n.saturating_mul(d))
            }
            _ => 0,
        }
    }

    /// Extents, where they are known.
    pub fn shape(&self) -> Option<&[usize]> {
        match self {
            StoredTensor::Window(window) => Some(&window.shape),
            StoredTensor::Unreadable(_) => None,
        }
    }
}

fn read_call(pickle: &Pickle<'_>, function: &str, arguments: &[Id], depth: usize) -> Option<StoredTensor> {
    let inner = |id: Id| match pickle.get(id) {
        Value::Object(call) if depth > 0 => {
            read_call(pickle, pickle.class(call)?.as_str(), pickle.arguments(call), depth - 1)
        }
        _ => None,
    };
    match function {
        "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor_v3" => {
            let dtype = if function.ends_with("v3") { arguments.get(6).copied() } else { None };
            Some(match window(pickle, arguments, dtype) {
                Ok(window) => StoredTensor::Window(window),
                Err(reason) => StoredTensor::Unreadable(reason),
            })
        }
        "torch._utils._rebuild_parameter"
        | "torch._utils._rebuild_parameter_with_state"
        | "torch.nn.parameter.Parameter"
        | "torch.nn.parameter.Buffer"
        | "torch.autograd.variable.Variable" => inner(*arguments.first()?),
        "torch._tensor._rebuild_from_type_v2"
        | "torch._tensor._rebuild_from_type"
        | "torch.tensor._rebuild_from_type" => {
            let rebuild = pickle.name(*arguments.first()?)?;
            if depth == 0 { None } else { read_call(pickle, &rebuild, pickle.sequence(*arguments.get(2)?)?, depth - 1) }
        }
        "torch._utils._rebuild_qtensor" => {
            Some(StoredTensor::Unreadable("is quantised; save the weights of the floating point model".into()))
        }
        "torch._utils._rebuild_meta_tensor_no_storage" => {
            Some(StoredTensor::Unreadable("has no elements (it lies on the meta device)".into()))
        }
        "torch._utils._rebuild_sparse_tensor" => {
            Some(StoredTensor::Unreadable("is sparse; save it dense (.to_dense())".into()))
        }
        other if other.starts_with("torch._utils._rebuild_") => {
            Some(StoredTensor::Unreadable(format!("was saved as a `{other}`; save it as a plain tensor on the CPU")))
        }
        _ => None,
    }
}

/// Reads `(storage, offset, size, stride, …)`.
fn window(pickle: &Pickle<'_>, arguments: &[Id], dtype: Option<Id>) -> Result<Window, String> {
    let &[storage, offset, size, stride, ..] = arguments else { return Err("lacks its size".into()) };
    let (key, stored_as, view_offset) = storage_reference(pickle, storage)?;
    let element = match dtype {
        Some(dtype) => {
            let name = pickle.name(dtype).unwrap_or_default();
            Element::of_dtype(&name).ok_or_else(|| format!("has elements of type `{name}`"))?
        }
        None => stored_as,
    };
    let extents = |id: Id, what: &str| -> Result<Vec<usize>, String> {
        // Counted before it is copied: many tensors may refer to one long tuple.
        if pickle.sequence(id).is_some_and(|values| values.len() > MOST_DIMENSIONS) {
            return Err(format!("has more than {MOST_DIMENSIONS} dimensions"));
        }
        let values = pickle.integers(id).ok_or_else(|| format!("has a {what} that is no tuple of integers"))?;
        values.into_iter().map(|v| usize::try_from(v).map_err(|_| format!("has a {what} of {v}"))).collect()
    };
    let (shape, strides) = (extents(size, "size")?, extents(stride, "stride")?);
    if shape.len() != strides.len() {
        return Err(format!("has {} dimensions and {} strides", shape.len(), strides.len()));
    }
    let offset = pickle.int(offset).and_then(|o| usize::try_from(o).ok()).and_then(|o| o.checked_add(view_offset));
    Ok(Window { key, element, offset: offset.ok_or("begins at no place of its storage")?, shape, strides })
}

/// Reads `('storage', class, key, device, length[, view])`; a view of the old format is
/// `(key, offset, length)`.
fn storage_reference(pickle: &Pickle<'_>, id: Id) -> Result<(String, Element, usize), String> {
    let Value::Persistent(reference) = pickle.get(id) else {
        return Err(format!(
            "keeps its elements in {}, not in the checkpoint; save it with torch.save",
            pickle.describe(id)
        ));
    };
    let parts = pickle.sequence(*reference).unwrap_or_default();
    let &[_, class, key, ..] = parts else { return Err("refers to no storage".into()) };
    let class = pickle.name(class).unwrap_or_default();
    let element =
        Element::of_storage(&class).ok_or_else(|| format!("lies in a storage of the unknown class `{class}`"))?;
    let key = pickle
        .str(key)
        .map(str::to_owned)
        .or_else(|| pickle.int(key).map(|k| k.to_string()))
        .ok_or("refers to no storage")?;
    let view = parts.get(5).and_then(|&view| pickle.sequence(view));
    let view_offset =
        view.and_then(|view| pickle.int(*view.get(1)?)).map_or(Some(0), |offset| usize::try_from(offset).ok());
    Ok((key, element, view_offset.ok_or("is a view that begins before its storage")?))
}

/// Decodes tensors; windows that are the same are decoded once and share their elements.
pub(super) struct Decoder<'s, 'a> {
    storages: &'s Storages<'a>,
    decoded: HashMap<Window, Tensor>,
    /// Bytes that may still be taken.
    budget: usize,
    /// The file, where tensors may keep it alive.
    file: Option<&'s Bytes>,
}

impl<'s, 'a> Decoder<'s, 'a> {
    /// A decoder of the tensors of one file.
    pub fn new(storages: &'s Storages<'a>) -> Self {
        let budget = storages.file_length.saturating_mul(MOST_GROWTH).max(ALWAYS_ALLOWED);
        Decoder { storages, decoded: HashMap::new(), budget, file: None }
    }

    /// The same, leaving elements in `file` where they can be used as they lie there and are most
    /// of it: what else it holds (optimiser state) stays in memory with them.
    pub fn sharing(self, file: Option<&'s Bytes>, tensors: &[(String, StoredTensor)]) -> Self {
        let kept = tensors.iter().fold(0usize, |kept, (_, tensor)| kept.saturating_add(tensor.shared_bytes()));
        Decoder { file: file.filter(|file| kept >= file.len().div_ceil(2)), ..self }
    }

    /// The elements of a tensor in row-major order.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] where the window reaches beyond its storage or the tensors claim
    /// more than the file can hold, [`FormatError::Unsupported`] for elements that are not widened.
    pub fn decode(&mut self, name: &str, tensor: StoredTensor) -> Result<Tensor, FormatError> {
        let window = match tensor {
            StoredTensor::Window(window) => window,
            StoredTensor::Unreadable(reason) => return Err(FormatError::Unsupported(format!("`{name}` {reason}"))),
        };
        if let Some(tensor) = self.decoded.get(&window) {
            return Ok(tensor.clone());
        }
        let tensor = self.decode_window(name, &window)?;
        self.decoded.insert(window, tensor.clone());
        Ok(tensor)
    }

    fn decode_window(&mut self, name: &str, window: &Window) -> Result<Tensor, FormatError> {
        if let Element::Other(type_name, _) = window.element {
            return Err(unsupported(name, type_name));
        }
        let damaged = |what: &str| {
            FormatError::Damaged(format!(
                "`{name}` of shape {:?} {what}; copy or download the file again",
                window.shape
            ))
        };
        let count = window
            .shape
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d))
            .ok_or_else(|| damaged("is larger than any memory"))?;
        let taken = count.checked_mul(window.element.wide_size()).filter(|&taken| taken <= self.budget);
        self.budget -= taken.ok_or_else(|| damaged("claims more elements than the file can hold"))?;
        if count == 0 {
            return window.element.tensor(&[], window.shape.clone(), name);
        }
        let storage = self.storages.get(&window.key)?;
        let size = window.element.size();
        let end =
            window.last().and_then(|last| last.checked_add(1)?.checked_mul(size)).filter(|&end| end <= storage.len());
        let end = end.ok_or_else(|| damaged(&format!("reaches beyond its storage of {} bytes", storage.len())))?;
        let bytes = if window.is_contiguous() {
            Cow::Borrowed(&storage[window.offset * size..end])
        } else {
            Cow::Owned(window.gather(&storage))
        };
        if self.storages.big_endian && size > 1 {
            let swapped: Vec<u8> = bytes.chunks_exact(size).flat_map(|element| element.iter().rev().copied()).collect();
            return window.element.tensor(&swapped, window.shape.clone(), name);
        }
        window.element.tensor_in(self.file, &bytes, window.shape.clone(), name)
    }
}

impl Window {
    /// Position of the last element, which is the furthest since strides are not negative. `None`
    /// where it does not fit; the shape has no 0.
    fn last(&self) -> Option<usize> {
        self.shape
            .iter()
            .zip(&self.strides)
            .try_fold(self.offset, |at, (&d, &stride)| at.checked_add((d - 1).checked_mul(stride)?))
    }

    /// Whether the elements lie in row-major order without gaps; the stride along an extent of 1
    /// says nothing.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&d, &stride)| {
            let fits = d == 1 || stride == expected;
            expected *= d;
            fits
        })
    }

    /// The elements in row-major order. The window must lie within the storage and hold at least
    /// one element.
    fn gather(&self, storage: &[u8]) -> Vec<u8> {
        match self.element.size() {
            1 => self.gather_sized::<1>(storage),
            2 => self.gather_sized::<2>(storage),
            4 => self.gather_sized::<4>(storage),
            _ => self.gather_sized::<8>(storage),
        }
    }

    fn gather_sized<const N: usize>(&self, storage: &[u8]) -> Vec<u8> {
        let elements = storage.as_chunks::<N>().0;
        let Some((&columns, outer)) = self.shape.split_last() else { return elements[self.offset].to_vec() };
        let step = self.strides[outer.len()];
        let mut gathered = vec![[0; N]; self.shape.iter().product()];
        let mut index = vec![0; outer.len()];
        let mut at = self.offset;
        for row in gathered.chunks_exact_mut(columns) {
            row.iter_mut().enumerate().for_each(|(column, element)| *element = elements[at + column * step]);
            // Counts up like an odometer, the last of the outer dimensions fastest.
            for dimension in (0..outer.len()).rev() {
                index[dimension] += 1;
                at += self.strides[dimension];
                if index[dimension] < outer[dimension] {
                    break;
                }
                at -= self.strides[dimension] * outer[dimension];
                index[dimension] = 0;
            }
        }
        gathered.into_flattened()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Content;

    fn decode(window: Window, storage: &[u8]) -> Result<Tensor, FormatError> {
        let mut storages = Storages::new(storage.len());
        storages.insert("0", Content::Stored(storage));
        Decoder::new(&storages).decode("w", StoredTensor::Window(window))
    }

    fn window(shape: &[usize], strides: &[usize], offset: usize) -> Window {
        Window { key: "0".into(), element: Element::U8, offset, shape: shape.into(), strides: strides.into() }
    }

    #[test]
    fn follows_strides_and_offsets() {
        let storage: Vec<u8> = (0..24).collect();
        let values = |w| decode(w, &storage).unwrap().as_i64().unwrap().to_vec();
        assert_eq!(values(window(&[2, 3], &[1, 2], 1)), [1, 3, 5, 2, 4, 6]);
        assert_eq!(values(window(&[2, 2, 2], &[1, 12, 4], 0)), [0, 4, 12, 16, 1, 5, 13, 17]);
        assert_eq!(values(window(&[2, 2], &[0, 1], 22)), [22, 23, 22, 23]);
        assert_eq!(values(window(&[3, 1], &[1, 99], 2)), [2, 3, 4]);
        assert_eq!(values(window(&[], &[], 7)), [7]);
        assert_eq!(values(window(&[0, 5], &[5, 1], 7)), [0i64; 0]);
    }

    #[test]
    fn elements_stay_in_a_file_that_is_mostly_weights() {
        let file = Bytes::from((0..16).flat_map(|i: i16| f32::from(i).to_le_bytes()).collect::<Vec<u8>>());
        let mut storages = Storages::new(file.len());
        storages.insert("0", Content::Stored(&file));
        for (count, stays) in [(8, true), (7, false)] {
            let window =
                Window { key: "0".into(), element: Element::F32, offset: 8, shape: vec![count], strides: vec![1] };
            let tensors = [("w".to_owned(), StoredTensor::Window(window.clone()))];
            let mut decoder = Decoder::new(&storages).sharing(Some(&file), &tensors);
            let tensor = decoder.decode("w", StoredTensor::Window(window)).unwrap();
            let elements = tensor.as_f32().unwrap();
            assert!(elements.iter().zip(8i16..).all(|(&x, i)| x == f32::from(i)), "{elements:?}");
            assert_eq!(file.as_ptr_range().contains(&elements.as_ptr().cast()), stays, "{count} of 16 elements");
        }
    }

    #[test]
    fn refuses_windows_beyond_the_storage() {
        let storage = [0u8; 24];
        for w in [
            window(&[25], &[1], 0),
            window(&[2, 3], &[22, 1], 0),
            window(&[1], &[1], usize::MAX),
            window(&[2], &[usize::MAX], 1),
        ] {
            assert!(matches!(decode(w, &storage), Err(FormatError::Damaged(_))));
        }
        // Stride 0 repeats an element as often as one likes; memory does not.
        assert!(matches!(decode(window(&[1 << 40], &[0], 0), &storage), Err(FormatError::Damaged(_))));
        assert!(matches!(decode(window(&[usize::MAX, 2], &[0, 0], 0), &storage), Err(FormatError::Damaged(_))));
    }
}
