//! The parts of a run: each is whole or not there, and says which run it belongs to.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::{
    CauseRow, Difference, ImageRow, MapRow, Notes, RemainderRow, Row, RunDirectory, RunError, Table, count, seal,
};

/// Cases a part. Small enough to lose little, large enough for few files.
pub const PART: usize = 32;

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

/// What became of the parts that were done.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Parts whose files are all as they were written.
    pub sound: BTreeSet<usize>,
    /// Why others must be made anew.
    pub damaged: Vec<RunError>,
}

/// The folders of a part's files; the images come last, so that what was begun is seen to be.
const FOLDERS: [&str; 4] = ["maps", "causes", "remainders", "images"];
/// The keys under which a part's file says which run it belongs to, what it is called there, and how
/// it was when it was written.
const RUN_KEY: &str = "heatlens.run";
const NAME_KEY: &str = "heatlens.name";
const SEAL_KEY: &str = "heatlens.seal";

impl RunDirectory {
    /// Numbers of the parts that are done, without a look into their files.
    ///
    /// # Errors
    /// As [`RunDirectory::record`]; [`RunError::Stranger`] where a file is none of the parts'.
    pub fn done(&self) -> Result<BTreeSet<usize>, RunError> {
        let mut done: BTreeSet<usize> = (0..self.expected()?.parts).collect();
        for folder in FOLDERS {
            done = &done & &self.numbers(folder)?;
        }
        Ok(done)
    }

    /// Reads the files of all parts, to see which are as they were written.
    ///
    /// # Errors
    /// As [`RunDirectory::done`]; what is damaged is no error.
    pub fn inspect(&self) -> Result<Inspection, RunError> {
        let done = self.done()?;
        let mut inspection = Inspection { sound: done.clone(), damaged: Vec::new() };
        for folder in FOLDERS {
            for number in self.numbers(folder)? {
                match self.read_file(folder, number) {
                    Ok(_) => {}
                    Err(error @ RunError::Damaged { .. }) => {
                        inspection.sound.remove(&number);
                        inspection.damaged.push(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(inspection)
    }

    /// The parts that have a file in a folder.
    fn numbers(&self, folder: &str) -> Result<BTreeSet<usize>, RunError> {
        let names = self.store.list(folder).map_err(|source| self.disk(folder, source))?;
        let parts = self.expected()?.parts;
        let mut numbers = BTreeSet::new();
        for name in names.iter().filter(|name| name.to_lowercase().ends_with(".parquet")) {
            let (number, name) = (number_of(folder, name), format!("{folder}/{name}"));
            match number {
                Some(number) if number < parts => numbers.insert(number),
                Some(_) => {
                    return Err(self.stranger(&name, format!("is beyond the {} of this run", count(parts, "part"))));
                }
                None => return Err(self.stranger(&name, "is not named as a part of a run".into())),
            };
        }
        Ok(numbers)
    }

    /// Writes a part; it is done when all its files are there.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write_part(&self, number: usize, part: &Part) -> Result<(), RunError> {
        self.write_in(FOLDERS, number, part)
    }

    pub(crate) fn write_in(
        &self,
        [maps, causes, remainders, images]: [&str; 4],
        number: usize,
        part: &Part,
    ) -> Result<(), RunError> {
        self.write_rows(maps, number, &part.maps)?;
        self.write_rows(causes, number, &part.causes)?;
        self.write_rows(remainders, number, &part.remainders)?;
        self.write_rows(images, number, &part.images)
    }

    /// Takes over the parts of other folders of the same run: the shards of one audit become one.
    ///
    /// # Errors
    /// [`RunError::Another`] if a folder holds another run, [`RunError::Stranger`] if two hold one
    /// part and differ in it, [`RunError::Damaged`], [`RunError::Disk`].
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
            for number in other.done()? {
                for folder in FOLDERS {
                    let (name, bytes) = (part_name(folder, number), other.read_file(folder, number)?);
                    if !done.contains(&number) {
                        self.write(&name, &bytes)?;
                    } else if self.read_file(folder, number)? != bytes {
                        let mine = self.store.location(&name);
                        return Err(other.stranger(&name, format!("differs from `{}`", mine.display())));
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the images of a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`], [`RunError::Stranger`].
    pub fn read_images(&self, number: usize) -> Result<Vec<ImageRow>, RunError> {
        self.read_rows("images", number)
    }

    /// Reads what was measured on the images of a part that is done.
    ///
    /// # Errors
    /// [`RunError::Disk`], [`RunError::Damaged`], [`RunError::Stranger`].
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
    /// [`RunError::Disk`], [`RunError::Damaged`], [`RunError::Stranger`].
    pub fn read_maps(&self, number: usize) -> Result<Vec<MapRow>, RunError> {
        self.read_rows("maps", number)
    }

    fn write_rows<R: Row>(&self, folder: &str, number: usize, rows: &[R]) -> Result<(), RunError> {
        let name = part_name(folder, number);
        let (run, open) = (self.expected()?.run.as_deref(), seal::open());
        let signed = run.map(|run| [(RUN_KEY, run), (NAME_KEY, name.as_str()), (SEAL_KEY, open.as_str())]);
        let notes = signed.as_ref().map_or(&[][..], |notes| notes);
        let mut bytes = R::to_parquet(rows, notes).map_err(|error| self.damaged(&name, error.to_string()))?;
        if signed.is_some() {
            seal::close(&mut bytes);
        }
        self.write(&name, &bytes)
    }

    pub(crate) fn read_rows<R: Row>(&self, folder: &str, number: usize) -> Result<Vec<R>, RunError> {
        let bytes = self.read_file(folder, number)?;
        R::from_parquet(bytes).map_err(|error| self.damaged(&part_name(folder, number), error.to_string()))
    }

    /// A file that is as it was written, and this part of this run.
    fn read_file(&self, folder: &str, number: usize) -> Result<Bytes, RunError> {
        let name = part_name(folder, number);
        let bytes = Bytes::from(self.store.read(&name).map_err(|source| self.disk(&name, source))?);
        let Some(run) = &self.expected()?.run else { return Ok(bytes) };
        let changed = || self.damaged(&name, "its bytes are not those that were written".into());
        let sealed = seal::holds(&bytes);
        if sealed == Some(false) {
            return Err(changed());
        }
        let notes = Table::notes(bytes.clone()).map_err(|error| self.damaged(&name, error.to_string()))?;
        match strange(&notes, run, &name) {
            Some(reason) => Err(self.stranger(&name, reason)),
            None if sealed.is_none() => Err(changed()),
            None => Ok(bytes),
        }
    }

    fn stranger(&self, name: &str, reason: String) -> RunError {
        RunError::Stranger { path: self.store.location(name), reason }
    }
}

/// Why a file is not the one of this name in this run, by what it says of itself.
fn strange(notes: &Notes, run: &str, name: &str) -> Option<String> {
    let said = |key| notes.get(key).map(String::as_str);
    let short = |hash: &str| hash.chars().take(12).collect::<String>();
    match (said(RUN_KEY), said(NAME_KEY), said(SEAL_KEY)) {
        (Some(found), Some(_), Some(_)) if found != run => {
            Some(format!("belongs to another run (`{}…`, not `{}…`)", short(found), short(run)))
        }
        (Some(_), Some(found), Some(_)) if found != name => Some(format!("is a copy of `{found}`")),
        (Some(_), Some(_), Some(_)) => None,
        _ => Some("does not say which run it belongs to, as parts of older versions do not".into()),
    }
}

/// The part whose file of a folder has this name.
pub(crate) fn number_of(folder: &str, name: &str) -> Option<usize> {
    let number = name.strip_prefix("part-")?.strip_suffix(".parquet")?.parse().ok()?;
    (part_name(folder, number) == format!("{folder}/{name}")).then_some(number)
}

fn part_name(folder: &str, number: usize) -> String {
    format!("{folder}/part-{number:05}.parquet")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::{RunRecord, run_json};

    /// A run of so many parts.
    fn record(parts: usize) -> RunRecord {
        let mut record = run_json::tests::record();
        (record.data.cases, record.data.images) = (parts * PART, Vec::new());
        record
    }

    fn open(folder: &Path, record: &RunRecord) -> RunDirectory {
        RunDirectory::at(folder).opened(record).unwrap()
    }

    fn numbers(parts: BTreeSet<usize>) -> Vec<usize> {
        parts.into_iter().collect()
    }

    #[test]
    fn a_part_is_done_when_all_its_files_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let run = open(folder.path(), &record(5));
        let part =
            Part { images: vec![ImageRow { case: 7, image: "a.jpg".into(), ..Default::default() }], ..Part::default() };
        assert!(run.done().unwrap().is_empty());
        run.write_part(3, &part).unwrap();
        assert_eq!(numbers(run.done().unwrap()), [3]);
        assert_eq!(run.read_images(3).unwrap(), part.images);
        assert_eq!(run.read_measured(3).unwrap(), Measured::default());
        fs::write(folder.path().join("images/part-00004.parquet.partial"), b"PAR1").unwrap();
        assert_eq!(run.done().unwrap().len(), 1, "what was cut short is not there");
        for name in FOLDERS {
            run.write_part(2, &part).unwrap();
            fs::remove_file(folder.path().join(part_name(name, 2))).unwrap();
            assert_eq!(numbers(run.done().unwrap()), [3], "without {name}");
        }
    }

    #[test]
    fn a_damaged_file_is_found_whichever_byte_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let run = open(folder.path(), &record(1));
        run.write_part(0, &Part::default()).unwrap();
        let path = folder.path().join(part_name("remainders", 0));
        let whole = fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let inspected = run.inspect();
            let error = run.read_measured(0).unwrap_err();
            match &error {
                RunError::Damaged { .. } => {
                    let found = inspected.unwrap();
                    assert!(found.sound.is_empty() && found.damaged.len() == 1);
                }
                RunError::Stranger { .. } => assert!(inspected.is_err()),
                _ => panic!("{error}"),
            }
        };
        for byte in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[byte] ^= 0x20;
            refused(&flipped);
            refused(&whole[..byte]);
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(numbers(run.inspect().unwrap().sound), [0]);
    }

    #[test]
    fn parts_of_another_run_copies_and_unknown_files_are_refused() {
        let [folder, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let run = open(folder.path(), &record(2));
        run.write_part(0, &Part::default()).unwrap();
        let whole = fs::read(folder.path().join("maps/part-00000.parquet")).unwrap();
        open(other.path(), &RunRecord { seed: 1, ..record(2) }).write_part(0, &Part::default()).unwrap();
        let theirs = fs::read(other.path().join("maps/part-00000.parquet")).unwrap();
        let unsigned = crate::MapRow::to_parquet(&[], &[]).unwrap();
        for (name, bytes, said) in [
            ("maps/part-00000.parquet", &theirs, "belongs to another run"),
            ("maps/part-00000.parquet", &unsigned, "does not say which run it belongs to"),
            ("maps/part-00001.parquet", &whole, "is a copy of `maps/part-00000.parquet`"),
            ("causes/part-00000.parquet", &whole, "is a copy of `maps/part-00000.parquet`"),
            ("maps/part-00002.parquet", &whole, "is beyond the 2 parts"),
            ("maps/part-0.parquet", &whole, "is not named as a part"),
            ("maps/part-00000 (1).parquet", &whole, "is not named as a part"),
        ] {
            let path = folder.path().join(name);
            let before = fs::read(&path).ok();
            fs::write(&path, bytes).unwrap();
            let error = run.inspect().unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(said) && error.contains("--out"), "{error}");
            match before {
                Some(before) => fs::write(&path, before).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
        }
        assert_eq!(numbers(run.inspect().unwrap().sound), [0]);
        // Without run.json the parts alone tell.
        fs::remove_file(folder.path().join("run.json")).unwrap();
        let refused = RunDirectory::at(folder.path()).opened(&RunRecord { seed: 1, ..record(2) }).unwrap_err();
        assert!(matches!(refused, RunError::Stranger { .. }) && !folder.path().join("run.json").exists());
        open(folder.path(), &record(2));
    }

    #[test]
    fn parts_of_older_runs_are_read_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let old = RunRecord { schema: "heatlens.run 2".into(), ..record(1) };
        fs::write(folder.path().join("run.json"), serde_json::to_vec(&old).unwrap()).unwrap();
        let run = RunDirectory::at(folder.path());
        run.write_part(0, &Part::default()).unwrap();
        assert_eq!(RunDirectory::at(folder.path()).read_measured(0).unwrap(), Measured::default());
        let refused = RunDirectory::at(folder.path()).opened(&record(1)).unwrap_err().to_string();
        assert!(refused.contains("its `schema` is `heatlens.run 2`, not `heatlens.run 3`"), "{refused}");
    }

    #[test]
    fn shards_from_different_folders_of_data_are_gathered_and_other_data_are_not() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let open = |i: usize, root: &str, hash: &str| {
            let mut record = record(3);
            (record.data.root, record.data.sha256) = (root.into(), hash.into());
            open(folders[i].path(), &record)
        };
        let (first, second, third) = (open(0, "/a", "0f"), open(1, "/b", "0f"), open(2, "/a", "f0"));
        second.write_part(1, &Part::default()).unwrap();
        first.gather(std::slice::from_ref(&second)).unwrap();
        assert_eq!(numbers(first.done().unwrap()), [1]);
        let error = first.gather(&[third]).unwrap_err().to_string();
        assert!(error.contains("its `data.sha256` is `f0`, not `0f`"), "{error}");
        // The same part twice is one part, unless it differs.
        first.gather(std::slice::from_ref(&second)).unwrap();
        second.write_part(1, &Part { images: vec![ImageRow::default()], ..Part::default() }).unwrap();
        let error = first.gather(&[second]).unwrap_err().to_string();
        assert!(error.contains("images/part-00001.parquet` differs from"), "{error}");
    }
}
