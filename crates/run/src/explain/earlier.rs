//! What an earlier explanation left in the folder of a new one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use heatlens_record::{RunDirectory, RunError, Task};

use super::begun::BEGUN;
use super::journal::JOURNAL;
use crate::Error;
use crate::outputs::{FOLDERS, LIST, LIST_HEAD, PAGE};

const RECORD: &str = "run.json";
/// The files of every explanation beside its pictures and maps; what lists others comes last, so
/// that clearing can go on where it stopped.
const FILES: [&str; 6] = ["predictions.csv", "predictions.csv.partial", RECORD, JOURNAL, BEGUN, LIST];

/// Removes what an earlier run listed as its own if `overwrite`, and says what else lies where it
/// did.
///
/// # Errors
/// [`RunError::Occupied`] if something lies there and may not be overwritten, [`RunError::Unlisted`]
/// if nothing lists it, [`RunError::Damaged`], [`RunError::Disk`].
pub fn cleared(directory: &RunDirectory, overwrite: bool) -> Result<Option<String>, Error> {
    let root = directory.root();
    let Some(found) =
        FILES.iter().chain(&FOLDERS).chain([&PAGE]).map(|name| root.join(name)).find(|path| path.exists())
    else {
        return Ok(None);
    };
    // What --overwrite would leave alone is said before it is asked for.
    let listed = match listed(directory) {
        Ok(None) => Err(RunError::Unlisted { path: found, what: "is not listed as an earlier run's" }),
        Err(RunError::Damaged { .. }) => {
            Err(RunError::Unlisted { path: root.clone(), what: "holds a damaged run.json, which lists nothing" })
        }
        _ if !overwrite => Err(RunError::Occupied { path: root.clone(), found }),
        listed => listed.map(Option::unwrap_or_default),
    }?;
    // Only a run that listed its page has one; any other is someone's own, and would be written over.
    let page = root.join(PAGE);
    if page.exists() && !listed.contains(PAGE) {
        return Err(RunError::Unlisted { path: page, what: "is not listed as an earlier run's" }.into());
    }
    let disk = |path: &Path, source| RunError::Disk { path: path.to_owned(), source };
    remove(root.as_path(), listed.iter().map(String::as_str))?;
    FILES.iter().try_for_each(|name| removed(&root.join(name)))?;
    let mut kept = Vec::new();
    for folder in FOLDERS.map(|name| root.join(name)).iter().filter(|folder| folder.exists()) {
        kept.extend(emptied(folder).map_err(|source| disk(folder, source))?);
    }
    Ok(kept.first().map(|first| {
        let (count, verb) = (kept.len(), if kept.len() == 1 { "file stays that is" } else { "files stay that are" });
        format!("{count} {verb} not listed as the earlier run's, such as `{}`", first.display())
    }))
}

/// Removes files that a run listed, and nothing that lies elsewhere than its files do.
///
/// # Errors
/// [`RunError::Disk`].
pub fn remove<'a>(root: &Path, listed: impl Iterator<Item = &'a str>) -> Result<(), RunError> {
    let mut listed = listed.filter(|name| is_of_run(root, name));
    // What a killed process was writing bears another name.
    listed.try_for_each(|name| removed(&root.join(name)).and(removed(&root.join(format!("{name}.partial")))))
}

fn removed(path: &Path) -> Result<(), RunError> {
    // Names that no file can have are in a list that was damaged.
    const NONE: [ErrorKind; 4] =
        [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidInput, ErrorKind::InvalidFilename];
    match fs::remove_file(path) {
        // A folder in the place of a file is someone else's.
        Err(_) if path.is_dir() => Ok(()),
        Err(source) if !NONE.contains(&source.kind()) => Err(RunError::Disk { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// What a run that has not ended listed before it wrote it.
pub fn unended(directory: &RunDirectory) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(directory.location(LIST)).ok()?;
    Some(text.strip_prefix(LIST_HEAD)?.lines().map(str::to_owned).collect())
}

/// What an earlier run listed as its own; none where nothing says that it was one.
fn listed(directory: &RunDirectory) -> Result<Option<BTreeSet<String>>, RunError> {
    let unended = unended(directory);
    let mut all = unended.clone().unwrap_or_default();
    match directory.record() {
        Ok(record) if record.task != Task::Explain => {
            return Err(RunError::Unlisted { path: directory.root(), what: "holds a run of `heatlens audit`" });
        }
        Ok(record) if !record.is_sealed() => {
            let what = "holds a run of an older heatlens, which does not list its files";
            return Err(RunError::Unlisted { path: directory.root(), what });
        }
        Ok(record) => all.extend(record.files),
        Err(RunError::NoRun { .. }) if unended.is_none() => return Ok(None),
        Err(RunError::NoRun { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(Some(all))
}

/// Whether a listed name leads to where an explanation writes, and not, by way of a link either, to
/// anywhere else.
fn is_of_run(root: &Path, name: &str) -> bool {
    let path = Path::new(name);
    let below = path.components().all(|part| matches!(part, Component::Normal(_)))
        && (name == PAGE || FOLDERS.iter().any(|folder| path.starts_with(folder)));
    let parent = root.join(path.parent().unwrap_or(path)).canonicalize();
    below && matches!((parent, root.canonicalize()), (Ok(parent), Ok(root)) if parent.starts_with(&root))
}

/// Removes folders without files; the files where there are some.
fn emptied(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if folder.is_symlink() || !folder.is_dir() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut kept = Vec::new();
    for entry in entries {
        kept.extend(emptied(&entry)?);
    }
    if kept.is_empty() {
        fs::remove_dir(folder)?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_removed_and_damaged_names_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("maps/folder")).unwrap();
        ["maps/a.npy", "maps/a.npy.partial", "mine.txt"].iter().for_each(|name| {
            fs::write(folder.path().join(name), "").unwrap();
        });
        let long = format!("maps/{}", "a".repeat(5000));
        let damaged = ["maps/a\0b.npy", "maps/a.npy/b", &long, "maps/gone.npy", "maps/folder", "mine.txt", "../x", ""];
        remove(folder.path(), damaged.into_iter()).unwrap();
        assert!(folder.path().join("maps/a.npy").exists());
        remove(folder.path(), ["maps/a.npy"].into_iter()).unwrap();
        let left = |name: &str| fs::read_dir(folder.path().join(name)).unwrap().count();
        assert_eq!((left(""), left("maps"), left("maps/folder")), (2, 1, 0));
    }
}
