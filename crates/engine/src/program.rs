//! A graph made ready to run.

use heatlens_graph::Graph;

use crate::compile::{self, CompileOptions, Compiled};
use crate::error::EngineError;
use crate::io::Source;
use crate::kernels::blocked::Layout;
use crate::simd::Isa;

/// A compiled graph: prepared weights, kernels in order, and the plan of the memory that a
/// [`Session`](crate::Session) needs. Shared between threads by `Arc`.
pub struct Program {
    pub(crate) compiled: Compiled,
}

impl Program {
    /// Compiles a graph for this machine.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] names the operator and the node that cannot be run;
    /// [`EngineError::NoSuchInput`] a wrong late input; [`EngineError::TooLarge`] a graph whose
    /// activations exceed the address space; [`EngineError::NoSuchKernels`] a wrong
    /// `HEATLENS_KERNELS`.
    pub fn compile(graph: &Graph, options: &CompileOptions) -> Result<Program, EngineError> {
        Program::compile_for(graph, options, Isa::detect()?)
    }

    /// [`Program::compile`] in less memory: each weight that only this graph holds is freed as soon
    /// as the program has it in its own form.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_owned(graph: Graph, options: &CompileOptions) -> Result<Program, EngineError> {
        Ok(Program { compiled: compile::compile(graph, options, Isa::detect()?, Layout::Blocked)? })
    }

    /// Compiles a graph to the kernels that the fast ones are measured against: in plain Rust, on
    /// buffers that are laid out as the graph has them, nothing fused.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_reference(graph: &Graph) -> Result<Program, EngineError> {
        let options = CompileOptions::default();
        Ok(Program { compiled: compile::compile(graph.clone(), &options, Isa::Portable, Layout::Plain)? })
    }

    pub(crate) fn compile_for(graph: &Graph, options: &CompileOptions, isa: Isa) -> Result<Program, EngineError> {
        Ok(Program { compiled: compile::compile(graph.clone(), options, isa, Layout::Blocked)? })
    }

    /// Without blocked buffers: what the others are tested against.
    #[cfg(test)]
    pub(crate) fn compile_plain(graph: &Graph, isa: Isa) -> Result<Program, EngineError> {
        Ok(Program { compiled: compile::compile(graph.clone(), &CompileOptions::default(), isa, Layout::Plain)? })
    }

    /// Number of inputs, late ones included.
    pub fn inputs(&self) -> usize {
        self.compiled.inputs.len()
    }

    /// Extents of an input, outermost first.
    ///
    /// # Panics
    /// If there is no such input.
    pub fn input_shape(&self, i: usize) -> &[usize] {
        &self.compiled.inputs[i].0
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.compiled.outputs.len()
    }

    /// Extents of an output, outermost first.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output_shape(&self, i: usize) -> &[usize] {
        &self.compiled.outputs[i].0
    }

    /// Bytes of memory that each session takes for activations and workspace.
    pub fn session_bytes(&self) -> usize {
        self.compiled.arena * size_of::<f32>()
    }

    /// The steps in the order in which they run: operator, node, and whether it waits for late
    /// inputs.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = StepInfo<'_>> {
        let first_late = self.compiled.first_late;
        self.compiled.steps.iter().enumerate().map(move |(i, step)| StepInfo {
            op: step.op,
            node: &step.node,
            late: i >= first_late,
        })
    }

    pub(crate) fn output_source(&self, i: usize) -> &Source {
        &self.compiled.outputs[i].1
    }
}

/// What [`Program::steps`] says of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepInfo<'p> {
    /// Operator name.
    pub op: &'static str,
    /// Name of the node that it came from.
    pub node: &'p str,
    /// Whether it belongs to [`Session::resume`](crate::Session::resume).
    pub late: bool,
}
