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
mod labelled;
mod labels;
mod layouts;
mod mask;
mod notes;
mod present;
mod question;
mod table;

pub(crate) use advice::{Read, readings};
pub use case::{Case, Exclusion, Reason};
pub use columns::{Column, ColumnKind};
pub use dataset::{DataOptions, Dataset, load};
pub use error::DataError;
pub use files::left_out;
pub(crate) use labelled::CellTable;
pub use labelled::LabelTable;
pub use labels::{LabelMap, Meaning, Target};
pub use layouts::{LAYOUTS, Layout};
pub use mask::{Levels, MaskError, MaskFiles};
pub use notes::Note;
pub(crate) use present::Present;
pub use question::Question;
