//! The eyes of the demonstration, and the streams of seeds that the shipped classifier was trained
//! and tested on.

use heatlens_anatomy::Side;

use crate::code;
use crate::render::{Diagnosis, Eye, Photograph, RenderError, render};

/// A stream of seeds. Streams never share a seed, so no eye of one is an eye of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// What the classifier learns from.
    Train,
    /// What decides when learning stops.
    Validation,
    /// What its figures are measured on; the demonstration shows the first of these.
    Test,
}

impl Stream {
    /// `train`, `validation` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            Stream::Train => "train",
            Stream::Validation => "validation",
            Stream::Test => "test",
        }
    }

    /// Eye number `index` of the stream. Even ones are normal, odd ones glaucomatous; pairs are
    /// right and left eyes in turn, so that any four in a row from a multiple of four balance class
    /// and side.
    pub fn eye(self, index: u32) -> Eye {
        let base: u64 = match self {
            Stream::Train => 0x1_0000_0000,
            Stream::Validation => 0x2_0000_0000,
            Stream::Test => 0x3_0000_0000,
        };
        let diagnosis = if index.is_multiple_of(2) { Diagnosis::Normal } else { Diagnosis::Glaucoma };
        let mut eye = Eye::sample(base + u64::from(index), diagnosis);
        eye.laterality = if (index / 2).is_multiple_of(2) { Side::Right } else { Side::Left };
        eye
    }
}

/// A rendered eye of the demonstration.
#[derive(Clone, Debug)]
pub struct DemoEye {
    /// File name without extension, as `eye-03-OD`.
    pub name: String,
    /// Class label, `normal` or `glaucoma`.
    pub label: &'static str,
    /// The eye's parameters.
    pub eye: Eye,
    /// Picture and truth.
    pub photograph: Photograph,
}

/// How many eyes the demonstration has.
pub const DEMO_EYES: u32 = 24;
/// Side of their photographs, pixels.
pub const DEMO_SIZE: usize = 512;

/// The demonstration's eye number `index` (from 0): the eye of that number in the test stream, not
/// a chosen one.
///
/// # Errors
/// [`RenderError::Size`] for a `size` that cannot be rendered.
pub fn demo_eye(index: u32, size: usize) -> Result<DemoEye, RenderError> {
    let eye = Stream::Test.eye(index);
    let photograph = render(&eye, size)?;
    Ok(DemoEye {
        name: format!("eye-{:02}-{}", index + 1, code(eye.laterality)),
        label: eye.diagnosis.name(),
        eye,
        photograph,
    })
}

/// All eyes of the demonstration at [`DEMO_SIZE`]: twelve normal and twelve glaucomatous, six right
/// and six left each.
pub fn demo_set() -> impl Iterator<Item = DemoEye> {
    (0..DEMO_EYES).map(|index| demo_eye(index, DEMO_SIZE).expect("the sampler keeps to the ranges that render checks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_and_named_once() {
        let eyes: Vec<DemoEye> = (0..DEMO_EYES).map(|i| demo_eye(i, 64).unwrap()).collect();
        for label in ["normal", "glaucoma"] {
            let of_class: Vec<_> = eyes.iter().filter(|e| e.label == label).collect();
            assert_eq!(of_class.len(), 12);
            assert_eq!(of_class.iter().filter(|e| e.eye.laterality == Side::Left).count(), 6);
        }
        let names: std::collections::BTreeSet<_> = eyes.iter().map(|e| e.name.clone()).collect();
        assert_eq!(names.len(), 24);
    }

    #[test]
    fn streams_share_no_seed() {
        let seeds = |stream: Stream| (0..100).map(move |i| stream.eye(i).seed);
        let all: std::collections::BTreeSet<u64> =
            [Stream::Train, Stream::Validation, Stream::Test].into_iter().flat_map(seeds).collect();
        assert_eq!(all.len(), 300);
        assert_eq!(Stream::Test.eye(0).seed >> 32, 3);
    }
}
