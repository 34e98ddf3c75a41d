//! The anatomy of a retinal photograph.
//!
//! [`FieldOfView::find`] finds what the camera saw. A mask of disc and cup comes from a file
//! ([`DiscMask`]), from a network ([`Segmenter`]) or, where there is neither, from a rule
//! ([`fn@classical`]); [`Disc::measure`] measures it, and [`Laterality::find`] says which eye it is.
//! Together they divide the photograph into [`Zones`]. [`Anatomy::of`] does all of it.
//!
//! Points are `[x, y]` in the photograph's pixels, in edge coordinates: the upper left pixel's
//! centre is (0.5, 0.5), y points down. Lengths about the disc are in disc diameters (DD): 1 DD is
//! the diameter of the circle of the disc's area, and distances are counted from the disc's
//! *centre*.

mod arcuate;
mod bits;
mod classical;
mod disc;
mod error;
mod eye;
mod field;
mod frame;
mod laterality;
pub mod places;
mod segmenter;
mod vessels;
mod zones;

pub use arcuate::{Arcuate, ArcuateBundles, trajectory};
pub use classical::classical;
pub use disc::{DOUBTFUL_BELOW, Disc, Doubt, Region, Rim};
pub use error::AnatomyError;
pub use eye::Anatomy;
pub use field::{EDGE, FieldOfView};
pub use frame::{DEGREES_PER_DISC, DiscFrame, FOVEA_BELOW, FOVEA_DISTANCE, MACULA_RADIUS, Place, Quadrant, Sector};
pub use heatlens_anatomy::{DiscMask, Known, MaskSource, Side, Tissue};
pub use laterality::{Laterality, SideSource, from_file_name, is_macula_centred};
pub use segmenter::{Segmentation, Segmenter};
pub use vessels::vessels;
pub use zones::{Resolution, ZONES, Zone, ZoneLabels, Zones};
