//! Eyes: what heatlens knows about retinal photographs.
//!
//! * [`anatomy`]: field of view, optic disc and cup, laterality, zones; the shipped segmenter.
//! * [`render`]: synthetic fundus photographs whose disc, cup, vessels, field of view and
//!   laterality are known.
//! * [`demo`]: the twenty-four rendered eyes that `heatlens demo` explains.
#![forbid(unsafe_code)]

pub mod anatomy;
pub mod demo;
pub mod render;

pub use demo::{DemoEye, demo_set};
