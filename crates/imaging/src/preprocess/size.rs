//! Sizes in a description, possibly in terms of the network's input.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest side that a description may ask for.
pub(crate) const MAX_SIDE: usize = 16_384;

/// A height and a width, possibly those of the network.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// The network's input.
    Input,
    /// The network's input divided by a fraction, rounded down: `input_over = 0.875` is 256 for
    /// 224.
    InputOver(f64),
    /// `[height, width]` in pixels.
    Pixels([usize; 2]),
}

/// The length of a side, possibly in terms of the network's input.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// The network's input.
    Input,
    /// The network's input divided by a fraction, rounded down.
    InputOver(f64),
    /// Pixels.
    Pixels(usize),
}

impl Size {
    /// `[height, width]` for a network's input.
    pub(super) fn resolve(self, input: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Input => input,
            Self::InputOver(fraction) => input.map(|side| over(side, fraction)),
            Self::Pixels(size) => size,
        }
    }

    pub(super) fn check(self) -> Result<(), String> {
        match self {
            Self::Input => Ok(()),
            Self::InputOver(fraction) => check_fraction(fraction),
            Self::Pixels([height, width]) => check_side(height).and(check_side(width)),
        }
    }
}

impl Length {
    /// A length for each of height and width.
    pub(super) fn resolve(self, input: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Input => input,
            Self::InputOver(fraction) => input.map(|side| over(side, fraction)),
            Self::Pixels(pixels) => [pixels; 2],
        }
    }

    pub(super) fn check(self) -> Result<(), String> {
        match self {
            Self::Input => Ok(()),
            Self::InputOver(fraction) => check_fraction(fraction),
            Self::Pixels(pixels) => check_side(pixels),
        }
    }
}

fn over(side: usize, fraction: f64) -> usize {
    ((side as f64 / fraction).floor() as usize).max(1)
}

fn check_fraction(fraction: f64) -> Result<(), String> {
    if (0.05..=20.0).contains(&fraction) {
        Ok(())
    } else {
        Err(format!("input_over = {fraction} is outside 0.05–20"))
    }
}

/// Refuses a side that no picture has.
pub(super) fn check_side(pixels: usize) -> Result<(), String> {
    if (1..=MAX_SIDE).contains(&pixels) { Ok(()) } else { Err(format!("{pixels} pixels are outside 1–{MAX_SIDE}")) }
}

const INPUT: &str = "the network's input";

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str(INPUT),
            Self::InputOver(fraction) => write!(f, "{INPUT} / {fraction}"),
            Self::Pixels([height, width]) => write!(f, "{height}×{width}"),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str(INPUT),
            Self::InputOver(fraction) => write!(f, "{INPUT} / {fraction}"),
            Self::Pixels(pixels) => write!(f, "{pixels}"),
        }
    }
}
