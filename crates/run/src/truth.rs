//! What is true of images whose outputs are no classes: labels of which several are present, or
//! values.

use std::collections::BTreeMap;
use std::path::Path;

use heatlens::{Head, Model};
use heatlens_record::{count, have};

use crate::data::{CellTable, DataError, Present, Target};
use crate::inputs::Source;
use crate::labels::{LabelOptions, LabelSource, Rows, folder, nothing};

/// What is true of an image.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// It is of this class.
    Class(usize),
    /// Whether each label is present, where known.
    Labels(Vec<Option<bool>>),
    /// Each value, where known.
    Values(Vec<Option<f32>>),
}

/// What is true of each image of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Truths {
    /// One an image; `None` where nothing is known.
    pub of: Vec<Option<Truth>>,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
}

impl LabelOptions {
    /// What is true of each source, as the head of the model needs it.
    ///
    /// # Errors
    /// If no image has a label, or a label is none of the model's.
    pub fn truths(&self, sources: &[Source], model: &Model) -> Result<Truths, DataError> {
        if model.head().is_of_one_class() {
            let labels = self.of(sources, model)?;
            let of = labels.classes.into_iter().map(|class| class.map(Truth::Class)).collect();
            return Ok(Truths { of, notes: labels.notes });
        }
        let Some(source) = &self.source else {
            return Ok(Truths { of: vec![None; sources.len()], notes: Vec::new() });
        };
        let reader = Reader { options: self, names: model.classes(), head: model.head() };
        let (of, note) = reader.read(source, sources)?;
        if of.iter().all(Option::is_none) {
            let path = match source {
                LabelSource::Folders => sources.first().and_then(|source| source.path.parent()).unwrap_or("".as_ref()),
                LabelSource::Table(path) => path,
            };
            return Err(nothing(source, path, sources, model));
        }
        let mut notes: Vec<String> = note.into_iter().collect();
        notes.extend(reader.notes(&of, sources));
        Ok(Truths { of, notes })
    }
}

struct Reader<'a> {
    options: &'a LabelOptions,
    names: &'a [String],
    head: Head,
}

impl Reader<'_> {
    /// What is true of each source, and what was assumed to find it.
    fn read(
        &self,
        source: &LabelSource,
        sources: &[Source],
    ) -> Result<(Vec<Option<Truth>>, Option<String>), DataError> {
        match source {
            LabelSource::Folders => Ok((sources.iter().map(|source| self.of_folder(source)).collect(), None)),
            LabelSource::Table(path) => {
                let table = CellTable::read(path, self.names)?;
                if table.is_list && self.head == Head::Values && self.names.len() > 1 {
                    let what = format!("a column for each value is needed: {}", self.names.join(", "));
                    return Err(DataError::Table { path: path.clone(), line: Some(1), what });
                }
                let rows = Rows::of(path, table.rows);
                let truth = |source: &Source| match rows.found(&source.path)? {
                    Some(cells) => self.of_cells(path, table.is_list, cells),
                    None => Ok(None),
                };
                Ok((sources.iter().map(truth).collect::<Result<_, _>>()?, table.note))
            }
        }
    }

    /// The one label that a folder is named after.
    fn of_folder(&self, source: &Source) -> Option<Truth> {
        let name = folder(&source.path)?;
        match self.head {
            Head::Sigmoids => {
                let present = self.present().among(&name).ok()?;
                Some(Truth::Labels(present.into_iter().map(Some).collect()))
            }
            _ => name.parse().ok().filter(|_| self.names.len() == 1).map(|value| Truth::Values(vec![Some(value)])),
        }
    }

    /// What the cells of a row say: one a name, or one that lists the labels that are present.
    fn of_cells(&self, table: &Path, is_list: bool, cells: &[Option<String>]) -> Result<Option<Truth>, DataError> {
        let wrong = |cell: &str, wanted: &str| DataError::Table {
            path: table.to_owned(),
            line: None,
            what: format!("`{cell}` is no {wanted}"),
        };
        if self.head == Head::Values {
            let value = |cell: &Option<String>| {
                cell.as_deref().map(|cell| cell.parse::<f32>().map_err(|_| wrong(cell, "number"))).transpose()
            };
            let values = cells.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            return Ok(values.iter().any(Option::is_some).then_some(Truth::Values(values)));
        }
        let present = self.present();
        let labels: Result<Vec<Option<bool>>, String> = if is_list && self.names.len() > 1 {
            let Some(list) = &cells[0] else { return Ok(None) };
            present.among(list).map(|labels| labels.into_iter().map(Some).collect())
        } else {
            let answer = |(label, cell): (usize, &Option<String>)| {
                cell.as_deref().map_or(Ok(None), |cell| present.answer(label, cell))
            };
            cells.iter().enumerate().map(answer).collect()
        };
        match labels {
            Ok(labels) => Ok(labels.iter().any(Option::is_some).then_some(Truth::Labels(labels))),
            Err(word) if self.options.map.get(&word) == Some(&Target::Exclude) => Ok(None),
            Err(word) => {
                let known = self.names.join(", ");
                let next = format!("`--labels {word}=LABEL`, {word}=none where it is none of them, or {word}=exclude");
                Err(wrong(&word, &format!("label of the model, which has {known}, and no yes or no: say {next}")))
            }
        }
    }

    fn present(&self) -> Present<'_> {
        Present { labels: self.names, map: &self.options.map }
    }

    fn notes(&self, of: &[Option<Truth>], sources: &[Source]) -> Vec<String> {
        let mut notes = Vec::new();
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for truth in of.iter().flatten() {
            let known: Vec<bool> = match truth {
                Truth::Class(_) => continue,
                Truth::Labels(labels) => labels.iter().map(Option::is_some).collect(),
                Truth::Values(values) => values.iter().map(Option::is_some).collect(),
            };
            let missing = self.names.iter().zip(known).filter(|(_, known)| !known);
            missing.for_each(|(name, _)| *unknown.entry(name).or_default() += 1);
        }
        if !unknown.is_empty() {
            let each: Vec<String> =
                unknown.iter().map(|(name, images)| format!("{name} of {}", count(*images, "image"))).collect();
            notes.push(format!("not known is {}: there nothing is counted as right or wrong", each.join(", ")));
        }
        let without = of.iter().filter(|truth| truth.is_none()).count();
        if let Some(first) = of.iter().position(Option::is_none) {
            notes.push(format!(
                "{without} of {} {} no label, such as `{}`: what has none is not counted as right or wrong",
                count(of.len(), "image"),
                have(without),
                sources[first].shown
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader<'a>(options: &'a LabelOptions, names: &'a [String], head: Head) -> Reader<'a> {
        Reader { options, names, head }
    }

    fn read(head: Head, names: &[&str], table: &str, options: &LabelOptions) -> Result<Vec<Option<Truth>>, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, table).unwrap();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let sources: Vec<Source> = (0..3).map(|i| Source::photograph(format!("{i}.png").as_ref(), "x")).collect();
        reader(options, &names, head).read(&LabelSource::Table(path), &sources).map(|(truths, _)| truths)
    }

    #[test]
    fn labels_stand_in_a_column_each_or_in_a_list() {
        let (a, b) = (Some(true), Some(false));
        let wanted = vec![Some(Truth::Labels(vec![a, b])), Some(Truth::Labels(vec![b, b])), None];
        let none = LabelOptions::default();
        for table in [
            "image,Effusion,edema\n0.png,0,1\n1.png,no,no\n",
            "image,Finding Labels\n0.png,Edema\n1.png,No Finding\n",
            "filename;label\n0.png;edema,\n1.png;None\n",
        ] {
            let read = read(Head::Sigmoids, &["Edema", "Effusion"], table, &none);
            // A cell that says `None` says nothing: the table has no other word for it.
            let expected = if table.contains(";None") { vec![wanted[0].clone(), None, None] } else { wanted.clone() };
            assert_eq!(read.unwrap(), expected, "{table}");
        }
        let both = read(Head::Sigmoids, &["Edema", "Effusion"], "image,label\n0.png,Edema|Effusion\n", &none);
        assert_eq!(both.unwrap()[0], Some(Truth::Labels(vec![a, a])));
        let open = read(Head::Sigmoids, &["Edema", "Effusion"], "image,Edema,Effusion\n0.png,-1,1\n", &none);
        assert_eq!(open.unwrap()[0], Some(Truth::Labels(vec![None, a])));
        let partly = read(Head::Sigmoids, &["Edema", "Effusion"], "image,Effusion\n0.png,1\n", &none);
        assert_eq!(partly.unwrap()[0], Some(Truth::Labels(vec![None, a])));
        let unknown = read(Head::Sigmoids, &["Edema"], "image,label\n0.png,Oedema\n", &none).unwrap_err().to_string();
        assert!(unknown.contains("--labels Oedema=LABEL"), "{unknown}");
        let mapped = LabelOptions::parse(["Oedema=Edema"]).unwrap();
        assert_eq!(
            read(Head::Sigmoids, &["Edema"], "image,label\n0.png,Oedema\n", &mapped).unwrap()[0],
            Some(Truth::Labels(vec![a]))
        );
    }

    #[test]
    fn values_stand_in_a_column_of_their_name_or_in_the_label_column() {
        let none = LabelOptions::default();
        let value = |value| Some(Truth::Values(vec![Some(value)]));
        for table in ["image,CDR\n0.png,0.4\n1.png,0.75\n", "image,label\n0.png,0.4\n1.png,0.75\n"] {
            let read = read(Head::Values, &["cdr"], table, &none).unwrap();
            assert_eq!(read, [value(0.4), value(0.75), None], "{table}");
        }
        let wrong = read(Head::Values, &["cdr"], "image,label\n0.png,large\n", &none).unwrap_err().to_string();
        assert!(wrong.contains("`large` is no number"), "{wrong}");
        let one_column = read(Head::Values, &["h", "v"], "image,label\n0.png,0.4\n", &none).unwrap_err().to_string();
        assert!(one_column.contains("a column for each value is needed: h, v"), "{one_column}");
        let two = read(Head::Values, &["h", "v"], "image,h,v\n0.png,0.4,\n1.png,,\n", &none).unwrap();
        assert_eq!(two, [Some(Truth::Values(vec![Some(0.4), None])), None, None]);
    }
}
