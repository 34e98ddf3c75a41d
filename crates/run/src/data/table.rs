//! CSV tables by the names of their columns.

use std::path::{Path, PathBuf};

use heatlens_files::Kind;
use heatlens_record::plain_text;

use super::error::nearest;
use super::{DataError, files};

/// A table in memory.
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row, as many cells as there are headers.
pub(super) struct Row {
    pub(super) line: u64,
    cells: Vec<String>,
}

impl Row {
    /// A cell's text; `None` where it says that there is nothing.
    pub(super) fn get(&self, column: usize) -> Option<&str> {
        let text = self.cells[column].as_str();
        let blank =
            ["", "na", "n/a", "nan", "none", "null", "not reported"].iter().any(|b| text.eq_ignore_ascii_case(b));
        (!blank).then_some(text)
    }
}

impl Table {
    /// Reads a table separated by commas, semicolons or tabs.
    pub(super) fn read(path: &Path) -> Result<Table, DataError> {
        let records = records(path)?;
        let Some((_, headers)) = records.first() else {
            return Err(DataError::Table {
                path: path.to_owned(),
                line: None,
                what: "the table is empty; it needs a line of column names".into(),
            });
        };
        let headers: Vec<String> = headers.clone();
        let mut rows = Vec::with_capacity(records.len() - 1);
        // Spreadsheets leave rows of separators behind.
        for (line, cells) in records.into_iter().skip(1).filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        {
            if cells.len() != headers.len() {
                let what = format!(
                    "{} cells under {} column names; quote cells that hold the separator",
                    cells.len(),
                    headers.len()
                );
                return Err(DataError::Table { path: path.to_owned(), line: Some(line), what });
            }
            rows.push(Row { line, cells });
        }
        if rows.is_empty() {
            return Err(DataError::Table {
                path: path.to_owned(),
                line: None,
                what: "the table has column names but no rows".into(),
            });
        }
        Ok(Table { path: path.to_owned(), headers, rows })
    }

    /// Refuses a table in which two columns have one name, in any case: which of them is meant
    /// cannot be known.
    pub(super) fn refuse_twins(&self) -> Result<(), DataError> {
        let is_twin =
            |(i, name): (usize, &String)| self.headers[..i].iter().any(|before| before.eq_ignore_ascii_case(name));
        match self.headers.iter().enumerate().find(|&(i, name)| !name.is_empty() && is_twin((i, name))) {
            None => Ok(()),
            Some((_, name)) => {
                let what = format!("two columns are named `{name}`; rename one of them, or take it out");
                Err(DataError::Table { path: self.path.clone(), line: Some(1), what })
            }
        }
    }

    /// The first column with one of these names, in any case.
    pub(super) fn optional(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.headers.iter().position(|h| h.eq_ignore_ascii_case(name)))
    }

    /// The same, needed for `what`.
    pub(super) fn column(&self, what: &'static str, names: &[&str]) -> Result<usize, DataError> {
        self.optional(names).ok_or_else(|| DataError::MissingColumn {
            path: self.path.clone(),
            what,
            needed: names.iter().map(|n| format!("`{n}`")).collect(),
            have: self.headers.clone(),
            nearest: names
                .iter()
                .find_map(|name| nearest(name, self.headers.iter().map(String::as_str)))
                .map(str::to_owned),
        })
    }

    /// An error about one row.
    pub(super) fn complain(&self, row: &Row, what: String) -> DataError {
        DataError::Table { path: self.path.clone(), line: Some(row.line), what }
    }
}

/// All records with their lines, without assuming a header.
pub(super) fn records(path: &Path) -> Result<Vec<(u64, Vec<String>)>, DataError> {
    if files::has_extension(path, heatlens_imaging::EXTENSIONS) {
        let what = "this is an image, no table: name the folder it lies in, or a table that lists it".into();
        return Err(DataError::Table { path: path.to_owned(), line: None, what });
    }
    let bytes =
        heatlens_files::read(path, Kind::Table).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let fail = |line, what| DataError::Table { path: path.to_owned(), line, what };
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(fail(None, "this is a spreadsheet: open it and save it as CSV".into()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator(bytes))
        .from_reader(bytes);
    let mut records = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| match error.kind() {
            csv::ErrorKind::Utf8 { pos, .. } => {
                fail(pos.as_ref().map(csv::Position::line), "not UTF-8: save the table as UTF-8".into())
            }
            _ => fail(error.position().map(csv::Position::line), error.to_string()),
        })?;
        // The reader's own count is one short after `\r\n`, where a record begins at the `\n`.
        let start = record.position().map_or(counted, |p| p.byte() as usize);
        let start = start + bytes[start..].iter().take_while(|b| b"\r\n".contains(b)).count();
        line += bytes[counted..start].iter().filter(|&&b| b == b'\n').count() as u64;
        counted = start;
        records.push((line, record.iter().map(|cell| plain_text(cell).to_owned()).collect()));
    }
    Ok(records)
}

/// The separator that the first line has most of.
fn separator(bytes: &[u8]) -> u8 {
    let first = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first.iter().filter(|&&b| b == separator).count();
    // The first of equals is the comma.
    *b"\t;,".iter().max_by_key(|&&s| count(s)).unwrap_or(&b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &[u8]) -> Result<Table, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        Table::read(&path)
    }

    #[test]
    fn separators_and_marks_at_the_start_are_seen_through() {
        for text in ["\u{feff}Image,Label\n a.jpg , x \n", "Image;Label\na.jpg;x\n", "Image\tLabel\r\na.jpg\tx\r\n"] {
            let table = table(text.as_bytes()).unwrap();
            assert_eq!(table.column("image", &["image"]).unwrap(), 0, "{text}");
            assert_eq!((table.rows[0].get(0), table.rows[0].get(1), table.rows[0].line), (Some("a.jpg"), Some("x"), 2));
        }
        assert_eq!(table(b"a,b\n1,N/A\n").unwrap().rows[0].get(1), None);
        let rows = table(b"a,b\n1,2\n,\n3,4\n,,,\n").unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4], "blank rows are no rows");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let said = |text: &[u8]| table(text).err().unwrap().to_string();
        assert!(said(b"").contains("empty"));
        assert!(said(b"a,b\n").contains("no rows"));
        assert!(said(b"a,b\n1,2\n3\n").contains("line 3"));
        assert!(said(b"a,b\n1,\xff\n").contains("UTF-8"));
        assert!(said(b"PK\x03\x04....").contains("save it as CSV"));
        let missing =
            table(b"imgae,lable\na.jpg,x\n").unwrap().column("image", &["image", "path"]).unwrap_err().to_string();
        assert!(
            missing.contains("`image` or `path`")
                && missing.contains("`imgae`, `lable`")
                && missing.contains("is `imgae` meant"),
            "{missing}"
        );
    }
}
