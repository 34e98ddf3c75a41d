//! What a run does, for every door: the command, Python, the viewer and whoever distributes work.
//!
//! A [`Subject`] is a model with its classes and preprocessing. [`explain`] makes maps and pictures
//! of the images that [`expand`] lists; [`audit`] measures a labelled set ([`data`]) part by part.
//! Both divide their work with [`in_order`], so that results come in one order whatever the number
//! of threads. Nothing here prints: what a user should read is returned as notes.

#![forbid(unsafe_code)]

pub mod audit;
pub mod check;
mod classes;
pub mod data;
mod depths;
mod disc;
pub mod drawing;
mod error;
pub mod evaluate;
pub mod explain;
pub mod gallery;
mod guard;
mod inputs;
mod labels;
mod layers;
mod listener;
mod memory;
mod names;
mod outputs;
mod ready;
mod recorded;
mod said;
pub mod sanity;
mod schedule;
mod spread;
mod stop;
mod subject;
mod tables;
mod truth;
mod twins;

pub use classes::{HEALTHY, positive};
pub use depths::Depths;
pub use disc::around_disc;
pub use error::Error;
pub use inputs::{Content, Source, expand, sample};
pub use labels::{LabelOptions, LabelSource, Labels};
pub use layers::patch_embedding;
pub use listener::Listener;
pub use memory::{Budget, Memory, Need, keep_freed_memory};
pub use ready::{Ready, prepare};
pub use said::Said;
pub use schedule::{default_threads, in_order, in_order_until};
pub use stop::Stop;
pub use subject::{Subject, SubjectOptions};
pub use truth::{Truth, Truths};
pub use twins::Twins;

/// What a user named, each once, in the order of the first times.
pub fn each_once<T: Copy + PartialEq>(named: &[T]) -> Vec<T> {
    let mut each = Vec::new();
    named.iter().for_each(|one| each.extend((!each.contains(one)).then_some(*one)));
    each
}
