//! Tables in Parquet files: named columns of a few types, written whole.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, KeyValue};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Integers.
    Integers(Vec<Option<i64>>),
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// Truth values.
    Truths(Vec<Option<bool>>),
    /// Text.
    Texts(Vec<Option<String>>),
    /// A list of numbers in each cell; an absent list is an empty one.
    Lists(Vec<Vec<f32>>),
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
}

/// Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
}

/// What a file says of itself beside its rows, by key.
pub type Notes = BTreeMap<String, String>;

/// Why a file is no table of ours.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not readable as Parquet.
    #[error("it is no readable Parquet file: {0}")]
    Parquet(#[from] ParquetError),
    /// Written by another version.
    #[error(
        "it is written in schema {found}, this heatlens reads {expected}: make the run anew, or use the version that \
         made it"
    )]
    Schema {
        /// What the file says.
        found: String,
        /// What is read.
        expected: String,
    },
    /// A column is missing or of another type.
    #[error("the column `{0}` is missing or of another type")]
    Column(String),
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// [`TableError::Column`].
    pub fn column(&self, name: &str) -> Result<&Cells, TableError> {
        let column = self.columns.iter().find(|column| column.name == name);
        column.map(|column| &column.cells).ok_or_else(|| TableError::Column(name.to_owned()))
    }

    /// The table as a Parquet file of one row group, the same bytes for the same cells and notes.
    ///
    /// # Errors
    /// [`TableError::Parquet`] never in practice: memory takes what is written.
    pub fn to_parquet(&self, notes: &[(&str, &str)]) -> Result<Vec<u8>, TableError> {
        let fields: String = self.columns.iter().map(|column| column.cells.declaration(&column.name)).collect();
        let message = Arc::new(parse_message_type(&format!("message row {{ {fields} }}"))?);
        let notes = notes.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned())).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(notes))
            .set_created_by(concat!("heatlens ", env!("CARGO_PKG_VERSION")).to_owned());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, message, Arc::new(properties.build()))?;
        let mut group = writer.next_row_group()?;
        for column in &self.columns {
            let writer = group.next_column()?.expect("a column for each field");
            column.cells.write(writer)?;
        }
        group.close()?;
        writer.close()?;
        Ok(bytes)
    }

    /// The notes alone of what [`Table::to_parquet`] wrote.
    ///
    /// # Errors
    /// [`TableError::Parquet`].
    pub fn notes(bytes: Bytes) -> Result<Notes, TableError> {
        guarded(|| Ok(notes(SerializedFileReader::new(bytes)?.metadata().file_metadata())))
    }

    /// Reads what [`Table::to_parquet`] wrote: the notes and the table.
    ///
    /// # Errors
    /// As [`TableError`].
    pub fn from_parquet(bytes: Bytes) -> Result<(Notes, Table), TableError> {
        guarded(|| Table::read(bytes))
    }

    fn read(bytes: Bytes) -> Result<(Notes, Table), TableError> {
        let reader = SerializedFileReader::new(bytes)?;
        let metadata = reader.metadata().file_metadata();
        let fields = metadata.schema().get_fields();
        let mut table = Table { columns: Vec::with_capacity(fields.len()) };
        for field in fields {
            let name = field.name().to_owned();
            let i = table.columns.len();
            let mut cells: Option<Cells> = None;
            for group in 0..reader.num_row_groups() {
                let group = reader.get_row_group(group)?;
                let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
                let read = Cells::read(group.get_column_reader(i)?, rows, &name)?;
                match &mut cells {
                    Some(cells) => cells.extend(read),
                    None => cells = Some(read),
                }
            }
            table.columns.push(Column { cells: cells.ok_or_else(|| TableError::Column(name.clone()))?, name });
        }
        Ok((notes(metadata), table))
    }
}

/// The reader asserts what files say, and runs come from strangers, too.
fn guarded<T>(read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("its reader gave up".into()).into()))
}

fn notes(metadata: &FileMetaData) -> Notes {
    let notes = metadata.key_value_metadata().into_iter().flatten();
    notes.filter_map(|note| Some((note.key.clone(), note.value.clone()?))).collect()
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Integers(cells) => cells.len(),
            Cells::Numbers(cells) => cells.len(),
            Cells::Truths(cells) => cells.len(),
            Cells::Texts(cells) => cells.len(),
            Cells::Lists(cells) => cells.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends cells of the same type; others are another column's and never come here.
    fn extend(&mut self, more: Cells) {
        match (self, more) {
            (Cells::Integers(cells), Cells::Integers(more)) => cells.extend(more),
            (Cells::Numbers(cells), Cells::Numbers(more)) => cells.extend(more),
            (Cells::Truths(cells), Cells::Truths(more)) => cells.extend(more),
            (Cells::Texts(cells), Cells::Texts(more)) => cells.extend(more),
            (Cells::Lists(cells), Cells::Lists(more)) => cells.extend(more),
            _ => unreachable!("a column has one type in all row groups"),
        }
    }

    fn declaration(&self, name: &str) -> String {
        match self {
            Cells::Integers(_) => format!("optional int64 {name}; "),
            Cells::Numbers(_) => format!("optional double {name}; "),
            Cells::Truths(_) => format!("optional boolean {name}; "),
            Cells::Texts(_) => format!("optional binary {name} (STRING); "),
            Cells::Lists(_) => {
                format!("required group {name} (LIST) {{ repeated group list {{ required float element; }} }} ")
            }
        }
    }

    fn write(&self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match (self, column.untyped()) {
            (Cells::Integers(cells), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(&present(cells), Some(&levels(cells)), None)?;
            }
            (Cells::Numbers(cells), ColumnWriter::DoubleColumnWriter(writer)) => {
                writer.write_batch(&present(cells), Some(&levels(cells)), None)?;
            }
            (Cells::Truths(cells), ColumnWriter::BoolColumnWriter(writer)) => {
                writer.write_batch(&present(cells), Some(&levels(cells)), None)?;
            }
            (Cells::Texts(cells), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let texts: Vec<ByteArray> = cells.iter().flatten().map(|text| ByteArray::from(text.as_str())).collect();
                writer.write_batch(&texts, Some(&levels(cells)), None)?;
            }
            (Cells::Lists(cells), ColumnWriter::FloatColumnWriter(writer)) => {
                let values: Vec<f32> = cells.iter().flatten().copied().collect();
                // An empty list still takes an entry, without a value.
                let defined: Vec<i16> =
                    cells.iter().flat_map(|list| vec![i16::from(!list.is_empty()); list.len().max(1)]).collect();
                let repeated: Vec<i16> =
                    cells.iter().flat_map(|list| (0..list.len().max(1)).map(|i| i16::from(i > 0))).collect();
                writer.write_batch(&values, Some(&defined), Some(&repeated))?;
            }
            _ => unreachable!("the column is declared from its cells"),
        }
        column.close()
    }

    fn read(column: ColumnReader, rows: usize, name: &str) -> Result<Cells, TableError> {
        Ok(match column {
            ColumnReader::Int64ColumnReader(reader) => Cells::Integers(optional::<Int64Type>(reader, rows)?),
            ColumnReader::DoubleColumnReader(reader) => Cells::Numbers(optional::<DoubleType>(reader, rows)?),
            ColumnReader::BoolColumnReader(reader) => Cells::Truths(optional::<BoolType>(reader, rows)?),
            ColumnReader::ByteArrayColumnReader(reader) => {
                let texts = optional::<ByteArrayType>(reader, rows)?;
                let text = |bytes: ByteArray| String::from_utf8_lossy(bytes.data()).into_owned();
                Cells::Texts(texts.into_iter().map(|bytes| bytes.map(text)).collect())
            }
            ColumnReader::FloatColumnReader(mut reader) => {
                let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
                reader.read_records(rows, Some(&mut defined), Some(&mut repeated), &mut values)?;
                Cells::Lists(lists(&values, &defined, &repeated))
            }
            _ => return Err(TableError::Column(name.to_owned())),
        })
    }
}

fn present<T: Clone>(cells: &[Option<T>]) -> Vec<T> {
    cells.iter().flatten().cloned().collect()
}

fn levels<T>(cells: &[Option<T>]) -> Vec<i16> {
    cells.iter().map(|cell| i16::from(cell.is_some())).collect()
}

fn optional<T: DataType>(
    mut reader: parquet::column::reader::ColumnReaderImpl<T>,
    rows: usize,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (mut values, mut defined) = (Vec::new(), Vec::new());
    reader.read_records(rows, Some(&mut defined), None, &mut values)?;
    let mut values = values.into_iter();
    Ok(defined.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect())
}

fn lists(values: &[f32], defined: &[i16], repeated: &[i16]) -> Vec<Vec<f32>> {
    let mut lists: Vec<Vec<f32>> = Vec::new();
    let mut values = values.iter();
    for (&defined, &repeated) in defined.iter().zip(repeated) {
        if repeated == 0 {
            lists.push(Vec::new());
        }
        if let (1, Some(list), Some(&value)) =
            (defined, lists.last_mut(), if defined == 1 { values.next() } else { None })
        {
            list.push(value);
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |name: &str, cells| Column { name: name.to_owned(), cells };
        Table {
            columns: vec![
                column("index", Cells::Integers(vec![Some(1), None, Some(-3)])),
                column("score", Cells::Numbers(vec![None, Some(0.25), Some(f64::INFINITY)])),
                column("empty", Cells::Truths(vec![Some(true), Some(false), None])),
                column("name", Cells::Texts(vec![Some("ä".into()), None, Some(String::new())])),
                column("values", Cells::Lists(vec![vec![], vec![1.0, -2.0], vec![0.5]])),
            ],
        }
    }

    #[test]
    fn a_table_comes_back_as_it_went() {
        let notes = [("schema", "maps 1"), ("part", "3")];
        let bytes = table().to_parquet(&notes).unwrap();
        assert_eq!(bytes, table().to_parquet(&notes).unwrap(), "the same bytes for the same cells");
        let (found, read) = Table::from_parquet(bytes.clone().into()).unwrap();
        assert_eq!((&read, found["schema"].as_str(), found["part"].as_str()), (&table(), "maps 1", "3"));
        assert_eq!(Table::notes(bytes.into()).unwrap(), found);
    }

    #[test]
    fn broken_bytes_are_refused() {
        let bytes = table().to_parquet(&[]).unwrap();
        for cut in [0, 3, bytes.len() / 2, bytes.len() - 1] {
            assert!(Table::from_parquet(bytes[..cut].to_vec().into()).is_err());
        }
    }

    #[test]
    fn a_table_without_rows_keeps_its_columns() {
        let empty = Table { columns: vec![Column { name: "values".into(), cells: Cells::Lists(Vec::new()) }] };
        assert_eq!(Table::from_parquet(empty.to_parquet(&[]).unwrap().into()).unwrap().1, empty);
    }
}
