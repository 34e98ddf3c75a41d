//! As large as fits inside a size.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, scaled};
use crate::preprocess::{Colour, Size};
use crate::resize::{Image, Resample};
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "As large as fits inside a size, the aspect ratio kept.";
pub(super) const EXAMPLE: &str = r#"to = "input"
resample = { library = "opencv", filter = "area", rounded = true }"#;

/// As large as fits inside a size, the aspect ratio kept.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The size.
    pub to: Size,
    /// How.
    pub resample: Resample,
}

impl Operation for Fit {
    fn check(&self, _: Colour) -> Result<(), String> {
        self.to.check()
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        scaled(image, fitting(image, self.to.resolve(place.input)), self.resample)
    }

    fn resample(&mut self) -> Option<&mut Resample> {
        Some(&mut self.resample)
    }
}

/// As large as fits inside `most`.
fn fitting(image: &Image<'_>, most: [usize; 2]) -> [usize; 2] {
    let ratio = (most[0] as f64 / image.height as f64).min(most[1] as f64 / image.width as f64);
    let side = |side: usize, most: usize| ((side as f64 * ratio).round_ties_even() as usize).clamp(1, most);
    [side(image.height, most[0]), side(image.width, most[1])]
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fit into {} ({})", self.to, self.resample)
    }
}
