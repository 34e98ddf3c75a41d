//! From an input tensor to predictions and maps.

mod compile;
mod options;
mod worker;

pub use compile::Explainer;
pub use options::{ExplainerOptions, Explanation, StepTime};
pub use worker::{Observation, Worker};
