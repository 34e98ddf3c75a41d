//! From a photograph to its explanation.

use heatlens_imaging::{Affine, Photograph, Preprocess};

use super::{Explainer, Explanation};
use crate::{Error, Target};

/// The explanation of a photograph, with the way back to its pixels.
#[derive(Clone, Debug)]
pub struct ExplainedPhotograph {
    /// Prediction and maps, in the grid of the network's input.
    pub explanation: Explanation,
    /// From the pixels of the input to those of the photograph, which
    /// [`warp`](heatlens_imaging::warp) takes.
    pub to_photograph: Affine,
}

impl Explainer {
    /// Prepares a photograph as training did and explains it. Whoever explains many keeps a
    /// [`Worker`](crate::Worker) instead of having one made for each.
    ///
    /// # Errors
    /// [`Error::Image`] if the photograph cannot be prepared, else as
    /// [`Worker::explain`](crate::Worker::explain).
    pub fn explain(
        &self,
        photograph: &Photograph,
        preprocess: &Preprocess,
        targets: &[Target],
    ) -> Result<ExplainedPhotograph, Error> {
        let prepared = preprocess.prepare(photograph, self.input_size())?;
        let explanation = self.worker().explain(&prepared.tensor, targets)?;
        Ok(ExplainedPhotograph { explanation, to_photograph: prepared.to_photograph })
    }

    /// Height and width of the network's input.
    pub fn input_size(&self) -> [usize; 2] {
        self.compiled.first.input_size()
    }
}
