//! The whole picture between bars.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CentreCrop, CropRounding, Fit, Operation, Place, is_black, padding};
use crate::preprocess::{Colour, Size};
use crate::resize::{Image, Resample};
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "The whole picture, as large as fits, in the middle of bars of one colour: `fit` and \
                                `centre_crop` in one, the smaller half of the bars above and left.";
pub(super) const EXAMPLE: &str = r#"to = "input"
resample = { library = "opencv", filter = "bilinear", rounded = true }
fill = [114, 114, 114]"#;

/// The whole picture, as large as fits, in the middle of bars of one colour.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letterbox {
    /// The size with the bars.
    pub to: Size,
    /// How.
    pub resample: Resample,
    /// The colour of the bars, 8-bit RGB; black if not said.
    #[serde(default, skip_serializing_if = "is_black")]
    pub fill: [u8; 3],
}

impl Operation for Letterbox {
    fn check(&self, _: Colour) -> Result<(), String> {
        self.to.check()
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let (fitted, back) = Fit { to: self.to, resample: self.resample }.apply(image, place)?;
        let bars = CentreCrop { to: self.to, rounding: CropRounding::HalfEven, fill: self.fill };
        let (boxed, to_fitted) = bars.apply(&fitted, place)?;
        Ok((boxed, to_fitted.then(&back)))
    }

    fn resample(&mut self) -> Option<&mut Resample> {
        Some(&mut self.resample)
    }
}

impl fmt::Display for Letterbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "letterbox to {} ({}){}", self.to, self.resample, padding(self.fill))
    }
}
