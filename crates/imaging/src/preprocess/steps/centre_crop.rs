//! The middle.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, allowed, is_black, padding, paint, window};
use crate::preprocess::{Colour, Size};
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "The middle. A picture that is too small is padded. `rounding` says where half a pixel \
                                goes: `half_even` as in torchvision and timm, `down` as in Hugging Face and \
                                albumentations.";
pub(super) const EXAMPLE: &str = r#"to = "input""#;

/// Where a crop lies when what is left over is odd.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CropRounding {
    /// Half a pixel goes to the even side: torchvision, timm.
    #[default]
    HalfEven,
    /// Half a pixel goes up and left: Hugging Face, albumentations.
    Down,
}

/// The middle. A picture that is too small is padded.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentreCrop {
    /// The size.
    pub to: Size,
    /// Which way halves go.
    #[serde(default)]
    pub rounding: CropRounding,
    /// The colour of the padding, 8-bit RGB; black if not said.
    #[serde(default, skip_serializing_if = "is_black")]
    pub fill: [u8; 3],
}

impl CentreCrop {
    /// Rounded as torchvision does and padded with black.
    pub const fn to(to: Size) -> Self {
        Self { to, rounding: CropRounding::HalfEven, fill: [0; 3] }
    }
}

impl Operation for CentreCrop {
    fn check(&self, _: Colour) -> Result<(), String> {
        self.to.check()
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let to = self.to.resolve(place.input);
        allowed(to)?;
        let corner = [(image.height, to[0]), (image.width, to[1])].map(|(has, wants)| {
            let surplus = has as isize - wants as isize;
            match self.rounding {
                // torchvision pads first, the smaller half above and left, and then cuts exactly.
                CropRounding::HalfEven if surplus < 0 => -(-surplus / 2),
                CropRounding::HalfEven => (surplus as f64 / 2.0).round_ties_even() as isize,
                CropRounding::Down => surplus.div_euclid(2),
            }
        });
        Ok(window(image, corner, to, &paint(self.fill, place.colour)))
    }
}

impl fmt::Display for CentreCrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "centre crop to {}{}", self.to, padding(self.fill))
    }
}
