//! What can go wrong with the folder of a run.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::{Difference, count};

/// What went wrong with a run. An image that cannot be explained is no error but a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// What is asked of a run cannot be told, in words.
    #[error("{0}")]
    Request(String),
    /// The disk refuses.
    #[error("`{}` cannot be read or written: {source}{}", path.display(), advice(source))]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds no run.
    #[error("no audit lies in `{}`: it has no `run.json`; `heatlens audit` with `--out` makes one", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a run of another kind.
    #[error(
        "in `{}` lies a run of `heatlens {found}`, which measured nothing that a report could tell; `heatlens audit` \
         makes a run with a report",
        path.display()
    )]
    OtherTask {
        /// The folder.
        path: PathBuf,
        /// The command that made it.
        found: &'static str,
    },
    /// The folder holds another run.
    #[error(
        "another run lies in `{}`: its `{}` is {}, not {}; choose another folder, or remove that one",
        path.display(), difference.field, difference.found, difference.asked
    )]
    Another {
        /// The folder.
        path: PathBuf,
        /// Where they differ.
        difference: Difference,
    },
    /// An earlier run lies where a new one is to be written.
    #[error(
        "an earlier run lies in `{}` (`{}`): choose another --out, or say --overwrite",
        path.display(), found.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What was found there.
        found: PathBuf,
    },
    /// Another explanation was begun where a new one is to be written.
    #[error(
        "another explanation was begun in `{}`: its `{}` is {}, not {}; to begin anew say --overwrite, to keep that one \
         choose another --out",
        path.display(), difference.field, difference.found, difference.asked
    )]
    Begun {
        /// The folder.
        path: PathBuf,
        /// Where they differ.
        difference: Difference,
    },
    /// What lies where a new run is to be written is not listed as an earlier run's.
    #[error(
        "`{}` {what}, so that --overwrite leaves it alone: choose another --out, or remove it yourself", path.display()
    )]
    Unlisted {
        /// The file or folder.
        path: PathBuf,
        /// What it is, as a predicate.
        what: &'static str,
    },
    /// Another process writes into the folder.
    #[error(
        "another heatlens{} is at work in `{}`: wait until it has ended, or choose another --out",
        holder.map_or(String::new(), |id| format!(" (process {id})")), path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
        /// The process, where it is known.
        holder: Option<u32>,
    },
    /// Photographs are not those that the run began with.
    #[error(
        "{changed} of {}, such as `{}`, changed since the run in `{}` explained them, and old and \
         new must not mix: choose another folder, or put the files back",
        count(*looked_at, "photograph"), first.display(), path.display()
    )]
    Changed {
        /// The folder of the run.
        path: PathBuf,
        /// One of the photographs.
        first: PathBuf,
        /// How many changed …
        changed: usize,
        /// … of those that were read again.
        looked_at: usize,
    },
    /// A file among the parts of a run is none of them.
    #[error(
        "`{}` {reason}: choose another --out, or take it and its like out of this folder", path.display()
    )]
    Stranger {
        /// The file.
        path: PathBuf,
        /// What it is, as a predicate.
        reason: String,
    },
    /// A file of the run is not as it was written.
    #[error(
        "`{}` is damaged: {reason}; remove it and start `heatlens audit` again as before, and it is made anew",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What to do where the disk has no room.
fn advice(source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "; what is done is kept: make room, start the same command again, and it goes on from there"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; choose another folder with --out, or allow writing to this one"
        }
        _ => "",
    }
}
