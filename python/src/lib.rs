//! heatlens for Python: the library and the command in one extension module.
//!
//! The binding is thin: it turns NumPy arrays into what the library takes and back, lets other threads run
//! while it computes, and makes exceptions of errors. What is Python's own (pictures of PIL, live modules of PyTorch,
//! notebooks) is written in Python beside it.

#![forbid(unsafe_code)]

mod asking;
mod audit;
mod command;
mod compiled;
mod error;
mod explaining;
mod explanation;
mod model;
mod pool;
mod waiting;

use pyo3::prelude::*;

/// What `heatlens/__init__.py` is made of.
#[pymodule]
mod _heatlens {
    #[pymodule_export]
    use crate::asking::{Told, check, compare, evaluate, sanity};
    #[pymodule_export]
    use crate::audit::{Audit, Run};
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::error::{HeatlensError, ImageError, ModelError, RequestError};
    #[pymodule_export]
    use crate::explaining::{Explaining, explain_into};
    #[pymodule_export]
    use crate::explanation::{Explanation, Heatmap};
    #[pymodule_export]
    use crate::model::{Model, load};
    #[pymodule_export]
    use crate::pool::set_threads;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        let methods: Vec<&str> = heatlens::Method::ALL.iter().map(|method| method.card().name).collect();
        module.add("METHODS", methods)?;
        let endings: Vec<String> = heatlens_imaging::EXTENSIONS.iter().map(|ending| format!(".{ending}")).collect();
        module.add("EXTENSIONS", pyo3::types::PyTuple::new(module.py(), endings)?)
    }
}
