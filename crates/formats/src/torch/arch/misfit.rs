//! Why a definition and a file do not fit together.

use heatlens_graph::GraphError;

/// The result of reading part of a network from a file.
pub(crate) type Fit<T> = Result<T, Misfit>;

/// The first thing in which a file differs from a network's definition.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Misfit {
    /// The definition needs a tensor that the file lacks.
    #[error("the file has no `{0}`")]
    Missing(String),
    /// A tensor of the file has a shape that the definition cannot use.
    #[error("the file's `{name}` has shape {found:?}, where {expected} is needed")]
    Shape {
        /// Tensor name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What the definition can use, in words.
        expected: String,
    },
    /// A tensor of the file that the definition has no use for.
    #[error("the file's `{name}` {shape:?} has no place in it")]
    Unused {
        /// Tensor name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A pickled module that the definition cannot take in this place.
    #[error("the module `{path}` is a `{class}`: {reason}")]
    Module {
        /// Where it is.
        path: String,
        /// Its Python class.
        class: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// The file differs from the architecture that was asked for as a whole.
    #[error("{0}")]
    Differs(String),
    /// An operator refuses its inputs, such as an image too small for the network.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
