//! What the writing of one operator may ask and do.

use heatlens_graph::{DType, Node, Tensor, ValueId};

use super::proto::{AttributeProto, NodeProto};
use super::writer::Writer;
use crate::FormatError;

/// One node of the graph while it is written. Values go by the names that they have in the file.
pub(super) struct NodeWriter<'w, 'g> {
    pub writer: &'w mut Writer<'g>,
    pub node: &'g Node,
}

/// Whether the node was written, or why it cannot be.
pub(super) type Done = Result<(), FormatError>;

impl NodeWriter<'_, '_> {
    /// How many inputs the node has, those left out included.
    pub fn inputs(&self) -> usize {
        self.node.inputs.len()
    }

    /// Input `i`, which the operator's type rule requires.
    pub fn input(&self, i: usize) -> String {
        self.optional(i).unwrap_or_default()
    }

    /// Input `i`, if it was given.
    pub fn optional(&self, i: usize) -> Option<String> {
        Some(self.writer.name(self.node.inputs.get(i).copied().flatten()?).to_owned())
    }

    /// Number of dimensions of input `i`.
    pub fn rank(&self, i: usize) -> usize {
        self.writer.graph.shape(self.required(i)).len()
    }

    /// Extent of input `i` along `axis`. What is written then holds for this extent only.
    pub fn extent(&mut self, i: usize, axis: usize) -> usize {
        let value = self.required(i);
        self.writer.ask(value, axis)
    }

    /// Shape of input `i`. What is written then holds for this shape only.
    pub fn shape(&mut self, i: usize) -> Vec<usize> {
        (0..self.rank(i)).map(|axis| self.extent(i, axis)).collect()
    }

    /// Height and width of input `i (N, C, H, W)`. What is written then holds for these only.
    pub fn cells(&mut self, i: usize) -> [usize; 2] {
        [self.extent(i, 2), self.extent(i, 3)]
    }

    /// Height and width of output 0, of 4 dimensions. What is written then holds for these only.
    pub fn output_cells(&mut self) -> [usize; 2] {
        let output = self.node.outputs[0];
        [2, 3].map(|axis| self.writer.ask(output, axis))
    }

    /// Shape of output 0. What is written then holds for this shape only.
    pub fn output_shape(&mut self) -> Vec<usize> {
        let output = self.node.outputs[0];
        let rank = self.writer.graph.shape(output).len();
        (0..rank).map(|axis| self.writer.ask(output, axis)).collect()
    }

    /// Element type of input `i`.
    pub fn dtype(&self, i: usize) -> DType {
        self.writer.graph.value(self.required(i)).ty.dtype
    }

    fn required(&self, i: usize) -> ValueId {
        self.node.inputs[i].expect("the type rule has found the input there")
    }

    /// Writes a constant and returns its name.
    pub fn constant(&mut self, tensor: Tensor) -> String {
        let name = format!("{}/constant", self.node.name);
        self.writer.constant(&name, tensor)
    }

    /// A 1-dimensional integer constant.
    pub fn ints(&mut self, values: &[usize]) -> String {
        let values: Vec<i64> = values.iter().map(|&v| v as i64).collect();
        self.constant(Tensor::ints(&values))
    }

    /// A 0-dimensional float constant.
    pub fn scalar(&mut self, value: f32) -> String {
        self.constant(Tensor::scalar(value))
    }

    /// A value of one element, without its dimensions.
    pub fn without_dimensions(&mut self, value: &str) -> String {
        let shape = self.ints(&[]);
        self.step("Reshape", &[value, &shape], vec![])
    }

    /// Writes an ONNX node on the way to the result and returns its output.
    pub fn step(&mut self, op_type: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let output = self.writer.fresh(&format!("{}/{op_type}", self.node.name));
        self.push(op_type, inputs.iter().map(|&i| i.to_owned()).collect(), vec![output.clone()], attributes);
        output
    }

    /// Writes the ONNX node that makes the results of the graph's.
    pub fn finish(&mut self, op_type: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> Done {
        let outputs = self.node.outputs.iter().map(|&o| self.writer.name(o).to_owned()).collect();
        self.push(op_type, inputs.iter().map(|&i| i.to_owned()).collect(), outputs, attributes);
        Ok(())
    }

    /// Writes an ONNX node of the same inputs and outputs as the graph's.
    pub fn same(&mut self, op_type: &str, attributes: Vec<AttributeProto>) -> Done {
        let inputs: Vec<String> = (0..self.inputs()).map(|i| self.input(i)).collect();
        self.finish(op_type, &inputs.iter().map(String::as_str).collect::<Vec<_>>(), attributes)
    }

    fn push(&mut self, op: &str, mut input: Vec<String>, output: Vec<String>, attribute: Vec<AttributeProto>) {
        while input.last().is_some_and(String::is_empty) {
            input.pop();
        }
        let name = self.writer.node_name(&self.node.module, op);
        self.writer.nodes.push(NodeProto { input, output, name, op_type: op.into(), attribute, ..Default::default() });
    }

    /// The error for a node that has no form in ONNX.
    pub fn refuse(&self, why: &str) -> FormatError {
        FormatError::Unsupported(format!(
            "{} at node `{}` cannot be written to ONNX: {why}",
            self.node.op.name(),
            self.node.name
        ))
    }
}
