//! G1020 (Bajwa et al. 2020): 1,020 photographs, a table, and LabelMe outlines; the cup is outlined
//! in 791.

use std::path::Path;

use super::super::files::Tree;
use super::super::labels::Meaning;
use super::super::table::Table;
use super::{Entry, Layout, Listing, by_stem, named, stem, table};
use crate::data::{DataError, DataOptions, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "g1020",
    about: "`G1020.csv` (imageID, binaryLabels), `Images/*.jpg`, and beside them LabelMe outlines `*.json`",
    labels: &[("0", Meaning::Class("normal")), ("1", Meaning::Class("glaucoma"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let list = Table::read(&table(&LAYOUT, &tree, "G1020.csv")?.path)?;
    let (image, label) = (list.column("image", &["imageID"])?, list.column("label", &["binaryLabels"])?);
    // Copies with the nerve removed or cropped lie in folders beside `Images`.
    let in_images = |leaf: &&super::Leaf| leaf.folders().last().is_some_and(|f| f == "images");
    let photographs = by_stem(tree.images().filter(in_images));
    let outlines = by_stem(tree.leaves.iter().filter(|leaf| leaf.has_extension(&["json"])));
    let mut listing = Listing::default();
    let folder = tree.root.join("Images");
    for row in &list.rows {
        let name = row.get(image).ok_or_else(|| list.complain(row, "no imageID is given".into()))?;
        let found = named(&photographs, &folder, name);
        let mask = outlines.get(&stem(name)).map(|leaf| MaskFiles::LabelMe(leaf.path.clone()));
        listing.entries.push(Entry { label: row.get(label).map(str::to_owned), mask, ..found });
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};

    const OUTLINE: &str = r#"{"version": "3.6.16", "imageData": null, "imageHeight": 6, "imageWidth": 8, "shapes": [
        {"label": "disc", "points": [[2, 1], [6, 1], [6, 5], [2, 5]], "shape_type": "polygon"},
        {"label": "cup", "points": [[3, 2], [5, 2], [5, 4], [3, 4]]},
        {"label": "discLoc", "points": [[1, 0], [7, 6]]}]}"#;

    #[test]
    fn outlines_are_polygons_and_the_cup_may_be_missing() {
        let example = Example::new()
            .text("G1020.csv", "imageID,binaryLabels\nimage_0.jpg,0\nimage_1.jpg,1\nimage_2.jpg,1\n")
            .photographs(&[
                "Images/image_0.jpg",
                "Images/image_1.jpg",
                "Images/image_2.jpg",
                "NerveRemoved_Images/image_0.jpg",
            ])
            .text("Images/image_0.json", OUTLINE)
            .text("Images/image_1.json", &OUTLINE.replace("cup", "other"))
            .text("Images/image_2.json", &OUTLINE.replace("\"imageWidth\": 8", "\"imageWidth\": 9"));
        let told = told(&example.load("g1020").unwrap());
        assert_eq!(told[..2], ["Images/image_0.jpg normal - - - 16/4", "Images/image_1.jpg glaucoma - - - 16/0"]);
        assert!(told[2].contains("has 9×6 pixels, its photograph 8×6"), "{}", told[2]);
    }

    #[test]
    fn a_broken_outline_costs_the_mask_only() {
        for broken in ["", "[]", "{\"shapes\": [{\"label\": \"disc\", \"points\": [[1]]}]}", "{\"shapes\": []}"] {
            let example = Example::new()
                .text("G1020.csv", "imageID,binaryLabels\nimage_0.jpg,0\n")
                .photographs(&["Images/image_0.jpg"])
                .text("Images/image_0.json", broken);
            let told = told(&example.load("g1020").unwrap());
            assert!(told[0].contains("image_0.json"), "{}", told[0]);
        }
    }
}
