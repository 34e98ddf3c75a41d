//! The data of figures.

mod boxes;
mod maps;
mod zones;

pub use boxes::five;
pub use maps::{cells_of, frame, mean_maps};
pub use zones::zones_of_class;
