//! A run on disk: parts that are whole or not there, so that a run that was killed goes on where it
//! stopped.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{
    CauseRow, Difference, Durability, ImageRow, LocalStore, MapRow, RemainderRow, Row, RunError, RunRecord, Store, Task,
};

/// Cases a part. Small enough to lose little, large enough for few files.
pub const PART: usize = 32;

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    store: Arc<dyn Store>,
}

/// The rows of one part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// One row an image.
    pub images: Vec<ImageRow>,
    /// One a map.
    pub maps: Vec<MapRow>,
    /// One an experiment.
    pub causes: Vec<CauseRow>,
    /// One an image and what was kept of it.
    pub remainders: Vec<RemainderRow>,
}

/// What was measured on the images of one part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// One a map.
    pub maps: Vec<MapRow>,
    /// One an experiment.
    pub causes: Vec<CauseRow>,
    /// One an image and what was kept of it.
    pub remainders: Vec<RemainderRow>,
}

/// What a run is: all that its results depend on, and the date of its first start.
const RUN: &str = "run.json";
/// The folders of a part's files; the images' says that the part is done and comes last.
const FOLDERS: [&str; 4] = ["maps", "causes", "remainders", "images"];

impl RunDirectory {
    /// A folder on this machine, whatever it holds.
    pub fn at(root: &Path) -> RunDirectory {
        RunDirectory::over(Arc::new(LocalStore::new(root)))
    }

    /// The run that lies in a store, whatever it holds.
    pub fn over(store: Arc<dyn Store>) -> RunDirectory {
        RunDirectory { store }
    }

    /// For a run described by `record`: nothing lies there yet, or parts of the same run do.
    ///
    /// # Errors
    /// [`RunError::Another`] if another run lies there, [`RunError::Disk`].
    pub fn opened(self, record: &RunRecord) -> Result<RunDirectory, RunError> {
        match self.record() {
            Ok(found) => match Difference::between(&found, record) {
                Some(difference) => Err(RunError::Another { path: self.root(), difference }),
                None => Ok(self),
            },
            Err(RunError::NoRun { .. }) => self.write(RUN, &record.to_json()).map(|()| self),
            Err(error) => Err(error),
        }
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

    /// Numbers of the parts that are done.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn done(&self) -> Result<BTreeSet<usize>, RunError> {
        let names = self.store.list("images").map_err(|source| self.disk("images", source))?;
        let number = |name: &String| name.strip_prefix("part-")?.strip_suffix(".parquet")?.parse().ok();
        Ok(names.iter().filter_map(number).collect())
    }

    /// Writes a part; the images come last, and their file says that the part is done.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write_part(&self, number: usize, part: &Part) -> Result<(), RunError> {
        self.write_rows("maps", number, &part.maps)?;
        self.write_rows("causes", number, &part.causes)?;
        self.write_rows("remainders", number, &part.remainders)?;
        self.write_rows("images", number, &part.images)
    }

    /// Takes over the parts of other folders of the same run: the shards of one audit become one.
    ///
    /// # Errors
    /// [`RunError::Another`] if a folder holds another run, [`RunError::Disk`].
    pub fn gather(&self, others: &[RunDirectory]) -> Result<(), RunError> {
        let mine = self.audit_record()?;
        for other in others {
            let mut record = other.audit_record()?;
            // Shards may come from machines that keep the same data in different folders.
            record.data.root.clone_from(&mine.data.root);
            if let Some(difference) = Difference::between(&record, &mine) {
                return Err(RunError::Another { path: other.root(), difference });
            }
            let done = self.done()?;
            for number in other.done()?.difference(&done) {
                for folder in FOLDERS {
                    let name = part_name(folder, *number);
                    let bytes = other.store.read(&name).map_err(|source| other.disk(&name, source))?;
                    self.write(&name, &bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Reads the images of a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn read_images(&self, number: usize) -> Result<Vec<ImageRow>, RunError> {
        self.read_rows("images", number)
    }

    /// Reads what was measured on the images of a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn read_measured(&self, number: usize) -> Result<Measured, RunError> {
        Ok(Measured {
            maps: self.read_maps(number)?,
            causes: self.read_rows("causes", number)?,
            remainders: self.read_rows("remainders", number)?,
        })
    }

    /// Reads the maps of a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn read_maps(&self, number: usize) -> Result<Vec<MapRow>, RunError> {
        self.read_rows("maps", number)
    }

    fn write_rows<R: Row>(&self, folder: &str, number: usize, rows: &[R]) -> Result<(), RunError> {
        let name = part_name(folder, number);
        let bytes = R::to_parquet(rows).map_err(|error| self.damaged(&name, error.to_string()))?;
        self.write(&name, &bytes)
    }

    fn read_rows<R: Row>(&self, folder: &str, number: usize) -> Result<Vec<R>, RunError> {
        let name = part_name(folder, number);
        let bytes = self.store.read(&name).map_err(|source| self.disk(&name, source))?;
        R::from_parquet(bytes).map_err(|error| self.damaged(&name, error.to_string()))
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

    fn disk(&self, name: &str, source: io::Error) -> RunError {
        RunError::Disk { path: self.store.location(name), source }
    }

    fn damaged(&self, name: &str, reason: String) -> RunError {
        RunError::Damaged { path: self.store.location(name), reason }
    }
}

fn part_name(folder: &str, number: usize) -> String {
    format!("{folder}/part-{number:05}.parquet")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::run_record::tests::record;

    #[test]
    fn a_part_is_done_when_its_images_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::at(folder.path()).opened(&record()).unwrap();
        let part =
            Part { images: vec![ImageRow { case: 7, image: "a.jpg".into(), ..Default::default() }], ..Part::default() };
        assert!(run.done().unwrap().is_empty());
        run.write_part(3, &part).unwrap();
        assert_eq!(run.done().unwrap().into_iter().collect::<Vec<_>>(), [3]);
        assert_eq!(run.read_images(3).unwrap(), part.images);
        assert_eq!(run.read_measured(3).unwrap(), Measured::default());
        fs::write(folder.path().join("images/part-00004.parquet.partial"), b"PAR1").unwrap();
        assert_eq!(run.done().unwrap().len(), 1, "what was cut short is not there");
    }

    #[test]
    fn shards_from_different_folders_of_data_are_gathered_and_other_data_are_not() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let open = |i: usize, root: &str, hash: &str| {
            let mut record = record();
            (record.data.root, record.data.sha256) = (root.into(), hash.into());
            RunDirectory::at(folders[i].path()).opened(&record).unwrap()
        };
        let (first, second, third) = (open(0, "/a", "0f"), open(1, "/b", "0f"), open(2, "/a", "f0"));
        second.write_part(1, &Part::default()).unwrap();
        first.gather(&[second]).unwrap();
        assert_eq!(first.done().unwrap().into_iter().collect::<Vec<_>>(), [1]);
        let error = first.gather(&[third]).unwrap_err().to_string();
        assert!(error.contains("its `data.sha256` is `f0`, not `0f`"), "{error}");
    }

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
