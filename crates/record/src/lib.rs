//! What a run leaves on disk, typed: `run.json` ([`RunRecord`]), the measurements in parts
//! ([`ImageRow`], [`MapRow`], [`CauseRow`], [`RemainderRow`]) and the tables that people open
//! ([`PredictionTable`]), in a [`RunDirectory`] over a [`Store`].
//!
//! Nothing here measures or concludes: whoever writes a run and whoever reads it meet in these
//! types. What is documented of the files stands in `docs/run.md`, made from the same columns.

#![forbid(unsafe_code)]

mod begun;
mod cells;
pub mod cues;
mod date;
mod difference;
mod directory;
mod error;
mod fingerprint;
mod lock;
mod parts;
mod predictions;
pub mod regions;
mod row;
mod rows;
mod run_json;
mod run_record;
mod seal;
mod store;
mod table;
mod upgrade;
mod words;

pub use cells::{plain_text, text_cell};
pub use date::today;
pub use difference::Difference;
pub use directory::RunDirectory;
pub use error::RunError;
pub use fingerprint::Fingerprint;
pub use lock::Lock;
pub use parts::{Inspection, Measured, PART, Part};
pub use predictions::{Columns, PredictionRow, PredictionTable, TableWriter, Totals};
pub use row::Row;
pub use rows::{CauseRow, ImageRow, MapRow, RemainderRow};
pub use run_record::{
    CheckRecord, ConstantRecord, DataRecord, ExclusionRecord, ExperimentsRecord, InputRecord, LabelRecord, LayerRecord,
    ModelRecord, PicturesRecord, PreprocessingRecord, RunRecord, SmoothingRecord, SummaryRecord, Task, TwinRecord,
    TwinsRecord, ValueRecord,
};
pub use store::{Content, Durability, LocalStore, Store};
pub use table::{Cells, Column, Notes, Table, TableError};
pub use upgrade::SCHEMA;
pub use words::{are, count, have};
