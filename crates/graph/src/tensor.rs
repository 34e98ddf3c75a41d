//! Constant tensors and the types of values.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Element type of a value. Files hold more (f16, bf16, f64, i32, u8 …); readers widen those to one
/// of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 32-bit floating point: activations, weights.
    F32,
    /// 64-bit integer: shapes, axes, indices.
    I64,
    /// Truth values: comparisons and masks.
    Bool,
}

/// Element type and shape of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Element type.
    pub dtype: DType,
    /// Extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
}

impl Type {
    /// A type from its parts.
    pub fn new(dtype: DType, shape: impl Into<Vec<usize>>) -> Self {
        Type { dtype, shape: shape.into() }
    }

    /// An f32 type of this shape.
    pub fn f32(shape: impl Into<Vec<usize>>) -> Self {
        Type::new(DType::F32, shape)
    }

    /// Number of elements; `usize::MAX` where it does not fit.
    pub fn len(&self) -> usize {
        self.shape.iter().fold(1usize, |n, &d| n.saturating_mul(d))
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Shared, immutable elements, whose number never changes. Cloning is cheap: graphs that are
/// specialised, simplified or differentiated share their weights.
pub struct Buffer<T> {
    owner: Arc<dyn AsRef<[T]> + Send + Sync>,
    /// How many there were when the buffer was made: what has been checked of a tensor stays true
    /// whatever its owner says later.
    len: usize,
}

impl<T> Buffer<T> {
    /// Elements that lie in something else, such as the bytes of a file. It should return the same
    /// elements whenever it is asked; where it does not, results are unspecified.
    ///
    /// # Panics
    /// Where the elements are used, if the owner then returns fewer than now.
    pub fn shared(owner: impl AsRef<[T]> + Send + Sync + 'static) -> Self {
        let len = owner.as_ref().len();
        Buffer { owner: Arc::new(owner), len }
    }
}

impl<T: Send + Sync + 'static> From<Vec<T>> for Buffer<T> {
    fn from(elements: Vec<T>) -> Self {
        Buffer::shared(elements)
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &(*self.owner).as_ref()[..self.len]
    }
}

impl<T> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Buffer { owner: self.owner.clone(), len: self.len }
    }
}

impl<T: PartialEq> PartialEq for Buffer<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The elements of a constant tensor, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Floating point elements.
    F32(Buffer<f32>),
    /// Integer elements.
    I64(Buffer<i64>),
    /// Truth values.
    Bool(Buffer<bool>),
}

/// A constant: shape and row-major elements, whose number always matches the shape.
#[derive(Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Data,
}

impl Tensor {
    /// A tensor of `shape` from row-major elements.
    ///
    /// # Panics
    /// If the number of elements is not the product of the shape: callers check sizes that come
    /// from files first.
    pub fn new(shape: impl Into<Vec<usize>>, data: Data) -> Self {
        let shape = shape.into();
        let len = match &data {
            Data::F32(d) => d.len(),
            Data::I64(d) => d.len(),
            Data::Bool(d) => d.len(),
        };
        assert_eq!(len, shape.iter().product::<usize>(), "elements of a tensor of shape {shape:?}");
        Tensor { shape, data }
    }

    /// An f32 tensor.
    pub fn f32(shape: impl Into<Vec<usize>>, elements: Vec<f32>) -> Self {
        Tensor::new(shape, Data::F32(elements.into()))
    }

    /// An i64 tensor.
    pub fn i64(shape: impl Into<Vec<usize>>, elements: Vec<i64>) -> Self {
        Tensor::new(shape, Data::I64(elements.into()))
    }

    /// A tensor of truth values.
    pub fn bool(shape: impl Into<Vec<usize>>, elements: Vec<bool>) -> Self {
        Tensor::new(shape, Data::Bool(elements.into()))
    }

    /// A 0-dimensional f32 tensor.
    pub fn scalar(value: f32) -> Self {
        Tensor::f32([], vec![value])
    }

    /// A 1-dimensional i64 tensor, as axes, shapes and pads are written.
    pub fn ints(values: &[i64]) -> Self {
        Tensor::i64([values.len()], values.to_vec())
    }

    /// Extents, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        match self.data {
            Data::F32(_) => DType::F32,
            Data::I64(_) => DType::I64,
            Data::Bool(_) => DType::Bool,
        }
    }

    /// Element type and shape.
    pub fn ty(&self) -> Type {
        Type::new(self.dtype(), self.shape.clone())
    }

    /// The elements if they are f32.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            Data::F32(d) => Some(d),
            _ => None,
        }
    }

    /// The elements if they are i64.
    pub fn as_i64(&self) -> Option<&[i64]> {
        match &self.data {
            Data::I64(d) => Some(d),
            _ => None,
        }
    }

    /// The elements if they are truth values.
    pub fn as_bool(&self) -> Option<&[bool]> {
        match &self.data {
            Data::Bool(d) => Some(d),
            _ => None,
        }
    }

    /// The same elements under another shape of as many elements.
    pub fn reshaped(&self, shape: impl Into<Vec<usize>>) -> Self {
        Tensor::new(shape, self.data.clone())
    }
}

impl fmt::Debug for Tensor {
    /// Shape and type, and the elements of short tensors only: weights would drown every message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", self.dtype(), self.shape)?;
        if self.len() <= 8 {
            match &self.data {
                Data::F32(d) => write!(f, " {:?}", &d[..])?,
                Data::I64(d) => write!(f, " {:?}", &d[..])?,
                Data::Bool(d) => write!(f, " {:?}", &d[..])?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Returns more elements, or fewer, each time it is asked.
    struct Fickle(Vec<f32>, AtomicUsize, isize);

    impl AsRef<[f32]> for Fickle {
        fn as_ref(&self) -> &[f32] {
            &self.0[..self.1.fetch_add(self.2 as usize, Ordering::Relaxed)]
        }
    }

    #[test]
    fn an_owner_that_grows_gives_as_many_elements_as_at_first() {
        let buffer = Buffer::shared(Fickle(vec![1.0; 8], AtomicUsize::new(2), 1));
        assert_eq!((buffer.len(), buffer.len(), buffer.to_vec()), (2, 2, vec![1.0; 2]));
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn an_owner_that_shrinks_is_found_out() {
        let buffer = Buffer::shared(Fickle(vec![1.0; 8], AtomicUsize::new(2), -1));
        let _ = buffer.len();
    }
}
