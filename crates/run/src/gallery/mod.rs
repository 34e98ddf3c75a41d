//! All images of a run to leaf through: contact sheets and a page without scripts.

mod audited;
mod case;
mod groups;
mod page;
mod read;
mod selection;
mod sheets;

use std::path::PathBuf;

use heatlens_record::RunRecord;

pub use audited::panels;
pub use case::Case;
pub use read::{Opened, open};
pub use selection::{Confidence, Selection};
pub use sheets::{Paper, numbered};

use crate::Error;
use crate::explain::{Folder, Plan, Row};
use crate::outputs::PAGE;
use groups::Groups;

/// The thumbnail of an image whose files bear this name.
pub(crate) fn thumbnail_name(name: &str) -> String {
    format!("thumbnails/{name}.jpg")
}

/// Says where a file lies.
type Location<'s> = dyn Fn(&str) -> PathBuf + Sync + 's;
/// Writes a file whole or not at all.
type Writing<'s> = dyn FnMut(&str, &[u8]) -> Result<(), Error> + 's;

/// Where the files of a gallery lie, and how they are written.
pub(crate) struct Shelf<'s> {
    /// Where a file lies.
    pub location: &'s Location<'s>,
    /// Writes a file whole or not at all.
    pub write: &'s mut Writing<'s>,
}

/// What is shown of a run.
pub struct Gallery {
    record: RunRecord,
    cases: Vec<Case>,
    /// Images that could not be explained, and why.
    failed: Vec<(String, String)>,
}

impl Gallery {
    /// Of an explanation, without its images.
    pub(crate) fn of(plan: &Plan) -> Gallery {
        Gallery::described(plan.record())
    }

    /// Of a run of which this is known, without its images.
    pub(crate) fn described(record: RunRecord) -> Gallery {
        Gallery { record, cases: Vec::new(), failed: Vec::new() }
    }

    /// Takes in the next image of an explanation.
    pub(crate) fn add(&mut self, plan: &Plan, position: usize, row: &Row) {
        match &row.answer {
            Ok(answer) => self.cases.push(Case::explained(plan, position, row, answer)),
            Err(why) => self.failed.push((row.image.clone(), why.clone())),
        }
    }

    /// Takes in the next image of an audit.
    pub(crate) fn push(&mut self, case: Result<Case, (String, String)>) {
        match case {
            Ok(case) => self.cases.push(case),
            Err(failed) => self.failed.push(failed),
        }
    }

    /// Writes the sheets of every outcome and of both ends of confidence, and the page.
    ///
    /// # Errors
    /// If they cannot be written. An image whose thumbnail is missing keeps its place.
    pub(crate) fn write(&self, folder: &Folder, threads: usize) -> Result<(), Error> {
        self.write_to(
            &mut Shelf {
                location: &|name| folder.location(name),
                write: &mut |name, bytes| folder.write(name, bytes).map(drop),
            },
            threads,
        )
    }

    /// The same wherever it lies.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn write_to(&self, shelf: &mut Shelf<'_>, threads: usize) -> Result<(), Error> {
        let groups = Groups::of(&self.record, &self.cases);
        let paper = Paper::default();
        let mut files = Vec::new();
        for group in groups.outcomes.iter().chain(&groups.confidence) {
            let pages = sheets::of_group(&self.record, group, &self.cases, &paper);
            files.push((group.id.clone(), pages.pages()));
            sheets::write(&pages, &self.cases, shelf, &format!("sheets/{}", group.path), threads)?;
        }
        let page = page::page(&self.record, &groups, &self.cases, &self.failed, &files);
        (shelf.write)(PAGE, page.as_bytes())
    }
}
