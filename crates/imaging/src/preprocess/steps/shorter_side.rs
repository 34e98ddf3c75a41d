//! The shorter side to a length.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, scaled};
use crate::preprocess::{Colour, Length};
use crate::resize::{Image, Resample};
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "The shorter side to a length, the aspect ratio kept (torchvision's `Resize` with one \
                                number: the longer side is rounded down). In terms of an input that is not square: \
                                just large enough to cover it.";
pub(super) const EXAMPLE: &str = r#"to = { input_over = 0.875 }
resample = { library = "pillow", filter = "bilinear" }"#;

/// The shorter side to a length, the aspect ratio kept (torchvision's `Resize` with one number: the
/// longer side is rounded down). In terms of an input that is not square: just large enough to
/// cover it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShorterSide {
    /// The length.
    pub to: Length,
    /// How.
    pub resample: Resample,
}

impl Operation for ShorterSide {
    fn check(&self, _: Colour) -> Result<(), String> {
        self.to.check()
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        scaled(image, size(image, self.to.resolve(place.input)), self.resample)
    }

    fn resample(&mut self) -> Option<&mut Resample> {
        Some(&mut self.resample)
    }
}

fn size(image: &Image<'_>, target: [usize; 2]) -> [usize; 2] {
    let (h, w) = (image.height, image.width);
    if target[0] == target[1] {
        // torchvision: int(size * long / short).
        let long = |long: usize, short: usize| (target[0] as f64 * long as f64 / short as f64) as usize;
        return if h <= w { [target[0], long(w, h)] } else { [long(h, w), target[0]] };
    }
    // timm's ResizeKeepRatio.
    let ratio = (h as f64 / target[0] as f64).min(w as f64 / target[1] as f64);
    [h, w].map(|side| (side as f64 / ratio).round_ties_even() as usize)
}

impl fmt::Display for ShorterSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shorter side to {} ({})", self.to, self.resample)
    }
}
