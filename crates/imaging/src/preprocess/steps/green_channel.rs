//! The green channel alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, like, needs_colours};
use crate::preprocess::Colour;
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "The green channel in all three: vessels and nerve fibres have their contrast there.";
pub(super) const EXAMPLE: &str = "";

/// The green channel in all three.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GreenChannel {}

impl Operation for GreenChannel {
    fn check(&self, colour: Colour) -> Result<(), String> {
        needs_colours("green_channel", colour)
    }

    fn apply(&self, image: &Image<'_>, _: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        // In the middle, whether red or blue comes first.
        let bytes = image.bytes().as_chunks::<3>().0.iter().flat_map(|pixel| [pixel[1]; 3]).collect();
        Ok((like(image, bytes), Affine::IDENTITY))
    }
}

impl fmt::Display for GreenChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("green channel in all three")
    }
}
