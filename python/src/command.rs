//! The `heatlens` command.

use pyo3::prelude::*;

/// Runs the command with these arguments, the program's name first; returns its exit code.
#[pyfunction]
pub fn command(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| heatlens_cli::run(arguments))
}
