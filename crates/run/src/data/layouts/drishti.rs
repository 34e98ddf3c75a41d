//! Drishti-GS1 (Sivaswamy et al. 2014): 101 photographs, outlined by four experts.

use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::{Entry, Layout, Listing, by_stem};
use crate::data::{DataError, DataOptions, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "drishti-gs",
    about: "`{Training,Test}/Images/{GLAUCOMA,NORMAL}/*.png`, and `*_{ODsegSoftmap,cupsegSoftmap}.png`, grey by \
        agreement of experts",
    labels: &[("glaucoma", Meaning::Class("glaucoma")), ("normal", Meaning::Class("normal"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let maps = by_stem(tree.images().filter(|leaf| leaf.folders().iter().any(|f| f == "softmap")));
    let is_photograph = |leaf: &&Leaf| leaf.folders().iter().any(|f| f == "images");
    let mut listing = Listing::default();
    for leaf in tree.images().filter(is_photograph) {
        let stem = leaf.stem();
        let map = |part: &str| maps.get(&format!("{stem}_{part}segsoftmap")).map(|leaf| leaf.path.clone());
        listing.entries.push(Entry {
            label: leaf.folders().into_iter().rev().find(|f| f == "glaucoma" || f == "normal"),
            split: leaf.split(),
            mask: map("od").map(|disc| MaskFiles::Pair { disc, cup: map("cup") }),
            ..Entry::of(leaf)
        });
    }
    if listing.entries.is_empty() {
        return Err(LAYOUT.mismatch(path, "there are no images below a folder `Images`"));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};

    #[test]
    fn half_of_the_experts_make_the_outline() {
        let example = Example::new()
            .photographs(&[
                "Drishti/Training/Images/GLAUCOMA/drishtiGS_002.png",
                "Drishti/Test/Images/NORMAL/drishtiGS_001.png",
            ])
            .mask("Drishti/Training/GT/drishtiGS_002/SoftMap/drishtiGS_002_ODsegSoftmap.png", [64, 128, 255])
            .mask("Drishti/Training/GT/drishtiGS_002/SoftMap/drishtiGS_002_cupsegSoftmap.png", [0, 64, 191]);
        let expected = [
            "Drishti/Test/Images/NORMAL/drishtiGS_001.png normal test - - -",
            "Drishti/Training/Images/GLAUCOMA/drishtiGS_002.png glaucoma train - - 16/4",
        ];
        assert_eq!(told(&example.load("drishti-gs").unwrap()), expected);
        assert!(Example::new().load("drishti-gs").is_err());
    }
}
