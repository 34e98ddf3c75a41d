//! Explains image classifiers: loads a trained network, finds the right layer, and computes class
//! activation maps.
//!
//! ```no_run
//! use heatlens::{Explainer, ExplainerOptions, Model, ModelOptions, Target};
//!
//! # fn main() -> Result<(), heatlens::Error> {
//! let model = Model::open("best_model.pth".as_ref(), &ModelOptions::default())?;
//! let explainer = Explainer::new(&model, &ExplainerOptions::default())?;
//! let image = vec![0.0; model.input().len()]; // preprocessed as in training
//! let explanation = explainer.worker().explain(&image, &[Target::Predicted])?;
//! let map = explanation.maps[0].finish(model.input().size());
//! # Ok(()) }
//! ```

#![forbid(unsafe_code)]

mod blur;
mod error;
mod evidence;
mod explainer;
mod head;
mod heatmap;
mod map;
pub mod methods;
pub mod metrics;
mod model;
mod outcome;
mod random;
pub mod sanity;
mod score;

pub use error::Error;
pub use evidence::{BiasGradient, Evidence, Features};
pub use explainer::{Explainer, ExplainerOptions, Explanation, Observation, StepTime, Worker};
pub use head::{Head, Prediction};
pub use heatlens_formats::{Format, Twin};
pub use heatlens_graph::layers::Layer;
pub use heatmap::{Combine, Heatmap, Scale};
pub use map::Map;
pub use methods::{Card, Method, Need};
pub use model::{InputLayout, InputSpec, Model, ModelOptions};
pub use outcome::{Outcome, Outcomes};
pub use score::{Score, ScoreKind, Target, Targets};
