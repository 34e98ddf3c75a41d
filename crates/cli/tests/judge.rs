//! `heatlens evaluate` and `heatlens sanity` on a small network and a rendered eye.

mod support;

use std::path::Path;

use heatlens_imaging::{Picture, encode_png};
use serde_json::Value;
use support::*;

/// A small network that needs no preprocessing of photographs of 64×64.
fn model() -> String {
    text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/variants/torchscript.onnx"))
}

/// Two photographs and their masks, in folders of their own.
fn photographs(root: &Path) -> (String, String) {
    let (images, masks) = (root.join("images"), root.join("masks"));
    [&images, &masks].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
    for (name, by) in [("a", 3), ("b", 7)] {
        let at = |i: usize| (i / 3 % 96, i / 3 / 96);
        let level = |i| ((at(i).0 * by + at(i).1 * 2 + i % 3 * 30) % 256) as u8;
        let inside = |i| if at(i).0.abs_diff(40) < 15 && at(i).1.abs_diff(30) < 12 { 255 } else { 0 };
        let picture =
            |value: &dyn Fn(usize) -> u8| Picture { width: 96, height: 64, rgb: (0..96 * 64 * 3).map(value).collect() };
        std::fs::write(images.join(format!("{name}.png")), encode_png(&picture(&level)).unwrap()).unwrap();
        std::fs::write(masks.join(format!("{name}.png")), encode_png(&picture(&inside)).unwrap()).unwrap();
    }
    (text(images), text(masks))
}

#[test]
fn evaluate_writes_every_number_beside_its_baselines() {
    let root = tempfile::tempdir().unwrap();
    let (images, masks) = photographs(root.path());
    let out = root.path().join("out");
    let metrics = "deletion-blur,road,jpeg-ssim,flip-rank,sparseness,pointing-game,auprc";
    let arguments =
        ["evaluate", &model(), &images, "--masks", &masks, "--methods", "layercam,eigencam", "--metrics", metrics];
    let table = succeed(&[&arguments[..], &["--out", &text(&out)]].concat());
    for word in ["layercam", "eigencam", "random map", "centred Gaussian", "↓ Deletion, blur", "↑ ROAD combined"] {
        assert!(table.contains(word), "no `{word}` in\n{table}");
    }
    let values = csv_rows(&out.join("values.csv"));
    assert_eq!(values.len(), 2 * 4 * 7);
    for row in &values {
        let robust = ["jpeg-ssim", "flip-rank"].contains(&row["metric"].as_str());
        let expected = !robust || ["layercam", "eigencam"].contains(&row["map"].as_str());
        assert_eq!((row["value"].parse::<f64>().is_ok(), row["error"].is_empty()), (expected, expected), "{row:?}");
    }
    let summary = csv_rows(&out.join("summary.csv"));
    assert_eq!(summary.len(), 4 * 7);
    let mean = |map: &str, metric: &str| {
        let of: Vec<f64> = values
            .iter()
            .filter(|r| r["map"] == map && r["metric"] == metric)
            .map(|r| r["value"].parse::<f64>().unwrap())
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    for row in summary.iter().filter(|row| !row["mean"].is_empty()) {
        assert!((row["mean"].parse::<f64>().unwrap() - mean(&row["map"], &row["metric"])).abs() < 1e-9);
    }
    assert_eq!(csv_rows(&out.join("agreement.csv")).len(), 1);
    assert!(out.join("evaluation.png").metadata().unwrap().len() > 1000);

    let again = root.path().join("again");
    let one_thread = ["--threads", "1", "--json", "--out", &text(&again)];
    let json: Value = serde_json::from_str(&succeed(&[&arguments[..], &one_thread].concat())).unwrap();
    assert_eq!(json["images"], 2);
    let three = root.path().join("three");
    succeed(&[&arguments[..], &["--threads", "3", "--out", &text(&three)]].concat());
    for file in ["values.csv", "summary.csv", "agreement.csv", "evaluation.json", "evaluation.png"] {
        for other in [&again, &three] {
            let [first, second] = [&out, other].map(|folder| std::fs::read(folder.join(file)).unwrap());
            assert!(first == second, "{file} changes with the number of threads");
        }
    }
}

#[test]
fn evaluate_leaves_out_what_it_cannot_judge_and_says_why() {
    let root = tempfile::tempdir().unwrap();
    let (images, masks) = photographs(root.path());
    std::fs::remove_file(Path::new(&masks).join("b.png")).unwrap();
    let out = text(root.path().join("out"));
    let arguments = ["evaluate", &model(), &images, "--masks", &masks, "--metrics", "auprc", "--out", &out];
    let said = fail(1, &arguments);
    assert!(said.contains("b.png") && said.contains("left out"), "{said}");
    std::fs::remove_file(Path::new(&masks).join("a.png")).unwrap();
    assert!(fail(2, &arguments).contains(": 2 images failed"));
    assert!(fail(2, &["evaluate", &model(), &images, "--metrics", "beauty"]).contains("auprc"));
    assert!(fail(2, &["evaluate", &model(), &images, "--class", "all", "--out", &out]).contains("one at a time"));
}

#[test]
fn sanity_ends_with_verdicts_and_an_exit_code() {
    let root = tempfile::tempdir().unwrap();
    let (images, _) = photographs(root.path());
    let out = root.path().join("out");
    let arguments =
        ["sanity", &model(), &images, "--method", "gradcam,guided-backprop", "--seed", "3", "--out", &text(&out)];
    let output = heatlens(&arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = said.lines().any(|line| line.starts_with("FAIL"));
    assert_eq!(output.status.code(), Some(if failed { 4 } else { 0 }), "{said}");
    assert!(
        said.contains("GradCAM") && said.contains("on the model") && said.contains("survives on average"),
        "{said}"
    );
    let rows = csv_rows(&out.join("sanity.csv"));
    let steps = |kind: &str| rows.iter().filter(|row| row["method"] == "gradcam" && row["randomised"] == kind).count();
    assert!(steps("cascade") > 3 && steps("cascade") == steps("independent"));
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("sanity.json")).unwrap()).unwrap();
    assert_eq!(report["methods"].as_array().unwrap().len(), 2);
    assert!(out.join("sanity.png").metadata().unwrap().len() > 1000);
}
