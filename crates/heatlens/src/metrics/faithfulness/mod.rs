//! Does the network use what the map marks? Each runs the network on images from which something
//! was removed.

pub(super) mod average_drop;
pub(super) mod confidence;
mod curve;
pub(super) mod deletion;
mod grid;
mod imputation;
pub(super) mod infidelity;
pub(super) mod insertion;
pub(super) mod mu_fidelity;
mod patches;
pub(super) mod road;
pub(super) mod road_least;
pub(super) mod road_most;
pub(super) mod sensitivity_n;

pub use imputation::impute;
pub use road::{RoadCurves, RoadOptions, road};
