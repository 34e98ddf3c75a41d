//! `cv2.resize` (`modules/imgproc/src/resize.cpp`), in floating point. On bytes OpenCV computes
//! with 11-bit weights, so that its results differ from the rounded ones here by at most one level.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use serde::{Deserialize, Serialize};

use super::Taps;
use super::torchvision::four_taps;

/// An interpolation flag of OpenCV.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenCvFilter {
    /// `INTER_NEAREST`.
    Nearest,
    /// `INTER_LINEAR`, the default of `cv2.resize` and albumentations; skips pixels when scaling
    /// down by more than two.
    Bilinear,
    /// `INTER_CUBIC`.
    Bicubic,
    /// `INTER_LANCZOS4`.
    Lanczos,
    /// `INTER_AREA`: the mean of the pixels covered when scaling down.
    Area,
}

impl OpenCvFilter {
    /// All filters.
    pub const ALL: [Self; 5] = [Self::Nearest, Self::Bilinear, Self::Bicubic, Self::Lanczos, Self::Area];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::Lanczos => "lanczos",
            Self::Area => "area",
        }
    }
}

/// `both_shrink`: whether neither side grows, on which area depends.
pub(super) fn taps(filter: OpenCvFilter, both_shrink: bool, input: usize, output: usize) -> Taps {
    let scale = input as f64 / output as f64;
    // OpenCV rounds positions to f32 before it takes their fraction.
    let position = |i: usize| f64::from(((i as f64 + 0.5) * scale - 0.5) as f32);
    match filter {
        OpenCvFilter::Nearest => {
            let step = 1.0 / (output as f64 / input as f64);
            Taps::clamped(input, (0..output).map(|i| vec![((i as f64 * step).floor() as isize, 1.0)]))
        }
        OpenCvFilter::Bilinear => Taps::linear(input, (0..output).map(position)),
        OpenCvFilter::Bicubic => Taps::clamped(input, (0..output).map(|i| four_taps(position(i)))),
        OpenCvFilter::Lanczos => Taps::clamped(input, (0..output).map(|i| eight_taps(position(i)))),
        OpenCvFilter::Area if both_shrink => Taps::clamped(input, (0..output).map(|i| covered(i, scale, input))),
        OpenCvFilter::Area => Taps::clamped(input, (0..output).map(|i| area_enlarged(i, scale, input))),
    }
}

/// Lanczos with four lobes; OpenCV's formula for `sin(πx) sin(πx/4) / x²` on eight pixels,
/// normalised.
fn eight_taps(position: f64) -> Vec<(isize, f32)> {
    const S: f64 = FRAC_1_SQRT_2;
    const TURNS: [(f64, f64); 8] =
        [(1.0, 0.0), (-S, -S), (0.0, 1.0), (S, -S), (-1.0, 0.0), (S, S), (0.0, -1.0), (-S, S)];
    let base = position.floor();
    let fraction = (position - base) as f32;
    let start = -f64::from(fraction + 3.0) * PI * 0.25;
    let mut weights: Vec<f32> = (0..8)
        .map(|i| {
            let distance = fraction + 3.0 - i as f32;
            if distance.abs() < 1e-6 {
                return 1e30;
            }
            let y = -f64::from(distance) * PI * 0.25;
            ((TURNS[i].0 * start.sin() + TURNS[i].1 * start.cos()) / (y * y)) as f32
        })
        .collect();
    let inverse = 1.0 / weights.iter().sum::<f32>();
    weights.iter_mut().for_each(|w| *w *= inverse);
    (base as isize - 3..).zip(weights).collect()
}

/// The shares of the input pixels under output pixel `i`; shares below a thousandth of a pixel are
/// left out.
fn covered(i: usize, scale: f64, input: usize) -> Vec<(isize, f32)> {
    let (from, to) = (i as f64 * scale, (i as f64 + 1.0) * scale);
    let width = scale.min(input as f64 - from);
    let end = (to.floor() as usize).min(input - 1);
    let start = (from.ceil() as usize).min(end);
    let mut shares = Vec::new();
    if start as f64 - from > 1e-3 {
        shares.push((start as isize - 1, ((start as f64 - from) / width) as f32));
    }
    shares.extend((start..end).map(|x| (x as isize, (1.0 / width) as f32)));
    if to - end as f64 > 1e-3 {
        shares.push((end as isize, ((to - end as f64).min(1.0).min(width) / width) as f32));
    }
    shares
}

/// Area where a side grows: linear between the two pixels that the output pixel overlaps.
fn area_enlarged(i: usize, scale: f64, input: usize) -> Vec<(isize, f32)> {
    let base = (i as f64 * scale).floor();
    let fraction = ((i as f64 + 1.0) - (base + 1.0) / scale) as f32;
    let fraction = if fraction <= 0.0 { 0.0 } else { fraction - fraction.floor() };
    let fraction = if base as usize >= input - 1 { 0.0 } else { fraction };
    vec![(base as isize, 1.0 - fraction), (base as isize + 1, fraction)]
}
