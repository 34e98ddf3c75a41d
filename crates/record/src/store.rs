//! Where the files of a run lie: a folder on this machine, or whatever else can list, read and
//! write names.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use heatlens_files::Kind;

use crate::{Lock, RunError};

/// How sure it must be that a file outlives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Written through to the disk before it gets its name: measurements, which others build on.
    Synced,
    /// Whole or not there, in the system's own time: pictures, which can be drawn again.
    Renamed,
}

/// Writes the content of a file.
pub type Content<'a> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'a;

/// A folder of files by names relative to it, with `/` between folders.
pub trait Store: Debug + Send + Sync {
    /// Names of the files directly in a folder; none where there is no such folder.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if there is none of this name; what else the store says.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// What the store says; the name then has the bytes that it had before, if any.
    fn write(&self, name: &str, bytes: &[u8], durability: Durability) -> io::Result<()>;

    /// Adds bytes to the end of a file, which is made where it is not there. Where it fails, some of
    /// them may have been added.
    ///
    /// # Errors
    /// What the store says.
    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, in the place of what bears it.
    ///
    /// # Errors
    /// What the store says; both names then stand for what they did before.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Writes a file whole or not at all, as `content` makes it: what is large need not be held.
    ///
    /// # Errors
    /// As [`Store::write`]; what `content` says.
    fn write_with(&self, name: &str, durability: Durability, content: &mut Content<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        self.write(name, &bytes, durability)
    }

    /// Where a name lies, for messages.
    fn location(&self, name: &str) -> PathBuf;

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// If that cannot be told.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Removes a file, or a folder without files; nothing where there is none of this name.
    ///
    /// # Errors
    /// What the store says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Keeps other processes out, where the store can.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another process has it; [`RunError::Disk`].
    fn lock(&self) -> Result<Option<Lock>, RunError> {
        Ok(None)
    }
}

/// A folder on this machine.
#[derive(Clone, Debug)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// The folder at `root`, which the first file that is written makes.
    pub fn new(root: &Path) -> LocalStore {
        LocalStore { root: root.to_owned() }
    }
}

impl Store for LocalStore {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.root.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        heatlens_files::read(&self.root.join(name), Kind::Tensor)
    }

    fn write(&self, name: &str, bytes: &[u8], durability: Durability) -> io::Result<()> {
        self.write_with(name, durability, &mut |file| file.write_all(bytes))
    }

    /// Under a temporary name first, then renamed.
    fn write_with(&self, name: &str, durability: Durability, content: &mut Content<'_>) -> io::Result<()> {
        let (path, partial) = (self.root.join(name), self.root.join(format!("{name}.partial")));
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        let mut file = File::create(&partial)?;
        content(&mut file)?;
        if durability == Durability::Synced {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&partial, &path)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        File::options().create(true).append(true).open(self.root.join(name))?.write_all(bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.root.join(from), self.root.join(to))
    }

    fn location(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.root.join(name).try_exists()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.root.join(name);
        match if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) } {
            Err(error) if [ErrorKind::NotFound, ErrorKind::DirectoryNotEmpty].contains(&error.kind()) => Ok(()),
            removed => removed,
        }
    }

    fn lock(&self) -> Result<Option<Lock>, RunError> {
        Lock::take(&self.root).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_and_what_is_absent_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(&folder.path().join("run"));
        assert!(store.list("images").unwrap().is_empty());
        store.write("images/part-00001.parquet", b"PAR1", Durability::Synced).unwrap();
        store.write("images/part-00001.parquet", b"PAR2", Durability::Renamed).unwrap();
        assert_eq!(store.list("images").unwrap(), ["part-00001.parquet"]);
        assert_eq!(store.read("images/part-00001.parquet").unwrap(), b"PAR2");
        assert_eq!(store.read("run.json").unwrap_err().kind(), ErrorKind::NotFound);
        store.append("rows", b"a\n").unwrap();
        store.append("rows", b"b\n").unwrap();
        store.rename("rows", "run.json.old").unwrap();
        assert_eq!(store.read("run.json.old").unwrap(), b"a\nb\n");
        assert!(store.exists("images/part-00001.parquet").unwrap() && !store.exists("run.json").unwrap());
    }
}
