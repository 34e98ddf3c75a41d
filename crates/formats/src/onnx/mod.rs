//! ONNX files ↔ graphs.
//!
//! Opset 9–21 as PyTorch's two exporters, tf2onnx and others write it; 7 and 8 and newer ones as
//! far as they are alike. Each node is translated by one small function ([`operators`]), old forms
//! brought to the newest; model-local functions are inlined, and of an `If` the branch is taken
//! that its shapes choose.

mod attributes;
mod context;
mod element;
mod external;
mod functions;
mod importer;
mod inputs;
mod layout;
#[macro_use]
mod message;
mod modules;
mod node_writer;
mod operators;
mod outputs;
mod proto;
mod sniff;
mod tensor;
mod value_info;
mod write;
mod writer;

use std::collections::HashSet;

use prost::Message;
use prost::bytes::Bytes;

pub use self::write::{WriteOptions, write};

use self::external::External;
use self::importer::{Entry, Importer, Scope};
use self::inputs::Usage;
use self::modules::ModuleNames;
use self::proto::{GraphProto, ModelProto, NodeProto, Opsets};
use crate::{Format, FormatError, LoadOptions, LoadedModel};

/// Keys of the metadata under which exporters and people write the names of classes.
const LABELS: [&str; 10] = [
    "names",
    "classes",
    "class_names",
    "labels",
    "label_names",
    "id2label",
    "label2id",
    "class_to_idx",
    "idx_to_class",
    "vocab",
];

/// The oldest operator set whose operators are those of today in another spelling.
const OLDEST: i64 = 7;

/// The newest operator set that files were tested with.
const NEWEST: i64 = 21;

/// Reads an ONNX file. The image input keeps the layout of the file: (N, C, H, W), or (N, H, W, C)
/// as tf2onnx exports it.
///
/// # Errors
/// See [`FormatError`].
pub fn load(bytes: &[u8], options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    load_sharing(bytes, None, options)
}

/// [`load`] without copying messages out of `shared`, which holds the same bytes. Weights are
/// copied all the same: in a message they are seldom aligned.
pub(crate) fn load_sharing(
    bytes: &[u8],
    shared: Option<&Bytes>,
    options: &LoadOptions<'_>,
) -> Result<LoadedModel, FormatError> {
    let decoded = shared.map_or_else(|| ModelProto::decode(bytes), |shared| ModelProto::decode(shared.clone()));
    let model = decoded.map_err(|e| sniff::not_onnx(bytes, &e.to_string()))?;
    let batch = model.graph.as_ref().and_then(inputs::fixed_batch).filter(|_| options.one_image);
    if let Some(batch) = batch
        && let Ok(mut loaded) = read(bytes, model.clone(), options, Some(batch))
    {
        loaded.notes.push(format!("the file is made for {batch} images at a time; it is read for one"));
        return Ok(loaded);
    }
    read(bytes, model, options, None)
}

/// Reads a file; `batch` is the number of images that it is made for, where it is to be read for
/// one.
fn read(
    bytes: &[u8],
    mut model: ModelProto,
    options: &LoadOptions<'_>,
    batch: Option<usize>,
) -> Result<LoadedModel, FormatError> {
    let mut graph = model.graph.take().ok_or_else(|| sniff::not_onnx(bytes, "no network in it"))?;
    let mut notes = Vec::new();
    let opsets = proto::opsets(&model.opset_import);
    check_opset(&opsets, &mut notes)?;
    if graph.node.is_empty() || graph.output.is_empty() {
        return Err(FormatError::Damaged("its network has no nodes or no output; export the model again".into()));
    }
    let local: HashSet<_> =
        model.functions.iter().map(|f| (proto::canonical_domain(&f.domain), f.name.as_str())).collect();
    let known = |node: &NodeProto| {
        let domain = proto::canonical_domain(&node.domain);
        local.contains(&(domain, node.op_type.as_str())) || operators::find(domain, &node.op_type, "", &opsets).is_ok()
    };
    outputs::keep(&mut graph, options.output, known, &mut notes)?;
    let modules = ModuleNames::new(&graph.node, &model.producer_name);
    if !modules.are_known() {
        notes.push("the file does not name modules; layers go by the names of ONNX values".to_owned());
    }
    let from_tensorflow = matches!(modules, ModuleNames::Keras(_));
    let mut importer =
        Importer::new(Scope::new(opsets), &model.functions, modules, External::new(options.sibling), bytes.len());
    importer.batch = batch;
    let graph = add_inputs_and_weights(&mut importer, graph, options, &mut notes)?;
    importer.nodes(&graph.node)?;
    let outputs = graph.output.iter().map(|o| importer.output(&o.name, "the network")).collect::<Result<_, _>>()?;
    importer.graph.set_outputs(outputs);
    let classes = model.metadata_props.iter().filter(|p| LABELS.contains(&p.key.as_str()));
    let classes = classes.filter_map(|p| crate::labels::parse(&p.value)).next();
    let config =
        options.sibling.and_then(|sibling| sibling("config.json").ok()).map(|bytes| crate::config::read(&bytes));
    let problem = config.as_ref().and_then(|config| config.problem);
    let classes = classes.or(config.and_then(|config| config.classes));
    let graph = if from_tensorflow { layout::channels_second(&importer.graph)? } else { importer.graph };
    Ok(LoadedModel {
        graph,
        architecture: None,
        format: Format::Onnx,
        classes,
        problem,
        preparation: None,
        twins: Vec::new(),
        notes,
    })
}

fn check_opset(opsets: &Opsets, notes: &mut Vec<String>) -> Result<(), FormatError> {
    let Some(&opset) = opsets.get("") else {
        return Err(FormatError::Damaged(
            "it does not say which ONNX operator set it uses; export the model again".into(),
        ));
    };
    if opset < OLDEST {
        return Err(FormatError::Unsupported(format!(
            "operator set {opset}; {OLDEST} and newer are read: convert the file with \
             `onnx.version_converter.convert_version(model, 17)`"
        )));
    }
    if opset > NEWEST {
        notes.push(format!("operator set {opset} is newer than {NEWEST}, the newest that was tested"));
    }
    Ok(())
}

/// Defines inputs and weights and returns the rest of the graph. Old files list weights among the
/// inputs, too.
fn add_inputs_and_weights(
    importer: &mut Importer<'_>,
    mut graph: GraphProto,
    options: &LoadOptions<'_>,
    notes: &mut Vec<String>,
) -> Result<GraphProto, FormatError> {
    if !graph.sparse_initializer.is_empty() {
        return Err(FormatError::Unsupported("sparse weights; export the model with dense ones".into()));
    }
    let weights: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let inputs: Vec<_> = graph.input.iter().filter(|i| !weights.contains(i.name.as_str())).collect();
    if inputs.is_empty() {
        return Err(FormatError::Damaged("its network has no input; export the model again".into()));
    }
    inputs::check_constants(&inputs, options)?;
    let open = inputs.iter().filter(|i| inputs::constant(i, options).is_none()).count();
    let usage = Usage::new(&graph, open == 1);
    for input in &inputs {
        inputs::add(importer, input, &usage, options, notes)?;
    }
    for weight in std::mem::take(&mut graph.initializer) {
        let name = weight.name.clone();
        importer.scope().define(&name, Entry::Weight(Box::new(weight)))?;
    }
    Ok(graph)
}
