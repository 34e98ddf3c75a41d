//! An explanation that was begun in a folder and has not ended.

use std::collections::{BTreeMap, BTreeSet};

use heatlens_record::{Difference, RunDirectory, RunError, RunRecord, Task, count};

use super::journal::{self, Done, JOURNAL};
use super::{Plan, Row, earlier};
use crate::{Error, in_order};

/// What describes the run until it has ended and `run.json` does.
pub(super) const BEGUN: &str = "begun.json";

/// The images that the journal of a run names.
pub(super) struct Begun(BTreeMap<usize, Done>);

/// What is done and sound, the rows of that, and what is said of it.
type Examined = (BTreeMap<usize, Done>, BTreeMap<usize, Row>, Option<String>);

impl Begun {
    /// The run that was begun in a folder, if it is this one; none where none was begun, or where it
    /// has ended.
    ///
    /// # Errors
    /// [`RunError::Begun`] if it is another one.
    pub fn of(directory: &RunDirectory, asked: &RunRecord) -> Result<Option<Begun>, RunError> {
        let path = directory.location(BEGUN);
        let has_ended = directory.location("run.json").exists();
        if has_ended || !path.is_file() {
            return Ok(None);
        }
        let read = |bytes: Vec<u8>| RunRecord::from_json(&bytes).ok();
        let Some(found) = std::fs::read(path).ok().and_then(read).filter(|found| found.task == Task::Explain) else {
            return Ok(None);
        };
        match Difference::between(&found, asked) {
            None => Ok(Some(Begun(journal::read(&directory.location(JOURNAL), &asked.hash())))),
            Some(difference) => Err(RunError::Begun { path: directory.root(), difference }),
        }
    }

    /// Leaves out the images that changed since, or whose files did, and removes all files but those
    /// of the others.
    ///
    /// # Errors
    /// [`RunError::Disk`].
    pub fn examined(self, plan: &Plan, directory: &RunDirectory) -> Result<Examined, Error> {
        let (all, mut rows) = (self.0.into_values().collect::<Vec<_>>(), BTreeMap::new());
        in_order(
            all.len(),
            plan.threads,
            || (),
            |(), i| all[i].row(plan, directory),
            |i, row: Option<Row>| {
                rows.extend(row.map(|row| (all[i].image, row)));
                Ok::<(), Error>(())
            },
        )?;
        let named = all.len();
        let done: BTreeMap<usize, Done> =
            all.into_iter().filter(|done| rows.contains_key(&done.image)).map(|done| (done.image, done)).collect();
        let sound: BTreeSet<&str> = done.values().flat_map(|done| done.files.keys().map(String::as_str)).collect();
        let listed = earlier::unended(directory).unwrap_or_default();
        earlier::remove(&directory.root(), listed.iter().map(String::as_str).filter(|name| !sound.contains(name)))?;
        let (explained, anew) = (done.len(), named - done.len());
        if named == 0 {
            return Ok((done, rows, None));
        }
        let again = match anew {
            0 => String::new(),
            1 => "; one more is explained again, as it or its files changed since".to_owned(),
            _ => format!("; {anew} more are explained again, as they or their files changed since"),
        };
        let were = if explained == 1 { "was" } else { "were" };
        let all = count(plan.sources.len(), "image");
        let said = format!("{explained} of {all} {were} explained before{again} (--overwrite begins anew)");
        Ok((done, rows, Some(said)))
    }
}
