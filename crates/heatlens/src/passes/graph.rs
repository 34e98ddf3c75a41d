//! The network together with its gradients, as one graph that says what each output holds.

use heatlens_graph::layers::Layer;
use heatlens_graph::{Graph, simplify, tail};

use super::gradients::{self, Gradients};
use super::outputs::{Holds, Outputs};
use super::wants::Wants;
use crate::{Error, InputSpec, Model};

/// A network, the gradients that an explanation needs of it, and what its inputs and outputs are:
/// what [`Explainer::new`](crate::Explainer::new) compiles, and any other runtime can run.
///
/// Input 0 is the batch of preprocessed images, of shape [`InputSpec::shape`]. What gradients are
/// taken of is chosen while running: input [`ExplanationGraph::seed`] holds the cotangent of the
/// raw outputs.
#[derive(Clone, Debug)]
pub struct ExplanationGraph {
    /// The simplified graph, for a batch of [`ExplanationGraph::batch`] images. One value may be
    /// several of its outputs.
    pub graph: Graph,
    /// What each of the graph's outputs holds, in order; the first are the logits.
    pub outputs: Vec<Holds>,
    /// Position among the graph's inputs of the cotangent of the raw outputs, of their shape; none
    /// where no gradient is asked for. A one-hot row explains one raw output of that image.
    pub seed: Option<usize>,
    /// The layers that [`Holds`] counts: those asked for, in order, and behind them those at which
    /// methods of several layers look.
    pub layers: Vec<WatchedLayer>,
    /// What each layer with a bias adds to each channel, in the order in which [`Holds`] counts
    /// them; of a batch normalisation `bias − mean · scale / √(variance + ε)`.
    pub biases: Vec<Vec<f32>>,
    /// Images at once.
    pub batch: usize,
    /// One image.
    pub input: InputSpec,
}

/// A layer of an [`ExplanationGraph`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedLayer {
    /// Its module path or value name.
    pub name: String,
    /// Whether G depends on the seed alone, as behind global average pooling and one linear layer;
    /// `false` where no gradient at layers is asked for.
    pub affine_tail: bool,
}

impl ExplanationGraph {
    /// The network for a batch, with what is wanted at these layers.
    ///
    /// # Errors
    /// [`Error::Graph`] for a layer that does not influence the scores, or an operator without a
    /// gradient between the two.
    pub(crate) fn of(model: &Model, layers: &[Layer], wants: Wants, batch: usize) -> Result<ExplanationGraph, Error> {
        let input = model.input();
        let mut graph = model.graph().specialise(&[&input.shape(batch)])?;
        let mut outputs = Outputs::default();
        outputs.push(graph.outputs()[0], Holds::Logits);
        layers.iter().enumerate().for_each(|(i, layer)| outputs.push(layer.value, Holds::Activations(i)));
        if wants.bypass {
            for (i, layer) in layers.iter().enumerate() {
                let bypass = tail(&graph, layer.value)?.bypass.into_iter().enumerate();
                bypass.for_each(|(nth, value)| outputs.push(value, Holds::Bypass { layer: i, nth }));
            }
        }
        graph.set_outputs(outputs.values);
        // Biases are those of the network as it was trained, before batch norms are folded.
        if !wants.biases {
            graph = simplify::simplify(&graph)?;
        }
        let mut outputs = Outputs { values: graph.outputs().to_vec(), holds: outputs.holds };
        let Gradients { affine, biases } =
            gradients::append(&mut graph, &mut outputs, layers.len(), input.layout, wants)?;
        graph.set_outputs(outputs.values);
        graph = simplify::simplify(&graph)?;
        let watched = layers.iter().enumerate().map(|(i, layer)| WatchedLayer {
            name: layer.name.clone(),
            affine_tail: affine.get(i).copied().unwrap_or(false),
        });
        let seed = wants.seeded().then(|| graph.inputs().len() - 1);
        Ok(ExplanationGraph { outputs: outputs.holds, seed, layers: watched.collect(), biases, batch, input, graph })
    }

    /// Where among the outputs this is.
    pub fn position(&self, of: Holds) -> Option<usize> {
        self.outputs.iter().position(|&holds| holds == of)
    }

    /// A name for each output, none twice: `logits`, `activations_0`, `gradients_0` …, with the
    /// positions of layers and biases; identifiers, as ONNX wants them.
    pub fn output_names(&self) -> Vec<String> {
        self.outputs.iter().map(|holds| holds.name()).collect()
    }
}
