//! Ben Graham's local average.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Operation, Place, like};
use crate::preprocess::Colour;
use crate::preprocess::blur::gaussian_blur;
use crate::resize::Image;
use crate::{Affine, ImageError};

pub(super) const ABOUT: &str = "Takes the local average away: `weight` · (picture − blurred picture) + 128, rounded and \
                                clipped, with the blur of OpenCV's `GaussianBlur` on bytes (Graham 2015, winner of \
                                Kaggle's Diabetic Retinopathy Detection). `sigma` is `{ pixels = 10 }` or \
                                `{ of_radius = 0.0333 }`, of half the shorter side; `weight` is 4 if not said.";
pub(super) const EXAMPLE: &str = "sigma = { pixels = 10 }\nweight = 4";

/// The width of the blur.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sigma {
    /// Pixels.
    Pixels(f64),
    /// A fraction of half the shorter side.
    OfRadius(f64),
}

/// Takes the local average away: weight · (picture − blurred picture) + 128.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenGraham {
    /// The standard deviation of the blur.
    pub sigma: Sigma,
    /// How much contrast is left.
    #[serde(default = "usual_weight")]
    pub weight: f64,
}

fn usual_weight() -> f64 {
    4.0
}

/// Wider blurs take minutes.
const MOST_SIGMA: f64 = 500.0;

impl Operation for BenGraham {
    fn check(&self, _: Colour) -> Result<(), String> {
        match self.sigma {
            Sigma::Pixels(pixels) if !(0.1..=MOST_SIGMA).contains(&pixels) => {
                return Err(format!("a blur of sigma {pixels} is outside 0.1–{MOST_SIGMA} pixels"));
            }
            Sigma::OfRadius(fraction) if !(0.001..=1.0).contains(&fraction) => {
                return Err(format!("a blur of sigma {fraction} of the radius is outside 0.001–1"));
            }
            _ => {}
        }
        if (0.01..=100.0).contains(&self.weight) {
            Ok(())
        } else {
            Err(format!("a weight of {} is outside 0.01–100", self.weight))
        }
    }

    fn apply(&self, image: &Image<'_>, _: &Place) -> Result<(Image<'static>, Affine), ImageError> {
        let sigma = match self.sigma {
            Sigma::Pixels(pixels) => pixels,
            Sigma::OfRadius(fraction) => fraction * image.height.min(image.width) as f64 / 2.0,
        };
        if sigma > MOST_SIGMA {
            return Err(ImageError::Preprocess(format!(
                "its blur of sigma {sigma:.0} pixels is wider than {MOST_SIGMA}; resize before the step ben_graham"
            )));
        }
        let bytes = image.bytes();
        let blurred = gaussian_blur(&bytes, [image.height, image.width], image.channels, sigma.max(0.1));
        let weight = self.weight as f32;
        let level = |(&level, &average): (&u8, &u8)| {
            (f32::from(level) * weight - f32::from(average) * weight + 128.0).round_ties_even() as u8
        };
        Ok((like(image, bytes.iter().zip(&blurred).map(level).collect()), Affine::IDENTITY))
    }
}

impl fmt::Display for BenGraham {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ben Graham's local average taken away (weight {}, sigma ", self.weight)?;
        match self.sigma {
            Sigma::Pixels(pixels) => write!(f, "{pixels} pixels)"),
            Sigma::OfRadius(fraction) => write!(f, "{fraction} of half the shorter side)"),
        }
    }
}
