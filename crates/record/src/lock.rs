//! One process at a time in a folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::RunError;

/// The file by which a folder is held; it holds the process's number.
const NAME: &str = "heatlens.lock";

/// A folder that this process alone writes into until this is dropped. The system lets go of what a
/// killed process held, so that a file it left behind holds nothing.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Closed last, which lets go of the lock.
    _file: Option<File>,
}

impl Lock {
    /// Takes a folder, which is made where it is not there.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another process has it; [`RunError::Disk`].
    pub fn take(folder: &Path) -> Result<Lock, RunError> {
        let path = folder.join(NAME);
        match held(folder, &path) {
            Ok(Some(file)) => Ok(Lock { path, _file: file }),
            Ok(None) => {
                let holder = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
                Err(RunError::Busy { path: folder.to_owned(), holder })
            }
            Err(source) => Err(RunError::Disk { path, source }),
        }
    }
}

/// The locked file, without one where the file system has no locks; none where another has it.
fn held(folder: &Path, path: &Path) -> io::Result<Option<Option<File>>> {
    fs::create_dir_all(folder)?;
    loop {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(Some(None)),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => {}
        }
        let process = format!("{}\n", std::process::id());
        file.set_len(0)?;
        io::Write::write_all(&mut &file, process.as_bytes())?;
        // Whoever had it may have taken the file away between opening and locking.
        if fs::read_to_string(path).is_ok_and(|there| there == process) {
            return Ok(Some(Some(file)));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is left behind holds nothing.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_a_file_left_behind_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let lock = Lock::take(&run).unwrap();
        let error = Lock::take(&run).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);
        assert_eq!(fs::read_dir(&run).unwrap().count(), 0);
        fs::write(run.join(NAME), "123456\n").unwrap();
        drop(Lock::take(&run).unwrap());
        Lock::take(&run).unwrap();
    }
}
