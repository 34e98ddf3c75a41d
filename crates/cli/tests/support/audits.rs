//! Audits of rendered eyes with the classifier that the command ships.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::{demo_model, succeed, text};

/// Rendered eyes in class folders: `copies` of each of the 24 of the demonstration.
pub fn write_eyes(folder: &Path, copies: usize) {
    for eye in heatlens_fundus::demo_set() {
        let picture = heatlens_imaging::Picture {
            width: eye.photograph.size,
            height: eye.photograph.size,
            rgb: eye.photograph.rgb,
        };
        let bytes = heatlens_imaging::encode_png(&picture).unwrap();
        std::fs::create_dir_all(folder.join(eye.label)).unwrap();
        (0..copies).for_each(|copy| {
            std::fs::write(folder.join(eye.label).join(format!("{}-{copy}.png", eye.name)), &bytes).unwrap()
        });
    }
}

/// 96 rendered eyes in class folders, more than two parts; each of the 24 of the demonstration four
/// times.
pub fn eyes() -> &'static Path {
    static EYES: OnceLock<TempDir> = OnceLock::new();
    let folder = EYES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write_eyes(&folder.path().join("eyes"), 4);
        folder
    });
    Box::leak(folder.path().join("eyes").into_boxed_path())
}

pub fn arguments(data: &Path, out: &Path, more: &[&str]) -> Vec<String> {
    let words = [
        "audit",
        &demo_model(),
        "--data",
        &text(data),
        "--out",
        &text(out),
        "--preprocess",
        "imagenet-exact",
        "--experiments",
        "3",
    ];
    words.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

pub fn audit(data: &Path, out: &Path, more: &[&str]) -> String {
    let words = arguments(data, out, more);
    succeed(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Every file below a folder by its relative name.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                files.insert(entry.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&entry).unwrap());
            }
        }
    }
    files
}

pub fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    a.iter().for_each(|(name, bytes)| assert!(bytes == &b[name], "`{}` differs", name.display()));
}

/// Three eyes of each class in class folders below `folder`.
pub fn six_eyes(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    for class in ["normal", "glaucoma"] {
        std::fs::create_dir_all(data.join(class)).unwrap();
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(eyes().join(class)).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names.iter().step_by(4).take(3).for_each(|path| {
            std::fs::copy(path, data.join(class).join(path.file_name().unwrap())).unwrap();
        });
    }
    data
}
