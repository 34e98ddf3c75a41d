//! Eyes: what heatlens knows about retinal photographs.
//!
//! * [`anatomy`]: field of view, optic disc and cup, laterality, zones; the shipped segmenter.
//! * [`render`]: synthetic fundus photographs whose disc, cup, vessels, field of view and
//!   laterality are known.
//! * [`Eyes`]: the anatomist of retinal photographs, for whoever measures where a network looks.
//! * [`demo`]: the twenty-four rendered eyes that `heatlens demo` explains.

#![forbid(unsafe_code)]

pub mod anatomy;
pub mod demo;
mod eyes;
pub mod render;
mod side;

pub use demo::{DemoEye, demo_set};
pub use eyes::Eyes;
pub use side::code;
