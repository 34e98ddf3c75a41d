//! Pillow's `Image.resize` on 8-bit images, bit for bit: coefficients of 22 fractional bits, one
//! axis after the other, rounded to bytes in between (`src/libImaging/Resample.c` and, for nearest,
//! `Geometry.c`).

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::filters::{bilinear, cubic, widened};
use crate::simd::wide;

/// A resampling filter of Pillow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PillowFilter {
    /// `Resampling.NEAREST`, code 0.
    Nearest,
    /// `Resampling.LANCZOS` (formerly ANTIALIAS), code 1.
    Lanczos,
    /// `Resampling.BILINEAR`, code 2.
    Bilinear,
    /// `Resampling.BICUBIC`, code 3.
    Bicubic,
    /// `Resampling.BOX`, code 4.
    Box,
    /// `Resampling.HAMMING`, code 5.
    Hamming,
}

impl PillowFilter {
    /// All filters, in the order of their codes.
    pub const ALL: [Self; 6] = [Self::Nearest, Self::Lanczos, Self::Bilinear, Self::Bicubic, Self::Box, Self::Hamming];

    /// The filter of a `PIL.Image.Resampling` code, as Hugging Face configurations hold it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Lanczos => "lanczos",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::Box => "box",
            Self::Hamming => "hamming",
        }
    }

    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn kernel(self, x: f64) -> f64 {
        match self {
            Self::Nearest | Self::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
            Self::Bilinear => bilinear(x),
            Self::Bicubic => cubic(x, -0.5),
            Self::Hamming if x == 0.0 => 1.0,
            Self::Hamming if x.abs() >= 1.0 => 0.0,
            Self::Hamming => (x.abs() * PI).sin() / (x.abs() * PI) * (0.54 + 0.46 * (x.abs() * PI).cos()),
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
}

const FRACTION_BITS: u32 = 22;

/// Fixed-point weights of one axis: output `i` reads from `starts[i]` on, `counts[i]` inputs, with
/// the weights from `i * stride` on.
struct Fixed {
    starts: Vec<usize>,
    counts: Vec<usize>,
    weights: Vec<i32>,
    stride: usize,
}

impl Fixed {
    fn new(input: usize, output: usize, filter: PillowFilter) -> Self {
        let one = f64::from(1u32 << FRACTION_BITS);
        let round = |w: f64| if w < 0.0 { (-0.5 + w * one) as i32 } else { (0.5 + w * one) as i32 };
        let windows = widened(input, output, filter.support(), |x| filter.kernel(x));
        let stride = windows.iter().map(|w| w.1.len()).max().unwrap_or(1).max(1);
        let mut weights = vec![0; output * stride];
        for (to, (_, from)) in weights.chunks_exact_mut(stride).zip(&windows) {
            to.iter_mut().zip(from).for_each(|(to, &w)| *to = round(w));
        }
        Self {
            starts: windows.iter().map(|w| w.0).collect(),
            counts: windows.iter().map(|w| w.1.len()).collect(),
            weights,
            stride,
        }
    }

    /// Start and weights of every output.
    fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let weights = self.weights.chunks_exact(self.stride);
        self.starts.iter().zip(&self.counts).zip(weights).map(|((&start, &count), weights)| (start, &weights[..count]))
    }
}

#[inline(always)]
fn clip(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

/// `bytes` are the samples of an image of `from` = `[height, width]`, 1 or 3 interleaved channels;
/// a pass that would not change the size is left out, as in Pillow.
pub(crate) fn resize_bytes(
    bytes: &[u8],
    from: [usize; 2],
    channels: usize,
    to: [usize; 2],
    filter: PillowFilter,
) -> Vec<u8> {
    if filter == PillowFilter::Nearest {
        return nearest(bytes, from, channels, to);
    }
    let rows = Fixed::new(from[0], to[0], filter);
    if rows_first(from, to) {
        let low = filter_rows(bytes, from[1] * channels, &rows);
        return filter_columns(&low, from[1], to[1], channels, filter);
    }
    let narrow = filter_columns(bytes, from[1], to[1], channels, filter);
    if from[0] == to[0] { narrow } else { filter_rows(&narrow, to[1] * channels, &rows) }
}

/// Pillow 13 takes the rows first where they lose far more than the columns; up to version 12 the
/// columns always came first. As the image in between is rounded and clipped, the order shows in a
/// level or, at sharp edges under bicubic and Lanczos, a few.
fn rows_first(from: [usize; 2], to: [usize; 2]) -> bool {
    let lost = [0, 1].map(|i| from[i] as i64 - to[i] as i64);
    lost[0] > 0 && lost[0] > 2 * lost[1]
}

const BLOCK: usize = 32;

const HALF: i32 = 1 << (FRACTION_BITS - 1);

fn filter_rows(bytes: &[u8], row_length: usize, rows: &Fixed) -> Vec<u8> {
    let mut out = vec![0; rows.starts.len() * row_length];
    wide(
        #[inline(always)]
        || {
            for ((start, weights), out) in rows.iter().zip(out.chunks_exact_mut(row_length)) {
                let from = &bytes[start * row_length..][..weights.len() * row_length];
                // As many sums at a time as registers hold.
                let mut blocks = out.chunks_exact_mut(BLOCK);
                for (number, out) in blocks.by_ref().enumerate() {
                    let mut sums = [HALF; BLOCK];
                    for (&weight, row) in weights.iter().zip(from.chunks_exact(row_length)) {
                        let row: &[u8; BLOCK] = row[number * BLOCK..][..BLOCK].try_into().expect("a whole block");
                        sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += weight * i32::from(v));
                    }
                    out.iter_mut().zip(&sums).for_each(|(out, &sum)| *out = clip(sum));
                }
                let rest = blocks.into_remainder();
                let first = row_length - rest.len();
                for (x, out) in (first..).zip(rest) {
                    let column = from[x..].iter().step_by(row_length);
                    *out =
                        clip(weights.iter().zip(column).fold(HALF, |sum, (&weight, &v)| sum + weight * i32::from(v)));
                }
            }
        },
    );
    out
}

/// Rows of the image that are transposed at a time.
const BAND: usize = 64;

/// Transposed, columns are rows: a pass down the image becomes vector instructions, one along its
/// rows does not. Band by band, so that a large photograph is not there twice.
fn filter_columns(bytes: &[u8], from: usize, to: usize, channels: usize, filter: PillowFilter) -> Vec<u8> {
    if from == to {
        return bytes.to_vec();
    }
    let columns = Fixed::new(from, to, filter);
    let mut out = Vec::with_capacity(bytes.len() / from * to);
    for band in bytes.chunks(BAND * from * channels) {
        let height = band.len() / (from * channels);
        let upright = transposed(band, height, from * channels);
        let filtered = filter_rows(&upright, height * channels, &columns);
        out.extend(transposed(&filtered, to * channels, height));
    }
    out
}

/// Rows become columns, in square blocks that stay in the cache.
fn transposed(bytes: &[u8], height: usize, width: usize) -> Vec<u8> {
    const SIDE: usize = 16;
    let mut out = vec![0; bytes.len()];
    for (band, rows) in bytes.chunks(SIDE * width).enumerate() {
        let mut left = 0;
        while rows.len() == SIDE * width && left + SIDE <= width {
            let block: [&[u8; SIDE]; SIDE] =
                std::array::from_fn(|y| rows[y * width + left..][..SIDE].try_into().expect("a whole row"));
            for x in 0..SIDE {
                let column: [u8; SIDE] = std::array::from_fn(|y| block[y][x]);
                out[(left + x) * height + band * SIDE..][..SIDE].copy_from_slice(&column);
            }
            left += SIDE;
        }
        for (y, row) in rows.chunks_exact(width).enumerate() {
            for x in left..width {
                out[x * height + band * SIDE + y] = row[x];
            }
        }
    }
    out
}

fn nearest(bytes: &[u8], [height, width]: [usize; 2], channels: usize, to: [usize; 2]) -> Vec<u8> {
    let columns = nearest_positions(width, to[1]);
    let rows = nearest_positions(height, to[0]);
    let mut out = Vec::with_capacity(to[0] * to[1] * channels);
    for y in rows {
        for &x in &columns {
            out.extend_from_slice(&bytes[(y * width + x) * channels..][..channels]);
        }
    }
    out
}

/// Pillow adds the step up instead of multiplying; the sums decide ties.
fn nearest_positions(input: usize, output: usize) -> Vec<usize> {
    let step = input as f64 / output as f64;
    let mut position = step * 0.5;
    (0..output)
        .map(|_| {
            let index = (position as usize).min(input - 1);
            position += step;
            index
        })
        .collect()
}
