//! ORIGA (Zhang et al. 2010): 650 photographs and a table.

use std::path::Path;

use super::super::files::Tree;
use super::super::labels::Meaning;
use super::super::table::Table;
use super::{Entry, Layout, Listing, by_stem, named, stem, table};
use heatlens_anatomy::Side;

use crate::data::{DataError, DataOptions, Levels, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "origa",
    about: "`OrigaList.csv` (Eye, Filename, ExpCDR, Glaucoma), `Images/`, `Masks/*.png` with 0 background, 1 rim, 2 \
        cup",
    labels: &[("0", Meaning::Class("normal")), ("1", Meaning::Class("glaucoma"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let list = Table::read(&table(&LAYOUT, &tree, "OrigaList.csv")?.path)?;
    let (file, label) = (list.column("file name", &["Filename"])?, list.column("label", &["Glaucoma"])?);
    let [eye, cdr, set] = ["Eye", "ExpCDR", "Set"].map(|name| list.optional(&[name]));
    let in_folder = |name: &'static str| tree.images().filter(move |leaf| leaf.folders().iter().any(|f| f == name));
    let (images, masks) = (by_stem(in_folder("images")), by_stem(in_folder("masks")));
    let mut listing = Listing::default();
    let folder = tree.root.join("Images");
    for row in &list.rows {
        let name = row.get(file).ok_or_else(|| list.complain(row, "no file name is given".into()))?;
        let found = named(&images, &folder, name);
        let further = [("ExpCDR", cdr), ("Set", set)].into_iter();
        listing.entries.push(Entry {
            label: row.get(label).map(str::to_owned),
            eye: eye.and_then(|c| row.get(c)).and_then(Side::from_word),
            mask: masks
                .get(&stem(name))
                .map(|leaf| MaskFiles::Grey { path: leaf.path.clone(), levels: Levels::Indexed }),
            subgroups: further.filter_map(|(name, c)| Some((name.to_owned(), row.get(c?)?.to_owned()))).collect(),
            ..found
        });
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::Reason;

    #[test]
    fn the_table_tells_and_the_masks_count_up() {
        let example = Example::new()
            .text(
                "OrigaList.csv",
                "Eye,Filename,ExpCDR,Set,Glaucoma\nOD,001.jpg,0.71,A,0\nOS,002.jpg,0.85,B,1\nOS,003.jpg,0.5,B,0\n",
            )
            .photographs(&["Images/001.jpg", "Images/002.jpg"])
            .mask("Masks/001.png", [0, 1, 2]);
        let dataset = example.load("origa").unwrap();
        assert_eq!(told(&dataset), ["Images/001.jpg normal - - right 16/4", "Images/002.jpg glaucoma - - left -"]);
        assert_eq!(dataset.cases[1].subgroups["ExpCDR"], "0.85");
        assert_eq!((dataset.excluded[0].name.as_str(), &dataset.excluded[0].reason), ("003.jpg", &Reason::Missing));
    }

    #[test]
    fn a_missing_table_is_named() {
        let error = Example::new().photographs(&["Images/001.jpg"]).load("origa").unwrap_err().to_string();
        assert!(error.contains("`OrigaList.csv`"), "{error}");
    }
}
