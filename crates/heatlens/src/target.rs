//! Which classes to explain.

use crate::{Error, Model};

/// A class to explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whichever class the network predicts for the image.
    Predicted,
    /// This class, whatever is predicted.
    Class(usize),
}

impl Target {
    /// The class for an image that is predicted as `predicted`.
    pub fn resolve(self, predicted: usize) -> usize {
        match self {
            Target::Predicted => predicted,
            Target::Class(class) => class,
        }
    }
}

/// Several targets from words.
pub struct Targets;

impl Targets {
    /// Reads `predicted`, `all`, a class name or an index.
    ///
    /// # Errors
    /// [`Error::UnknownClass`].
    pub fn parse(text: &str, model: &Model) -> Result<Vec<Target>, Error> {
        match text {
            "predicted" => Ok(vec![Target::Predicted]),
            "all" => Ok((0..model.classes().len()).map(Target::Class).collect()),
            _ => Ok(vec![Target::Class(model.class(text)?)]),
        }
    }
}
