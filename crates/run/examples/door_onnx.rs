//! What `export` does: writes a network with the gradient that its maps need as a plain ONNX file,
//! which returns prediction and heatmap in any runtime:
//! `cargo run -p heatlens-run --example door_onnx -- MODEL OUT.onnx`.

use heatlens::{Explainer, ExplainerOptions};
use heatlens_formats::onnx::{WriteOptions, write};
use heatlens_run::{Subject, SubjectOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [model, out] = <[String; 2]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "name a model and a file to write")?;
    let subject = Subject::open(&SubjectOptions { model: model.into(), ..SubjectOptions::default() })?;
    let explanation = Explainer::graph(&subject.model, &ExplainerOptions::default())?;
    let outputs: Vec<String> = explanation.outputs.iter().map(|holds| holds.name()).collect();
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let name = |i| if Some(i) == explanation.seed { "cotangent" } else { "image" };
    let inputs: Vec<&str> = (0..explanation.graph.inputs().len()).map(name).collect();
    let options = WriteOptions { inputs: &inputs, outputs: &outputs, ..WriteOptions::default() };
    std::fs::write(&out, write(&explanation.graph, &options)?)?;
    println!("inputs {}; outputs {} → {out}", inputs.join(", "), outputs.join(", "));
    for layer in &explanation.layers {
        println!("layer {}", layer.name);
    }
    Ok(())
}
