//! AIROGS and EyePACS light (de Vente et al. 2023): referable glaucoma or not, by folder or by
//! table.

use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::super::table::Table;
use super::{Entry, Layout, Listing, by_stem, named};
use crate::data::{DataError, DataOptions};

pub(super) const LAYOUT: Layout = Layout {
    name: "airogs",
    about: "folders `RG` and `NRG`, perhaps below `train`, `validation` and `test`; or a CSV table (challenge_id, \
        class) and the images",
    labels: &[("RG", Meaning::Class("glaucoma")), ("NRG", Meaning::Class("normal")), ("U", Meaning::Suspect)],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let class = |leaf: &Leaf| leaf.folders().into_iter().rev().find(|f| f == "rg" || f == "nrg");
    let entry = |leaf: &Leaf| Some(Entry { label: Some(class(leaf)?), split: leaf.split(), ..Entry::of(leaf) });
    let entries: Vec<Entry> = tree.images().filter_map(entry).collect();
    if entries.is_empty() { by_table(&tree) } else { Ok(Listing { entries, notes: Vec::new() }) }
}

fn by_table(tree: &Tree) -> Result<Listing, DataError> {
    let photographs = by_stem(tree.images());
    let mut listing = Listing::default();
    for leaf in tree.leaves.iter().filter(|leaf| leaf.has_extension(&["csv"])) {
        let table = Table::read(&leaf.path)?;
        let (Some(image), Some(class)) = (table.optional(&["challenge_id"]), table.optional(&["class"])) else {
            continue;
        };
        for row in &table.rows {
            let name = row.get(image).ok_or_else(|| table.complain(row, "no challenge_id is given".into()))?;
            let found = named(&photographs, &tree.root, &format!("{name}.jpg"));
            listing.entries.push(Entry { label: row.get(class).map(str::to_owned), ..found });
        }
    }
    if listing.entries.is_empty() {
        return Err(LAYOUT.mismatch(
            &tree.root,
            "there are neither folders `RG` and `NRG` nor a table with columns challenge_id and class",
        ));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::{DataOptions, Layout, load};

    #[test]
    fn folders_or_a_table_tell_the_class() {
        let folders = Example::new().photographs(&["train/RG/a.jpg", "test/NRG/b.jpg"]);
        assert_eq!(
            told(&folders.load("airogs").unwrap()),
            ["test/NRG/b.jpg normal test - - -", "train/RG/a.jpg glaucoma train - - -"]
        );
        let table = Example::new()
            .text("train_labels.csv", "challenge_id,class\nTRAIN000000,NRG\nTRAIN000001,RG\n")
            .photographs(&["0/TRAIN000000.jpg", "0/TRAIN000001.jpg"]);
        assert_eq!(
            told(&table.load("airogs").unwrap()),
            ["0/TRAIN000000.jpg normal - - - -", "0/TRAIN000001.jpg glaucoma - - - -"]
        );
        assert!(
            Example::new().text("x.csv", "a,b\n1,2\n").load("airogs").unwrap_err().to_string().contains("challenge_id")
        );
    }

    #[test]
    fn a_model_with_classes_of_these_names_needs_no_map() {
        let example = Example::new().photographs(&["RG/a.jpg", "NRG/b.jpg"]);
        let options = DataOptions {
            layout: Some(Layout::named("airogs").unwrap()),
            classes: vec!["NRG".into(), "RG".into()],
            ..DataOptions::default()
        };
        let dataset = load(example.path(), &options).unwrap();
        assert_eq!(dataset.classes().into_keys().collect::<Vec<_>>(), ["NRG", "RG"]);
    }
}
