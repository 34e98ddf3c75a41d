//! What can go wrong, split by whose fault it is.

use std::path::PathBuf;

use heatlens_engine::EngineError;
use heatlens_formats::FormatError;
use heatlens_graph::GraphError;
use heatlens_imaging::ImageError;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The model file cannot be used.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The network cannot do what is asked of it.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The network cannot be run.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A photograph cannot be brought to the network's input.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Whoever asked for it asked it to end, before there was a result.
    #[error("stopped before the end, as asked")]
    Stopped,
    /// The network is no image classifier, in words.
    #[error("{0}")]
    NotAClassifier(String),
    /// A class that the model does not have.
    #[error("the model has no class `{asked}`; it has {}{}", list(known), nameless(known))]
    UnknownClass {
        /// What was asked for.
        asked: String,
        /// The classes, in order.
        known: Vec<String>,
    },
    /// A class contrasted with itself.
    #[error("`{class}` cannot be contrasted with itself: name two classes, `A vs B`")]
    SameClass {
        /// The class.
        class: String,
    },
    /// The predicted class asked of a network whose outputs are values.
    #[error("each output is a value, and none of them is predicted: say which is meant, `--class` with one of {} or all", values.join(", "))]
    NonePredicted {
        /// Their names.
        values: Vec<String>,
    },
    /// A probability asked of a network whose outputs are values.
    #[error("the network's outputs are values and have no probability: explain the values themselves, `--score logit`")]
    NoProbability,
    /// A method that cannot be used on this network or layer.
    #[error("{method} cannot be used at `{layer}`: {reason}")]
    Unsuited {
        /// The method, as it is written.
        method: &'static str,
        /// The layer.
        layer: String,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// Another number of class names than the model has classes.
    #[error(
        "the model has {classes} classes, but {} names were given: {}; give one a class, in the order of training",
        names.len(), list(names)
    )]
    ClassCount {
        /// Classes of the model.
        classes: usize,
        /// Names given.
        names: Vec<String>,
    },
    /// An input tensor of another size than the network takes.
    #[error("the network takes {expected} values an image ({shape}), not {got}")]
    InputLength {
        /// Values an image.
        expected: usize,
        /// The shape, for reading.
        shape: String,
        /// Values given.
        got: usize,
    },
    /// The input holds a value that is not a number.
    #[error(
        "the input tensor holds NaN or infinite values: check the preprocessing's standard deviation and the source \
         file"
    )]
    InputNotFinite,
    /// The network's output is not a number.
    #[error(
        "the model's logits are not finite ({logits:?}): its weights hold NaN or overflow on this input; check how \
         the checkpoint was saved"
    )]
    LogitsNotFinite {
        /// What came out.
        logits: Vec<f32>,
    },
}

/// What to do where the file named no classes.
fn nameless(known: &[String]) -> &'static str {
    let is_number = |(index, name): (usize, &String)| *name == format!("class {index}");
    if known.iter().enumerate().all(is_number) {
        ": the file names none, so give their names in the order of training"
    } else {
        ""
    }
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}
