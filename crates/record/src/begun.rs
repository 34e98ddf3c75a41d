//! Parts of which some images are done, in a run that was asked to stop.

use crate::parts::number_of;
use crate::{ImageRow, Part, RunDirectory, RunError};

/// The folders of their files, the images last.
const FOLDERS: [&str; 4] = ["begun/maps", "begun/causes", "begun/remainders", "begun/images"];

impl RunDirectory {
    /// Keeps the first images of a part, to go on behind them.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn write_begun(&self, number: usize, part: &Part) -> Result<(), RunError> {
        self.write_in(FOLDERS, number, part)
    }

    /// What was kept of a part that was begun; none where anything about it is doubtful, as it can be
    /// measured again.
    pub fn read_begun(&self, number: usize) -> Option<Part> {
        let [maps, causes, remainders, images] = FOLDERS;
        let images: Vec<ImageRow> = self.read_rows(images, number).ok()?;
        let next = images.last()?.case + 1;
        let mut part = Part {
            maps: self.read_rows(maps, number).ok()?,
            causes: self.read_rows(causes, number).ok()?,
            remainders: self.read_rows(remainders, number).ok()?,
            images,
        };
        // Images are written last: other rows may be of a later attempt that was cut short.
        part.maps.retain(|row| row.case < next);
        part.causes.retain(|row| row.case < next);
        part.remainders.retain(|row| row.case < next);
        Some(part)
    }

    /// Removes what was kept of parts that were begun, and nothing else.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn forget_begun(&self) -> Result<(), RunError> {
        for folder in FOLDERS {
            let names = self.store.list(folder).map_err(|source| self.disk(folder, source))?;
            for name in names.iter().filter(|name| number_of(folder, name).is_some()) {
                let name = format!("{folder}/{name}");
                self.store.remove(&name).map_err(|source| self.disk(&name, source))?;
            }
            self.store.remove(folder).map_err(|source| self.disk(folder, source))?;
        }
        self.store.remove("begun").map_err(|source| self.disk("begun", source))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::MapRow;
    use crate::run_json::tests::record;

    #[test]
    fn a_part_that_was_begun_goes_on_behind_its_last_image() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::at(folder.path()).opened(&record()).unwrap();
        let image = |case| ImageRow { case, ..ImageRow::default() };
        let map = |case| MapRow { case, ..Default::default() };
        let longer = Part { images: vec![image(0), image(1)], maps: vec![map(0), map(1)], ..Part::default() };
        let shorter = Part { images: vec![image(0)], maps: vec![map(0)], ..Part::default() };
        run.write_begun(0, &longer).unwrap();
        assert_eq!(run.read_begun(0).unwrap(), longer);
        assert!(run.done().unwrap().is_empty());
        // Cut short between maps and images.
        let later = fs::read(folder.path().join("begun/maps/part-00000.parquet")).unwrap();
        run.write_begun(0, &shorter).unwrap();
        fs::write(folder.path().join("begun/maps/part-00000.parquet"), later).unwrap();
        assert_eq!(run.read_begun(0).unwrap(), shorter);
        fs::write(folder.path().join("begun/causes/part-00000.parquet"), b"PAR1").unwrap();
        assert!(run.read_begun(0).is_none());
        fs::write(folder.path().join("begun/maps/mine.parquet"), b"mine").unwrap();
        run.forget_begun().unwrap();
        assert!(folder.path().join("begun/maps/mine.parquet").exists() && !folder.path().join("begun/images").exists());
        fs::remove_file(folder.path().join("begun/maps/mine.parquet")).unwrap();
        run.forget_begun().unwrap();
        assert!(!folder.path().join("begun").exists());
    }
}
