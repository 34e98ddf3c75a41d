//! Why a run cannot begin or go on.

use std::path::PathBuf;

use heatlens_imaging::ImageError;
use heatlens_record::RunError;

use crate::data::DataError;

/// An error of a run. An image that cannot be explained is no error but a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model's file cannot be used.
    #[error("`{}`: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// Why.
        source: heatlens::Error,
    },
    /// What is asked of the model cannot be done.
    #[error(transparent)]
    Heatlens(#[from] heatlens::Error),
    /// A preprocessing or a picture cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder of the run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file cannot be read.
    #[error("cannot read `{shown}`: {source}")]
    Read {
        /// The file, as the user named it.
        shown: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was asked for cannot be done, in words.
    #[error("{0}")]
    Request(String),
    /// There is not as much memory as is needed, in words that say how much.
    #[error("{0}")]
    Memory(String),
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Error {
    pub(crate) fn request(words: impl Into<String>) -> Error {
        Error::Request(words.into())
    }
}
