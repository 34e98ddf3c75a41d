//! Exceptions, with the library's sentences.

use heatlens_run::Error;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyUserWarning, PyValueError};
use pyo3::prelude::*;

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

/// What a list of choices has under this name.
pub fn named<T: Copy>(what: &str, name: &str, choices: &[(T, &'static str, &'static str)]) -> PyResult<T> {
    let known = || choices.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = choices.iter().find(|(_, known, _)| *known == name).map(|(choice, ..)| *choice);
    found.ok_or_else(|| PyValueError::new_err(format!("no {what} `{name}`; there are {}", known())))
}

/// A number, where it is one of those that are taken.
pub fn within<T: PartialOrd + std::fmt::Display>(what: &str, value: T, least: T, most: T) -> PyResult<T> {
    if value >= least && value <= most {
        return Ok(value);
    }
    Err(PyValueError::new_err(format!("{what} is a number from {least} to {most}, and this is {value}")))
}

/// Warns of something, `level` frames of Python above.
pub fn warn(py: Python<'_>, words: &str, level: i32) -> PyResult<()> {
    let words = std::ffi::CString::new(words.replace('\0', "\u{fffd}")).unwrap_or_default();
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &words, level)
}
