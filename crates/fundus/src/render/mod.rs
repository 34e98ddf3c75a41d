//! Synthetic retinal photographs with known truth.
//!
//! ```
//! use heatlens_fundus::render::{Diagnosis, Eye, render};
//!
//! let eye = Eye::sample(7, Diagnosis::Glaucoma);
//! let photograph = render(&eye, 256).unwrap();
//! assert_eq!(photograph.rgb.len(), 256 * 256 * 3);
//! assert!((photograph.truth.geometry.vertical_cup_to_disc - eye.cup.vertical_ratio).abs() < 0.01);
//! ```
//!
//! An [`Eye`] is a set of plain parameters; [`Eye::sample`] draws them from a seed. Anatomy is laid
//! out in *disc diameters* (DD) about the disc centre, in a frame where +u is temporal and +v is
//! superior, so that a left eye is the mirror image of a right one. Only basic IEEE arithmetic is
//! used, no platform mathematics library: the same eye gives the same bytes everywhere.

mod camera;
mod disc;
mod eye;
mod math;
mod noise;
mod photograph;
mod random;
mod retina;
mod sample;
mod strokes;
mod tag;
mod vessels;

pub use heatlens_anatomy::Side;

pub use eye::{
    Camera, Corner, Cup, Diagnosis, Disc, Eye, FieldShape, Fovea, NerveFibreDefect, Notch, PeripapillaryAtrophy,
    RenderError, Retina, Tag, TagStyle, Vessels, View,
};
pub use photograph::{Geometry, Photograph, Truth, render};
