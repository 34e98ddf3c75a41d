//! From a run's rows to answers.
//!
//! [`report`] holds the value that says everything; the rest fills it in.

pub mod report;
