//! What an earlier explanation left in the folder of a new one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use heatlens_record::{RunDirectory, RunError, Task};

use crate::Error;
use crate::outputs::{FOLDERS, LIST, LIST_HEAD};

const RECORD: &str = "run.json";
/// The files of every explanation beside its pictures and maps; what lists others comes last, so
/// that clearing can go on where it stopped.
const FILES: [&str; 4] = ["predictions.csv", "predictions.csv.partial", RECORD, LIST];

/// Removes what an earlier run listed as its own if `overwrite`, and says what else lies where it
/// did.
///
/// # Errors
/// [`RunError::Occupied`] if something lies there and may not be overwritten, [`RunError::Unlisted`]
/// if nothing lists it, [`RunError::Damaged`], [`RunError::Disk`].
pub fn cleared(directory: &RunDirectory, overwrite: bool) -> Result<Option<String>, Error> {
    let root = directory.root();
    let Some(found) = FILES.iter().chain(&FOLDERS).map(|name| root.join(name)).find(|path| path.exists()) else {
        return Ok(None);
    };
    if !overwrite {
        return Err(RunError::Occupied { path: root, found }.into());
    }
    let listed =
        listed(directory)?.ok_or(RunError::Unlisted { path: found, what: "is not listed as an earlier run's" })?;
    let disk = |path: &Path, source| RunError::Disk { path: path.to_owned(), source };
    for name in listed.iter().filter(|name| is_of_run(&root, name)).map(String::as_str).chain(FILES) {
        let path = root.join(name);
        match fs::remove_file(&path) {
            // A folder in the place of a file is someone else's.
            Err(_) if path.is_dir() => {}
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(disk(&path, error).into()),
            _ => {}
        }
    }
    let mut kept = Vec::new();
    for folder in FOLDERS.map(|name| root.join(name)).iter().filter(|folder| folder.exists()) {
        kept.extend(emptied(folder).map_err(|source| disk(folder, source))?);
    }
    Ok(kept.first().map(|first| {
        let (count, verb) = (kept.len(), if kept.len() == 1 { "file stays that is" } else { "files stay that are" });
        format!("{count} {verb} not listed as the earlier run's, such as `{}`", first.display())
    }))
}

/// What an earlier run listed as its own; none where nothing says that it was one.
fn listed(directory: &RunDirectory) -> Result<Option<BTreeSet<String>>, RunError> {
    let unended = fs::read_to_string(directory.location(LIST)).ok();
    let unended = unended.as_deref().and_then(|text| text.strip_prefix(LIST_HEAD));
    let mut all: BTreeSet<String> = unended.unwrap_or_default().lines().map(str::to_owned).collect();
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
        && FOLDERS.iter().any(|folder| path.starts_with(folder));
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
