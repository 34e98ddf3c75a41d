//! The gradients that are wanted of a network, appended to its graph.

use heatlens_graph::ops::Transpose;
use heatlens_graph::{Graph, GraphError, ModulePath, Op, Rules, ValueId, differentiate, pull_back};

use super::outputs::{Holds, Outputs};
use super::wants::Wants;
use crate::{Error, InputLayout};

/// What is known of the gradients beside their values.
#[derive(Default)]
pub struct Gradients {
    /// Whether the gradient at each layer depends on the seed alone; empty where none is wanted.
    pub affine: Vec<bool>,
    /// What each layer with a bias adds.
    pub biases: Vec<Vec<f32>>,
}

/// Appends the seed to the graph's inputs, and what is wanted to `outputs`, which holds the logits
/// and the activations of `layers` layers by now.
///
/// # Errors
/// [`Error::Graph`] if the logits do not depend on a layer or the image, or a node in between has no
/// gradient.
pub fn append(
    graph: &mut Graph,
    outputs: &mut Outputs,
    layers: usize,
    layout: InputLayout,
    wants: Wants,
) -> Result<Gradients, Error> {
    let mut known = Gradients::default();
    if !wants.seeded() {
        return Ok(known);
    }
    let (logits, image) = (graph.outputs()[0], graph.inputs()[0].value);
    let at_layers = if wants.gradients || wants.curvature { layers } else { 0 };
    let activations: Vec<ValueId> = (0..at_layers).filter_map(|i| outputs.value(Holds::Activations(i))).collect();
    let biased = if wants.biases { biased_values(graph) } else { Vec::new() };
    let seed = differentiate(graph, logits, &[], Rules::Standard)?.seed;

    let mut wrt = activations.clone();
    wrt.extend(wants.image_gradient.then_some(image));
    wrt.extend(biased.iter().map(|(_, value)| *value));
    let mut found = pull_back(graph, logits, seed, &wrt, Rules::Standard)?.into_iter();
    let depends = graph.dependents(&[image]);
    let mut at = Vec::new();
    for (i, &layer) in activations.iter().enumerate() {
        let gradient = found.next().flatten().ok_or_else(|| no_influence(graph, layer))?;
        known.affine.push(!depends[gradient.index()]);
        outputs.push(gradient, Holds::Gradients(i));
        at.push((layer, gradient));
    }
    if wants.image_gradient {
        let gradient = found.next().flatten().ok_or_else(|| no_influence(graph, image))?;
        outputs.push(channels_first(graph, gradient, layout)?, Holds::ImageGradient);
    }
    // A branch that the logits do not need has no gradient and no part in the score.
    for (bias, gradient) in biased.into_iter().zip(found).filter_map(|((bias, _), found)| Some((bias, found?))) {
        outputs.push(gradient, Holds::BiasGradient(known.biases.len()));
        known.biases.push(bias);
    }
    if wants.curvature {
        for (i, (layer, gradient)) in at.into_iter().enumerate() {
            if let Some(curvature) = pull_back(graph, gradient, layer, &[layer], Rules::Standard)?[0] {
                outputs.push(curvature, Holds::Curvature(i));
            }
        }
    }
    if wants.guided_gradient {
        let guided = pull_back(graph, logits, seed, &[image], Rules::Guided)?[0];
        let guided = guided.ok_or_else(|| no_influence(graph, image))?;
        outputs.push(channels_first(graph, guided, layout)?, Holds::GuidedGradient);
    }
    Ok(known)
}

/// A gradient at the image, as the methods take it.
fn channels_first(graph: &mut Graph, gradient: ValueId, layout: InputLayout) -> Result<ValueId, GraphError> {
    match layout {
        InputLayout::Nchw => Ok(gradient),
        InputLayout::Nhwc => graph.add(Transpose { perm: vec![0, 3, 1, 2] }, &[gradient], &ModulePath::root()),
    }
}

fn no_influence(graph: &Graph, value: ValueId) -> Error {
    GraphError::NoInfluence { value: graph.value(value).name.clone() }.into()
}

/// The outputs of convolutions with a bias and of batch normalisations, with what they add to each
/// channel.
fn biased_values(graph: &Graph) -> Vec<(Vec<f32>, ValueId)> {
    let constant = |input: Option<ValueId>| Some(graph.value(input?).constant.as_ref()?.as_f32()?.to_vec());
    let biased = graph.nodes().iter().filter_map(|node| {
        let input = |i: usize| constant(node.inputs.get(i).copied().flatten());
        let bias = match &node.op {
            Op::Conv(_) => input(2)?,
            Op::BatchNormalization(op) => {
                let (scale, bias, mean, variance) = (input(1)?, input(2)?, input(3)?, input(4)?);
                (0..bias.len()).map(|k| bias[k] - mean[k] * scale[k] / (variance[k] + op.epsilon).sqrt()).collect()
            }
            _ => return None,
        };
        (graph.shape(node.outputs[0]).len() == 4).then_some((bias, node.outputs[0]))
    });
    biased.collect()
}
