//! The real photographs beside the checkout; skipped where they are not.

use std::path::{Path, PathBuf};

use heatlens_audit::data::{ColumnKind, DataOptions, Dataset, Fingerprint, Kinship, Note, duplicates, load};
use heatlens_imaging::{DecodeLimits, decode};
use rayon::prelude::*;

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("HEATLENS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder.join("data"))
}

fn read(path: PathBuf, split: Option<&str>) -> Dataset {
    let classes = vec!["normal".into(), "glaucoma".into()];
    load(&path, &DataOptions { split: split.map(String::from), classes, ..DataOptions::default() }).unwrap()
}

fn size(path: &Path) -> [usize; 2] {
    let photograph = decode(&std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap();
    [photograph.height, photograph.width]
}

#[test]
fn drishti_with_its_masks() {
    let Some(data) = shared() else { return };
    let dataset = read(data.join("drishti"), None);
    assert_eq!(dataset.classes().into_iter().collect::<Vec<_>>(), [("glaucoma".into(), 70), ("normal".into(), 31)]);
    let vcdr = dataset.columns.iter().find(|c| c.name == "vcdr").unwrap();
    assert!(matches!(vcdr.kind, ColumnKind::Numbers { cases: 101, .. }), "{vcdr:?}");
    for case in dataset.cases.iter().step_by(10) {
        let mask = case.mask.as_ref().unwrap().read(size(&case.image)).unwrap();
        let extent = |least: u8| {
            let mut rows =
                (0..mask.height).filter(|y| mask.values[y * mask.width..][..mask.width].iter().any(|&v| v >= least));
            let first = rows.next().unwrap();
            rows.next_back().unwrap() + 1 - first
        };
        let ratio = extent(2) as f64 / extent(1) as f64;
        let told: f64 = case.subgroups["vcdr"].parse().unwrap();
        // Over all rows, where the manifest took the largest component.
        assert!((ratio - told).abs() < 0.03, "{}: {ratio} {told}", case.name);
    }
}

#[test]
fn two_classes_of_photographs() {
    let Some(data) = shared() else { return };
    let dataset = read(data.join("fundus-two-class"), Some("test"));
    assert_eq!((dataset.cases.len(), dataset.excluded.len()), (521, 1560));
    assert_eq!(dataset.cases.iter().filter(|c| c.mask.is_some()).count(), 341);
    assert!(dataset.notes.contains(&Note::NoPatients));
    assert_eq!(dataset.hash(), read(data.join("fundus-two-class/manifest.csv"), Some("TEST")).hash());
    let masked = dataset.cases.iter().find(|c| c.mask.is_some()).unwrap();
    assert!(masked.mask.as_ref().unwrap().read(size(&masked.image)).unwrap().has_cup());
}

#[test]
fn copies_of_photographs_are_found() {
    let Some(data) = shared() else { return };
    let dataset = read(data.join("fundus-two-class"), None);
    let print = |path: &Path| {
        let bytes = std::fs::read(path).ok()?;
        Some(Fingerprint::of(&bytes, &decode(&bytes, &DecodeLimits::default()).ok()?))
    };
    let prints: Vec<Option<Fingerprint>> = dataset.cases.par_iter().map(|case| print(&case.image)).collect();
    let groups = duplicates(&dataset.cases, &prints);
    let count = |of: fn(&heatlens_audit::data::DuplicateGroup) -> bool| groups.iter().filter(|g| of(g)).count();
    println!(
        "{} groups, {} across parts, {} across labels",
        groups.len(),
        count(|g| g.across_splits),
        count(|g| g.across_labels)
    );
    println!(
        "{} identical, largest {}",
        count(|g| g.kinship == Kinship::Identical),
        groups.iter().map(|g| g.cases.len()).max().unwrap()
    );
    let name = |case: usize| dataset.cases[case].name.rsplit('/').next().unwrap();
    let together = |a: &str, b: &str| {
        groups.iter().any(|g| [a, b].iter().all(|wanted| g.cases.iter().any(|&c| name(c) == *wanted)))
    };
    // Two that were looked at: a copy with added noise, and one that was compressed again.
    assert!(together("1229_left.jpg", "_32_6299808.jpg") && together("1967_left.jpg", "_270_6223143.jpg"));
    // And eyes that merely resemble each other, taken by the same camera.
    assert!(!together("3029_left.jpg", "3029_right.jpg") && !together("Glaucoma_066.png", "Glaucoma_095.png"));
}
