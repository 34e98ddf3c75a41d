//! A run on disk: parts that are whole or not there, so that a run that was killed goes on where it
//! stopped.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::RunError;
use super::difference::Difference;
use super::rows::{CauseRow, ImageRow, MapRow, RemainderRow};
use crate::store::Record;

/// Cases a part. Small enough to lose little, large enough for few files.
pub const PART: usize = 32;

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    root: PathBuf,
}

/// The rows of one part.
#[derive(Default)]
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

/// What a run is: all that its results depend on, and the date of its first start.
const RUN: &str = "run.json";

impl RunDirectory {
    /// Opens a folder for a run described by `description`: a new one, or one that holds parts of
    /// the same run.
    ///
    /// # Errors
    /// [`RunError::Another`] if another run lies there, [`RunError::Disk`].
    pub fn open(root: &Path, description: &Value) -> Result<RunDirectory, RunError> {
        let directory = RunDirectory { root: root.to_owned() };
        fs::create_dir_all(root).map_err(|source| directory.disk(RUN, source))?;
        let path = root.join(RUN);
        if path.exists() {
            let found = directory.description()?;
            if let Some(difference) = Difference::between(&found, description) {
                return Err(RunError::Another { path: root.to_owned(), difference });
            }
        } else {
            let text = serde_json::to_vec_pretty(description).expect("a description is plain data");
            directory.write(RUN, &text)?;
        }
        Ok(directory)
    }

    /// A folder that holds a run already.
    ///
    /// # Errors
    /// [`RunError::NoRun`] if there is none, [`RunError::Damaged`] if its description cannot be
    /// understood.
    pub fn existing(root: &Path) -> Result<(RunDirectory, Value), RunError> {
        let directory = RunDirectory { root: root.to_owned() };
        if !root.join(RUN).exists() {
            return Err(RunError::NoRun { path: root.to_owned() });
        }
        let description = directory.description()?;
        Ok((directory, description))
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What run.json says.
    fn description(&self) -> Result<Value, RunError> {
        let bytes = fs::read(self.root.join(RUN)).map_err(|source| self.disk(RUN, source))?;
        serde_json::from_slice(&bytes)
            .map_err(|source| RunError::Damaged { path: self.root.join(RUN), reason: source.to_string() })
    }

    /// Numbers of the parts that are done.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn done(&self) -> Result<BTreeSet<usize>, RunError> {
        let folder = self.root.join("images");
        if !folder.exists() {
            return Ok(BTreeSet::new());
        }
        let entries = fs::read_dir(&folder).map_err(|source| self.disk("images", source))?;
        let number = |name: &str| name.strip_prefix("part-")?.strip_suffix(".parquet")?.parse().ok();
        Ok(entries.flatten().filter_map(|entry| number(entry.file_name().to_str()?)).collect())
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
    pub fn gather(&self, others: &[PathBuf]) -> Result<(), RunError> {
        let mine = self.description()?;
        for root in others {
            let (other, mut description) = RunDirectory::existing(root)?;
            // Shards may come from machines that keep the same data in different folders.
            if let (Some(theirs), Some(ours)) = (description.pointer_mut("/data/root"), mine.pointer("/data/root")) {
                theirs.clone_from(ours);
            }
            if let Some(difference) = Difference::between(&description, &mine) {
                return Err(RunError::Another { path: root.clone(), difference });
            }
            let done = self.done()?;
            for number in other.done()?.difference(&done) {
                for folder in ["maps", "causes", "remainders", "images"] {
                    let name = part_name(folder, *number);
                    let bytes = fs::read(other.root.join(&name)).map_err(|source| other.disk(&name, source))?;
                    self.write(&name, &bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn read_part(&self, number: usize) -> Result<Part, RunError> {
        Ok(Part {
            images: self.read_rows("images", number)?,
            maps: self.read_rows("maps", number)?,
            causes: self.read_rows("causes", number)?,
            remainders: self.read_rows("remainders", number)?,
        })
    }

    /// Reads the images of a part that is done, and nothing else of it.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`].
    pub fn read_images(&self, number: usize) -> Result<Vec<ImageRow>, RunError> {
        self.read_rows("images", number)
    }

    fn write_rows<R: Record>(&self, folder: &str, number: usize, rows: &[R]) -> Result<(), RunError> {
        let name = part_name(folder, number);
        let bytes = R::to_parquet(rows)
            .map_err(|error| RunError::Damaged { path: self.root.join(&name), reason: error.to_string() })?;
        self.write(&name, &bytes)
    }

    fn read_rows<R: Record>(&self, folder: &str, number: usize) -> Result<Vec<R>, RunError> {
        let name = part_name(folder, number);
        let bytes = fs::read(self.root.join(&name)).map_err(|source| self.disk(&name, source))?;
        R::from_parquet(bytes)
            .map_err(|error| RunError::Damaged { path: self.root.join(&name), reason: error.to_string() })
    }

    /// Writes a file whole or not at all: under a temporary name, synced, renamed.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.root.join(name);
        let partial = self.root.join(format!("{name}.partial"));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
            let mut file = File::create(&partial)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&partial, &path)
        };
        write().map_err(|source| self.disk(name, source))
    }

    fn disk(&self, name: &str, source: std::io::Error) -> RunError {
        RunError::Disk { path: self.root.join(name), source }
    }
}

fn part_name(folder: &str, number: usize) -> String {
    format!("{folder}/part-{number:05}.parquet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_is_done_when_its_images_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::open(folder.path(), &json!({ "model": "a" })).unwrap();
        let part =
            Part { images: vec![ImageRow { case: 7, image: "a.jpg".into(), ..Default::default() }], ..Part::default() };
        assert!(run.done().unwrap().is_empty());
        run.write_part(3, &part).unwrap();
        assert_eq!(run.done().unwrap().into_iter().collect::<Vec<_>>(), [3]);
        assert_eq!(run.read_part(3).unwrap().images, part.images);
        fs::write(folder.path().join("images/part-00004.parquet.partial"), b"PAR1").unwrap();
        assert_eq!(run.done().unwrap().len(), 1, "what was cut short is not there");
    }

    #[test]
    fn shards_from_different_folders_of_data_are_gathered_and_other_data_are_not() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let data = |root: &str, hash: &str| json!({ "data": { "root": root, "sha256": hash } });
        let open = |i: usize, description| RunDirectory::open(folders[i].path(), &description).unwrap();
        let first = open(0, data("/a", "0f"));
        open(1, data("/b", "0f")).write_part(1, &Part::default()).unwrap();
        open(2, data("/a", "f0"));
        first.gather(&[folders[1].path().to_owned()]).unwrap();
        assert_eq!(first.done().unwrap().into_iter().collect::<Vec<_>>(), [1]);
        let error = first.gather(&[folders[2].path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("its `data.sha256` is `f0`, not `0f`"), "{error}");
    }

    #[test]
    fn another_run_is_refused_and_the_same_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        RunDirectory::open(folder.path(), &json!({ "model": "a", "seed": 0 })).unwrap();
        assert!(RunDirectory::open(folder.path(), &json!({ "model": "a", "seed": 0 })).is_ok());
        let error = RunDirectory::open(folder.path(), &json!({ "model": "b", "seed": 0 })).unwrap_err();
        assert!(matches!(&error, RunError::Another { difference, .. } if difference.field == "model"), "{error}");
    }
}
