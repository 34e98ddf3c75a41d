//! Contact sheets, the page of all images, and the panels of an audit.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use heatlens_imaging::{DecodeLimits, Picture, decode};
use support::audits::{assert_same, audit, contents, six_eyes};
use support::{csv_rows, demo_model, fail, succeed, text};

fn explain(data: &Path, out: &Path, more: &[&str]) -> String {
    let (model, data, out) = (demo_model(), text(data), text(out));
    let words = ["explain", &model, &data, "--out", &out, "--classes", "normal,glaucoma", "--labels", "folders"];
    succeed(&[&words[..], more].concat())
}

fn picture(path: &Path) -> Picture {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes, &DecodeLimits::default()).unwrap()
}

/// What a page leads to: files beside it, and places in it.
fn links(page: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let values = page.split(" href=\"").skip(1).chain(page.split(" src=\"").skip(1));
    let values = values.map(|rest| rest.split('"').next().unwrap().to_owned());
    values.partition(|value| !value.starts_with('#'))
}

/// Every way that the page of a run offers leads somewhere, and every image is on it.
fn assert_page_is_whole(run: &Path, images: usize) {
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    let (files, places) = links(&page);
    assert!(
        files.iter().any(|file| file.starts_with("sheets/")) && files.iter().any(|file| file.starts_with("panels/"))
    );
    files.iter().for_each(|file| assert!(run.join(file).is_file(), "`{file}` is not there"));
    places.iter().for_each(|place| {
        assert_eq!(page.matches(&format!(" id=\"{}\"", &place[1..])).count(), 1, "{place}");
    });
    assert_eq!((page.matches("<figure ").count(), page.matches("class=\"box\"").count()), (images, images));
    assert!(!page.contains("<script") && !page.contains("http"));
}

/// The outcomes of a run, and how many images each has.
fn outcomes(run: &Path) -> Vec<(String, usize)> {
    let rows = csv_rows(&run.join("predictions.csv"));
    let names: BTreeSet<String> = rows.iter().map(|row| row["outcome"].clone()).collect();
    names.into_iter().map(|name| (name.clone(), rows.iter().filter(|row| row["outcome"] == name).count())).collect()
}

#[test]
fn an_explanation_has_a_page_and_a_sheet_of_every_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("out"));
    explain(&data, &out, &[]);
    assert_page_is_whole(&out, 6);
    let run: serde_json::Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
    let listed: BTreeSet<&str> = run["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    for (outcome, _) in outcomes(&out) {
        let name = format!("sheets/{outcome}.png");
        assert!(listed.contains(name.as_str()) && picture(&out.join(&name)).width > 480, "{name}");
    }
    for row in csv_rows(&out.join("predictions.csv")) {
        let thumbnail = picture(&out.join(format!("thumbnails/{}.jpg", row["name"])));
        assert_eq!([thumbnail.width, thumbnail.height], [2 * 240 + 4, 240], "the photograph, and it under its map");
        assert!(listed.iter().any(|file| file.starts_with("panels/") && file.contains(&row["name"])));
    }
    assert!(listed.contains("index.html"));
    // Without it, nothing of the kind is written.
    let plain = folder.path().join("plain");
    explain(&data, &plain, &["--save", "panel"]);
    assert!(!["index.html", "sheets", "thumbnails"].iter().any(|name| plain.join(name).exists()));
    let refused = fail(2, &["sheet", &text(&plain), "-o", &text(folder.path().join("s.png"))]);
    assert!(refused.contains("kept no thumbnails") && refused.contains("--save panel,map,gallery"), "{refused}");
}

#[test]
fn a_page_of_someone_else_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out, old) = (six_eyes(folder.path()), folder.path().join("out"), folder.path().join("old"));
    let words = |out: &Path, more: &[&str]| -> Vec<String> {
        let words = ["explain", &demo_model(), &text(&data), "--out", &text(out), "--classes", "normal,glaucoma"];
        words.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let refused = |words: Vec<String>| fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("index.html"), b"mine").unwrap();
    explain(&data, &old, &["--save", "map"]);
    fs::write(old.join("index.html"), b"mine").unwrap();
    for (folder, more) in [(&out, &[][..]), (&out, &["--overwrite"]), (&old, &["--overwrite"])] {
        let said = refused(words(folder, more));
        assert!(said.contains("index.html` is not listed as an earlier run's"), "{said}");
        assert_eq!(fs::read(folder.join("index.html")).unwrap(), b"mine");
    }
    assert!(old.join("run.json").exists() && old.join("maps").exists(), "nothing was removed before it was refused");
    fs::remove_file(out.join("index.html")).unwrap();
    explain(&data, &out, &[]);
    let before = contents(&out);
    explain(&data, &out, &["--overwrite"]);
    assert!(contents(&out) == before, "its own is made anew");
}

#[test]
fn a_sheet_shows_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out, sheet) = (six_eyes(folder.path()), folder.path().join("out"), folder.path().join("s.png"));
    explain(&data, &out, &[]);
    let make = |more: &[&str]| succeed(&[&["sheet", &text(&out), "-o", &text(&sheet), "--overwrite"], more].concat());
    assert!(make(&[]).starts_with("6 images on 1 page"));
    let whole = picture(&sheet);
    assert!(make(&["--columns", "1", "--limit", "2"]).starts_with("2 images on 1 page"));
    assert!(picture(&sheet).width < whole.width);
    for (outcome, count) in outcomes(&out) {
        let said = make(&["--outcome", &outcome]);
        assert!(said.starts_with(&format!("{count} image")), "{outcome}: {said}");
    }
    let labelled = make(&["--label", "glaucoma"]);
    assert!(labelled.starts_with("3 images"), "{labelled}");
    let jpeg = folder.path().join("s.jpg");
    succeed(&["sheet", &text(&out), "-o", &text(&jpeg)]);
    assert_eq!(&fs::read(&jpeg).unwrap()[..2], [0xff, 0xd8]);
    for (words, said) in [
        (vec!["-o", "x.gif"], "a contact sheet is a .png or a .jpg file"),
        (vec!["--outcome", "false_postive", "-o", "x.png"], "no image of the run has the outcome `false_postive`"),
        (vec!["--confidence", "0.1-0.2", "-o", "x.png"], "none of 6 images"),
        (vec!["--confidence", "certain"], "a range `0.5-0.7`"),
        (vec!["-o", &text(&jpeg)], "is there already: --overwrite"),
    ] {
        let error = fail(2, &[&["sheet", &text(&out)], &words[..]].concat());
        assert!(error.contains(said), "{error}");
    }
    assert!(fail(2, &["sheet", &text(folder.path())]).contains("no run lies in"), "a folder without one");
}

#[test]
fn no_page_of_a_sheet_is_written_over_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("out"));
    let first = fs::read_dir(data.join("normal")).unwrap().next().unwrap().unwrap().path();
    fs::copy(&first, data.join("normal/seventh.png")).unwrap();
    explain(&data, &out, &[]);
    let [one, two] = ["many.png", "many.2.png"].map(|name| folder.path().join(name));
    fs::write(&two, b"mine").unwrap();
    let words = ["sheet", &text(&out), "--columns", "1", "-o", &text(&one)];
    let error = fail(2, &words);
    assert!(error.contains("many.2.png` is there already") && !one.exists(), "{error}");
    assert_eq!(fs::read(&two).unwrap(), b"mine");
    let said = succeed(&[&words[..], &["--overwrite"]].concat());
    assert!(said.starts_with("7 images on 2 pages") && picture(&two).height < picture(&one).height, "{said}");
}

#[test]
fn an_audit_draws_its_panels_when_asked_and_its_sheets_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, later) = (six_eyes(folder.path()), folder.path().join("run"), folder.path().join("later"));
    audit(&data, &run, &["--panels"]);
    assert_page_is_whole(&run, 6);
    let panels = contents(&run.join("panels"));
    for (outcome, count) in outcomes(&run) {
        assert_eq!(panels.keys().filter(|path| path.starts_with(&outcome)).count(), count, "{outcome}");
        assert!(run.join(format!("sheets/{outcome}.png")).is_file());
    }
    // A run that is done gets the same, and one that lost some gets these again.
    audit(&data, &later, &[]);
    let sheet = folder.path().join("drawn.png");
    succeed(&["sheet", &text(&later), "-o", &text(&sheet)]);
    let drawn = picture(&sheet);
    audit(&data, &later, &["--panels"]);
    assert_same(&run, &later);
    let lost: PathBuf = later.join("panels").join(panels.keys().next().unwrap());
    fs::remove_file(&lost).unwrap();
    audit(&data, &later, &["--panels"]);
    assert_same(&run, &later);
    succeed(&["sheet", &text(&later), "-o", &text(&sheet), "--overwrite"]);
    assert_eq!(picture(&sheet).size(), drawn.size());
    fs::write(later.join("index.html"), b"mine").unwrap();
    let words = support::audits::arguments(&data, &later, &["--panels"]);
    let error = fail(2, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(error.contains("index.html` was not made by heatlens"), "{error}");
}

#[test]
fn on_a_shared_scale_no_map_is_brighter_than_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    let heat = |scale: &str| {
        let out = folder.path().join(scale);
        explain(&data, &out, &["--class", "all", "--save", "heatmap", "--colormap", "grey", "--scale", scale]);
        let files = contents(&out.join("heatmaps"));
        let brightest = |bytes: &Vec<u8>| *decode(bytes, &DecodeLimits::default()).unwrap().rgb.iter().max().unwrap();
        files.values().map(brightest).collect::<Vec<u8>>()
    };
    let [own, classes, run] = ["map", "classes", "run"].map(heat);
    assert!(own.iter().all(|&level| level >= 254 || level == 0), "{own:?}");
    // Of an image's two classes one is nearly as bright as before (between cells a peak is a little lower
    // than in its own), of the run's maps one.
    let bright = |level: &u8| *level >= 230;
    let count = |levels: &[u8]| levels.iter().filter(|level| bright(level)).count();
    assert!(classes.chunks(2).all(|both| both.iter().any(bright)), "{classes:?}");
    assert!(run.iter().zip(&classes).all(|(run, classes)| run <= classes), "{run:?} {classes:?}");
    assert!((1..count(&classes)).contains(&count(&run)) && count(&classes) < own.len(), "{run:?} {classes:?}");
    let record = fs::read_to_string(folder.path().join("run/run.json")).unwrap();
    assert!(record.contains("\"scale\": \"run\""), "{record}");
}

#[test]
fn outlines_and_contours_are_drawn_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    let panels = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        explain(&data, &out, &[&["--save", "panel", "--limit", "2"], more].concat());
        contents(&out.join("panels"))
    };
    let plain = panels("plain", &[]);
    let outlined = panels("outlined", &["--outline", "cup,disc"]);
    let contoured = panels("contoured", &["--contours"]);
    assert!(plain.keys().eq(outlined.keys()) && plain.keys().eq(contoured.keys()));
    for (path, bytes) in &plain {
        let [plain, outlined] = [bytes, &outlined[path]].map(|bytes| decode(bytes, &DecodeLimits::default()).unwrap());
        assert_eq!(plain.width, outlined.width);
        assert!(outlined.height > plain.height, "a note says what the lines are");
        let white =
            |picture: &Picture| picture.rgb.chunks_exact(3).take(plain.width * 500).filter(|p| **p == [255; 3]).count();
        assert!(white(&outlined) > white(&plain) + 100);
        assert_ne!(bytes, &contoured[path]);
    }
    let record = fs::read_to_string(folder.path().join("outlined/run.json")).unwrap();
    assert!(record.contains("\"outline\"") && !record.contains("\"contours\""), "{record}");
}
