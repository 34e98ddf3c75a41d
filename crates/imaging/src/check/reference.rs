//! The tensor to compare with, whatever its layout.

use crate::preprocess::MAX_SIDE;
use crate::{Array, ImageError, Layout};

/// The tensor of one image with its channels interleaved.
pub(super) struct Reference {
    /// `[height, width]`.
    pub size: [usize; 2],
    pub channels: usize,
    pub layout: Layout,
    /// `height * width * channels` values.
    pub values: Vec<f32>,
}

impl Reference {
    /// Where a shape can be read both ways, the expected layout decides.
    pub fn new(array: &Array, expected: Layout) -> Result<Self, ImageError> {
        let fail = |what: &str| Err(ImageError::Array(format!("the reference of shape {:?} {what}", array.shape)));
        if array.values.len() != array.shape.iter().product::<usize>() {
            return fail("does not have as many values");
        }
        let shape = match array.shape[..] {
            [1, a, b, c] => [a, b, c],
            [_, _, _, _] => return fail("holds several images; save one of them, for example x[:1]"),
            [a, b, c] => [a, b, c],
            [a, b] => [1, a, b],
            _ => return fail("is no tensor of an image; give (1, 3, H, W), (3, H, W), (1, H, W, 3) or (H, W, 3)"),
        };
        let (first, last) = (matches!(shape[0], 1 | 3), matches!(shape[2], 1 | 3));
        let layout = match (first, last) {
            (true, true) => expected,
            (true, false) => Layout::Nchw,
            (false, true) => Layout::Nhwc,
            (false, false) => return fail("has neither 1 nor 3 channels"),
        };
        let (channels, size) = match layout {
            Layout::Nchw => (shape[0], [shape[1], shape[2]]),
            Layout::Nhwc => (shape[2], [shape[0], shape[1]]),
        };
        if size.iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return fail("has a side of no or too many pixels");
        }
        if array.values.iter().any(|v| !v.is_finite()) {
            return fail("holds values that are not finite");
        }
        let pixels = size[0] * size[1];
        let values = match layout {
            Layout::Nhwc => array.values.clone(),
            Layout::Nchw => (0..pixels)
                .flat_map(|p| (0..channels).map(move |c| (p, c)))
                .map(|(p, c)| array.values[c * pixels + p])
                .collect(),
        };
        Ok(Self { size, channels, layout, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: &[usize]) -> Result<Reference, ImageError> {
        let count = shape.iter().product();
        Reference::new(
            &Array { shape: shape.to_vec(), values: (0..count).map(|i: usize| i as f32).collect() },
            Layout::Nchw,
        )
    }

    #[test]
    fn every_layout_is_recognised() {
        for (shape, channels, size, layout) in [
            (&[1, 3, 4, 5][..], 3, [4, 5], Layout::Nchw),
            (&[3, 4, 5], 3, [4, 5], Layout::Nchw),
            (&[1, 4, 5, 3], 3, [4, 5], Layout::Nhwc),
            (&[4, 5, 3], 3, [4, 5], Layout::Nhwc),
            (&[1, 1, 4, 5], 1, [4, 5], Layout::Nchw),
            (&[4, 5], 1, [4, 5], Layout::Nchw),
            (&[3, 4, 3], 3, [4, 3], Layout::Nchw),
        ] {
            let got = of(shape).unwrap();
            assert_eq!((got.channels, got.size, got.layout), (channels, size, layout), "{shape:?}");
        }
        assert_eq!(of(&[3, 1, 2]).unwrap().values, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    }

    #[test]
    fn others_are_refused() {
        for (shape, word) in [
            (&[2, 3, 4, 5][..], "several images"),
            (&[4, 5, 6], "neither 1 nor 3"),
            (&[5], "no tensor"),
            (&[3, 0, 5], "no or too many"),
        ] {
            let error = of(shape).err().unwrap().to_string();
            assert!(error.contains(word), "{error}");
        }
        let nan = Array { shape: vec![3, 1, 2], values: vec![f32::NAN; 6] };
        assert!(Reference::new(&nan, Layout::Nchw).is_err());
    }
}
