//! Labels of images that are explained: from tables as people have them, and from folders.

mod support;

use std::path::{Path, PathBuf};

use heatlens_imaging::{Picture, encode_png};
use support::*;

/// Eight pictures, `0.png` to `7.png`, of which the second half has glaucoma.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new(folder: impl Fn(usize) -> &'static str) -> Scene {
        let scene = Scene(tempfile::tempdir().unwrap());
        for i in 0..8 {
            let folder = scene.path("images").join(folder(i));
            std::fs::create_dir_all(&folder).unwrap();
            let picture = Picture::filled(32, 32, [20 + 25 * i as u8, 90, 60]);
            std::fs::write(folder.join(format!("{i}.png")), encode_png(&picture).unwrap()).unwrap();
        }
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What explaining says, and the label of each image.
    fn explain(&self, options: &[&str]) -> (String, Vec<String>) {
        let (model, images, out) = (demo_model(), text(self.path("images")), text(self.path("out")));
        let fixed = ["explain", &model, &images, "--save", "none", "--overwrite", "--out", &out];
        let output = heatlens(&[&fixed[..], options].concat());
        let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
        assert!(output.status.success(), "{said}");
        let rows = csv_rows(&Path::new(&out).join("predictions.csv"));
        (said, rows.iter().map(|row| row["label"].clone()).collect())
    }

    /// The same with a table of these lines, for images 0 to 7.
    fn table(&self, header: &str, line: impl Fn(usize) -> String, classes: &str) -> (String, Vec<String>) {
        let lines: String = (0..8).map(|i| line(i) + "\n").collect();
        let table = self.path("labels.csv");
        std::fs::write(&table, format!("{header}\n{lines}")).unwrap();
        self.explain(&["--classes", classes, "--labels", &text(table)])
    }
}

fn expected() -> Vec<String> {
    (0..8).map(|i| if i < 4 { "normal" } else { "glaucoma" }.to_owned()).collect()
}

#[test]
fn a_table_means_what_it_says_whatever_the_order_of_classes() {
    let scene = Scene::new(|_| "");
    let bit = |yes: bool| if yes { "1" } else { "0" };
    for classes in ["normal,glaucoma", "glaucoma,normal"] {
        let labels = |header, line: &dyn Fn(usize) -> String| scene.table(header, line, classes).1;
        assert_eq!(labels("image,glaucoma", &|i| format!("{i}.png,{}", bit(i > 3))), expected());
        assert_eq!(labels("Filename;Glaucoma", &|i| format!("{i};{}", if i > 3 { "Yes" } else { "No" })), expected());
        assert_eq!(labels("challenge_id,class", &|i| format!("{i},{}", if i > 3 { "RG" } else { "NRG" })), expected());
        let one_hot = |i: usize| format!("{i}.png,{},{}", bit(i > 3), bit(i < 4));
        assert_eq!(labels("image,glaucoma,normal", &one_hot), expected());
    }
    let (said, _) =
        scene.table("image,label", |i| format!("{i}.png,{}", if i > 3 { "Yes" } else { "No" }), "normal,glaucoma");
    assert!(said.contains("`No` (4) as normal, `Yes` (4) as glaucoma"), "{said}");
}

#[test]
fn an_audit_reads_what_explaining_reads() {
    let scene = Scene::new(|_| "");
    let (table, run) = (text(scene.path("images/labels.csv")), text(scene.path("run")));
    let write = |label: &dyn Fn(bool) -> &'static str| {
        let lines: String = (0..8).map(|i| format!("{i}.png,{}\n", label(i > 3))).collect();
        std::fs::write(&table, format!("image,label\n{lines}")).unwrap();
    };
    let audit = ["audit", &demo_model(), "--data", &table, "--classes", "glaucoma,normal", "--out", &run];
    let audit = [&audit[..], &["--experiments", "0"]].concat();
    write(&|yes| if yes { "RG" } else { "NRG" });
    let read = "labels were read: `NRG` (4) as normal, `RG` (4) as glaucoma (`--labels NRG=glaucoma,RG=normal` changes \
                it)";
    let said = String::from_utf8_lossy(&heatlens(&audit).stderr).into_owned();
    assert!(said.contains(read), "{said}");
    assert!(std::fs::read_to_string(scene.path("run/run.json")).unwrap().contains(read));
    let (said, _) = scene.explain(&["--classes", "glaucoma,normal", "--labels", &table]);
    assert!(said.contains(read), "{said}");

    write(&|yes| if yes { "1" } else { "0" });
    let said = fail(2, &audit);
    assert!(
        said.contains(
            "`--labels 0=normal,1=glaucoma` (4 normal, 4 glaucoma) or `--labels 0=glaucoma,1=normal` (4 glaucoma, 4 normal)"
        ),
        "{said}"
    );
}

#[test]
fn what_a_number_means_is_asked() {
    let scene = Scene::new(|_| "");
    let (table, images, out) = (text(scene.path("t.csv")), text(scene.path("images")), text(scene.path("out")));
    std::fs::write(&table, "image,label\n0.png,0\n1.png,1\n").unwrap();
    let arguments =
        ["explain", &demo_model(), &images, "--classes", "glaucoma,normal", "--labels", &table, "--out", &out];
    let said = fail(2, &arguments);
    assert!(said.contains("`--labels 0=glaucoma,1=normal`"), "{said}");
}

#[test]
fn images_without_a_label_are_counted_and_named() {
    let scene = Scene::new(|i| if i < 4 { "normal" } else { "Glaucoma_Positive" });
    let (said, labels) = scene.explain(&["--classes", "normal,glaucoma", "--labels", "folders"]);
    assert_eq!(labels.iter().filter(|label| label.is_empty()).count(), 4);
    for words in [
        "4 have none",
        "4 of 8 images are in a folder that is named as no class",
        "`--labels Glaucoma_Positive=glaucoma`",
    ] {
        assert!(said.contains(words), "no {words:?} in\n{said}");
    }
    let way_out = ["--classes", "normal,glaucoma", "--labels", "folders", "--labels", "Glaucoma_Positive=glaucoma"];
    let (said, labels) = scene.explain(&way_out);
    assert!(labels.iter().all(|label| !label.is_empty()) && !said.contains("have none"), "{said}");

    let flat = Scene::new(|_| "");
    let (said, _) =
        flat.table("image,label", |i| format!("{},normal", if i < 4 { i } else { i + 90 }), "normal,glaucoma");
    assert!(said.contains("4 of 8 images have no label in"), "{said}");
}

#[test]
fn folders_that_may_be_the_classes_are_hinted_at() {
    let scene = Scene::new(|i| if i < 4 { "normal" } else { "glaucoma" });
    let (said, _) = scene.explain(&[]);
    assert!(said.contains("or --classes normal,glaucoma") && said.contains("say --labels folders"), "{said}");
    let (said, _) = scene.explain(&["--labels", "folders"]);
    assert!(said.contains("in the order normal,glaucoma") && said.contains("of 8 are right"), "{said}");
}

#[test]
fn a_model_that_is_wrong_beyond_chance_looks_turned_round() {
    let scene = Scene::new(|_| "");
    let (_, predicted) = {
        let out = scene.explain(&["--classes", "normal,glaucoma"]);
        let rows = csv_rows(&scene.path("out").join("predictions.csv"));
        (out, rows.iter().map(|row| row["predicted"].clone()).collect::<Vec<_>>())
    };
    let other = |i: usize| if predicted[i] == "normal" { "glaucoma" } else { "normal" };
    let (said, _) = scene.table("image,label", |i| format!("{i}.png,{}", other(i)), "normal,glaucoma");
    assert!(said.contains("look turned round") && said.contains("--classes glaucoma,normal"), "{said}");
}
