//! The network without its gradients, for many changed images.

use std::sync::Arc;

use crate::passes::{ExplanationGraph, Pass, Run, Wants};
use crate::{Error, Head, InputSpec, Model, Prediction};

/// A model compiled to predict, several images at once. Shared by any number of [`Scoring`]s.
pub struct Scorer {
    pass: Arc<Pass>,
    input: InputSpec,
    head: Head,
}

/// Images a forward pass: enough to read late weights once for several, few enough for memory.
const AT_ONCE: usize = 8;

impl Scorer {
    /// Compiles the network.
    ///
    /// # Errors
    /// [`Error::Engine`] for an operator that cannot be run.
    pub fn new(model: &Model) -> Result<Scorer, Error> {
        let graph = ExplanationGraph::of(model, &[], Wants::default(), model.at_once(AT_ONCE))?;
        let pass = Arc::new(Pass::compile(graph)?);
        Ok(Scorer { pass, input: model.input(), head: model.head() })
    }

    /// The input of the network.
    pub fn input(&self) -> InputSpec {
        self.input
    }

    /// Bytes that each [`Scoring`] takes for activations and workspace.
    pub fn scoring_bytes(&self) -> usize {
        self.pass.session_bytes()
    }

    /// Something that predicts, with memory of its own; one a thread.
    pub fn scoring(&self) -> Scoring<'_> {
        Scoring { scorer: self, run: Run::new(&self.pass) }
    }
}

/// Predicts one batch after the other, reusing its buffers.
pub struct Scoring<'s> {
    scorer: &'s Scorer,
    run: Run,
}

impl Scoring<'_> {
    /// What the network says of `count` images, which `fill` writes channels first.
    pub fn predict(&mut self, count: usize, mut fill: impl FnMut(usize, &mut [f32])) -> Vec<Prediction> {
        let Scorer { input, head, ref pass } = *self.scorer;
        let mut predictions = Vec::with_capacity(count);
        let at_once = pass.batch;
        for start in (0..count).step_by(at_once) {
            let many = at_once.min(count - start);
            for (i, slot) in self.run.images_mut().chunks_exact_mut(input.len()).take(many).enumerate() {
                input.filled(slot, |image| fill(start + i, image));
            }
            self.run.session.run();
            predictions.extend(self.run.logits().take(many).map(|outputs| head.predict(outputs)));
        }
        predictions
    }
}
