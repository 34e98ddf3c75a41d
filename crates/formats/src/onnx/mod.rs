//! ONNX files → graphs.

use crate::{FormatError, LoadOptions, LoadedModel};

/// Reads an ONNX file.
///
/// # Errors
/// See [`FormatError`].
pub fn load(_bytes: &[u8], _options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    Err(FormatError::NotAModel("ONNX is not read yet".into()))
}
