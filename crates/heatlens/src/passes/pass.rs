//! A forward and a backward pass of the network, compiled: which output holds what.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::layers::Layer;

use super::graph::ExplanationGraph;
use super::outputs::Holds;
use crate::Error;
use crate::evidence::{BiasGradient, Evidence, Features};

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
    /// The input that holds the cotangent of the raw outputs.
    seed: Option<usize>,
}

impl Pass {
    /// Compiles an explanation's graph.
    ///
    /// # Errors
    /// [`Error::Engine`] for an operator that cannot be run.
    pub fn compile(graph: ExplanationGraph) -> Result<Pass, Error> {
        let late_inputs = graph.seed.into_iter().collect();
        let slot = |of: Holds| {
            graph.position(of).map(|output| match *graph.graph.shape(graph.graph.outputs()[output]) {
                [_, c, h, w] => Slot { output, shape: [c, h, w] },
                ref other => unreachable!("a layer is a 4-D feature map, not {other:?}"),
            })
        };
        let bypass = |i: usize| {
            let of_layer = |holds: &Holds| matches!(holds, Holds::Bypass { layer, .. } if *layer == i);
            (0..graph.outputs.len()).filter(|&output| of_layer(&graph.outputs[output])).collect()
        };
        let layers = graph.layers.iter().enumerate().map(|(i, layer)| LayerSlots {
            activations: slot(Holds::Activations(i)).expect("every layer is an output"),
            gradients: slot(Holds::Gradients(i)),
            curvature: slot(Holds::Curvature(i)),
            affine: layer.affine_tail,
            bypass: bypass(i),
        });
        let layers = layers.collect();
        let [image_gradient, guided_gradient] = [Holds::ImageGradient, Holds::GuidedGradient].map(slot);
        let gradient = |i: usize| slot(Holds::BiasGradient(i)).expect("every bias has its gradient");
        let biases = graph.biases.iter().enumerate();
        let biases = biases.map(|(i, bias)| BiasSlot { bias: bias.clone(), gradient: gradient(i) }).collect();
        let (seed, batch, input) = (graph.seed, graph.batch, graph.input);
        let program = Program::compile_owned(graph.graph, &CompileOptions { late_inputs })?;
        Ok(Pass {
            outputs: program.output_shape(0)[1],
            batch,
            layers,
            image: [input.channels, input.height, input.width],
            image_gradient,
            guided_gradient,
            biases,
            seed,
            program: Arc::new(program),
        })
    }

    /// Height and width of the network's input.
    pub fn input_size(&self) -> [usize; 2] {
        [self.image[1], self.image[2]]
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
            if !(slots.affine && self.has_constant_gradients(&mut session, slots)) {
                const REASON: &str = "the head behind it is not global average pooling and one linear layer; GradCAM \
                    is its generalisation";
                return Err(Error::Unsuited { method: "CAM", layer: layer.name.clone(), reason: REASON });
            }
        }
        Ok(())
    }

    /// Whether the gradient of each class at a layer is the same at every cell, in a session that
    /// has run.
    fn has_constant_gradients(&self, session: &mut Session, slots: &LayerSlots) -> bool {
        let (Some(gradients), Some(seed)) = (slots.gradients, self.seed) else { return false };
        (0..self.outputs).all(|class| {
            let one_hot: Vec<f32> =
                (0..self.batch * self.outputs).map(|i| if i == class { 1.0 } else { 0.0 }).collect();
            session.set_input(seed, &one_hot);
            session.resume();
            features(session, gradients, 0).iter().all(is_constant)
        })
    }
}

fn is_constant(values: &[f32]) -> bool {
    let (min, max) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    max - min <= 1e-5 * max.abs().max(min.abs())
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
        let Some(input) = self.pass.seed else { return };
        self.seeds.fill(0.0);
        self.seeds
            .chunks_exact_mut(self.pass.outputs)
            .enumerate()
            .for_each(|(image, cotangent)| seed(image, cotangent));
        self.session.set_input(input, &self.seeds);
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
