//! `torch.nn.functional.interpolate` with `align_corners=False`, as torchvision calls it on tensors
//! (`aten/src/ATen/native/cpu/UpSampleKernel.cpp`).

use serde::{Deserialize, Serialize};

use super::Taps;
use super::filters::{bilinear, cubic, widened};

/// An interpolation mode of torchvision on tensors.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TorchvisionFilter {
    /// `NEAREST`: the input pixel at `floor(i * scale)`, half a pixel off centre for historical
    /// reasons.
    Nearest,
    /// `NEAREST_EXACT`: the input pixel at `floor((i + 0.5) * scale)`.
    NearestExact,
    /// `BILINEAR`.
    Bilinear,
    /// `BICUBIC`.
    Bicubic,
}

impl TorchvisionFilter {
    /// All filters.
    pub const ALL: [Self; 4] = [Self::Nearest, Self::NearestExact, Self::Bilinear, Self::Bicubic];

    /// Its name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::NearestExact => "nearest-exact",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
        }
    }

    /// Whether `antialias` makes a difference.
    pub const fn can_antialias(self) -> bool {
        matches!(self, Self::Bilinear | Self::Bicubic)
    }
}

pub(super) fn taps(filter: TorchvisionFilter, antialias: bool, input: usize, output: usize) -> Taps {
    // PyTorch computes the scale in f32; for nearest that decides ties.
    let scale = input as f32 / output as f32;
    let nearest = |shift: f32| {
        Taps::clamped(input, (0..output).map(move |i| vec![(((i as f32 + shift) * scale).floor() as isize, 1.0)]))
    };
    let position = |i: usize| (i as f64 + 0.5) * input as f64 / output as f64 - 0.5;
    match filter {
        TorchvisionFilter::Nearest => nearest(0.0),
        TorchvisionFilter::NearestExact => nearest(0.5),
        TorchvisionFilter::Bilinear if antialias => windows(input, widened(input, output, 1.0, bilinear)),
        TorchvisionFilter::Bicubic if antialias => windows(input, widened(input, output, 2.0, |x| cubic(x, -0.5))),
        TorchvisionFilter::Bilinear => Taps::linear(input, (0..output).map(position)),
        TorchvisionFilter::Bicubic => Taps::clamped(input, (0..output).map(|i| four_taps(position(i)))),
    }
}

fn windows(input: usize, windows: Vec<(usize, Vec<f64>)>) -> Taps {
    let pairs =
        |(first, weights): (usize, Vec<f64>)| (first as isize..).zip(weights.into_iter().map(|w| w as f32)).collect();
    Taps::clamped(input, windows.into_iter().map(pairs))
}

/// The cubic with slope -0.75 on the four pixels around a position; OpenCV's too.
pub(super) fn four_taps(position: f64) -> Vec<(isize, f32)> {
    let base = position.floor();
    (-1..=2).map(|k| (base as isize + k, cubic(position - base - k as f64, -0.75) as f32)).collect()
}
