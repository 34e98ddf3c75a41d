//! What a kernel is chosen from.

use heatlens_graph::{Buffer, DType, Graph, Node, Tensor};

use crate::kernel::Refusal;
use crate::simd::Isa;

/// Names a buffer whose address is not yet known.
pub(crate) type BufferId = usize;

/// Where a value will be.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a buffer of the session.
    Buffer(BufferId),
    /// In the program.
    Constant(Buffer<f32>),
}

/// What a kernel is chosen from: the node, the shapes around it, and the inputs that are known.
pub(crate) struct Context<'a> {
    pub(crate) graph: &'a Graph,
    /// The node.
    pub(crate) node: &'a Node,
    /// Where its inputs will be; `None` for one left out.
    pub(crate) places: &'a [Option<Place>],
    /// The instructions to use.
    pub(crate) isa: Isa,
}

impl Context<'_> {
    /// Whether input `i` was given.
    pub(crate) fn has(&self, i: usize) -> bool {
        self.places.get(i).is_some_and(Option::is_some)
    }

    /// Number of inputs, left-out ones included.
    pub(crate) fn inputs(&self) -> usize {
        self.places.len()
    }

    /// Shape of input `i`, which must be given.
    pub(crate) fn shape(&self, i: usize) -> &[usize] {
        self.graph.shape(self.node.inputs[i].expect("a required input"))
    }

    /// Shape of output `i`.
    pub(crate) fn output(&self, i: usize) -> &[usize] {
        self.graph.shape(self.node.outputs[i])
    }

    /// Element type of output 0.
    pub(crate) fn dtype(&self) -> DType {
        self.graph.value(self.node.outputs[0]).ty.dtype
    }

    /// Elements of input `i` if they are known.
    pub(crate) fn constant(&self, i: usize) -> Option<&Buffer<f32>> {
        match self.places.get(i)? {
            Some(Place::Constant(elements)) => Some(elements),
            _ => None,
        }
    }

    /// The only element of input `i` if it is known; `default` if the input was left out.
    pub(crate) fn scalar(&self, i: usize, default: f32) -> Result<f32, Refusal> {
        if !self.has(i) {
            return Ok(default);
        }
        let elements = self.constant(i).ok_or_else(|| format!("its input {i} must not depend on the image"))?;
        elements.first().copied().ok_or_else(|| format!("its input {i} is empty"))
    }

    /// Integers of input `i`; `None` if it was left out.
    pub(crate) fn ints(&self, i: usize) -> Result<Option<Vec<i64>>, Refusal> {
        if !self.has(i) {
            return Ok(None);
        }
        let exact = self.node.inputs[i].and_then(|v| self.graph.value(v).constant.as_ref()).and_then(Tensor::as_i64);
        if let Some(ints) = exact {
            return Ok(Some(ints.to_vec()));
        }
        let floats = self
            .constant(i)
            .ok_or_else(|| format!("its input {i} must not depend on the image: export the model with fixed shapes"))?;
        Ok(Some(floats.iter().map(|&x| x as i64).collect()))
    }
}
