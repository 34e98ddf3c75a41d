//! From an input tensor to predictions and maps.

mod compile;
mod options;
mod photograph;
mod worker;

pub use compile::Explainer;
pub use options::{ExplainerOptions, Explanation, StepTime};
pub use photograph::ExplainedPhotograph;
pub use worker::{Observation, Worker};
