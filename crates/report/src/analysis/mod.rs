//! From a run's rows to answers.
//!
//! [`Evidence`] streams the rows and keeps what answers need. The ten [`questions`] measure, then
//! p-values are corrected together, then each concludes ([`draft`]). What comes of it is a
//! [`Report`](crate::Report), which says everything; nothing that is drawn from it has to compute.

mod agreement;
mod cluster;
mod compare;
mod copies;
mod draft;
mod duplicates;
mod evidence;
mod examples;
mod fixed;
mod galleries;
mod masks;
mod performance;
mod plots;
mod questions;
mod removal;
mod subgroups;
mod summary;
mod trust;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use compare::{Chosen, compare};
pub use evidence::{Evidence, Shown};
pub use masks::Masks;
pub use summary::report;
