//! Straight to a size.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, scaled};
use crate::preprocess::{Colour, Size};
use crate::resize::{Image, Resample};
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "Straight to a size, whatever that does to the aspect ratio.";
pub(super) const EXAMPLE: &str = r#"to = "input"
resample = { library = "pillow", filter = "bilinear" }"#;

/// Straight to a size, whatever that does to the aspect ratio.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// The size.
    pub to: Size,
    /// How.
    pub resample: Resample,
}

impl Operation for Resize {
    fn check(&self, _: Colour) -> Result<(), String> {
        self.to.check()
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        scaled(image, self.to.resolve(place.input), self.resample)
    }

    fn resample(&mut self) -> Option<&mut Resample> {
        Some(&mut self.resample)
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "resize to {} ({})", self.to, self.resample)
    }
}
