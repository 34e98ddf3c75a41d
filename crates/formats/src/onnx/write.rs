//! Graphs → ONNX files.
//!
//! Each operator is written by the row that reads it ([`operators`]); what ONNX lacks, such as the
//! gradient of a pooling, is written as several operators. Nodes are named by their modules, as
//! PyTorch's exporter names them, so that the file's layers are those of the graph.

use heatlens_graph::Graph;
use prost::Message;

use super::element::{self, Element};
use super::modules;
use super::node_writer::NodeWriter;
use super::operators;
use super::proto::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto};
use super::value_info::{self, free_extents};
pub use super::writer::WriteOptions;
use super::writer::Writer;
use crate::FormatError;

/// The operator set that is written: the first that has Gelu.
const OPSET: i64 = 20;

/// The version of the file format that came with [`OPSET`].
const IR_VERSION: i64 = 9;

/// Protocol buffers end here.
const LARGEST: usize = i32::MAX as usize;

/// Writes what the outputs of a graph depend on as an ONNX model, weights included. An extent that
/// the graph leaves open stays open where the file is the same for any other.
///
/// # Errors
/// [`FormatError::Unsupported`] if a node has no form in ONNX, if the names given are not one for
/// each input or output, or if the weights are larger than the 2 GB that a file may have.
pub fn write(graph: &Graph, options: &WriteOptions<'_>) -> Result<Vec<u8>, FormatError> {
    let mut writer = Writer::new(graph, options)?;
    for node in graph.nodes() {
        if writer.begin(node) {
            let write = operators::writer(&node.op, &node.name)?;
            write(&mut NodeWriter { writer: &mut writer, node }, &node.op)?;
        }
    }
    let outputs = writer.outputs();
    let free = free_extents(graph, &writer.asked);
    let weights: usize = writer.constants.iter().map(|(_, t)| t.len() * Element::of(t.dtype()).size()).sum();
    if weights > LARGEST {
        return Err(FormatError::Unsupported(format!(
            "the weights are {weights} bytes, and an ONNX file holds at most {LARGEST}; export the model from its \
             framework with external data"
        )));
    }
    let input = graph.inputs().iter().enumerate().map(|(i, input)| {
        let name = writer.name(input.value).to_owned();
        ValueInfoProto { name, r#type: Some(value_info::of(graph, input.value, &free.dims[i])) }
    });
    let input = input.collect();
    let output = outputs.into_iter().zip(graph.outputs()).map(|(name, &value)| {
        let dims = free.of_output(graph, value);
        ValueInfoProto { name, r#type: Some(value_info::of(graph, value, &dims)) }
    });
    let output = output.collect();
    let initializer = writer.constants.iter().map(|(name, tensor)| element::encode(name, tensor)).collect();
    let graph = GraphProto { node: writer.nodes, name: "network".into(), initializer, input, output, ..<_>::default() };
    let pair = |&(key, value): &(&str, &str)| StringStringEntryProto { key: key.into(), value: value.into() };
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: modules::PRODUCER.into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: options.metadata.iter().map(pair).collect(),
        functions: Vec::new(),
    };
    Ok(model.encode_to_vec())
}
