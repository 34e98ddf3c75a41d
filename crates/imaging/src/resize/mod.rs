//! Resizing as Pillow, torchvision and OpenCV do it. The three differ by several grey levels on the
//! same picture, which moves a classifier's probabilities by more than its rounding ever does, so a
//! preprocessing names the library as well as the filter.

mod filters;
mod opencv;
mod pillow;
mod taps;
mod torchvision;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use opencv::OpenCvFilter;
pub use pillow::PillowFilter;
pub(crate) use pillow::resize_bytes;
pub use torchvision::TorchvisionFilter;

pub(crate) use taps::{Resized, Taps};

/// Which library's resizing, with which of its filters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "library", rename_all = "snake_case", deny_unknown_fields)]
pub enum Resample {
    /// `PIL.Image.resize`: what torchvision's transforms do to photographs that are not yet
    /// tensors. 8 bits in, 8 bits out.
    Pillow {
        /// The filter; all but nearest widen when scaling down.
        filter: PillowFilter,
    },
    /// `torch.nn.functional.interpolate`: what torchvision's transforms do to tensors, and
    /// TensorFlow's `tf.image.resize` without antialiasing.
    Torchvision {
        /// The filter.
        filter: TorchvisionFilter,
        /// Whether bilinear and bicubic widen when scaling down.
        antialias: bool,
        /// Whether the tensor held bytes, so that the result is rounded to whole levels.
        #[serde(default)]
        rounded: bool,
    },
    /// `cv2.resize`.
    #[serde(rename = "opencv")]
    OpenCv {
        /// The filter; only area looks at more than a few pixels when scaling down.
        filter: OpenCvFilter,
        /// Whether the picture held bytes, so that the result is rounded to whole levels.
        #[serde(default)]
        rounded: bool,
    },
}

impl Resample {
    /// Pillow with a filter.
    pub const fn pillow(filter: PillowFilter) -> Self {
        Self::Pillow { filter }
    }
}

impl fmt::Display for Resample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Pillow { filter } => write!(f, "Pillow {}", filter.name()),
            Self::Torchvision { filter, antialias, rounded } => {
                let antialias = if !filter.can_antialias() {
                    ""
                } else if antialias {
                    " antialiased"
                } else {
                    " not antialiased"
                };
                write!(f, "torchvision tensor {}{antialias}{}", filter.name(), if rounded { ", bytes" } else { "" })
            }
            Self::OpenCv { filter, rounded } => {
                write!(f, "OpenCV {}{}", filter.name(), if rounded { ", bytes" } else { "" })
            }
        }
    }
}

/// The samples of an image: bytes as long as no step makes fractions.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Samples<'a> {
    /// Whole levels 0–255; a photograph's own as long as nothing is done to them.
    Bytes(Cow<'a, [u8]>),
    /// Fractions of levels, still in 0–255 (bicubic and Lanczos may leave it).
    Floats(Vec<f32>),
}

/// An image on its way to a tensor: interleaved channels, rows from the top.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Image<'a> {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub samples: Samples<'a>,
}

impl Image<'_> {
    /// The same with samples of its own.
    pub fn into_owned(self) -> Image<'static> {
        let samples = match self.samples {
            Samples::Bytes(bytes) => Samples::Bytes(Cow::Owned(bytes.into_owned())),
            Samples::Floats(floats) => Samples::Floats(floats),
        };
        Image { samples, ..self }
    }

    /// The samples as levels in f32.
    pub fn floats(&self) -> Cow<'_, [f32]> {
        match &self.samples {
            Samples::Bytes(bytes) => bytes.iter().map(|&b| f32::from(b)).collect(),
            Samples::Floats(floats) => floats.into(),
        }
    }

    /// The samples as bytes, rounded where they were not.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match &self.samples {
            Samples::Bytes(bytes) => Cow::Borrowed(bytes),
            Samples::Floats(floats) => round_to_bytes(floats).into(),
        }
    }
}

/// Half to even, clipped to 0–255: `cvRound` and `torch.round`.
fn round_to_bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().map(|v| v.round_ties_even() as u8).collect()
}

/// The image at `to` = `[height, width]`, both at least 1.
pub(crate) fn resize(image: &Image<'_>, to: [usize; 2], how: Resample) -> Image<'static> {
    if [image.height, image.width] == to {
        return image.clone().into_owned();
    }
    let [height, width] = to;
    let done = |samples| Image { height, width, channels: image.channels, samples };
    let (rows, columns, rounded) = match how {
        Resample::Pillow { filter } => {
            let from = [image.height, image.width];
            return done(Samples::Bytes(resize_bytes(&image.bytes(), from, image.channels, to, filter).into()));
        }
        Resample::Torchvision { filter, antialias, rounded } => (
            torchvision::taps(filter, antialias, image.height, height),
            torchvision::taps(filter, antialias, image.width, width),
            rounded,
        ),
        Resample::OpenCv { filter, rounded } => {
            let both_shrink = image.height >= height && image.width >= width;
            (
                opencv::taps(filter, both_shrink, image.height, height),
                opencv::taps(filter, both_shrink, image.width, width),
                rounded,
            )
        }
    };
    let floats = taps::apply(&image.floats(), [image.height, image.width], image.channels, rows, &columns);
    done(if rounded { Samples::Bytes(round_to_bytes(&floats).into()) } else { Samples::Floats(floats) })
}

/// Heatmap upsampling: bilinear, half-pixel centres, clamped at the edge, never antialiased;
/// `cv2.resize` with `INTER_LINEAR` on f32. Sizes are `[height, width]`, each at least 1.
///
/// # Panics
/// If `values` does not have `from[0] * from[1]` elements.
pub fn upsample(values: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    assert_eq!(values.len(), from[0] * from[1], "a map of {}×{} has as many values", from[0], from[1]);
    if from == to {
        return values.to_vec();
    }
    let taps = enlarging(from, to);
    taps::apply(values, from, 1, taps(0), &taps(1))
}

/// What [`upsample`] makes, a row at a time.
pub(crate) fn upsampled(values: &[f32], from: [usize; 2], to: [usize; 2]) -> Resized {
    let taps = enlarging(from, to);
    Resized::new(values, from, 1, taps(0), &taps(1))
}

fn enlarging(from: [usize; 2], to: [usize; 2]) -> impl Fn(usize) -> Taps {
    move |i| opencv::taps(OpenCvFilter::Bilinear, false, from[i], to[i])
}

/// Antialiased bilinear resizing of one channel, for smoothing. `row` writes each row, from the top.
pub(crate) fn shrink(from: [usize; 2], to: [usize; 2], mut row: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
    let taps = |i: usize| torchvision::taps(TorchvisionFilter::Bilinear, true, from[i], to[i]);
    let rows = taps(0);
    let (mut values, mut low) = (vec![0.0; from[1]], vec![0.0; to[0] * from[1]]);
    for y in 0..from[0] {
        row(y, &mut values);
        taps::spread_row(&values, y, &rows, &mut low);
    }
    taps::apply_columns(&low, from[1], 1, &taps(1))
}
