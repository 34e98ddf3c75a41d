//! Whole networks as exporters write them: the small committed ones, and large ones where a folder
//! of them is at hand.

use std::path::Path;

use heatlens_graph::{Graph, layers};
use safetensors::SafeTensors;

use super::{compare, golden, load_file, report, run, tensor, with_output};

/// Logits, and the output of each layer that the golden names: found by the module's path, equal to
/// what the framework computed.
///
/// Returns the name of the default layer.
fn check(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path.with_extension("safetensors")).map_err(|e| e.to_string())?;
    let expected = SafeTensors::deserialize(&bytes).map_err(|e| e.to_string())?;
    let input = tensor(&expected, "input").ok_or("the golden has no input")?;
    let size = if input.0[3] == 3 { [input.0[1], input.0[2]] } else { [input.0[2], input.0[3]] };
    let model = load_file(path, Some(size))?;
    if model.graph.shape(model.graph.inputs()[0].value) != input.0 {
        return Err(format!(
            "input shape {:?}, expected {:?}",
            model.graph.shape(model.graph.inputs()[0].value),
            input.0
        ));
    }
    let logits = tensor(&expected, "logits").ok_or("the golden has no logits")?;
    compare("logits", &run(&model.graph, &[&input.1])?[0], &logits, 1e-4)?;
    let checkpoint = checkpoint(path)?;
    if let Some(checkpoint) = &checkpoint {
        compare("logits of the checkpoint", &run(checkpoint, &[&input.1])?[0], &logits, 1e-5)?;
        let (ours, theirs) = (layers::default_target(&model.graph), layers::default_target(checkpoint));
        let (ours, theirs) = (ours.map_err(|e| e.to_string())?.name, theirs.map_err(|e| e.to_string())?.name);
        if ours != theirs {
            return Err(format!("the default layer is {ours}, that of the checkpoint {theirs}"));
        }
    }
    for name in expected.names().into_iter().filter_map(|n| n.strip_prefix("layer:")) {
        let layer = layers::resolve(&model.graph, name).map_err(|e| e.to_string())?;
        if let Some(checkpoint) = &checkpoint {
            let theirs = layers::resolve(checkpoint, name).map_err(|e| e.to_string())?.name;
            if layer.name != theirs {
                return Err(format!("layer {name} is {}, in the checkpoint {theirs}", layer.name));
            }
        }
        let outputs = run(&with_output(&model.graph, layer.value), &[&input.1])?;
        let want = tensor(&expected, &format!("layer:{name}")).expect("listed");
        compare(&format!("layer {name}"), &outputs[1], &want, 1e-4)?;
    }
    layers::default_target(&model.graph).map(|layer| layer.name).map_err(|e| e.to_string())
}

/// The network of the checkpoint `resnet18.pth` beside `resnet18-dynamo-18.onnx`, if there is one.
fn checkpoint(path: &Path) -> Result<Option<Graph>, String> {
    let stem = path.file_stem().expect("a file name").to_string_lossy().into_owned();
    let path = path.with_file_name(format!("{}.pth", stem.split('-').next().unwrap_or(&stem)));
    if path.exists() { load_file(&path, None).map(|model| Some(model.graph)) } else { Ok(None) }
}

#[test]
fn small_exports_agree_with_their_framework() {
    let failures = ["torchscript", "dynamo", "keras", "own-code"].map(|name| {
        let path = golden(&format!("{name}.onnx"));
        check(&path).err().map(|why| format!("{name}: {why}"))
    });
    report(failures.into_iter().flatten().collect());
}

#[test]
fn large_exports_agree_with_their_framework() {
    let Ok(folder) = std::env::var("HEATLENS_ONNX_EXPORTS") else {
        println!("skipped: HEATLENS_ONNX_EXPORTS names no folder of exports (tests/golden/onnx/exports.py makes one)");
        return;
    };
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> =
        entries.map(|e| e.expect("readable").path()).filter(|p| p.extension().is_some_and(|e| e == "onnx")).collect();
    paths.sort();
    let mut failures = Vec::new();
    for path in paths {
        let result = check(&path);
        println!("{}: {result:?}", path.display());
        failures.extend(result.err().map(|why| format!("{}: {why}", path.display())));
    }
    report(failures);
}
