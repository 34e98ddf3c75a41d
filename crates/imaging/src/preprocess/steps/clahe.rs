//! Contrast-limited adaptive histogram equalisation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, like, needs_colours};
use crate::preprocess::equalise::equalise;
use crate::preprocess::{Colour, lab};
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) as OpenCV's \
                                `createCLAHE` does it, `of` the `lightness` of CIE L*a*b*, of the `green` channel, or of \
                                `every` channel by itself. `clip` is 2 and `tiles` are `[8, 8]` (rows, columns) if not \
                                said; a clip of 0 limits nothing.";
pub(super) const EXAMPLE: &str = r#"of = "lightness"
clip = 2
tiles = [8, 8]"#;

/// What is equalised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaheOf {
    /// L* of CIE L*a*b*, by OpenCV's conversion on bytes: colours keep their hue.
    Lightness,
    /// The green channel; red and blue stay.
    Green,
    /// Each channel by itself.
    Every,
}

/// Contrast-limited adaptive histogram equalisation, as OpenCV does it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clahe {
    /// What is equalised.
    pub of: ClaheOf,
    /// How many times the mean a bin of a tile's histogram may hold; 0 for any.
    #[serde(default = "usual_clip")]
    pub clip: f64,
    /// Rows and columns of tiles.
    #[serde(default = "usual_tiles")]
    pub tiles: [usize; 2],
}

fn usual_clip() -> f64 {
    2.0
}

fn usual_tiles() -> [usize; 2] {
    [8; 2]
}

impl Operation for Clahe {
    fn check(&self, colour: Colour) -> Result<(), String> {
        if !(0.0..=1000.0).contains(&self.clip) {
            return Err(format!("a clip of {} is outside 0–1000", self.clip));
        }
        if self.tiles.iter().any(|tiles| !(1..=64).contains(tiles)) {
            return Err(format!("{}×{} tiles are outside 1–64", self.tiles[0], self.tiles[1]));
        }
        match self.of {
            ClaheOf::Every => Ok(()),
            ClaheOf::Lightness | ClaheOf::Green => needs_colours("clahe", colour),
        }
    }

    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let mut bytes = image.bytes().into_owned();
        let size = [image.height, image.width];
        let of = |bytes: &mut [u8], channel: usize| {
            let plane: Vec<u8> = bytes.iter().skip(channel).step_by(image.channels).copied().collect();
            let equal = equalise(&plane, size, self.tiles, self.clip);
            bytes.iter_mut().skip(channel).step_by(image.channels).zip(equal).for_each(|(to, from)| *to = from);
        };
        match self.of {
            // In the middle, whether red or blue comes first.
            ClaheOf::Green => of(&mut bytes, 1),
            ClaheOf::Every => (0..image.channels).for_each(|channel| of(&mut bytes, channel)),
            ClaheOf::Lightness => {
                let swap = |pixels: &mut [u8]| {
                    if place.colour == Colour::Bgr {
                        pixels.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| pixel.swap(0, 2));
                    }
                };
                swap(&mut bytes);
                lab::from_rgb(&mut bytes);
                of(&mut bytes, 0);
                lab::to_rgb(&mut bytes);
                swap(&mut bytes);
            }
        }
        Ok((like(image, bytes), Affine::IDENTITY))
    }
}

impl fmt::Display for Clahe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            ClaheOf::Lightness => "the lightness",
            ClaheOf::Green => "the green channel",
            ClaheOf::Every => "every channel",
        };
        write!(f, "CLAHE of {of} (clip {}, {}×{} tiles)", self.clip, self.tiles[0], self.tiles[1])
    }
}
