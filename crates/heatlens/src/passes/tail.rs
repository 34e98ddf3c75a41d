//! The network behind a layer, compiled to be run for changed activations.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::layers::Layer;
use heatlens_graph::{simplify, tail};

use super::pass::LayerSlots;
use crate::{Error, Model};

/// Tails run for this many changes at once: they are short, and their weights are read once for
/// all.
const MOST_AT_ONCE: usize = 32;

/// Fewer at early layers: values of the changed activations together, so that memory stays small.
const VALUES_AT_ONCE: usize = 1 << 20;

/// The compiled tail.
pub struct TailPass {
    program: Arc<Program>,
    at_once: usize,
    /// Values of one activation.
    length: usize,
    outputs: usize,
}

impl TailPass {
    pub fn compile(model: &Model, layer: &Layer, slots: &LayerSlots) -> Result<TailPass, Error> {
        let length: usize = slots.shape().iter().product();
        let at_once = model.at_once((VALUES_AT_ONCE / length).clamp(1, MOST_AT_ONCE));
        let graph = model.graph().specialise(&[&model.input().shape(at_once)])?;
        let graph = simplify::simplify(&tail(&graph, layer.value)?.graph)?;
        let outputs = graph.shape(graph.outputs()[0])[1];
        let program = Arc::new(Program::compile(&graph, &CompileOptions::default())?);
        Ok(TailPass { program, at_once, length, outputs })
    }

    pub fn session_bytes(&self) -> usize {
        self.program.session_bytes()
    }

    pub fn run(&self) -> TailRun<'_> {
        TailRun { pass: self, session: self.program.session() }
    }
}

/// A session of a tail.
pub struct TailRun<'e> {
    pass: &'e TailPass,
    session: Session,
}

impl TailRun<'_> {
    /// The raw outputs for each of `count` changed activations, which `fill` writes; the values
    /// beside the layer stay those of the image.
    pub fn outputs(
        &mut self,
        bypass: &[&[f32]],
        count: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
        mut each: impl FnMut(&[f32]),
    ) {
        for (i, values) in bypass.iter().enumerate() {
            self.session.input_mut(1 + i).chunks_exact_mut(values.len()).for_each(|slot| slot.copy_from_slice(values));
        }
        let at_once = self.pass.at_once;
        for start in (0..count).step_by(at_once) {
            let many = at_once.min(count - start);
            let activations = self.session.input_mut(0).chunks_exact_mut(self.pass.length);
            activations.take(many).enumerate().for_each(|(i, slot)| fill(start + i, slot));
            self.session.run();
            self.session.output(0).chunks_exact(self.pass.outputs).take(many).for_each(&mut each);
        }
    }
}
