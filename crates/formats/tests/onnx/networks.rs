//! Trained networks of the shared test material, against ONNX Runtime's outputs for an input made
//! by a formula.

use super::shared::shared;
use super::{compare, golden, load_file, report, run, tensor};
use safetensors::SafeTensors;

/// Element `i` of the input, as in `shared.py`: integers only, so that both languages agree to the
/// bit.
fn formula(i: usize) -> f32 {
    ((i * 2_654_435_761) % 65_536) as f32 / 32_768.0 - 1.0
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn shared_networks_agree_with_onnx_runtime() {
    let bytes = std::fs::read(golden("shared.safetensors")).expect("the goldens are committed");
    let expected = SafeTensors::deserialize(&bytes).expect("safetensors");
    let mut failures = Vec::new();
    for name in ["efficientnet_lite0-glaucoma", "disc-cup-wnet-28", "disc-cup-wnet-32"] {
        let model = load_file(&shared(&format!("models/{name}.onnx")), None).unwrap_or_else(|e| panic!("{name}: {e}"));
        let input = model.graph.inputs()[0].value;
        let x: Vec<f32> = (0..model.graph.shape(input).iter().product()).map(formula).collect();
        let (shape, elements) = run(&model.graph, &[&x]).unwrap_or_else(|e| panic!("{name}: {e}")).remove(0);
        let (_, stride) = tensor(&expected, &format!("{name}/stride")).expect("listed");
        let sampled = elements.into_iter().step_by(stride[0] as usize).collect();
        let want = tensor(&expected, &format!("{name}/sampled")).expect("listed");
        let (_, want_shape) = tensor(&expected, &format!("{name}/shape")).expect("listed");
        assert_eq!(shape.iter().map(|&d| d as f32).collect::<Vec<_>>(), want_shape, "{name}");
        failures.extend(compare(name, &(want.0.clone(), sampled), &want, 1e-4).err());
    }
    report(failures);
}
