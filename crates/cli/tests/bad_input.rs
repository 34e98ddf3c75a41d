//! Wrong inputs: each gets a sentence that says what, where and what next, and costs nothing else.

mod support;

use std::path::{Path, PathBuf};

use heatlens_imaging::{Picture, encode_png};
use support::*;

/// The classifier that the command ships, as a file.
fn model(folder: &Path) -> String {
    let path = folder.join("model.safetensors");
    std::fs::copy(demo_model(), &path).unwrap();
    text(path)
}

fn photograph(path: PathBuf, shade: u8) -> String {
    let (width, height) = (64, 48);
    let rgb = (0..width * height * 3).map(|i| ((i * 7) as u8).wrapping_mul(shade)).collect();
    std::fs::write(&path, encode_png(&Picture { width, height, rgb }).unwrap()).unwrap();
    text(path)
}

fn file(path: PathBuf, bytes: &[u8]) -> String {
    std::fs::write(&path, bytes).unwrap();
    text(path)
}

/// Each file as a model: code 2, and every phrase in the message.
#[test]
fn unusable_models_are_named_and_explained() {
    let scratch = tempfile::tempdir().unwrap();
    let image = photograph(scratch.path().join("a.png"), 3);
    let bad = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/bad");
    let whole = std::fs::read(demo_model()).unwrap();
    let cases = [
        (
            file(scratch.path().join("notes.pth"), b"these are my notes\nabout the model\n"),
            vec!["notes.pth", "looks like text"],
        ),
        (file(scratch.path().join("empty.pth"), b""), vec!["empty"]),
        (file(scratch.path().join("short.onnx"), b"\x08\x07\x12\x06pytor"), vec!["short.onnx", "damaged"]),
        (file(scratch.path().join("cut.safetensors"), &whole[..whole.len() / 2]), vec!["cut.safetensors", "damaged"]),
        (text(bad.join("torch/os_system.pth")), vec!["posix.system", "without running anything"]),
        (text(bad.join("onnx/huge-constant.onnx")), vec!["huge-constant.onnx"]),
        (text(bad.join("onnx/expand-huge.onnx")), vec!["1099511627776", "larger than"]),
    ];
    for (model, phrases) in cases {
        let stderr = fail(2, &["explain", &model, &image, "--out", &text(scratch.path().join("out"))]);
        for phrase in phrases {
            assert!(stderr.contains(phrase), "{model}: `{phrase}` is not in:\n{stderr}");
        }
        assert!(!scratch.path().join("out").exists(), "{model}: nothing is written for a model that cannot be used");
    }
}

#[test]
fn requests_that_do_not_fit_the_model_offer_what_does() {
    let scratch = tempfile::tempdir().unwrap();
    let (model, image, out) =
        (model(scratch.path()), photograph(scratch.path().join("a.png"), 3), text(scratch.path().join("out")));
    let cases: [(&[&str], &[&str]); 13] = [
        (&["--class", "cataract"], &["cataract", "`class 0`, `class 1`", "order of training"]),
        (&["--layer", "stage5[-1]"], &["stage5[-1]", "nearest"]),
        (&["--class", "cataract", "--classes", "normal,glaucoma"], &["cataract", "`normal`, `glaucoma`"]),
        (&["--class", "7"], &["7", "class 0"]),
        (&["--positive", "normal", "--class", "nobody"], &["nobody"]),
        (&["--classes", "normal,suspect,glaucoma"], &["2 classes", "3 names", "one a class, in the order of training"]),
        (&["--arch", "resnet19"], &["resnet19", "resnet18"]),
        (&["--arch", "resnet18:head-rlu"], &["resnet18:head-rlu"]),
        (&["--weights", "best"], &["no weights under `best`", "begin with"]),
        (&["--output", "head"], &["no output `head`", "it has"]),
        (&["--preprocess", "imagnet"], &["imagnet", "imagenet"]),
        (&["--labels", "folders", "--classes", "normal,glaucoma"], &["no image lies in a folder named as a class"]),
        (&["--labels", "missing.csv"], &["missing.csv"]),
    ];
    for (options, phrases) in cases {
        let mut arguments = vec!["explain", &model, &image, "--out", &out];
        arguments.extend(options);
        let stderr = fail(2, &arguments);
        for phrase in phrases {
            assert!(stderr.contains(phrase), "{options:?}: `{phrase}` is not in:\n{stderr}");
        }
    }
    fail(2, &["explain", &model, "nowhere.jpg", "--out", &out]);
    fail(2, &["explain", &model, &image, "--method", "gradmac", "--out", &out]);
}

#[test]
fn a_class_that_is_named_as_a_keyword_but_for_its_case_is_no_keyword() {
    let scratch = tempfile::tempdir().unwrap();
    let (model, image, out) =
        (model(scratch.path()), photograph(scratch.path().join("a.png"), 3), text(scratch.path().join("out")));
    let explain = |class: &str| {
        succeed(&[
            "explain",
            &model,
            &image,
            "--classes",
            "AML, ALL",
            "--class",
            class,
            "--save",
            "map",
            "--out",
            &out,
            "--overwrite",
        ]);
        walk(Path::new(&out)).iter().filter(|path| text(path).ends_with(".raw.npy")).count()
    };
    assert_eq!([explain("all"), explain("ALL"), explain("aml")], [2, 1, 1]);
}

#[test]
fn a_folder_without_a_run_makes_no_report() {
    let scratch = tempfile::tempdir().unwrap();
    let stderr = fail(2, &["report", &text(scratch.path())]);
    assert!(stderr.contains("no audit lies in") && stderr.contains("heatlens audit"), "{stderr}");
}

#[test]
fn bad_images_among_good_ones_cost_one_row_each() {
    let scratch = tempfile::tempdir().unwrap();
    let model = model(scratch.path());
    let photographs = scratch.path().join("photographs");
    std::fs::create_dir(&photographs).unwrap();
    for i in 0..20u8 {
        photograph(photographs.join(format!("good{i:02}.png")), i + 1);
    }
    let good = std::fs::read(photographs.join("good00.png")).unwrap();
    file(photographs.join("bad-empty.jpg"), b"");
    file(photographs.join("bad-cut.png"), &good[..good.len() / 2]);
    file(photographs.join("bad-bomb.png"), &bomb(&good));
    let jpeg = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/imaging/decode/subsampled.jpg");
    let jpeg = std::fs::read(jpeg).unwrap();
    file(photographs.join("bad-cut.jpg"), &jpeg[..jpeg.len() * 2 / 3]);
    let out = scratch.path().join("out");
    let output = heatlens(&["explain", &model, &text(&photographs), "--out", &text(&out), "--save", "map,panel"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = csv_rows(&out.join("predictions.csv"));
    assert_eq!(rows.len(), 24);
    for row in &rows {
        let is_bad = row["image"].contains("bad-");
        assert_eq!(row["error"].is_empty(), !is_bad, "{row:?}");
        assert_eq!(row["predicted"].is_empty(), is_bad, "{row:?}");
    }
    let panels = walk(&out.join("panels"));
    assert_eq!(panels.iter().filter(|path| path.extension().is_some_and(|e| e == "png")).count(), 20);
}

/// A PNG whose header claims 100,000 × 100,000 pixels.
fn bomb(png: &[u8]) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&100_000u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&100_000u32.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (!(crc & 1)).wrapping_add(1)))
    })
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_network_that_gives_nan_is_named_for_each_image() {
    let scratch = tempfile::tempdir().unwrap();
    // A NaN in the last bytes of the file lands in the last tensor.
    let mut bytes = std::fs::read(model(scratch.path())).unwrap();
    let last = bytes.len() - 2;
    bytes[last..].copy_from_slice(&[0xFF, 0x7F]);
    let model = file(scratch.path().join("nan.safetensors"), &bytes);
    let image = photograph(scratch.path().join("a.png"), 3);
    let out = scratch.path().join("out");
    let stderr = fail(1, &["explain", &model, &image, "--out", &text(&out)]);
    assert!(stderr.contains("not finite"), "{stderr}");
    assert!(csv_rows(&out.join("predictions.csv"))[0]["error"].contains("not finite"));
}

#[test]
fn an_earlier_run_is_not_overwritten_unasked() {
    let scratch = tempfile::tempdir().unwrap();
    let (model, image, out) =
        (model(scratch.path()), photograph(scratch.path().join("a.png"), 3), text(scratch.path().join("out")));
    succeed(&["explain", &model, &image, "--out", &out]);
    assert!(fail(2, &["explain", &model, &image, "--out", &out]).contains("--overwrite"));
    succeed(&["explain", &model, &image, "--out", &out, "--overwrite"]);
}

#[test]
fn a_model_and_images_that_are_swapped_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (model, photographs) = (demo_model(), folder.path().join("photographs"));
    let (image, out) = (photographs.join("one.png"), text(folder.path().join("out")));
    std::fs::create_dir(&photographs).unwrap();
    std::fs::write(&image, b"x").unwrap();
    std::fs::write(folder.path().join("test.csv"), b"image,label\n").unwrap();
    let [photographs, image, table] = [photographs, image, folder.path().join("test.csv")].map(text);
    for (wrong, what) in [(&photographs, "is a folder"), (&image, "is an image"), (&table, "is a table")] {
        for words in [
            vec!["explain", wrong, &model, "--out", &out],
            vec!["evaluate", wrong, &model, "--out", &out],
            vec!["sanity", wrong, &image, &model, "--out", &out],
            vec!["check", wrong, &model],
            vec!["audit", wrong, "--data", &model, "--out", &out],
        ] {
            let said = fail(2, &words);
            assert!(said.contains("the model and the images look swapped") && said.contains(what), "{said}");
            assert!(said.contains(&format!("`{model} {wrong}`")), "{said}");
        }
    }
    let said = fail(2, &["explain", &model, &image, &model, "--out", &out]);
    assert!(said.contains("is named as images or data, and is a model's file"), "{said}");
    for option in ["--model", "--images"] {
        let said = fail(2, &["explain", option, &photographs, "--out", &out]);
        assert!(said.contains("named without options, the model first: `MODEL IMAGES`"), "{said}");
    }
    assert!(!std::path::Path::new(&out).exists());
}
