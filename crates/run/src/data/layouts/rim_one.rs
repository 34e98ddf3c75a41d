//! RIM-ONE DL (Fumero et al. 2020): crops about the disc, divided by hospital or randomly.

use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::{Entry, Layout, Listing, by_stem};
use crate::data::{DataError, DataOptions, MaskFiles};

const LABELS: &[(&str, Meaning)] = &[("normal", Meaning::Class("normal")), ("glaucoma", Meaning::Class("glaucoma"))];

pub(super) const BY_HOSPITAL: Layout = Layout {
    name: "rim-one-dl",
    about: "`partitioned_by_hospital/{training,test}_set/{normal,glaucoma}`, and segmentations \
        `<id>-1-{Disc,Cup}-T.png`",
    labels: LABELS,
    advice: "",
    list: |path, _: &DataOptions| list(path, &BY_HOSPITAL, "partitioned_by_hospital"),
};

pub(super) const RANDOMLY: Layout = Layout {
    name: "rim-one-dl-random",
    about: "the same set as divided in `partitioned_randomly`",
    labels: LABELS,
    advice: "",
    list: |path, _: &DataOptions| list(path, &RANDOMLY, "partitioned_randomly"),
};

/// The layout of a folder that holds a division of the set, by hospital where both are there: as
/// class folders each photograph would come twice, and outlines among them.
pub(super) fn recognised(path: &Path) -> Option<&'static Layout> {
    let folders = || std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_there = |name: &str| path.join(name).is_dir() || folders().any(|folder| folder.join(name).is_dir());
    [("partitioned_by_hospital", "rim-one-dl"), ("partitioned_randomly", "rim-one-dl-random")]
        .into_iter()
        .find(|(folder, _)| is_there(folder))
        .and_then(|(_, layout)| Layout::named(layout).ok())
}

fn list(path: &Path, layout: &Layout, partition: &str) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let is_outline = |leaf: &&Leaf| leaf.folders().iter().any(|f| f.contains("segmentation"));
    let outlines = by_stem(tree.images().filter(is_outline));
    let mut listing = Listing::default();
    for leaf in tree.images().filter(|leaf| leaf.folders().iter().any(|f| f == partition)) {
        let stem = leaf.stem();
        let outline = |part: &str| outlines.get(&format!("{stem}-1-{part}-t")).map(|leaf| leaf.path.clone());
        let mut entry = Entry::of(leaf);
        entry.label = leaf.folders().into_iter().rev().find(|f| f == "normal" || f == "glaucoma");
        entry.split = leaf.split();
        entry.mask = outline("disc").map(|disc| MaskFiles::Pair { disc, cup: outline("cup") });
        // r1, r2, r3: the release of RIM-ONE, and with it hospital and camera.
        if let Some((release, _)) = stem.split_once('_') {
            entry.subgroups.insert("release".into(), release.to_owned());
        }
        listing.entries.push(entry);
    }
    if listing.entries.is_empty() {
        return Err(layout.mismatch(path, format!("there are no images below a folder `{partition}`")));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::{DataOptions, load};

    #[test]
    fn each_partition_is_a_layout_of_its_own() {
        let example = Example::new()
            .photographs(&[
                "RIM-ONE_DL_images/partitioned_by_hospital/training_set/normal/r2_Im001.png",
                "RIM-ONE_DL_images/partitioned_by_hospital/test_set/glaucoma/r3_G_1_L.png",
                "RIM-ONE_DL_images/partitioned_randomly/test_set/normal/r2_Im001.png",
            ])
            .mask("RIM-ONE_DL_reference_segmentations/normal/r2_Im001-1-Disc-T.png", [0, 255, 255])
            .mask("RIM-ONE_DL_reference_segmentations/normal/r2_Im001-1-Cup-T.png", [0, 0, 255]);
        let hospital = example.load("rim-one-dl").unwrap();
        let expected = [
            "RIM-ONE_DL_images/partitioned_by_hospital/test_set/glaucoma/r3_G_1_L.png glaucoma test - - -",
            "RIM-ONE_DL_images/partitioned_by_hospital/training_set/normal/r2_Im001.png normal train - - 16/4",
        ];
        assert_eq!(told(&hospital), expected);
        assert_eq!(hospital.cases[0].subgroups["release"], "r3");
        assert_eq!(example.load("rim-one-dl-random").unwrap().cases.len(), 1);
        let unsaid = load(example.path(), &DataOptions::default()).unwrap();
        assert_eq!((unsaid.layout, told(&unsaid)), ("rim-one-dl", told(&hospital)));
        assert!(unsaid.notes.iter().any(|note| note.to_string().contains("--layout rim-one-dl")), "{:?}", unsaid.notes);
        assert_eq!(example.load("folders").unwrap().layout, "folders");
        assert!(Example::new().load("rim-one-dl").unwrap_err().to_string().contains("partitioned_by_hospital"));
    }
}
