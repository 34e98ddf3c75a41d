//! From a run's rows to answers.
//!
//! [`Evidence`] streams the rows and keeps what answers need. The ten [`questions`] measure, then
//! p-values are corrected together, then each concludes ([`draft`]). [`report`] holds the value
//! that says everything; nothing that is drawn from it has to compute.

mod cluster;
mod compare;
mod copies;
mod draft;
mod evidence;
mod fixed;
mod galleries;
mod performance;
mod plots;
mod questions;
mod removal;
pub mod report;
mod subgroups;
mod summary;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::run::{RunDirectory, RunError};
use crate::statistics::Settings;
use report::Report;

pub use compare::{Chosen, compare};
pub use evidence::Evidence;

/// The answers of a run: `run` is what its run.json says.
///
/// # Errors
/// [`RunError::Disk`], [`RunError::Damaged`].
pub fn analyse(directory: &RunDirectory, run: &Value, settings: &Settings) -> Result<Report, RunError> {
    Ok(summary::report(&Evidence::gather(directory, run, settings)?))
}
