//! What is said of models that are not read, with the lines that help.

use crate::FormatError;

/// Writes ONNX where the model can be loaded.
const EXPORT: &str = "Where its code is, in Python, with Keras 3:\n    \
     model.export('model.onnx', format='onnx')\n\
     or with Keras 2:\n    \
     tf2onnx.convert.from_keras(model, output_path='model.onnx')";

/// Saves a model with its description.
const SAVE: &str = "In Python, where the model is built:\n    \
     model.load_weights('FILE')\n    \
     model.save('model.keras')";

/// A layer that is not read, and why.
pub(super) fn layer(class: &str, name: &str, why: &str) -> FormatError {
    FormatError::Unsupported(format!("layer `{name}` ({class}): {why}. {EXPORT}"))
}

/// A class that is not known, or that holds Python code.
pub(super) fn unknown(class: &str, name: &str) -> FormatError {
    match class {
        "Lambda" => layer(class, name, "it holds Python code, which is not run"),
        _ => layer(
            class,
            name,
            "layers of this class are not read; where it is of your own, the file does not say what it computes",
        ),
    }
}

/// A model that is no chain or graph of layers.
pub(super) fn model(class: &str) -> FormatError {
    FormatError::Unsupported(format!(
        "the model is a `{class}`, a class of its own: the file does not say what it computes. {EXPORT}"
    ))
}

/// Weights without a description of the network.
pub(super) fn weights_alone() -> FormatError {
    FormatError::Unsupported(format!(
        "it holds the weights of a Keras model (save_weights) and not what it computes with them. {SAVE}"
    ))
}

/// HDF5 that is of something else.
pub(super) fn no_keras() -> FormatError {
    FormatError::NotAModel("it is an HDF5 file without a Keras model in it".into())
}
