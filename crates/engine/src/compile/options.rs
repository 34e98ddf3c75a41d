//! What may be said of a graph that is compiled.

/// How a graph is to be compiled.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// Positions in [`Graph::inputs`](heatlens_graph::Graph::inputs) of inputs that are given only
    /// after [`Session::run`](crate::Session::run), such as the seed of a gradient: what depends on
    /// them is left to [`Session::resume`](crate::Session::resume).
    pub late_inputs: Vec<usize>,
}
