//! Rows as structs: each field is a column of its name.

use bytes::Bytes;

use super::table::{Cells, Column, Table, TableError};

/// The key under which a file says how its columns are to be read.
const SCHEMA_KEY: &str = "heatlens.schema";

/// A type that is a cell of a table.
pub trait Cell: Sized {
    /// An empty column of this type.
    fn column() -> Cells;
    /// Appends to a column made by [`Cell::column`].
    fn push(&self, cells: &mut Cells);
    /// The cell at a row; `None` where the column is of another type or the cell is empty and may
    /// not be.
    fn get(cells: &Cells, row: usize) -> Option<Self>;
}

macro_rules! cells {
    ($($ty:ty => $variant:ident as $stored:ty),* $(,)?) => {$(
        impl Cell for $ty {
            fn column() -> Cells {
                Cells::$variant(Vec::new())
            }
            fn push(&self, cells: &mut Cells) {
                if let Cells::$variant(cells) = cells { cells.push(Some(self.clone() as $stored)); }
            }
            fn get(cells: &Cells, row: usize) -> Option<Self> {
                let Cells::$variant(cells) = cells else { return None };
                cells.get(row)?.clone().map(|cell| cell as $ty)
            }
        }
        impl Cell for Option<$ty> {
            fn column() -> Cells {
                Cells::$variant(Vec::new())
            }
            fn push(&self, cells: &mut Cells) {
                if let Cells::$variant(cells) = cells { cells.push(self.clone().map(|cell| cell as $stored)); }
            }
            fn get(cells: &Cells, row: usize) -> Option<Self> {
                let Cells::$variant(cells) = cells else { return None };
                Some(cells.get(row)?.clone().map(|cell| cell as $ty))
            }
        }
    )*};
}

cells! {
    i64 => Integers as i64,
    usize => Integers as i64,
    f64 => Numbers as f64,
    f32 => Numbers as f64,
    bool => Truths as bool,
    String => Texts as String,
}

impl Cell for Vec<f32> {
    fn column() -> Cells {
        Cells::Lists(Vec::new())
    }

    fn push(&self, cells: &mut Cells) {
        if let Cells::Lists(cells) = cells {
            cells.push(self.clone());
        }
    }

    fn get(cells: &Cells, row: usize) -> Option<Self> {
        let Cells::Lists(cells) = cells else { return None };
        cells.get(row).cloned()
    }
}

/// A struct whose fields are the columns of a table.
pub trait Row: Sized {
    /// Name and version of the table, kept in the file.
    const SCHEMA: &'static str;

    /// A table of rows.
    fn table(rows: &[Self]) -> Table;

    /// The rows of a table.
    ///
    /// # Errors
    /// [`TableError::Column`].
    fn rows(table: &Table) -> Result<Vec<Self>, TableError>;

    /// The column names, each with its type and meaning: the documented schema.
    fn columns() -> Vec<(&'static str, Cells, &'static str)>;

    /// Rows as a Parquet file that also says these things of itself.
    ///
    /// # Errors
    /// As [`Table::to_parquet`].
    fn to_parquet(rows: &[Self], notes: &[(&str, &str)]) -> Result<Vec<u8>, TableError> {
        Self::table(rows).to_parquet(&[&[(SCHEMA_KEY, Self::SCHEMA)], notes].concat())
    }

    /// Brings a table that was written in the schema `found` to the present one; whether it could.
    fn upgrade(found: &str, table: &mut Table) -> bool {
        let _ = (found, table);
        false
    }

    /// The rows of a Parquet file, of this or an older schema.
    ///
    /// # Errors
    /// As [`Table::from_parquet`]; [`TableError::Schema`] for a schema that is not known.
    fn from_parquet(bytes: Bytes) -> Result<Vec<Self>, TableError> {
        let (mut notes, mut table) = Table::from_parquet(bytes)?;
        let found = notes.remove(SCHEMA_KEY).unwrap_or_else(|| "unknown".to_owned());
        if found != Self::SCHEMA && !Self::upgrade(&found, &mut table) {
            return Err(TableError::Schema { found, expected: Self::SCHEMA.to_owned() });
        }
        Self::rows(&table)
    }
}

/// A cell of a column by name.
pub(crate) fn cell<T: Cell>(table: &Table, name: &str, row: usize) -> Result<T, TableError> {
    T::get(table.column(name)?, row).ok_or_else(|| TableError::Column(name.to_owned()))
}

/// A column from a field of each row.
pub(crate) fn column<T: Cell, R>(name: &str, rows: &[R], field: impl Fn(&R) -> &T) -> Column {
    let mut cells = T::column();
    rows.iter().for_each(|row| field(row).push(&mut cells));
    Column { name: name.to_owned(), cells }
}

/// Declares a struct whose fields are columns; the doc comment of a field is the column's
/// documentation.
macro_rules! row {
    (
        $(#[$outer:meta])*
        $vis:vis struct $name:ident = $schema:literal $(, or older by $upgrade:path)? {
            $($(#[doc = $doc:literal])+ $field:ident : $ty:ty,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $name { $($(#[doc = $doc])+ pub $field: $ty,)* }

        impl $crate::Row for $name {
            const SCHEMA: &'static str = $schema;

            fn table(rows: &[Self]) -> $crate::Table {
                let columns = vec![
                    $($crate::row::column(stringify!($field), rows, |row: &Self| &row.$field)),*
                ];
                $crate::Table { columns }
            }

            fn rows(table: &$crate::Table) -> Result<Vec<Self>, $crate::TableError> {
                (0..table.rows())
                    .map(|row| Ok($name { $($field: $crate::row::cell(table, stringify!($field), row)?),* }))
                    .collect()
            }

            $(fn upgrade(found: &str, table: &mut $crate::Table) -> bool {
                $upgrade(found, table)
            })?

            fn columns() -> Vec<(&'static str, $crate::Cells, &'static str)> {
                vec![$(
                    (stringify!($field), <$ty as $crate::row::Cell>::column(), concat!($($doc),+).trim_ascii())
                ),*]
            }
        }
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    row! {
        /// For the test.
        struct Sample = "sample 1" {
            /// Position.
            index: usize,
            /// A figure, if known.
            figure: Option<f64>,
            /// Values.
            values: Vec<f32>,
        }
    }

    #[test]
    fn rows_come_back_and_columns_are_documented() {
        let rows = vec![
            Sample { index: 3, figure: None, values: vec![1.0] },
            Sample { index: 4, figure: Some(0.5), values: vec![] },
        ];
        assert_eq!(Sample::from_parquet(Sample::to_parquet(&rows, &[]).unwrap().into()).unwrap(), rows);
        assert_eq!(Sample::columns()[1].2, "A figure, if known.");
        let missing = Table { columns: vec![column("index", &rows, |row| &row.index)] };
        assert!(matches!(Sample::rows(&missing), Err(TableError::Column(name)) if name == "figure"));
    }
}
