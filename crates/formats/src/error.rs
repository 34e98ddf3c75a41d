//! What can be wrong with a model file.

use heatlens_graph::GraphError;

/// A model file that cannot be used, and why.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes are no model of a known format.
    #[error("not a model file: {0}")]
    NotAModel(String),
    /// The file ends early or contradicts itself.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// The file is well-formed and uses something that is not supported.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// A pickle asks for something outside the closed list of constructors. It was not executed.
    #[error("the pickle refers to `{name}`, which is not a tensor, a container or a known module; it was not executed. {hint}")]
    ForbiddenPickle {
        /// The Python name.
        name: String,
        /// What to do.
        hint: String,
    },
    /// The weights belong to no architecture that is built in. The text names the nearest one, the first differing names, and how to export to ONNX.
    #[error("{0}")]
    UnknownArchitecture(String),
    /// Part of the model lies in another file that was not handed in.
    #[error("the model keeps weights in `{0}`, which must lie beside it")]
    MissingExternalData(String),
    /// The network itself is inconsistent.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
