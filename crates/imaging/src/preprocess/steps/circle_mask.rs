//! Everything outside a circle in one colour.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, is_black, like, paint};
use crate::preprocess::Colour;
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "Paints everything outside a circle around the middle in one colour. `radius` is a \
                                fraction of half the shorter side, 1 if not said; Ben Graham took 0.9, which hides the \
                                rim of the field.";
pub(super) const EXAMPLE: &str = "radius = 0.9\nfill = [128, 128, 128]";

/// Paints everything outside a circle around the middle in one colour.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircleMask {
    /// The radius as a fraction of half the shorter side.
    #[serde(default = "whole")]
    pub radius: f64,
    /// The colour outside, 8-bit RGB; black if not said.
    #[serde(default, skip_serializing_if = "is_black")]
    pub fill: [u8; 3],
}

fn whole() -> f64 {
    1.0
}

impl Operation for CircleMask {
    fn check(&self, _: Colour) -> Result<(), String> {
        if (0.01..=2.0).contains(&self.radius) {
            Ok(())
        } else {
            Err(format!("a circle of radius {} is outside 0.01–2 of half the shorter side", self.radius))
        }
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let mut bytes = image.bytes().into_owned();
        let fill = paint(self.fill, place.colour);
        let radius = self.radius * image.height.min(image.width) as f64 / 2.0;
        let away = |i: usize, length: usize| (i as f64 + 0.5 - length as f64 / 2.0).powi(2);
        for (i, pixel) in bytes.chunks_exact_mut(image.channels).enumerate() {
            if away(i / image.width, image.height) + away(i % image.width, image.width) > radius * radius {
                pixel.copy_from_slice(&fill);
            }
        }
        Ok((like(image, bytes), Affine::IDENTITY))
    }
}

impl fmt::Display for CircleMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.fill;
        write!(f, "circle mask of {} of half the shorter side, outside colour {r} {g} {b}", self.radius)
    }
}
