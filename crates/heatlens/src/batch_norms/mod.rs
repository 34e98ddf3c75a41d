//! What the batch norms of a network remember of its training's pixels, beside what they see now.
//!
//! While a network is trained, each batch norm keeps a running mean and variance of what enters it.
//! Photographs that are brought to the network as they were in training have the same statistics;
//! another scale, another order of channels or another framing does not. The idea of measuring a
//! shift of the data by these statistics: Sun et al. 2021, arXiv 2107.00191.

mod divergence;
mod graph;

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::ValueId;

use crate::{Error, Head, InputSpec, Model, Prediction};

pub use divergence::{CHANNEL_LIMIT, divergence};

/// Which batch norms of a network are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The first alone, which lies so near the image that it costs next to nothing.
    First,
    /// The first third.
    Early,
    /// All of them, and the prediction.
    All,
}

/// A batch norm, and what it remembers of what entered it in training.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// Its module, or the value that enters it.
    pub name: String,
    /// Running mean, one a channel.
    pub mean: Vec<f32>,
    /// Running variance, one a channel.
    pub variance: Vec<f32>,
    /// What it adds to variances before it divides by them.
    pub epsilon: f32,
}

/// The batch norms of a network, compiled to see what enters them.
pub struct BatchNorms {
    norms: Vec<BatchNorm>,
    program: Arc<Program>,
    input: InputSpec,
    /// How the last output is read, where the pass goes so far.
    head: Option<Head>,
}

impl BatchNorms {
    /// Those of a model, from the image to the logits; `None` where it has none: a network without
    /// them, or a file in which they are folded into convolutions.
    ///
    /// # Errors
    /// [`Error::Engine`] for an operator that cannot be run.
    pub fn of(model: &Model, depth: Depth) -> Result<Option<BatchNorms>, Error> {
        let mut graph = model.graph().clone();
        let mut found = graph::batch_norms(&graph);
        match depth {
            Depth::First => found.truncate(1),
            Depth::Early => found.truncate(found.len().div_ceil(3)),
            Depth::All => {}
        }
        if found.is_empty() {
            return Ok(None);
        }
        let logits = graph.outputs()[0];
        let (norms, entering): (Vec<BatchNorm>, Vec<ValueId>) = found.into_iter().unzip();
        let mut outputs = Vec::with_capacity(2 * norms.len() + 1);
        for value in entering {
            outputs.extend(graph::moments(&mut graph, value)?);
        }
        let head = (depth == Depth::All).then_some(model.head());
        outputs.extend(head.map(|_| logits));
        graph.set_outputs(outputs);
        let program = Arc::new(Program::compile_owned(graph, &CompileOptions::default())?);
        Ok(Some(BatchNorms { norms, program, input: model.input(), head }))
    }

    /// The batch norms, from the image to the logits.
    pub fn norms(&self) -> &[BatchNorm] {
        &self.norms
    }

    /// Memory of its own to look at images with.
    pub fn watcher(&self) -> Watcher<'_> {
        Watcher { of: self, session: self.program.session() }
    }

    /// Bytes that each [`Watcher`] takes for activations and workspace.
    pub fn watcher_bytes(&self) -> usize {
        self.program.session_bytes()
    }

    /// How far what was seen is from what each batch norm remembers; see [`divergence`].
    pub fn divergences<'a>(&self, seen: impl Iterator<Item = &'a Seen> + Clone) -> Vec<f64> {
        let of_norm = |(i, norm)| divergence(norm, seen.clone().map(move |seen| &seen.entering[i]));
        self.norms.iter().enumerate().map(of_norm).collect()
    }
}

/// Looks at one image after the other.
pub struct Watcher<'n> {
    of: &'n BatchNorms,
    session: Session,
}

/// What one image is at the batch norms.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What enters each batch norm.
    pub entering: Vec<Moments>,
    /// What the network says, where it was run to its end.
    pub prediction: Option<Prediction>,
}

/// Mean and variance over all positions of one image, one a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Means.
    pub mean: Vec<f32>,
    /// Variances, without Bessel's correction.
    pub variance: Vec<f32>,
}

impl Watcher<'_> {
    /// What the network takes.
    pub fn input(&self) -> InputSpec {
        self.of.input
    }

    /// Runs the network on an image in its own layout, as far as its batch norms.
    ///
    /// # Errors
    /// [`Error::InputLength`].
    pub fn look(&mut self, image: &[f32]) -> Result<Seen, Error> {
        let BatchNorms { norms, input, head, .. } = self.of;
        if image.len() != input.len() {
            let shape = format!("{:?}", input.shape(1));
            return Err(Error::InputLength { expected: input.len(), shape, got: image.len() });
        }
        self.session.set_input(0, image);
        self.session.run();
        let output = |i: usize| self.session.output(i);
        let moments = |i: usize| Moments { mean: output(2 * i).to_vec(), variance: output(2 * i + 1).to_vec() };
        Ok(Seen {
            entering: (0..norms.len()).map(moments).collect(),
            prediction: head.map(|head| head.predict(output(2 * norms.len()))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelOptions;

    fn demo() -> Model {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/demo-shufflenet_v2_x0_5.safetensors");
        Model::open(path.as_ref(), &ModelOptions::default()).unwrap()
    }

    #[test]
    fn what_enters_is_measured_channel_by_channel() {
        let model = demo();
        let image: Vec<f32> = (0..model.input().len()).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
        let norms = BatchNorms::of(&model, Depth::First).unwrap().expect("it has batch norms");
        assert_eq!(norms.norms()[0].name, "conv1.1");
        let seen = norms.watcher().look(&image).unwrap();

        let mut graph = model.graph().clone();
        let (_, entering) = graph::batch_norms(&graph).swap_remove(0);
        let [_, channels, height, width] = graph.shape(entering).try_into().expect("an image");
        graph.set_outputs(vec![entering]);
        let mut session = Arc::new(Program::compile(&graph, &CompileOptions::default()).unwrap()).session();
        session.set_input(0, &image);
        session.run();
        assert_eq!(seen.entering[0].mean.len(), channels);
        for (c, plane) in session.output(0).chunks_exact(height * width).enumerate() {
            let mean = plane.iter().map(|&x| f64::from(x)).sum::<f64>() / plane.len() as f64;
            let variance = plane.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / plane.len() as f64;
            let (found, spread) = (f64::from(seen.entering[0].mean[c]), f64::from(seen.entering[0].variance[c]));
            assert!((found - mean).abs() < 1e-5 && (spread - variance).abs() < 1e-5 * variance, "channel {c}");
        }
    }

    #[test]
    fn depths_hold_as_many_as_they_say() {
        let model = demo();
        let count = |depth| BatchNorms::of(&model, depth).unwrap().unwrap().norms().len();
        assert_eq!([Depth::First, Depth::Early, Depth::All].map(count), [1, 19, 56]);
        let all = BatchNorms::of(&model, Depth::All).unwrap().unwrap();
        let seen = all.watcher().look(&vec![0.0; model.input().len()]).unwrap();
        assert!(seen.prediction.is_some_and(|prediction| prediction.logits.len() == 2));
        assert!(matches!(all.watcher().look(&[0.0]), Err(Error::InputLength { .. })));
    }
}
