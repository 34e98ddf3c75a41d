//! A table with a row an image.

use std::collections::HashSet;
use std::path::Path;

use super::super::files::completed;
use super::super::labelled::{IMAGE, LABEL, Labels};
use super::super::table::{Row, Table};
use super::{Entry, Layout, Listing};
use heatlens_anatomy::Side;

use crate::data::{DataError, DataOptions, MaskFiles};

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
        Some(question) => Labels::answering(&table, question, &options.labels),
    };
    let listed = options.question.as_ref().and_then(|_| table.optional(&LABEL));
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
    Ok(Listing { entries, notes: labels.iter().filter_map(|labels| labels.chosen(&table)).collect() })
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
        assert!(told.iter().any(|n| n.contains("1 patient has photographs in several parts")), "{told:?}");
    }

    #[test]
    fn names_without_their_extension_are_completed_where_one_file_alone_fits() {
        let table = "image,label\na,normal\nb,glaucoma\nc,normal\n";
        let found = |example: Example| load(example.path(), &DataOptions::default()).map(|dataset| told(&dataset));
        let expected = ["a.png normal - - - -", "b.png glaucoma - - - -", "c.png normal - - - -"];
        let read = found(example(table)).unwrap();
        assert_eq!(read, expected.map(String::from).to_vec());
        let cases = found(example(table).photographs(&["b.PNG", "c.JPG"])).unwrap();
        assert_eq!(cases.len(), 1, "nor which of b.png and b.PNG, and of c.png and c.JPG: {cases:?}");
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
        assert!(complaint("image,label\nx/a.png,normal\ny/b.png,glaucoma\n").contains("all 2 images that"));
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
