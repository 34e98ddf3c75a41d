//! `--limit`: a few images that stand for all.

mod support;

use std::fs;
use std::path::Path;

use support::audits::{audit, eyes};
use support::{csv_rows, demo_model, heatlens, succeed, text};

/// How many rows of predictions.csv have each label, and the images in their order.
fn rows(out: &Path) -> ([usize; 2], Vec<String>) {
    let rows = csv_rows(&out.join("predictions.csv"));
    let of = |label: &str| rows.iter().filter(|row| row["label"] == label).count();
    ([of("normal"), of("glaucoma")], rows.iter().map(|row| row["image"].clone()).collect())
}

fn explain(input: &Path, out: &Path, more: &[&str]) -> String {
    let (model, input, out) = (demo_model(), text(input), text(out));
    let words = ["explain", &model, &input, "--out", &out, "--classes", "normal,glaucoma", "--save", "none"];
    let output = heatlens(&[&words[..], more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_limit_is_spread_over_labels_and_keeps_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let [audited, explained, again, flat, without] =
        ["audited", "explained", "again", "flat", "without"].map(|name| folder.path().join(name));
    // 48 of each; the folders come in the order of their names.
    audit(eyes(), &audited, &["--limit", "7"]);
    let (labels, images) = rows(&audited);
    assert!(labels == [4, 3] || labels == [3, 4], "{labels:?}");
    assert!(images.is_sorted(), "{images:?}");
    let said = explain(eyes(), &explained, &["--limit", "6", "--labels", "folders"]);
    assert!(said.contains("6 of 96 images are used, spread evenly over their labels (--limit)"), "{said}");
    explain(eyes(), &again, &["--limit", "6", "--labels", "folders"]);
    assert_eq!((rows(&explained).0, rows(&explained)), ([3, 3], rows(&again)));

    // Of a flat folder a table tells the labels; what it does not tell comes last.
    fs::create_dir(&flat).unwrap();
    let mut table = "image,label\n".to_owned();
    for (i, entry) in fs::read_dir(eyes().join("normal")).unwrap().take(12).enumerate() {
        fs::copy(entry.unwrap().path(), flat.join(format!("{i:02}.png"))).unwrap();
        table += &match i {
            0 | 9 => String::new(),
            4 | 7 => format!("{i:02},glaucoma\n"),
            _ => format!("{i:02},normal\n"),
        };
    }
    fs::write(folder.path().join("labels.csv"), table).unwrap();
    let labels = text(folder.path().join("labels.csv"));
    explain(&flat, &without, &["--limit", "4", "--labels", &labels]);
    let (labels, images) = rows(&without);
    assert_eq!(labels, [2, 2], "{images:?}");
    // Without labels: at equal distances.
    explain(&flat, &without, &["--limit", "4", "--overwrite"]);
    let stems: Vec<String> = rows(&without)
        .1
        .iter()
        .map(|image| Path::new(image).file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(stems, ["00", "03", "06", "09"]);
}

#[test]
fn a_sample_is_spread_over_folders_and_goes_by_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data, out) = (demo_model(), text(eyes()), folder.path().join("out"));
    let words = ["evaluate", &model, &data, "--out", &text(&out), "--metrics", "sparseness", "--limit", "4"];
    succeed(&words);
    let values = fs::read_to_string(out.join("values.csv")).unwrap();
    let of = |class: &str| {
        let is_image = |line: &&str| line.contains(&format!("/{class}/")) && line.contains(",gradcam");
        values.lines().filter(is_image).count()
    };
    assert_eq!([of("normal"), of("glaucoma")], [2, 2], "{values}");
    for command in ["explain", "audit", "evaluate", "sanity", "check"] {
        let help = succeed(&[command, "--help"]);
        assert!(help.contains("limit") && help.contains("as many of each"), "{help}");
    }
}
