//! Explains image classifiers: loads a trained network, finds the right layer, and computes class
//! activation maps.
//!
//! A [`Model`] is read from a checkpoint or an ONNX file; an [`Explainer`] compiles it together with
//! the gradients that its [`Method`]s need; each [`Heatmap`] of an [`Explanation`] is low-resolution
//! and signed until it is finished or drawn.
//!
//! ```
//! use heatlens::imaging::{DecodeLimits, Preprocess, decode};
//! use heatlens::{Explainer, ExplainerOptions, Method, Model, ModelOptions, Target};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
//! # std::env::set_current_dir(folder)?;
//! # let photograph = "tests/golden/preprocess/eye.png";
//! let options = ModelOptions { classes: vec!["normal".into(), "glaucoma".into()], ..Default::default() };
//! let model = Model::open("models/demo-shufflenet_v2_x0_5.safetensors".as_ref(), &options)?;
//! let explainer = Explainer::new(
//!     &model,
//!     &ExplainerOptions { methods: vec![Method::GradCam, Method::LayerCam], ..Default::default() },
//! )?;
//! let photograph = decode(&std::fs::read(photograph)?, &DecodeLimits::default())?;
//! let glaucoma = Target::Class(model.class("glaucoma")?);
//! let explained = explainer.explain(&photograph, &Preprocess::imagenet_exact(), &[glaucoma])?;
//!
//! let prediction = &explained.explanation.prediction;
//! println!("{}, {:.1} %", model.classes()[prediction.class], 100.0 * prediction.probabilities[prediction.class]);
//! for map in &explained.explanation.maps {
//!     let finished = map.finish(explainer.input_size()); // 0 to 1 at the size of the input
//!     println!("{}: {}×{}", map.method.card().title, finished.height, finished.width);
//! }
//! # Ok(()) }
//! ```
//!
//! Whether a map can be trusted is measured by [`metrics`] and [`sanity`]. What belongs to whole
//! folders and labelled sets, and to the anatomy of eyes, lies in the crates `heatlens-run`,
//! `heatlens-report` and `heatlens-fundus`.

#![forbid(unsafe_code)]

pub mod batch_norms;
mod combine;
mod embedding;
mod error;
mod evidence;
mod explainer;
mod head;
mod heatmap;
mod input;
pub mod methods;
pub mod metrics;
mod model;
mod outcome;
mod passes;
mod question;
mod random;
pub mod sanity;
mod scaling;
mod score;
mod spelling;

pub use combine::Combine;
pub use error::Error;
pub use evidence::{BiasGradient, Evidence, Features};
pub use explainer::{ExplainedPhotograph, Explainer, ExplainerOptions, Explanation, Observation, StepTime, Worker};
pub use head::{Head, Prediction};
pub use heatlens_formats::{Format, Preparation, Twin};
pub use heatlens_graph as graph;
pub use heatlens_graph::layers::Layer;
pub use heatlens_imaging as imaging;
pub use heatlens_imaging::{Map, Scale};
pub use heatmap::Heatmap;
pub use input::{InputLayout, InputSpec};
pub use methods::{Card, Method, Need};
pub use model::{Model, ModelOptions};
pub use outcome::{Outcome, Outcomes};
pub use passes::{ExplanationGraph, Holds, WatchedLayer};
pub use scaling::Scaling;
pub use score::{Score, ScoreKind, Target, Targets};
pub use spelling::is_same_name;
