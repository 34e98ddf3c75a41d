//! Whether the photographs of a run that goes on are those that it began with.

use std::collections::BTreeSet;
use std::path::PathBuf;

use heatlens_files::Kind;
use heatlens_record::{RunDirectory, RunError};

use super::Plan;
use crate::{Error, in_order};

/// Compares every photograph of the parts that are done with the one that was explained, by its
/// content: old and new ones must not mix in one run.
///
/// # Errors
/// [`RunError::Changed`] if any is another; [`RunError::Disk`], [`RunError::Damaged`].
pub fn refuse_changed(plan: &Plan, directory: &RunDirectory, done: &BTreeSet<usize>) -> Result<(), Error> {
    let parts: Vec<usize> = done.iter().copied().collect();
    let (mut looked_at, mut changed) = (0, Vec::new());
    in_order(
        parts.len(),
        plan.threads,
        || (),
        |(), i| compared(plan, directory, parts[i]),
        |_, compared: Result<(usize, Vec<PathBuf>), RunError>| {
            let (images, others) = compared?;
            looked_at += images;
            changed.extend(others);
            Ok::<(), Error>(())
        },
    )?;
    match changed.first() {
        None => Ok(()),
        Some(first) => {
            let (path, first) = (directory.root(), first.clone());
            Err(RunError::Changed { path, first, changed: changed.len(), looked_at }.into())
        }
    }
}

/// How many photographs of a part are known by their content, and which are others now.
fn compared(plan: &Plan, directory: &RunDirectory, part: usize) -> Result<(usize, Vec<PathBuf>), RunError> {
    let (mut looked_at, mut changed) = (0, Vec::new());
    for row in directory.read_images(part)? {
        let Some(case) = plan.dataset.cases.get(row.case).filter(|_| row.sha256.is_some()) else { continue };
        looked_at += 1;
        if !heatlens_files::read(&case.image, Kind::Photograph).is_ok_and(|bytes| row.is_of(&bytes)) {
            changed.push(case.image.clone());
        }
    }
    Ok((looked_at, changed))
}
