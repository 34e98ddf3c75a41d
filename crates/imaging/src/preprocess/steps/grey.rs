//! Colours taken away.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, like, lumas, needs_colours};
use crate::preprocess::Colour;
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "ITU-R 601 luma, as Pillow's `convert(\"L\")`, in all three channels. For a network of one \
                                channel say `colour = \"grey\"` instead.";
pub(super) const EXAMPLE: &str = "";

/// The luma in all three channels.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grey {}

impl Operation for Grey {
    fn check(&self, colour: Colour) -> Result<(), String> {
        needs_colours("grey", colour)
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let bytes = lumas(image, place.colour).into_iter().flat_map(|level| [level; 3]).collect();
        Ok((like(image, bytes), Affine::IDENTITY))
    }
}

impl fmt::Display for Grey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("grey in all three channels")
    }
}
