//! A table with a row an image.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::files::completed;
use super::super::table::{Row, Table};
use super::{Entry, Layout, Listing};
use heatlens_anatomy::Side;

use crate::classes::is_healthy;
use crate::data::{DataError, DataOptions, MaskFiles, Question};

/// The name of the table in a folder.
pub(super) const FILE: &str = "manifest.csv";

pub(super) const LAYOUT: Layout = Layout {
    name: "manifest",
    about: "a CSV table: image, and where known label, split, mask, patient, eye; further columns become subgroups; \
        paths relative to it",
    labels: &[],
    advice: "",
    list,
};

/// A table that gives images labels, and nothing else that is looked at.
pub struct LabelTable {
    /// Image and label of each row that has both, as written.
    pub rows: Vec<(String, String)>,
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
        Ok(LabelTable { rows: table.rows.iter().filter_map(pair).collect() })
    }
}

/// A table with a cell for each of several names, or with one that lists those that are present.
pub struct CellTable {
    /// The file.
    pub path: PathBuf,
    /// Image and cells of each row, as written.
    pub rows: Vec<(String, Vec<Option<String>>)>,
    /// Whether there is one cell only: a list of names, or the one value.
    pub is_list: bool,
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
        let columns = if is_list { vec![Some(table.column("label", &LABELS)?)] } else { columns };
        let cells = |row: &Row| columns.iter().map(|column| row.get((*column)?).map(str::to_owned)).collect();
        let rows = table.rows.iter().filter_map(|row| Some((row.get(image)?.to_owned(), cells(row)))).collect();
        Ok(CellTable { path: path.to_owned(), rows, is_list })
    }
}

/// Where a table has its labels.
enum Labels {
    /// As they are written in a column.
    Column(usize),
    /// In a column that is named for a finding and says of each row whether it is there.
    Finding(usize),
    /// In a column each, of which one holds a 1.
    OneHot(Vec<usize>),
    /// In a column whose cells answer a question.
    Answers(usize, Question),
}

impl Labels {
    /// Where a table has them, if it has any.
    fn find(table: &Table) -> Option<Labels> {
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
    fn answering(table: &Table, question: &Question) -> Option<Labels> {
        let column = table.optional(&[question.name()]).or_else(|| table.optional(&LABELS))?;
        Some(Labels::Answers(column, question.clone()))
    }

    /// The same, needed.
    fn of(table: &Table) -> Result<Labels, DataError> {
        Labels::find(table).map_or_else(|| table.column("label", &LABEL).map(Labels::Column), Ok)
    }

    /// The columns they are read from.
    fn columns(&self) -> &[usize] {
        match self {
            Labels::Column(column) | Labels::Finding(column) | Labels::Answers(column, _) => {
                std::slice::from_ref(column)
            }
            Labels::OneHot(columns) => columns,
        }
    }

    /// The label of a row in words.
    fn written(&self, table: &Table, row: &Row) -> Option<String> {
        match self {
            Labels::Column(column) => row.get(*column).map(str::to_owned),
            Labels::Answers(column, question) => row.get(*column).map(|cell| question.class(cell)),
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

const IMAGE: [&str; 21] = [
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
const LABEL: [&str; 17] = [
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
    "category",
    "grade",
    "ground_truth",
    "gt",
    "dx",
    "y",
];
/// Columns that list labels, or hold the one value.
const LABELS: [&str; 11] = [
    "label",
    "labels",
    "finding labels",
    "findings",
    "class",
    "classes",
    "target",
    "diagnosis",
    "value",
    "grade",
    "level",
];
const SPLIT: [&str; 4] = ["split", "set", "part", "fold"];
const MASK: [&str; 4] = ["mask", "disc_cup_mask", "segmentation", "mask_path"];
const PATIENT: [&str; 5] = ["patient", "patient_id", "patientid", "subject", "subject_id"];
const EYE: [&str; 3] = ["eye", "laterality", "side"];

fn list(path: &Path, options: &DataOptions) -> Result<Listing, DataError> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let table = Table::read(&path)?;
    table.refuse_twins()?;
    let root = path.parent().unwrap_or(Path::new(""));
    let image = table.column("image", &IMAGE)?;
    let [split, mask, patient, eye] = [&SPLIT[..], &MASK, &PATIENT, &EYE].map(|names| table.optional(names));
    let labels = match &options.question {
        None => Labels::find(&table),
        Some(question) => Labels::answering(&table, question),
    };
    let listed = options.question.as_ref().and_then(|_| table.optional(&LABELS));
    let of_labels = labels.iter().flat_map(|labels| labels.columns()).copied().chain(listed);
    let known: HashSet<usize> =
        [Some(image), split, mask, patient, eye].into_iter().flatten().chain(of_labels).collect();
    let further: Vec<usize> =
        (0..table.headers.len()).filter(|c| !known.contains(c) && !table.headers[*c].is_empty()).collect();
    let mut entries = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let text = |column: Option<usize>| column.and_then(|c| row.get(c)).map(str::to_owned);
        let name =
            row.get(image).ok_or_else(|| table.complain(row, format!("no {} is given", table.headers[image])))?;
        let name = completed(root, name.to_owned());
        entries.push(Entry {
            image: root.join(&name),
            name,
            label: labels.as_ref().and_then(|labels| labels.written(&table, row)),
            split: text(split),
            mask: text(mask).map(|mask| MaskFiles::Grey { path: root.join(mask), levels: options.levels }),
            patient: text(patient),
            eye: eye.map(|column| parse_eye(&table, row, column)).transpose()?.flatten(),
            subgroups: further
                .iter()
                .filter_map(|&c| Some((table.headers[c].clone(), row.get(c)?.to_owned())))
                .collect(),
        });
    }
    Ok(Listing { entries, notes: Vec::new() })
}

fn parse_eye(table: &Table, row: &Row, column: usize) -> Result<Option<Side>, DataError> {
    let Some(text) = row.get(column) else { return Ok(None) };
    match Side::from_word(text) {
        Some(eye) => Ok(Some(eye)),
        None => {
            Err(table.complain(row, format!("{} `{text}` is none of right, left, OD, OS, R, L", table.headers[column])))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::{ColumnKind, DataError, DataOptions, Dataset, LabelMap, Note, Reason, load};

    const TABLE: &str = "image,label,split,mask,patient,eye,camera,vcdr\n\
        a.png,normal,train,a-mask.png,P1,OD,Topcon,0.31\n\
        b.png,glaucoma,test,,P1,os,Topcon,0.72\n\
        c.png,suspect,test,gone.png,P2,,Kowa,\n\
        d.png,,test,,,left,Kowa,0.5\n";

    fn example(table: &str) -> Example {
        let example = Example::new().text("manifest.csv", table).photographs(&["a.png", "b.png", "c.png", "d.png"]);
        ["a-mask.png", "second/a-mask.png"].into_iter().fold(example, |example, name| example.mask(name, [0, 128, 255]))
    }

    fn read(table: &str) -> Result<Dataset, DataError> {
        load(example(table).path(), &DataOptions::default())
    }

    fn complaint(table: &str) -> String {
        read(table).unwrap_err().to_string()
    }

    #[test]
    fn all_columns_are_read_and_further_ones_become_subgroups() {
        let example = example(TABLE);
        let dataset = load(&example.path().join("manifest.csv"), &DataOptions::default()).unwrap();
        let expected = ["a.png normal train P1 right 16/4", "b.png glaucoma test P1 left -", "d.png - test - left -"];
        assert_eq!((dataset.layout, told(&dataset)), ("manifest", expected.map(String::from).to_vec()));
        assert_eq!(dataset.excluded[0].reason, Reason::Suspect { label: "suspect".into() });
        let camera = dataset.columns.iter().find(|c| c.name == "camera").unwrap();
        assert_eq!(camera.kind, ColumnKind::Groups([("Kowa".into(), 1), ("Topcon".into(), 2)].into()));
        assert_eq!(dataset.units().count(), 2);
        let told: Vec<String> = dataset.notes.iter().map(Note::to_string).collect();
        assert!(told.iter().any(|n| n.contains("1 patients have photographs in several parts")), "{told:?}");
    }

    #[test]
    fn names_without_their_extension_are_completed_where_one_file_alone_fits() {
        let table = "image,label\na,normal\nb,glaucoma\nc,normal\n";
        let found = |example: Example| load(example.path(), &DataOptions::default()).map(|dataset| told(&dataset));
        let expected = ["a.png normal - - - -", "b.png glaucoma - - - -", "c.png normal - - - -"];
        let read = found(example(table)).unwrap();
        assert_eq!(read, expected.map(String::from).to_vec());
        let both = found(example(table).photographs(&["b.jpg"])).unwrap();
        assert_eq!(both.len(), 2, "which of b.png and b.jpg is meant is not said: {both:?}");
        let dots = Example::new().text("manifest.csv", "image\nx.1\n").photographs(&["x.1.JPG"]);
        assert_eq!(found(dots).unwrap().len(), 1);
    }

    #[test]
    fn a_column_for_each_class_is_a_label_and_no_subgroup() {
        let one_hot = |header: &str| read(&format!("{header}\na.png,1,0\nb.png,0,1\nc.png,0,1\n")).unwrap();
        for header in ["image,normal,glaucoma", "image,Normal,AMD", "image,NRG,RG"] {
            let dataset = one_hot(header);
            let classes: Vec<_> = header.split(',').skip(1).collect();
            assert_eq!(dataset.classes(), [(classes[0].into(), 1), (classes[1].into(), 2)].into(), "{header}");
            assert!(dataset.columns.is_empty(), "{header}");
        }
        let others = one_hot("image,smoker,non-smoking");
        assert!(others.classes().is_empty() && others.columns.len() == 2, "bits that speak of no class");
        let finding = read("image,Glaucoma,sex\na.png,0,0\nb.png,1,1\nc.png,1,0\n").unwrap();
        assert_eq!(finding.classes(), [("glaucoma".into(), 2), ("no glaucoma".into(), 1)].into());
    }

    #[test]
    fn a_mapped_suspect_is_a_case_and_a_missing_mask_is_told() {
        let options = DataOptions {
            labels: LabelMap::parse("suspect=glaucoma").unwrap(),
            split: Some("test".into()),
            ..DataOptions::default()
        };
        let dataset = load(example(TABLE).path(), &options).unwrap();
        assert_eq!(dataset.classes()["glaucoma"], 2);
        assert!(
            dataset
                .notes
                .iter()
                .any(|n| matches!(n, Note::MissingMasks { cases: 1, first } if first.ends_with("gone.png")))
        );
        let error = load(example(TABLE).path(), &DataOptions { split: Some("tset".into()), ..options })
            .unwrap_err()
            .to_string();
        assert!(error.contains("`test` (3), `train` (1)"), "{error}");
    }

    #[test]
    fn the_hash_sees_what_matters() {
        let hash = |table: &str| read(table).unwrap().hash();
        assert_eq!(hash(TABLE), hash(&TABLE.replace(",OD,", ",right,")));
        for (from, to) in [
            ("P1,OD", "P3,OD"),
            ("normal", "glaucoma"),
            ("Topcon", "Zeiss"),
            ("a.png,", "./a.png,"),
            (",os,", ",od,"),
            ("a-mask", "second/a-mask"),
        ] {
            assert_ne!(hash(TABLE), hash(&TABLE.replacen(from, to, 1)), "{from}");
        }
    }

    #[test]
    fn each_fault_is_told() {
        let wrong = complaint("picture,label\na.png,normal\n");
        assert!(wrong.contains("no image column") && wrong.contains("`picture`, `label`"), "{wrong}");
        assert!(complaint("image,eye\na.png,middle\n").contains("line 2: eye `middle` is none of right, left"));
        let twins = complaint("image,label,Label\na.png,normal,glaucoma\n");
        assert!(twins.contains("line 1: two columns are named `Label`; rename one"), "{twins}");
        assert!(complaint("image,label\n,normal\n").contains("line 2: no image is given"));
        assert!(complaint("image,label\nx/a.png,normal\ny/b.png,glaucoma\n").contains("none of the 2 images"));
        assert!(
            complaint("image,label\na.png,normal\na.png,glaucoma\n")
                .contains("`a.png` the labels `normal` and `glaucoma`")
        );
        assert!(complaint("image,label\na.png,suspect\n").contains("no case of"));
        assert_eq!(read("image,label\na.png,normal\na.png,normal\n").unwrap().excluded[0].reason, Reason::Repeated);
        let folder = load(example("image\na.png\nsecond\n").path(), &DataOptions::default()).unwrap();
        assert_eq!(folder.excluded[0].reason, Reason::Folder);
        let image = load(&example(TABLE).path().join("a.png"), &DataOptions::default()).unwrap_err().to_string();
        assert!(image.contains("this is an image, no table: name the folder it lies in"), "{image}");
        let absent = load(&Example::new().path().join("none.csv"), &DataOptions::default()).unwrap_err().to_string();
        assert!(absent.contains("cannot read") && absent.contains("none.csv"), "{absent}");
    }

    #[test]
    fn a_camera_of_one_class_is_a_shortcut_and_is_told() {
        let rows: String = (0..12)
            .map(|i| format!("{i}.png,{},{}\n", ["normal", "glaucoma"][i % 2], ["Kowa", "Topcon"][i % 2]))
            .collect();
        let names: Vec<String> = (0..12).map(|i| format!("{i}.png")).collect();
        let example = Example::new().text("manifest.csv", &format!("image,label,camera\n{rows}"));
        let example = example.photographs(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let notes = load(example.path(), &DataOptions::default()).unwrap().notes;
        assert!(
            notes.iter().any(|n| n.to_string().contains("all 6 cases with camera `Kowa` are `normal`")),
            "{notes:?}"
        );
    }
}
