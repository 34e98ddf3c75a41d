//! The same weights twice in one file: `self.base = net; self.features = Sequential(*net.children())`
//! keeps every tensor under two names.

use std::collections::HashMap;

use heatlens_graph::Tensor;

/// What finds a tensor's likes: its shape and its first and last elements.
type Key<'a> = (&'a [usize], Vec<u32>);

/// Tensors by their contents.
pub(super) struct Contents<'a>(HashMap<Key<'a>, Vec<&'a Tensor>>);

impl<'a> Contents<'a> {
    /// Indexes tensors.
    pub fn of(tensors: impl Iterator<Item = &'a Tensor>) -> Self {
        let mut contents: HashMap<_, Vec<_>> = HashMap::new();
        tensors.for_each(|tensor| contents.entry(key(tensor)).or_default().push(tensor));
        Contents(contents)
    }

    /// Whether there is a tensor of this shape and these elements.
    pub fn has(&self, tensor: &Tensor) -> bool {
        self.0.get(&key(tensor)).is_some_and(|likes| likes.iter().any(|like| is_same(like, tensor)))
    }
}

/// Whether some tensors are so many and so large that they are equal by no accident: there is the
/// kernel of a convolution among them.
pub(super) fn is_trunk<'t>(mut tensors: impl Iterator<Item = &'t Tensor>) -> bool {
    tensors.any(|tensor| tensor.shape().len() == 4)
}

fn key(tensor: &Tensor) -> Key<'_> {
    const ENDS: usize = 4;
    let floats = tensor.as_f32().unwrap_or_default();
    let ends = floats.iter().take(ENDS).chain(floats.iter().rev().take(ENDS));
    (tensor.shape(), ends.map(|v| v.to_bits()).collect())
}

fn is_same(a: &Tensor, b: &Tensor) -> bool {
    if a.shape() != b.shape() {
        return false;
    }
    match (a.as_f32(), b.as_f32()) {
        (Some(a), Some(b)) => std::ptr::eq(a, b) || a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_the_same_by_shape_and_elements() {
        let tensor = |shape: [usize; 2], last: f32| {
            let mut elements = vec![0.5; 12];
            elements[5] = last;
            Tensor::f32(shape, elements)
        };
        let known = tensor([3, 4], 1.0);
        let contents = Contents::of([&known].into_iter());
        assert!(contents.has(&tensor([3, 4], 1.0)));
        assert!(!contents.has(&tensor([3, 4], 2.0)) && !contents.has(&tensor([4, 3], 1.0)));
    }
}
