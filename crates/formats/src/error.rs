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
    /// A pickle mentions something that exists to run code or to touch the machine. It was not
    /// executed.
    #[error(
        "the file is a pickle that would use `{name}` when Python opens it. heatlens read it without running anything \
         and refuses it. {hint}"
    )]
    ForbiddenPickle {
        /// The Python name.
        name: String,
        /// What to do.
        hint: String,
    },
    /// The weights belong to no architecture that is built in. The text names the nearest one, the
    /// first differing names, and how to export to ONNX.
    #[error("{0}")]
    UnknownArchitecture(String),
    /// Part of the model lies in another file that was not handed in.
    #[error("the model keeps weights in `{0}`, which must lie beside it")]
    MissingExternalData(String),
    /// Part of the model lies in another file that is there and cannot be read.
    #[error("the model keeps weights in `{file}`, which cannot be read: {why}")]
    UnreadExternalData {
        /// The file, as the model names it.
        file: String,
        /// Why, in words, and what to do.
        why: String,
    },
    /// The network itself is inconsistent.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
