//! What is lighter than the black around a photograph's field of view.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, lumas, window};
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "Cuts off the black around a retinal photograph's field of view: the smallest rectangle \
                                that holds every pixel whose luma is above `tolerance`, 7 if not said \
                                (`crop_image_from_gray` of the Kaggle competitions). A picture without such a pixel \
                                stays whole.";
pub(super) const EXAMPLE: &str = "tolerance = 7";

/// The smallest rectangle that holds every pixel whose luma is above a tolerance.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropToField {
    /// The darkest level that is cut off.
    #[serde(default = "usual_tolerance")]
    pub tolerance: u8,
}

fn usual_tolerance() -> u8 {
    7
}

impl Operation for CropToField {
    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let levels = lumas(image, place.colour);
        let light = |row: &[u8]| row.iter().any(|&level| level > self.tolerance);
        let mut rows = levels.chunks_exact(image.width);
        let Some(top) = rows.position(light) else { return Ok((image.clone().into_owned(), Affine::IDENTITY)) };
        let bottom = levels.chunks_exact(image.width).rposition(light).unwrap_or(top);
        let inside = || levels.chunks_exact(image.width).take(bottom + 1).skip(top);
        let first = |row: &[u8]| row.iter().position(|&level| level > self.tolerance);
        let last = |row: &[u8]| row.iter().rposition(|&level| level > self.tolerance);
        let left = inside().filter_map(first).min().unwrap_or(0);
        let right = inside().filter_map(last).max().unwrap_or(image.width - 1);
        Ok(window(image, [top as isize, left as isize], [bottom + 1 - top, right + 1 - left], &[0; 3]))
    }
}

impl fmt::Display for CropToField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crop to the field of view (lighter than {})", self.tolerance)
    }
}
