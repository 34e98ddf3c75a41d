//! The graph in the making.
//!
//! Keras computes channels-last. Here a tensor of four axes `(batch, height, width, channels)` lies as
//! `(batch, channels, height, width)`, as the kernels are quickest; all others lie as Keras has them.
//! Axes and shapes are Keras's everywhere else.

use std::collections::HashMap;

use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId, ops};

use super::tensor::permuted;
use crate::FormatError;

/// (N, H, W, C) → (N, C, H, W).
pub(super) const TO_SECOND: [usize; 4] = [0, 3, 1, 2];

/// (N, C, H, W) → (N, H, W, C).
pub(super) const TO_LAST: [usize; 4] = [0, 2, 3, 1];

/// Models that are used several times within models could grow beyond all measure; NASNetLarge has
/// 1,000 layers.
const MOST_NODES: usize = 100_000;

pub(super) struct Builder {
    pub graph: Graph,
    /// What the user should know of how the file was read.
    pub notes: Vec<String>,
    /// The first number of Keras's version, where the file says it.
    pub major: Option<u32>,
    /// Constants by name: a layer that is called twice has its weights once.
    constants: HashMap<String, ValueId>,
}

impl Builder {
    pub fn new(major: Option<u32>) -> Self {
        Builder { graph: Graph::new(), notes: Vec::new(), major, constants: HashMap::new() }
    }

    /// Says something, once.
    pub fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Appends a node of the module `path`.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId], path: &ModulePath) -> Result<ValueId, FormatError> {
        self.node(op.into(), inputs.iter().copied().map(Some).collect(), path)
    }

    /// Appends a node some of whose inputs may be left out.
    pub fn node(&mut self, op: Op, inputs: Vec<Option<ValueId>>, path: &ModulePath) -> Result<ValueId, FormatError> {
        if self.graph.nodes().len() >= MOST_NODES {
            return Err(FormatError::Unsupported(format!("the network has more than {MOST_NODES} operators")));
        }
        let spec = NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module: path.clone() };
        Ok(self.graph.add_node(spec)?[0])
    }

    /// The image `(batch, height, width, channels)`, turned.
    pub fn image(&mut self, dims: Vec<Dim>, shape: &[usize]) -> Result<ValueId, FormatError> {
        let image = self.graph.input("image", DType::F32, dims, shape);
        if shape.len() == 4 { self.turned(image, &TO_SECOND, &ModulePath::root()) } else { Ok(image) }
    }

    /// The constant of this name, made where it is not there yet.
    pub fn constant(
        &mut self,
        name: String,
        make: impl FnOnce() -> Result<Tensor, FormatError>,
    ) -> Result<ValueId, FormatError> {
        if let Some(&value) = self.constants.get(&name) {
            return Ok(value);
        }
        let value = self.graph.constant(name.clone(), make()?);
        self.constants.insert(name, value);
        Ok(value)
    }

    /// The constant of this name, where it was made.
    pub fn made(&self, name: &str) -> Option<ValueId> {
        self.constants.get(name).copied()
    }

    /// A constant without a name of its own.
    pub fn anonymous(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("constant", tensor)
    }

    /// The shape of a value as Keras sees it.
    pub fn shape(&self, x: ValueId) -> Vec<usize> {
        match *self.graph.shape(x) {
            [n, c, h, w] => vec![n, h, w, c],
            ref shape => shape.to_vec(),
        }
    }

    pub fn rank(&self, x: ValueId) -> usize {
        self.graph.shape(x).len()
    }

    /// Where Keras's axis (negative ones count from the end) lies here; `None` where there is none.
    pub fn axis(&self, x: ValueId, axis: i64) -> Option<usize> {
        let rank = self.rank(x);
        let axis = usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok().filter(|&a| a < rank)?;
        Some(if rank == 4 { [0, 2, 3, 1][axis] } else { axis })
    }

    /// The axis that holds the channels.
    pub fn channel_axis(&self, x: ValueId) -> usize {
        let rank = self.rank(x);
        if rank == 4 { 1 } else { rank.saturating_sub(1) }
    }

    pub fn channels(&self, x: ValueId) -> usize {
        self.graph.shape(x).get(self.channel_axis(x)).copied().unwrap_or(1)
    }

    /// A value with its axes in another order.
    pub fn turned(&mut self, x: ValueId, order: &[usize], path: &ModulePath) -> Result<ValueId, FormatError> {
        self.add(ops::Transpose { perm: order.to_vec() }, &[x], path)
    }

    /// A value of four axes with the channels last; others as they are.
    pub fn channels_last(&mut self, x: ValueId, path: &ModulePath) -> Result<ValueId, FormatError> {
        if self.rank(x) == 4 { self.turned(x, &TO_LAST, path) } else { Ok(x) }
    }

    /// The inverse of [`channels_last`](Self::channels_last).
    pub fn channels_second(&mut self, x: ValueId, path: &ModulePath) -> Result<ValueId, FormatError> {
        if self.rank(x) == 4 { self.turned(x, &TO_SECOND, path) } else { Ok(x) }
    }

    /// The elements in Keras's order under another shape, batch left out; one extent may be −1.
    pub fn reshape(&mut self, x: ValueId, target: &[i64], path: &ModulePath) -> Result<ValueId, FormatError> {
        // One cell, or one channel, lies the same both ways.
        let alike = |shape: &[usize]| matches!(*shape, [_, c, h, w] if c == 1 || h * w == 1);
        let x = if alike(self.graph.shape(x)) { x } else { self.channels_last(x, path)? };
        let shape: Vec<i64> = std::iter::once(0).chain(target.iter().copied()).collect();
        let cell = match *target {
            [1, 1, channels] => Some([0, channels, 1, 1]),
            _ => None,
        };
        let shape = cell.map_or(shape, Vec::from);
        let shape = self.anonymous(Tensor::ints(&shape));
        let y = self.add(ops::Reshape::default(), &[x, shape], path)?;
        if cell.is_some() { Ok(y) } else { self.channels_second(y, path) }
    }

    /// A constant of Keras's axes, laid so that it can be combined with values of `rank` axes.
    pub fn beside(&mut self, constant: &Tensor, rank: usize) -> Result<ValueId, FormatError> {
        let mut shape = constant.shape().to_vec();
        if rank != 4 || shape.is_empty() || shape.len() > 4 {
            return Ok(self.anonymous(constant.clone()));
        }
        shape.splice(..0, std::iter::repeat_n(1, 4 - shape.len()));
        Ok(self.anonymous(permuted(&constant.reshaped(shape), &TO_SECOND)))
    }

    /// `a` with axes of one element behind the batch, until it has as many as `rank`.
    pub fn raised(&mut self, a: ValueId, rank: usize, path: &ModulePath) -> Result<ValueId, FormatError> {
        let shape = self.shape(a);
        if shape.len() >= rank || shape.is_empty() {
            return Ok(a);
        }
        let rest = shape[1..].iter().map(|&extent| extent as i64);
        let target: Vec<i64> = std::iter::repeat_n(1, rank - shape.len()).chain(rest).collect();
        self.reshape(a, &target, path)
    }

    /// An elementwise operator of two values.
    pub fn combine(
        &mut self,
        op: impl Into<Op>,
        a: ValueId,
        b: ValueId,
        path: &ModulePath,
    ) -> Result<ValueId, FormatError> {
        let is_constant = |b: &Builder, v: ValueId| b.graph.value(v).constant.is_some();
        let rank = self.rank(a).max(self.rank(b));
        let a = if is_constant(self, a) { a } else { self.raised(a, rank, path)? };
        let b = if is_constant(self, b) { b } else { self.raised(b, rank, path)? };
        self.add(op, &[a, b], path)
    }
}
