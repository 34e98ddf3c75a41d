//! The network with what the methods need of it: as a graph, compiled, and run again in trials. No
//! method is known here: [`Wants`] tells what is needed.

mod compiled;
mod gradients;
mod graph;
mod lab;
mod outputs;
mod pass;
mod tail;
mod wants;

pub(crate) use compiled::Compiled;
pub use graph::{ExplanationGraph, WatchedLayer};
pub(crate) use lab::{Lab, Trial};
pub use outputs::Holds;
pub(crate) use pass::{Pass, Run};
pub(crate) use tail::TailPass;
pub(crate) use wants::Wants;
