//! The square around the optic disc.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, allowed, is_black, padding, paint, window};
use crate::preprocess::Colour;
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "The square around the optic disc, `across` disc diameters wide, filled with `fill` \
                                where it reaches beyond the picture. The disc is what heatlens's own segmenter finds \
                                in each photograph, and a photograph without a sure one is left out with an error; \
                                `disc` says where it lies in a single one. Training code finds discs in a way of its \
                                own: compare a few crops before you trust the maps.";
pub(super) const EXAMPLE: &str = "across = 2.5";

/// The square around the optic disc.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscCrop {
    /// Its side in disc diameters.
    pub across: f64,
    /// Where the disc lies; whoever has the photograph says it with
    /// [`Preprocess::around`](crate::Preprocess::around) where this does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disc: Option<DiscAt>,
    /// The colour beyond the picture, 8-bit RGB; black if not said.
    #[serde(default, skip_serializing_if = "is_black")]
    pub fill: [u8; 3],
}

/// Where the optic disc lies in a photograph, in its pixels and edge coordinates.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscAt {
    /// Its centre, `[x, y]`.
    pub centre: [f64; 2],
    /// Its diameter.
    pub diameter: f64,
}

/// A wider crop is none.
const WIDEST: f64 = 100.0;

impl Operation for DiscCrop {
    fn check(&self, _: Colour) -> Result<(), String> {
        if !(self.across > 0.0 && self.across <= WIDEST) {
            return Err(format!("the step disc_crop needs `across` above 0 and at most {WIDEST} disc diameters"));
        }
        let makes_sense = |disc: &DiscAt| disc.diameter > 0.0 && disc.diameter.is_finite();
        if self.disc.is_some_and(|disc| !makes_sense(&disc) || !disc.centre.iter().all(|at| at.is_finite())) {
            return Err("the step disc_crop needs a disc with a finite centre and a diameter above 0".into());
        }
        Ok(())
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let Some(disc) = self.disc else {
            return Err(ImageError::Preprocess(
                "its step disc_crop cannot tell where the optic disc lies in this photograph: add `disc = { centre = \
                 [x, y], diameter = d }` to the step"
                    .into(),
            ));
        };
        let from_photograph = place.to_photograph.inverse();
        let centre = from_photograph.apply(disc.centre);
        let side = from_photograph.scale.map(|scale| (self.across * disc.diameter * scale).round());
        let [width, height] = side.map(|side| side as usize);
        allowed([height, width])?;
        let [left, top] = [0, 1].map(|i| (centre[i] - side[i] / 2.0).round() as isize);
        Ok(window(image, [top, left], [height, width], &paint(self.fill, place.colour)))
    }
}

impl fmt::Display for DiscCrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crop to {} disc diameters around the optic disc{}", self.across, padding(self.fill))
    }
}
