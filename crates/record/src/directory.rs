//! The folder of a run: what it holds is one run, which goes on where it stopped.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::{Content, Difference, Durability, LocalStore, Lock, PART, RunError, RunRecord, Store, Task};

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    pub(crate) store: Arc<dyn Store>,
    expected: OnceLock<Expected>,
    lock: Option<Arc<Lock>>,
}

/// What the run's record says of its parts.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The hash of the run, which every part bears; none of older versions, whose parts bear none.
    pub(crate) run: Option<String>,
    /// How many there are when all is done.
    pub(crate) parts: usize,
}

/// What a run is: all that its results depend on, and the date of its first start.
const RUN: &str = "run.json";

impl RunDirectory {
    /// A folder on this machine, whatever it holds.
    pub fn at(root: &Path) -> RunDirectory {
        RunDirectory::over(Arc::new(LocalStore::new(root)))
    }

    /// The run that lies in a store, whatever it holds.
    pub fn over(store: Arc<dyn Store>) -> RunDirectory {
        RunDirectory { store, expected: OnceLock::new(), lock: None }
    }

    /// Keeps other processes out of it as long as this is there. Workers that share a run, each with
    /// parts of its own, leave it open to each other.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another process has it; [`RunError::Disk`].
    pub fn alone(mut self) -> Result<RunDirectory, RunError> {
        self.lock = self.store.lock()?.map(Arc::new);
        Ok(self)
    }

    /// For a run described by `record`: nothing lies there yet, or parts of the same run do. What
    /// `run.json` says in words is said anew, but for the date.
    ///
    /// # Errors
    /// [`RunError::Another`] if another run lies there, [`RunError::Stranger`] if parts of another
    /// do, [`RunError::Damaged`], [`RunError::Disk`].
    pub fn opened(mut self, record: &RunRecord) -> Result<RunDirectory, RunError> {
        let found = match self.record() {
            Err(RunError::NoRun { .. }) => None,
            found => Some(found?),
        };
        if let Some(difference) = found.as_ref().and_then(|found| Difference::between(found, record)) {
            return Err(RunError::Another { path: self.root(), difference });
        }
        self.expected = OnceLock::from(Expected::by(record));
        if found.is_none() {
            self.inspect()?;
        }
        let date = found.as_ref().map_or_else(|| record.date.clone(), |found| found.date.clone());
        let record = RunRecord { date, ..record.clone() };
        if found.as_ref() != Some(&record) {
            self.write(RUN, &record.to_json())?;
        }
        Ok(self)
    }

    /// Where it lies.
    pub fn root(&self) -> PathBuf {
        self.store.location("")
    }

    /// Where one of its files lies.
    pub fn location(&self, name: &str) -> PathBuf {
        self.store.location(name)
    }

    /// What `run.json` says.
    ///
    /// # Errors
    /// [`RunError::NoRun`] if there is none, [`RunError::Damaged`] if it cannot be understood,
    /// [`RunError::Disk`].
    pub fn record(&self) -> Result<RunRecord, RunError> {
        let bytes = match self.store.read(RUN) {
            Err(source) if source.kind() == ErrorKind::NotFound => return Err(RunError::NoRun { path: self.root() }),
            bytes => bytes.map_err(|source| self.disk(RUN, source))?,
        };
        RunRecord::from_json(&bytes).map_err(|reason| self.damaged(RUN, reason))
    }

    /// The same of a run that measured something.
    ///
    /// # Errors
    /// As [`RunDirectory::record`]; [`RunError::OtherTask`] where another command made it.
    pub fn audit_record(&self) -> Result<RunRecord, RunError> {
        let record = self.record()?;
        match record.task {
            Task::Audit => Ok(record),
            other => Err(RunError::OtherTask { path: self.root(), found: other.name() }),
        }
    }

    /// What `run.json` says of the parts.
    ///
    /// # Errors
    /// As [`RunDirectory::record`].
    pub(crate) fn expected(&self) -> Result<&Expected, RunError> {
        if self.expected.get().is_none() {
            let _ = self.expected.set(Expected::by(&self.record()?));
        }
        Ok(self.expected.get().expect("set where it was not"))
    }

    /// Writes a file whole or not at all, and through to the disk.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.write_as(name, bytes, Durability::Synced)
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write_as(&self, name: &str, bytes: &[u8], durability: Durability) -> Result<(), RunError> {
        self.store.write(name, bytes, durability).map_err(|source| self.disk(name, source))
    }

    /// Adds bytes to the end of a file.
    ///
    /// # Errors
    /// [`RunError::Disk`]; some of the bytes may have been added.
    pub fn append(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.store.append(name, bytes).map_err(|source| self.disk(name, source))
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn rename(&self, from: &str, to: &str) -> Result<(), RunError> {
        self.store.rename(from, to).map_err(|source| self.disk(from, source))
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn remove(&self, name: &str) -> Result<(), RunError> {
        self.store.remove(name).map_err(|source| self.disk(name, source))
    }

    /// Writes a file whole or not at all, as `content` makes it.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write_with(&self, name: &str, durability: Durability, content: &mut Content<'_>) -> Result<(), RunError> {
        self.store.write_with(name, durability, content).map_err(|source| self.disk(name, source))
    }

    pub(crate) fn disk(&self, name: &str, source: io::Error) -> RunError {
        RunError::Disk { path: self.store.location(name), source }
    }

    pub(crate) fn damaged(&self, name: &str, reason: String) -> RunError {
        RunError::Damaged { path: self.store.location(name), reason }
    }
}

impl Expected {
    fn by(record: &RunRecord) -> Expected {
        let run = record.is_sealed().then(|| record.hash());
        Expected { run, parts: record.data.cases.div_ceil(PART) }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::run_json::tests::record;

    #[test]
    fn another_run_is_refused_and_the_same_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let open = |record: &RunRecord| RunDirectory::at(folder.path()).opened(record);
        assert!(matches!(RunDirectory::at(folder.path()).record(), Err(RunError::NoRun { .. })));
        open(&record()).unwrap();
        assert!(open(&RunRecord { date: Some("2026-01-01".into()), ..record() }).is_ok(), "the date is no difference");
        let error = open(&RunRecord { seed: 1, ..record() }).unwrap_err();
        assert!(matches!(&error, RunError::Another { difference, .. } if difference.field == "seed"), "{error}");
        fs::write(folder.path().join("run.json"), b"{").unwrap();
        assert!(matches!(open(&record()), Err(RunError::Damaged { .. })));
    }
}
