//! REFUGE (Orlando et al. 2020): three parts of 400 photographs.

use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::{Entry, Layout, Listing, by_stem};
use crate::data::{DataError, DataOptions, Levels, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "refuge",
    about: "`Training400/{Glaucoma,Non-Glaucoma}/*.jpg`, and `Disc_Cup_Masks/**.bmp` with 0 cup, 128 rim, 255 \
        background",
    labels: &[("glaucoma", Meaning::Class("glaucoma")), ("non-glaucoma", Meaning::Class("normal"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let is_mask = |leaf: &&Leaf| leaf.folders().iter().any(|f| f == "disc_cup_masks");
    let masks = by_stem(tree.images().filter(is_mask));
    let mut listing = Listing::default();
    for leaf in tree.images().filter(|leaf| leaf.has_extension(&["jpg", "jpeg"]) && !is_mask(leaf)) {
        let label = leaf.folders().into_iter().rev().find(|f| f == "glaucoma" || f == "non-glaucoma");
        let mask =
            masks.get(&leaf.stem()).map(|mask| MaskFiles::Grey { path: mask.path.clone(), levels: Levels::DarkCup });
        listing.entries.push(Entry { label, mask, split: leaf.split(), ..Entry::of(leaf) });
    }
    if listing.entries.iter().all(|e| e.label.is_none()) {
        return Err(LAYOUT.mismatch(path, "there are no photographs in folders `Glaucoma` and `Non-Glaucoma`"));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};

    #[test]
    fn masks_lie_in_another_folder_and_the_cup_is_dark() {
        let example = Example::new()
            .photographs(&["Training400/Glaucoma/g0001.jpg", "Training400/Non-Glaucoma/n0001.jpg", "Test400/T0001.jpg"])
            .mask("Annotation-Training400/Disc_Cup_Masks/Glaucoma/g0001.bmp", [255, 128, 0]);
        let dataset = example.load("refuge").unwrap();
        let expected = [
            "Test400/T0001.jpg - test - - -",
            "Training400/Glaucoma/g0001.jpg glaucoma train - - 16/4",
            "Training400/Non-Glaucoma/n0001.jpg normal train - - -",
        ];
        assert_eq!(told(&dataset), expected);
        assert!(dataset.notes.iter().any(|n| n.to_string().contains("1 case has no label")));
    }

    #[test]
    fn another_folder_is_refused() {
        let error = Example::new().photographs(&["normal/a.jpg"]).load("refuge").unwrap_err().to_string();
        assert!(error.contains("does not look like refuge") && error.contains("`Non-Glaucoma`"), "{error}");
    }
}
