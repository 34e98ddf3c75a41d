//! How rows are kept on disk: Parquet files with a versioned schema.

pub(crate) mod record;
mod table;

pub use record::{Cell, Record};
pub use table::{Cells, Column, Table, TableError};
