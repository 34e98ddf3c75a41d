//! A forward and a backward pass of the network, compiled: which output holds what.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::layers::Layer;
use heatlens_graph::ops::Transpose;
use heatlens_graph::{Graph, GraphError, ModulePath, Op, Rules, ValueId, differentiate, pull_back, simplify, tail};

use crate::evidence::{BiasGradient, Evidence, Features};
use crate::methods::{Method, Need};
use crate::{Error, InputLayout, Model};

/// What to compute besides logits and activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    pub gradients: bool,
    pub curvature: bool,
    pub image_gradient: bool,
    pub guided_gradient: bool,
    pub biases: bool,
    /// What reaches the logits beside each layer.
    pub bypass: bool,
}

impl Wants {
    /// What these methods need of the first pass over an image.
    pub fn of(methods: &[Method]) -> Wants {
        let needed = |need: Need| methods.iter().any(|method| method.needs(need));
        Wants {
            gradients: needed(Need::Gradients),
            curvature: needed(Need::Curvature),
            image_gradient: needed(Need::ImageGradient) || needed(Need::BiasGradients),
            guided_gradient: needed(Need::GuidedGradient),
            biases: needed(Need::BiasGradients),
            bypass: needed(Need::TailRuns),
        }
    }

    /// Whether anything waits for a class.
    fn seeded(&self) -> bool {
        self.gradients || self.curvature || self.image_gradient || self.guided_gradient || self.biases
    }
}

/// An output that is a feature map.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    output: usize,
    shape: [usize; 3],
}

/// Where a layer's values are.
#[derive(Clone, Debug)]
pub struct LayerSlots {
    activations: Slot,
    gradients: Option<Slot>,
    curvature: Option<Slot>,
    affine: bool,
    /// Outputs that hold what reaches the logits beside the layer.
    pub bypass: Vec<usize>,
}

impl LayerSlots {
    pub fn shape(&self) -> [usize; 3] {
        self.activations.shape
    }
}

struct BiasSlot {
    bias: Vec<f32>,
    gradient: Slot,
}

/// The compiled pass.
pub struct Pass {
    pub program: Arc<Program>,
    /// Raw outputs an image.
    pub outputs: usize,
    pub batch: usize,
    pub layers: Vec<LayerSlots>,
    image: [usize; 3],
    image_gradient: Option<Slot>,
    guided_gradient: Option<Slot>,
    biases: Vec<BiasSlot>,
    seeded: bool,
}

impl Pass {
    /// Compiles the network for a batch.
    ///
    /// # Errors
    /// As [`Explainer::new`](crate::Explainer::new).
    pub fn compile(model: &Model, layers: &[Layer], wants: Wants, batch: usize) -> Result<Pass, Error> {
        let input = model.input();
        let mut graph = model.graph().specialise(&[&input.shape(batch)])?;
        let mut outputs = vec![graph.outputs()[0]];
        outputs.extend(layers.iter().map(|layer| layer.value));
        let mut bypasses = Vec::new();
        for layer in layers {
            let values = if wants.bypass { tail(&graph, layer.value)?.bypass } else { Vec::new() };
            bypasses.push((outputs.len()..outputs.len() + values.len()).collect::<Vec<_>>());
            outputs.extend(values);
        }
        graph.set_outputs(outputs);
        // Biases are those of the network as it was trained, before batch norms are folded.
        if !wants.biases {
            graph = simplify::simplify(&graph)?;
        }
        let appended = Appended::gradients(&mut graph, layers.len(), input.layout, wants)?;
        graph = simplify::simplify(&graph)?;
        let late_inputs = if wants.seeded() { vec![graph.inputs().len() - 1] } else { Vec::new() };
        let program = Program::compile_owned(graph, &CompileOptions { late_inputs })?;

        let slot = |output: usize| match *program.output_shape(output) {
            [_, c, h, w] => Slot { output, shape: [c, h, w] },
            ref other => unreachable!("a layer is a 4-D feature map, not {other:?}"),
        };
        let layers = (0..layers.len()).zip(bypasses).map(|(i, bypass)| LayerSlots {
            activations: slot(1 + i),
            gradients: appended.gradients.get(i).map(|&output| slot(output)),
            curvature: appended.curvatures.get(i).copied().flatten().map(slot),
            affine: appended.affine.get(i).copied().unwrap_or(false),
            bypass,
        });
        Ok(Pass {
            layers: layers.collect(),
            outputs: program.output_shape(0)[1],
            batch,
            image: [input.channels, input.height, input.width],
            image_gradient: appended.image.map(slot),
            guided_gradient: appended.guided.map(slot),
            biases: appended
                .biases
                .into_iter()
                .map(|(bias, output)| BiasSlot { bias, gradient: slot(output) })
                .collect(),
            seeded: wants.seeded(),
            program: Arc::new(program),
        })
    }

    /// Bytes that a session takes.
    pub fn session_bytes(&self) -> usize {
        self.program.session_bytes()
    }

    /// Whether the head behind each of the first layers is global average pooling and one linear
    /// layer: the same gradient at every cell and for every image.
    ///
    /// # Errors
    /// [`Error::Unsuited`] if it is not.
    pub fn check_linear_head(&self, layers: &[Layer]) -> Result<(), Error> {
        let mut session = self.program.session();
        session.run();
        for (slots, layer) in self.layers.iter().zip(layers) {
            let constant = slots.affine
                && slots.gradients.is_some_and(|slot| {
                    (0..self.outputs).all(|class| {
                        let seed: Vec<f32> =
                            (0..self.batch * self.outputs).map(|i| if i == class { 1.0 } else { 0.0 }).collect();
                        session.set_input(1, &seed);
                        session.resume();
                        features(&session, slot, 0).iter().all(is_constant)
                    })
                });
            if !constant {
                const REASON: &str = "the head behind it is not global average pooling and one linear layer; GradCAM \
                    is its generalisation";
                return Err(Error::Unsuited { method: "CAM", layer: layer.name.clone(), reason: REASON });
            }
        }
        Ok(())
    }
}

fn is_constant(values: &[f32]) -> bool {
    let (min, max) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    max - min <= 1e-5 * max.abs().max(min.abs())
}

/// Positions of the outputs that hold gradients.
#[derive(Default)]
struct Appended {
    gradients: Vec<usize>,
    affine: Vec<bool>,
    curvatures: Vec<Option<usize>>,
    image: Option<usize>,
    guided: Option<usize>,
    biases: Vec<(Vec<f32>, usize)>,
}

impl Appended {
    /// Appends the seed to the inputs and what is wanted to the outputs: the logits, then `layers`
    /// layers, then whatever else is there already.
    fn gradients(graph: &mut Graph, layers: usize, layout: InputLayout, wants: Wants) -> Result<Appended, Error> {
        let mut appended = Appended::default();
        if !wants.seeded() {
            return Ok(appended);
        }
        let mut outputs = graph.outputs().to_vec();
        let mut push = |value: ValueId| {
            outputs.push(value);
            outputs.len() - 1
        };
        let (logits, image) = (graph.outputs()[0], graph.inputs()[0].value);
        let layers = graph.outputs()[1..=layers].to_vec();
        let biased = if wants.biases { biased_values(graph) } else { Vec::new() };
        let seed = differentiate(graph, logits, &[], Rules::Standard)?.seed;

        let at_layers: &[ValueId] = if wants.gradients || wants.curvature { &layers } else { &[] };
        let mut wrt = at_layers.to_vec();
        wrt.extend(wants.image_gradient.then_some(image));
        wrt.extend(biased.iter().map(|(_, value)| *value));
        let mut found = pull_back(graph, logits, seed, &wrt, Rules::Standard)?.into_iter();
        let depends = graph.dependents(&[image]);
        let mut at = Vec::new();
        for &layer in at_layers {
            let gradient = found.next().flatten().ok_or_else(|| no_influence(graph, layer))?;
            appended.affine.push(!depends[gradient.index()]);
            appended.gradients.push(push(gradient));
            at.push((layer, gradient));
        }
        if wants.image_gradient {
            let gradient = found.next().flatten().ok_or_else(|| no_influence(graph, image))?;
            appended.image = Some(push(channels_first(graph, gradient, layout)?));
        }
        // A branch that the logits do not need has no gradient and no part in the score.
        appended.biases =
            biased.into_iter().zip(found).filter_map(|((bias, _), gradient)| Some((bias, push(gradient?)))).collect();
        if wants.curvature {
            for (layer, gradient) in at {
                appended
                    .curvatures
                    .push(pull_back(graph, gradient, layer, &[layer], Rules::Standard)?[0].map(&mut push));
            }
        }
        if wants.guided_gradient {
            let guided = pull_back(graph, logits, seed, &[image], Rules::Guided)?[0];
            let guided = guided.ok_or_else(|| no_influence(graph, image))?;
            appended.guided = Some(push(channels_first(graph, guided, layout)?));
        }
        graph.set_outputs(outputs);
        Ok(appended)
    }
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

/// The part of an output that belongs to one image.
fn features(session: &Session, slot: Slot, image: usize) -> Features<'_> {
    let [channels, height, width] = slot.shape;
    let length = channels * height * width;
    Features { channels, height, width, values: &session.output(slot.output)[image * length..][..length] }
}

/// A session of a pass.
pub struct Run {
    pub pass: Arc<Pass>,
    pub session: Session,
    seeds: Vec<f32>,
}

impl Run {
    pub fn new(pass: &Arc<Pass>) -> Run {
        Run { session: pass.program.session(), seeds: vec![0.0; pass.batch * pass.outputs], pass: pass.clone() }
    }

    /// The memory of the images, one after the other.
    pub fn images_mut(&mut self) -> &mut [f32] {
        self.session.input_mut(0)
    }

    /// The raw outputs of each image.
    pub fn logits(&self) -> impl Iterator<Item = &[f32]> {
        self.session.output(0).chunks_exact(self.pass.outputs)
    }

    /// The backward pass; `seed(image, cotangent)` fills in the cotangent of an image's raw
    /// outputs, zeros until then.
    pub fn backward(&mut self, mut seed: impl FnMut(usize, &mut [f32])) {
        if !self.pass.seeded {
            return;
        }
        self.seeds.fill(0.0);
        self.seeds
            .chunks_exact_mut(self.pass.outputs)
            .enumerate()
            .for_each(|(image, cotangent)| seed(image, cotangent));
        self.session.set_input(1, &self.seeds);
        self.session.resume();
    }

    /// What is known of an image, whose values channels first are `pixels`, at a layer.
    pub fn evidence<'a>(&'a self, layer: Option<usize>, image: usize, pixels: Option<&'a [f32]>) -> Evidence<'a> {
        let pass = &self.pass;
        let of = |slot: Option<Slot>| slot.map(|slot| features(&self.session, slot, image));
        // A pass that goes back to the image alone watches no layer.
        let slots = layer.and_then(|layer| pass.layers.get(layer));
        let [channels, height, width] = pass.image;
        let bias = |slot: &'a BiasSlot| BiasGradient {
            bias: &slot.bias,
            gradient: features(&self.session, slot.gradient, image),
        };
        Evidence {
            activations: of(slots.map(|slots| slots.activations)),
            gradients: of(slots.and_then(|slots| slots.gradients)),
            curvature: of(slots.and_then(|slots| slots.curvature)),
            affine_tail: slots.is_some_and(|slots| slots.affine),
            image: pixels.map(|values| Features { channels, height, width, values }),
            image_gradient: of(pass.image_gradient),
            guided_gradient: of(pass.guided_gradient),
            biases: pass.biases.iter().map(bias).collect(),
        }
    }

    /// An image's part of what reaches the logits beside a layer.
    pub fn bypass(&self, layer: usize, image: usize) -> Vec<&[f32]> {
        let part = |&output: &usize| {
            let values = self.session.output(output);
            let length = values.len() / self.pass.batch;
            &values[image * length..][..length]
        };
        self.pass.layers[layer].bypass.iter().map(part).collect()
    }
}
