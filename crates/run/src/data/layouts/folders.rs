//! Folders named as classes, perhaps below folders named as parts of the set.

use std::path::Path;

use super::super::files::{Leaf, Tree, split_of};
use super::{Entry, Layout, Listing};
use crate::classes::by_finding;
use crate::data::{DataError, DataOptions};

pub(super) const LAYOUT: Layout = Layout {
    name: "folders",
    about: "folders named as classes, `normal/*.jpg`, perhaps below `train`, `validation` and `test`",
    labels: &[],
    advice: "",
    list,
};

fn list(path: &Path, options: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let entry = |leaf: &Leaf| Entry { label: class(leaf, options), split: leaf.split(), ..Entry::of(leaf) };
    let entries: Vec<Entry> = tree.images().map(entry).collect();
    if entries.is_empty() {
        let looked_for = heatlens_imaging::EXTENSIONS.join(", ");
        let others: String = tree.left_out().iter().map(|others| format!("; {others}")).collect();
        return Err(LAYOUT.mismatch(path, format!("it holds no images (looked for {looked_for}){others}")));
    }
    Ok(Listing { entries, notes: tree.left_out() })
}

/// The folder that is named as a class or mapped to one; else one that says whether something was
/// found; else the first that names no part of the set; none for files outside all folders.
fn class(leaf: &Leaf, options: &DataOptions) -> Option<String> {
    let folders: Vec<&str> = leaf.name.split('/').rev().skip(1).collect();
    let wanted =
        |f: &&&str| options.classes.iter().any(|c| c.eq_ignore_ascii_case(f)) || options.labels.get(f).is_some();
    folders
        .iter()
        .find(wanted)
        .or_else(|| folders.iter().find(|f| by_finding(f, &options.classes).is_some()))
        .or_else(|| folders.iter().rev().find(|f| split_of(f).is_none()))
        .map(|f| (*f).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::{DataOptions, Note, load};

    #[test]
    fn folders_are_classes_and_perhaps_parts() {
        let example =
            Example::new().photographs(&["train/normal/a.jpg", "test/glaucoma/b.jpg", "test/glaucoma/visit 2/c.jpg"]);
        let dataset = load(example.path(), &DataOptions::default()).unwrap();
        let expected = [
            "test/glaucoma/b.jpg glaucoma test - - -",
            "test/glaucoma/visit 2/c.jpg glaucoma test - - -",
            "train/normal/a.jpg normal train - - -",
        ];
        assert_eq!((dataset.layout, told(&dataset)), ("folders", expected.map(String::from).to_vec()));
        let options = DataOptions { split: Some("Test".into()), ..DataOptions::default() };
        let test = load(example.path(), &options).unwrap();
        assert_eq!((test.cases.len(), test.excluded.len()), (2, 1));
        assert!(test.notes.contains(&Note::OneClass { class: "glaucoma".into() }));
    }

    #[test]
    fn a_class_of_the_model_is_found_at_any_depth() {
        let example = Example::new().photographs(&["hospital A/Normal/a.jpg", "hospital B/Glaucoma/b.jpg"]);
        let options = DataOptions { classes: vec!["normal".into(), "glaucoma".into()], ..DataOptions::default() };
        let dataset = load(example.path(), &options).unwrap();
        assert_eq!(dataset.classes().into_iter().collect::<Vec<_>>(), [("glaucoma".into(), 1), ("normal".into(), 1)]);
        let error = load(Example::new().photographs(&["well/a.jpg"]).path(), &options).unwrap_err().to_string();
        assert!(
            error.contains("`well` (1)")
                && error.contains("normal, glaucoma")
                && error.contains("`--labels well=normal`"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_that_says_what_was_found_is_read_and_told() {
        let example = Example::new().photographs(&["A/healthy/a.jpg", "B/Positive/b.jpg", "B/Glaucoma/c.jpg"]);
        let options = DataOptions { classes: vec!["normal".into(), "glaucoma".into()], ..DataOptions::default() };
        let dataset = load(example.path(), &options).unwrap();
        assert_eq!(dataset.classes().into_iter().collect::<Vec<_>>(), [("glaucoma".into(), 2), ("normal".into(), 1)]);
        let read = "labels were read: `Positive` (1) as glaucoma, `healthy` (1) as normal (`--labels \
                    Positive=normal,healthy=glaucoma` changes it)";
        assert!(dataset.notes.contains(&Note::Read(read.into())), "{:?}", dataset.notes);
        // Of two classes neither of which is healthy nothing follows.
        let options = DataOptions { classes: vec!["mild".into(), "severe".into()], ..DataOptions::default() };
        assert!(load(example.path(), &options).is_err());
    }

    #[test]
    fn photographs_outside_folders_have_no_label() {
        let example = Example::new().photographs(&["a.jpg", "b.jpg"]);
        assert!(load(example.path(), &DataOptions::default()).unwrap().notes.contains(&Note::NoLabels));
        let error = load(Example::new().text("notes.txt", "").path(), &DataOptions::default()).unwrap_err().to_string();
        assert!(error.contains("holds no images") && error.contains("`.txt` (1)"), "{error}");
    }

    #[test]
    fn files_that_are_no_images_are_counted() {
        let example = Example::new()
            .photographs(&["normal/a.jpg", "glaucoma/b.jpg"])
            .text("normal/c.dcm", "")
            .text("d.DCM", "")
            .text("e", "");
        let notes = load(example.path(), &DataOptions::default()).unwrap().notes;
        let said = "left out: 3 files whose extension is that of no image: `.dcm` (2), `none` (1)";
        assert!(notes.contains(&Note::Layout(said.into())), "{notes:?}");
    }
}
