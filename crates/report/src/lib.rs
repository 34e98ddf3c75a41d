//! From the rows of a run to answers, and from answers to a page. It knows no network and no
//! engine: all it reads is what [`heatlens_record`] describes.
//!
//! [`make`] does all of it for a run whose parts are there. [`analysis::Evidence`] gathers the rows,
//! [`analysis::report`] concludes, a [`Report`] says everything and is `report.json`, [`page::html`]
//! draws it.

#![forbid(unsafe_code)]

pub mod analysis;
mod make;
mod named;
pub mod page;
pub mod schema;
#[cfg(test)]
#[path = "../../../tests/support/shared.rs"]
mod shared;

pub use analysis::{Chosen, compare};
pub use make::{Made, hand_out, make};
pub use named::compare_named;
pub use schema::{Comparison, Report};
