//! Labelled sets of photographs: what lies in a folder or a table, as cases with label, split,
//! mask, patient, eye and further columns.
//!
//! [`load`] is the way in. Each of [`LAYOUTS`] knows how one data set lies on disk; all end in the
//! same [`Dataset`], after the same checks.

mod advice;
mod case;
mod columns;
mod dataset;
mod error;
mod files;
mod labels;
mod layouts;
mod mask;
mod notes;
mod question;
mod table;

pub(crate) use advice::{Read, readings};
pub use case::{Case, Exclusion, Reason};
pub use columns::{Column, ColumnKind};
pub use dataset::{DataOptions, Dataset, load};
pub use error::DataError;
pub use files::left_out;
pub use labels::{LabelMap, Meaning, Target};
pub(crate) use layouts::{CellTable, truth};
pub use layouts::{LAYOUTS, LabelTable, Layout};
pub use mask::{Levels, MaskError, MaskFiles};
pub use notes::Note;
pub use question::Question;
