//! The report as one HTML file that needs nothing else: no network, no fonts, no script.
//!
//! [`draw_cases`] makes the small photographs of a [`Report`](crate::Report),
//! [`html`] the file. The same report and pictures give the same bytes.

mod answers;
mod cases;
mod comparison;
mod context;
mod figures;
mod glossary;
mod handout;
mod header;
mod lightbox;
mod measurements;
mod numbers;
mod palette;
mod performance;
mod pictures;
mod plots;
mod provenance;
mod sample;
mod tag;
mod trust;
mod verdict;
mod whole;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use comparison::comparison_html;
pub use handout::{handout_html, handout_markdown};
pub use pictures::{CasePicture, CasePictures, PICTURES, cases_shown, draw_case, draw_cases, undrawn};
pub use whole::html;
