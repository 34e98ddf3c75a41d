//! What any anatomy can say of a photograph, without knowing eyes.
//!
//! Whoever measures where a network looks asks an [`Anatomist`]: which [`ZoneCard`]s divide the
//! photographs, and what is seen on one of them (a [`Survey`] with its [`Zoning`]). `heatlens-fundus`
//! is the anatomist of retinal photographs; another field brings its own.
//!
//! Points are `[x, y]` in the photograph's pixels, in edge coordinates: the upper left pixel's
//! centre is (0.5, 0.5), y points down. Distances about the target structure are in its diameters.

#![forbid(unsafe_code)]

mod mask;
mod side;
mod survey;
mod zone;
mod zoning;

pub use mask::{DiscMask, MaskSize, MaskSource, Tissue};
pub use side::Side;
pub use survey::{Anatomist, Known, MASK_LEFT_ASIDE, Structure, Survey};
pub use zone::{Role, ZoneCard};
pub use zoning::{Place, Zoning};
