//! Runs a heatlens graph on the CPU.
//!
//! [`Program::compile`] turns a [`Graph`](heatlens_graph::Graph) into a list of steps: it prepares
//! the weights, picks kernels for the machine at hand, and plans one arena in which activations
//! share memory. A [`Session`] owns such an arena and runs the steps, any number of times, without
//! allocating.

mod arena;
mod compile;
mod context;
mod error;
mod io;
mod kernel;
mod kernels;
mod parallel;
mod program;
mod session;
mod simd;
#[cfg(test)]
mod tests;

pub use compile::CompileOptions;
pub use error::EngineError;
pub use program::{Program, StepInfo};
pub use session::Session;
