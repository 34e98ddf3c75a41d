//! Exceptions, with the library's sentences.

use heatlens_run::Error;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(heatlens, HeatlensError, PyException, "What heatlens raises; the message says what to do.");
create_exception!(heatlens, ModelError, HeatlensError, "A model's file cannot be used.");
create_exception!(heatlens, ImageError, HeatlensError, "An image cannot be used.");
create_exception!(heatlens, RequestError, HeatlensError, "What was asked for cannot be done.");

/// The exception for an error of a run.
pub fn raised(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let words = error.to_string();
    match error {
        Error::Model { .. } => ModelError::new_err(words),
        Error::Image(_) => ImageError::new_err(words),
        _ => RequestError::new_err(words),
    }
}

/// The exception for an error of the library.
pub fn of_library(error: heatlens::Error) -> PyErr {
    raised(error)
}

/// An array of another shape than is taken.
pub fn shape(words: String) -> PyErr {
    PyValueError::new_err(words)
}
