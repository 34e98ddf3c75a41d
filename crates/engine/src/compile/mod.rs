//! From a graph to steps: [`lower`] picks kernels, [`plan`] orders them and places their
//! buffers.

mod chain;
mod draft;
mod fold;
mod fuse;
mod join;
mod lower;
mod options;
mod place;
mod plan;
mod step;

use heatlens_graph::Graph;

pub use self::options::CompileOptions;
pub(crate) use self::step::Compiled;
use crate::error::EngineError;
use crate::kernels::blocked::Layout;
use crate::simd::Isa;

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
