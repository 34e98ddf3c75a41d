//! The ONNX reader and writer against ONNX Runtime, whole exports, and broken files.

#[path = "../arch/golden.rs"]
#[expect(dead_code, reason = "only the networks are needed here, not what they compute")]
mod arch_golden;
mod broken;
mod endings;
mod exports;
#[path = "../arch/formula.rs"]
mod formula;
mod large;
mod networks;
#[path = "../../../../tests/operators/mod.rs"]
mod operator_files;
mod operators;
#[path = "../../../../tests/support/shared.rs"]
mod shared;
mod written;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_formats::{LoadOptions, LoadedModel, load};
use heatlens_graph::{Graph, ValueId};
use safetensors::SafeTensors;

/// Shape and elements.
type Array = (Vec<usize>, Vec<f32>);

/// Where the committed goldens lie.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/onnx").join(name)
}

/// An f32 tensor of a safetensors file.
fn tensor(file: &SafeTensors<'_>, name: &str) -> Option<Array> {
    let view = file.tensor(name).ok()?;
    let elements = view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    Some((view.shape().to_vec(), elements))
}

/// Loads a file; files beside it are found.
fn load_file(path: &Path, input_size: Option<[usize; 2]>) -> Result<LoadedModel, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let folder = path.parent().expect("a file lies in a folder").to_path_buf();
    let sibling = move |name: &str| std::fs::read(folder.join(name));
    load(&bytes, &LoadOptions { input_size, sibling: Some(&sibling), ..LoadOptions::default() })
        .map_err(|e| e.to_string())
}

/// What the graph computes for these inputs: shape and elements of each output.
fn run(graph: &Graph, inputs: &[&[f32]]) -> Result<Vec<Array>, String> {
    let program = Arc::new(Program::compile(graph, &CompileOptions::default()).map_err(|e| e.to_string())?);
    let mut session = program.session();
    for (i, input) in inputs.iter().enumerate() {
        session.set_input(i, input);
    }
    session.run();
    Ok((0..program.outputs()).map(|i| (program.output_shape(i).to_vec(), session.output(i).to_vec())).collect())
}

/// The graph with one more output.
fn with_output(graph: &Graph, value: ValueId) -> Graph {
    let mut graph = graph.clone();
    let mut outputs = graph.outputs().to_vec();
    outputs.push(value);
    graph.set_outputs(outputs);
    graph
}

/// Says where two tensors differ by more than `tolerance` of the largest expected value.
fn compare(what: &str, (shape, actual): &Array, (want_shape, want): &Array, tolerance: f32) -> Result<(), String> {
    if shape != want_shape {
        return Err(format!("{what}: shape {shape:?}, expected {want_shape:?}"));
    }
    let scale = want.iter().fold(1e-30f32, |m, v| m.max(v.abs()));
    let worst = actual
        .iter()
        .zip(want)
        .enumerate()
        .map(|(i, (a, w))| (i, (a - w).abs() / scale))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match worst {
        Some((i, error)) if error > tolerance || error.is_nan() => {
            Err(format!("{what}: element {i} is {}, expected {} ({error:e} of the largest)", actual[i], want[i]))
        }
        _ => Ok(()),
    }
}

/// Fails with all that went wrong.
fn report(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}
