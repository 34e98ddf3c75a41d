//! The files below a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::DataError;
use super::error::counted;
use crate::outputs;

/// All files below a folder, sorted. Hidden ones are left out and links to folders not followed:
/// they could lead back up.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) leaves: Vec<Leaf>,
    /// Folders that earlier runs made.
    outputs: Vec<PathBuf>,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) path: PathBuf,
    /// Relative to the root, with `/`.
    pub(super) name: String,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Tree, DataError> {
        let mut tree = Tree { root: root.to_owned(), leaves: Vec::new(), outputs: Vec::new() };
        walk(root, "", &mut tree)?;
        Ok(tree)
    }

    /// Files that a photograph may be in, by their extension.
    pub(super) fn images(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.has_extension(heatlens_imaging::EXTENSIONS))
    }

    /// What is said of the other files, and of what earlier runs made.
    pub(super) fn left_out(&self) -> Vec<String> {
        let others = self.leaves.iter().filter(|leaf| !leaf.has_extension(heatlens_imaging::EXTENSIONS));
        let others = left_out(others.map(|leaf| leaf.path.as_path()));
        others.into_iter().chain(outputs::said(&self.outputs)).collect()
    }

    /// The files whose names end as asked, in any case: `OrigaList.csv`, `GT/a.png`.
    pub(super) fn find(&self, end: &str) -> impl Iterator<Item = &Leaf> {
        let end = end.to_lowercase();
        self.leaves.iter().filter(move |leaf| {
            let name = leaf.name.to_lowercase();
            name.strip_suffix(&end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    }
}

/// The name of an image below a folder, with the extension that a table left out where one file
/// alone has that name; else as it is written.
pub(super) fn completed(root: &Path, name: String) -> String {
    if root.join(&name).exists() {
        return name;
    }
    // By where they lie: some file systems do not tell cases apart.
    let mut there = BTreeMap::new();
    for extension in heatlens_imaging::EXTENSIONS {
        for written in [extension.to_lowercase(), extension.to_uppercase()] {
            let full = format!("{name}.{written}");
            if let Ok(path) = root.join(&full).canonicalize() {
                there.entry(path).or_insert(full);
            }
        }
    }
    if there.len() == 1 { there.into_values().next().unwrap_or(name) } else { name }
}

impl Leaf {
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        has_extension(&self.path, extensions)
    }

    /// The file name without its extension, in lower case.
    pub(super) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
    }

    /// The folders it lies in, below the root, in lower case.
    pub(super) fn folders(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.name.split('/').map(str::to_lowercase).collect();
        parts.pop();
        parts
    }

    /// The part of the set that a folder's name tells.
    pub(super) fn split(&self) -> Option<String> {
        self.folders().iter().find_map(|folder| split_of(folder)).map(str::to_owned)
    }
}

/// Whether a file's extension is one of these, in any case.
pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|e| extensions.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// What is said of files in a folder of photographs that are none by their extension: how many
/// there are of each.
pub fn left_out<'a>(files: impl Iterator<Item = &'a Path>) -> Option<String> {
    let extension = |path: &Path| {
        path.extension().map_or("none".to_owned(), |e| format!(".{}", e.to_string_lossy().to_lowercase()))
    };
    let mut extensions = BTreeMap::<String, usize>::new();
    files.for_each(|path| *extensions.entry(extension(path)).or_default() += 1);
    let mut extensions: Vec<(String, usize)> = extensions.into_iter().collect();
    extensions.sort_by_key(|(_, files)| std::cmp::Reverse(*files));
    let files: usize = extensions.iter().map(|(_, files)| files).sum();
    let plural = if files == 1 { "" } else { "s" };
    (files > 0).then(|| {
        format!("left out: {files} file{plural} whose extension is that of no image: {}", counted(&extensions))
    })
}

/// `train`, `validation` or `test` for a folder named so or such as `Training400`, `test_set`,
/// `REFUGE-Validation400-GT`.
pub(super) fn split_of(folder: &str) -> Option<&'static str> {
    let folder = folder.to_lowercase();
    folder.split(|c: char| !c.is_ascii_alphabetic()).find_map(|word| match word {
        "train" | "training" => Some("train"),
        "val" | "valid" | "validation" => Some("validation"),
        "test" | "testing" => Some("test"),
        _ => None,
    })
}

fn walk(folder: &Path, prefix: &str, tree: &mut Tree) -> Result<(), DataError> {
    let fail = |source| DataError::Read { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(fail)?;
    let mut entries =
        entries.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>().map_err(fail)?;
    entries.sort();
    for path in entries {
        let last = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if last.starts_with('.') || last == "__MACOSX" {
            continue;
        }
        let name = format!("{prefix}{last}");
        if !path.is_dir() {
            tree.leaves.push(Leaf { path, name });
        } else if outputs::is_output(&path) {
            tree.outputs.push(path);
        } else if !path.is_symlink() {
            walk(&path, &format!("{name}/"), tree)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_sorted_without_hidden_ones() {
        let root = tempfile::tempdir().unwrap();
        for file in ["b.jpg", "Training400/Glaucoma/g1.JPG", ".git/x.jpg", "notes.txt"] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let tree = Tree::read(root.path()).unwrap();
        assert_eq!(
            tree.leaves.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
            ["Training400/Glaucoma/g1.JPG", "b.jpg", "notes.txt"]
        );
        let first = tree.images().next().unwrap();
        assert_eq!((first.stem(), first.split()), ("g1".into(), Some("train".into())));
        assert_eq!(tree.find("glaucoma/G1.jpg").count(), 1);
        assert_eq!(tree.find("1.jpg").count(), 0);
        assert!(Tree::read(&root.path().join("nowhere")).is_err());
    }

    #[test]
    fn parts_are_told_by_words_not_by_letters() {
        assert_eq!(split_of("test_set"), Some("test"));
        assert_eq!(split_of("REFUGE-Validation400-GT"), Some("validation"));
        assert_eq!(split_of("contest"), None);
    }
}
