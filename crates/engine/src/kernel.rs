//! What a kernel is, and what may become of a node instead.

use heatlens_graph::Buffer;

use crate::io::Io;

/// Computes one operator for the shapes and attributes that it was made for.
pub(crate) trait Kernel: Send + Sync {
    /// Writes every element of every output.
    fn run(&self, io: &mut Io<'_>);

    /// Inputs whose memory output 0 may take over, the preferred first. [`Io::in_place`] says which
    /// one was taken.
    fn in_place(&self) -> &[usize] {
        &[]
    }

    /// Whether output 0 is nothing but the inputs one behind the other: then it need not run where
    /// those are written there.
    fn joins(&self) -> bool {
        false
    }

    /// Floats of workspace.
    fn scratch(&self) -> usize {
        0
    }
}

/// What becomes of a node.
pub(crate) enum Lowered {
    /// It runs.
    Kernel(Box<dyn Kernel>),
    /// Its output is its input 0 under another shape.
    View,
    /// Its output is known.
    Constant(Buffer<f32>),
}

impl<K: Kernel + 'static> From<K> for Lowered {
    fn from(kernel: K) -> Self {
        Lowered::Kernel(Box::new(kernel))
    }
}

/// Why an operator cannot be run, in words.
pub(crate) type Refusal = String;
