//! Weights in another order.

use heatlens_graph::Tensor;

/// The elements with their axes in another order: axis `i` of the result is axis `order[i]`.
pub(super) fn permuted(tensor: &Tensor, order: &[usize]) -> Tensor {
    let elements = tensor.as_f32().unwrap_or_default();
    let shape: Vec<usize> = order.iter().map(|&axis| tensor.shape()[axis]).collect();
    let mut strides = vec![1; order.len()];
    for axis in (1..order.len()).rev() {
        strides[axis - 1] = strides[axis] * tensor.shape()[axis];
    }
    let steps: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
    let mut permuted = Vec::with_capacity(elements.len());
    let (mut index, mut at) = (vec![0; order.len()], 0);
    for _ in 0..elements.len() {
        permuted.push(elements[at]);
        for axis in (0..order.len()).rev() {
            index[axis] += 1;
            at += steps[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= steps[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    Tensor::f32(shape, permuted)
}

/// A vector along one of `rank` axes, the others of one element.
pub(super) fn vector_at(values: Tensor, axis: usize, rank: usize) -> Tensor {
    let mut shape = vec![1; rank];
    shape[axis] = values.len();
    values.reshaped(shape)
}

/// `count` times the same number.
pub(super) fn filled(count: usize, value: f32) -> Tensor {
    Tensor::f32([count], vec![value; count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_places() {
        let tensor = Tensor::f32([2, 3, 1], (0..6).map(|v| v as f32).collect());
        let turned = permuted(&tensor, &[1, 2, 0]);
        assert_eq!((turned.shape(), turned.as_f32().unwrap()), (&[3, 1, 2][..], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0][..]));
        assert!(permuted(&Tensor::f32([0, 2], vec![]), &[1, 0]).is_empty());
    }
}
