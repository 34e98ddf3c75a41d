//! Columns of a table that name images and say what is true of them.

use std::path::Path;

use super::table::{Row, Table};
use super::{DataError, LabelMap, Question};
use crate::classes::is_healthy;

/// A table that gives images labels, and nothing else that is looked at.
pub struct LabelTable {
    /// Image and label of each row that has both, as written.
    pub rows: Vec<(String, String)>,
    /// What was assumed, in words the user should see.
    pub note: Option<String>,
}

impl LabelTable {
    /// Reads a table with an image and a label column, named as in a manifest.
    ///
    /// # Errors
    /// As [`load`](crate::data::load).
    pub fn read(path: &Path) -> Result<LabelTable, DataError> {
        let table = Table::read(path)?;
        table.refuse_twins()?;
        let image = table.column("image", &IMAGE)?;
        let labels = Labels::of(&table)?;
        let pair = |row: &Row| Some((row.get(image)?.to_owned(), labels.written(&table, row)?));
        let rows = table.rows.iter().filter_map(pair).collect();
        Ok(LabelTable { rows, note: labels.chosen(&table) })
    }
}

/// A table with a cell for each of several names, or with one that lists those that are present.
pub struct CellTable {
    /// Image and cells of each row, as written.
    pub rows: Vec<(String, Vec<Option<String>>)>,
    /// Whether there is one cell only: a list of names, or the one value.
    pub is_list: bool,
    /// What was assumed, in words the user should see.
    pub note: Option<String>,
}

impl CellTable {
    /// Reads the columns of these names, as far as there are any; else the label column.
    ///
    /// # Errors
    /// As [`load`](crate::data::load).
    pub fn read(path: &Path, names: &[String]) -> Result<CellTable, DataError> {
        let table = Table::read(path)?;
        table.refuse_twins()?;
        let image = table.column("image", &IMAGE)?;
        let columns: Vec<Option<usize>> = names.iter().map(|name| table.optional(&[name])).collect();
        let is_list = columns.iter().all(Option::is_none);
        let columns = if is_list { vec![Some(table.column("label", &LABEL)?)] } else { columns };
        let cells = |row: &Row| columns.iter().map(|column| row.get((*column)?).map(str::to_owned)).collect();
        let rows = table.rows.iter().filter_map(|row| Some((row.get(image)?.to_owned(), cells(row)))).collect();
        let note = columns[0].filter(|_| is_list).and_then(|column| Labels::Column(column).chosen(&table));
        Ok(CellTable { rows, is_list, note })
    }
}

/// Where a table has its labels.
pub(super) enum Labels<'a> {
    /// As they are written in a column.
    Column(usize),
    /// In a column that is named for a finding and says of each row whether it is there.
    Finding(usize),
    /// In a column each, of which one holds a 1.
    OneHot(Vec<usize>),
    /// In a column whose cells answer a question: its own, or the one of all labels.
    Answers { column: usize, is_own: bool, question: &'a Question, map: &'a LabelMap },
}

impl<'a> Labels<'a> {
    /// Where a table has them, if it has any.
    pub(super) fn find(table: &Table) -> Option<Labels<'a>> {
        let column = table.optional(&LABEL);
        let is_named = |column: usize| {
            FINDINGS.iter().any(|name| table.headers[column].replace(' ', "_").eq_ignore_ascii_case(name))
        };
        if let Some(columns) = one_hot(table)
            && column.is_none_or(|column| columns.contains(&column))
            && columns.iter().any(|&column| is_named(column) || is_healthy(&table.headers[column]))
        {
            return Some(Labels::OneHot(columns));
        }
        let column = column?;
        let truths = table.rows.iter().all(|row| row.get(column).is_none_or(|cell| truth(cell).is_some()));
        Some(if is_named(column) && truths { Labels::Finding(column) } else { Labels::Column(column) })
    }

    /// The column of the label or value that is asked for; else the one of all labels.
    pub(super) fn answering(table: &Table, question: &'a Question, map: &'a LabelMap) -> Option<Labels<'a>> {
        let own = table.optional(&[question.name()]);
        let column = own.or_else(|| table.optional(&LABEL))?;
        Some(Labels::Answers { column, is_own: own.is_some(), question, map })
    }

    /// The same, needed.
    fn of(table: &Table) -> Result<Labels<'a>, DataError> {
        Labels::find(table).map_or_else(|| table.column("label", &LABEL).map(Labels::Column), Ok)
    }

    /// The columns they are read from.
    pub(super) fn columns(&self) -> &[usize] {
        match self {
            Labels::Column(column) | Labels::Finding(column) | Labels::Answers { column, .. } => {
                std::slice::from_ref(column)
            }
            Labels::OneHot(columns) => columns,
        }
    }

    /// Says which column was read where others are named as columns of labels are, too.
    pub(super) fn chosen(&self, table: &Table) -> Option<String> {
        let column = match self {
            Labels::Column(column) | Labels::Finding(column) | Labels::Answers { column, is_own: false, .. } => *column,
            Labels::OneHot(_) | Labels::Answers { .. } => return None,
        };
        let named = LABEL.iter().filter_map(|name| table.optional(&[name])).filter(|&other| other != column);
        let others: Vec<String> = named.map(|other| format!("`{}`", table.headers[other])).collect();
        (!others.is_empty()).then(|| {
            let read = &table.headers[column];
            format!("labels are read from the column `{read}`, not from {} (`label` comes first)", others.join(", "))
        })
    }

    /// The label of a row in words.
    pub(super) fn written(&self, table: &Table, row: &Row) -> Option<String> {
        match self {
            Labels::Column(column) => row.get(*column).map(str::to_owned),
            Labels::Answers { column, is_own, question, map } => {
                row.get(*column).map(|cell| question.class(cell, *is_own, map))
            }
            Labels::Finding(column) => {
                Some(if truth(row.get(*column)?)? { FINDING.to_owned() } else { format!("no {FINDING}") })
            }
            Labels::OneHot(columns) => {
                let is_one = |column: &&usize| row.get(**column).is_some_and(|cell| truth(cell) == Some(true));
                columns.iter().find(is_one).map(|&column| table.headers[column].clone())
            }
        }
    }
}

/// The columns that hold nothing but 0 and 1, where in every row one alone holds a 1.
fn one_hot(table: &Table) -> Option<Vec<usize>> {
    let number = |cell: Option<&str>| cell.and_then(|cell| cell.parse::<f64>().ok());
    let is_bit = |column: &usize| {
        let bit = |row: &Row| number(row.get(*column)).is_some_and(|cell| cell == 0.0 || cell == 1.0);
        !table.headers[*column].is_empty() && table.rows.iter().all(bit)
    };
    let bits: Vec<usize> = (0..table.headers.len()).filter(is_bit).collect();
    let sum = |row: &Row| bits.iter().filter_map(|&column| number(row.get(column))).sum::<f64>();
    (bits.len() > 1 && table.rows.iter().all(|row| sum(row) == 1.0)).then_some(bits)
}

/// What a cell says of a finding: there, or not.
pub(crate) fn truth(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().trim_end_matches(".0") {
        "1" | "yes" | "y" | "true" | "positive" => Some(true),
        "0" | "no" | "n" | "false" | "negative" => Some(false),
        _ => None,
    }
}

/// The name of a column that says of each eye whether it has glaucoma.
const FINDING: &str = "glaucoma";

/// Other names of the same.
const FINDINGS: [&str; 4] = [FINDING, "is_glaucoma", "has_glaucoma", "glaucoma_label"];

pub(super) const IMAGE: [&str; 21] = [
    "image",
    "path",
    "file",
    "filename",
    "image_path",
    "image name",
    "image_name",
    "image_id",
    "challenge_id",
    "names",
    "fundus",
    "id_code",
    "img",
    "img_path",
    "img_name",
    "image_file",
    "image index",
    "file_name",
    "filepath",
    "file_path",
    "id",
];
/// Columns of labels, of lists of them, or of the one value: the first that there is.
pub(super) const LABEL: [&str; 21] = [
    "label",
    "class",
    "target",
    "diagnosis",
    FINDING,
    "is_glaucoma",
    "has_glaucoma",
    "glaucoma_label",
    "types",
    "labels",
    "class_name",
    "classes",
    "category",
    "finding labels",
    "findings",
    "grade",
    "level",
    "ground_truth",
    "gt",
    "dx",
    "value",
];
