//! PyTorch checkpoints → graphs: container, weights by name ([`StateDict`]), and the architectures they belong to ([`arch`]).

pub mod arch;
mod module_tree;
mod state_dict;

pub use module_tree::{Attribute, ModuleTree};
pub use state_dict::StateDict;

use crate::{FormatError, LoadOptions, LoadedModel};

/// Whether the bytes look like a checkpoint.
pub fn is_checkpoint(_bytes: &[u8]) -> bool {
    false
}

/// Reads a checkpoint.
///
/// # Errors
/// See [`FormatError`].
pub fn load(_bytes: &[u8], _options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    Err(FormatError::NotAModel("checkpoints are not read yet".into()))
}
