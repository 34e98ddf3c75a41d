//! From a graph to steps: [`lower`] picks kernels, [`plan`] places their buffers.

mod chain;
mod fuse;
mod join;
mod lower;
mod plan;
mod step;

use std::ops::Range;

use heatlens_graph::Graph;

pub(crate) use self::lower::Context;
pub(crate) use self::step::{Io, Source, Step};
use crate::kernels::blocked::Layout;
use crate::simd::Isa;
use crate::{CompileOptions, EngineError};

/// What a program holds.
pub(crate) struct Compiled {
    /// All steps: those that run early, then those that wait for late inputs.
    pub(crate) steps: Vec<Step>,
    /// How many run early.
    pub(crate) first_late: usize,
    /// Shape and place of each graph input.
    pub(crate) inputs: Vec<(Vec<usize>, Range<usize>)>,
    /// Shape and place of each graph output.
    pub(crate) outputs: Vec<(Vec<usize>, Source)>,
    /// Floats of a session's arena.
    pub(crate) arena: usize,
}

/// Compiles a graph. Weights are freed as soon as a kernel has them in its own form.
pub(crate) fn compile(
    graph: Graph,
    options: &CompileOptions,
    isa: Isa,
    layout: Layout,
) -> Result<Compiled, EngineError> {
    if let Some(&position) = options.late_inputs.iter().find(|&&i| i >= graph.inputs().len()) {
        return Err(EngineError::NoSuchInput { position, inputs: graph.inputs().len() });
    }
    plan::plan(lower::lower(graph, options, isa, layout)?)
}
