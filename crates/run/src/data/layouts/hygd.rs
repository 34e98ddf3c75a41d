//! HYGD, the Hillel Yaffe glaucoma data set (Abramovich et al. 2023): photographs by patient, with
//! a quality score.

use std::path::Path;

use super::super::files::Tree;
use super::super::labels::Meaning;
use super::super::table::Table;
use super::{Entry, Layout, Listing, by_stem, named, table};
use crate::data::{DataError, DataOptions};

pub(super) const LAYOUT: Layout = Layout {
    name: "hygd",
    about: "`Labels.csv` (Image Name, Patient, Label GON+ or GON-, Quality Score) and the images",
    labels: &[("GON+", Meaning::Class("glaucoma")), ("GON-", Meaning::Class("normal"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let list = Table::read(&table(&LAYOUT, &tree, "Labels.csv")?.path)?;
    let image = list.column("image", &["Image Name", "Image_Name", "Image"])?;
    let (label, patient) = (list.column("label", &["Label"])?, list.column("patient", &["Patient", "Patient ID"])?);
    let quality = list.optional(&["Quality Score", "Quality_Score"]);
    let photographs = by_stem(tree.images());
    let mut listing = Listing::default();
    let folder = tree.root.join("Images");
    for row in &list.rows {
        let name = row.get(image).ok_or_else(|| list.complain(row, "no image name is given".into()))?;
        let found = named(&photographs, &folder, name);
        listing.entries.push(Entry {
            label: row.get(label).map(str::to_owned),
            patient: row.get(patient).map(str::to_owned),
            subgroups: quality
                .and_then(|c| row.get(c))
                .map(|score| ("Quality Score".to_owned(), score.to_owned()))
                .into_iter()
                .collect(),
            ..found
        });
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};

    #[test]
    fn photographs_belong_to_patients() {
        let example = Example::new()
            .text(
                "Labels.csv",
                "Image Name,Patient,Label,Quality Score\n0_0.jpg,7,GON+,6.5\n0_1.jpg,7,GON+,4.1\n1_0.jpg,9,GON-,8\n",
            )
            .photographs(&["Images/0_0.jpg", "Images/0_1.jpg", "Images/1_0.jpg"]);
        let dataset = example.load("hygd").unwrap();
        let expected =
            ["Images/0_0.jpg glaucoma - 7 - -", "Images/0_1.jpg glaucoma - 7 - -", "Images/1_0.jpg normal - 9 - -"];
        assert_eq!(told(&dataset), expected);
        assert_eq!((dataset.units().count(), dataset.cases[2].subgroups["Quality Score"].as_str()), (2, "8"));
    }
}
