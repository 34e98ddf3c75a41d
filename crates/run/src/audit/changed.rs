//! Whether the photographs of a run that goes on are those that it began with.

use std::collections::BTreeSet;

use heatlens_files::Kind;
use heatlens_record::{RunDirectory, RunError};

use super::Plan;

/// Photographs that are read again: enough to notice that a set was exchanged or processed anew,
/// few enough to take a second or two.
const LOOKED_AT: usize = 64;

/// Compares photographs of the parts that are done with the files that were explained, spread
/// evenly: old and new ones must not mix in one run.
///
/// # Errors
/// [`RunError::Changed`] if any is another; [`RunError::Disk`], [`RunError::Damaged`].
pub fn refuse_changed(plan: &Plan, directory: &RunDirectory, done: &BTreeSet<usize>) -> Result<(), RunError> {
    let parts: Vec<usize> = done.iter().copied().collect();
    let (mut looked_at, mut changed) = (0, Vec::new());
    for part in spread(&parts, LOOKED_AT) {
        let rows = directory.read_images(*part)?;
        for row in spread(&rows, LOOKED_AT.div_ceil(parts.len())) {
            let Some(case) = plan.dataset.cases.get(row.case).filter(|_| row.sha256.is_some()) else { continue };
            looked_at += 1;
            if !heatlens_files::read(&case.image, Kind::Photograph).is_ok_and(|bytes| row.is_of(&bytes)) {
                changed.push(case.image.clone());
            }
        }
    }
    match changed.first() {
        None => Ok(()),
        Some(first) => {
            Err(RunError::Changed { path: directory.root(), first: first.clone(), changed: changed.len(), looked_at })
        }
    }
}

/// At most so many, spread evenly.
fn spread<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    let taken = all.len().min(most);
    (0..taken).map(move |i| &all[i * all.len() / taken])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_reaches_over_all_and_takes_none_twice() {
        let all: Vec<usize> = (0..10).collect();
        assert_eq!(spread(&all, 4).copied().collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(spread(&all, 99).count(), 10);
        assert_eq!(spread(&all[..0], 4).count(), 0);
    }
}
