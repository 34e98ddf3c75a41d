//! The bytes of an ONNX file; what is read is simplified, written and read again.

#![no_main]

use heatlens_formats::{LoadOptions, onnx};
use heatlens_graph::simplify::simplify;
use libfuzzer_sys::fuzz_target;

/// Values of a network above which it is only read: to fold its constants takes their time.
const MOST_ELEMENTS: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let options = LoadOptions { input_size: Some([32, 32]), ..Default::default() };
    let Ok(model) = onnx::load(bytes, &options) else { return };
    let elements = model.graph.values().iter().fold(0usize, |sum, value| sum.saturating_add(value.ty.len()));
    if elements > MOST_ELEMENTS {
        return;
    }
    heatlens_graph::layers::candidates(&model.graph);
    let _ = simplify(&model.graph);
    if let Ok(written) = onnx::write(&model.graph, &Default::default()) {
        let read = onnx::load(&written, &options).map(|again| again.graph.outputs().len());
        // Our own files are read.
        match read {
            Ok(outputs) => assert_eq!(outputs, model.graph.outputs().len()),
            Err(error) => panic!("what was written is not read: {error}"),
        }
    }
});
