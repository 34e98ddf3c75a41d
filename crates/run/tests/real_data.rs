//! The real photographs beside the checkout; ignored where they are not asked for.

#[path = "../../../tests/support/shared.rs"]
mod shared;

use std::path::{Path, PathBuf};

use heatlens_anatomy::Tissue;
use heatlens_imaging::{DecodeLimits, decode};
use heatlens_run::data::{ColumnKind, DataOptions, Dataset, Note, load};
use shared::shared;

fn read(path: PathBuf, split: Option<&str>) -> Dataset {
    let classes = vec!["normal".into(), "glaucoma".into()];
    load(&path, &DataOptions { split: split.map(String::from), classes, ..DataOptions::default() }).unwrap()
}

fn size(path: &Path) -> [usize; 2] {
    let photograph = decode(&std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap();
    [photograph.height, photograph.width]
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn drishti_with_its_masks() {
    let dataset = read(shared("data/drishti"), None);
    assert_eq!(dataset.classes().into_iter().collect::<Vec<_>>(), [("glaucoma".into(), 70), ("normal".into(), 31)]);
    let vcdr = dataset.columns.iter().find(|c| c.name == "vcdr").unwrap();
    assert!(matches!(vcdr.kind, ColumnKind::Numbers { cases: 101, .. }), "{vcdr:?}");
    for case in dataset.cases.iter().step_by(10) {
        let mask = case.mask.as_ref().unwrap().read(size(&case.image)).unwrap();
        let extent = |least: Tissue| {
            let [width, height] = mask.size();
            let mut rows = (0..height).filter(|y| mask.tissue()[y * width..][..width].iter().any(|&t| t >= least));
            let first = rows.next().unwrap();
            rows.next_back().unwrap() + 1 - first
        };
        let ratio = extent(Tissue::Cup) as f64 / extent(Tissue::Rim) as f64;
        let told: f64 = case.subgroups["vcdr"].parse().unwrap();
        // Over all rows, where the manifest took the largest component.
        assert!((ratio - told).abs() < 0.03, "{}: {ratio} {told}", case.name);
    }
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn two_classes_of_photographs() {
    let dataset = read(shared("data/fundus-two-class"), Some("test"));
    assert_eq!((dataset.cases.len(), dataset.excluded.len()), (521, 1560));
    assert_eq!(dataset.cases.iter().filter(|c| c.mask.is_some()).count(), 341);
    assert!(dataset.notes.contains(&Note::NoPatients));
    assert_eq!(dataset.hash(), read(shared("data/fundus-two-class/manifest.csv"), Some("TEST")).hash());
    let masked = dataset.cases.iter().find(|c| c.mask.is_some()).unwrap();
    assert!(masked.mask.as_ref().unwrap().read(size(&masked.image)).unwrap().has_cup());
}
