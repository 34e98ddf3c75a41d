//! Every method against pytorch-grad-cam, on trained checkpoints.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use heatlens::{Explainer, ExplainerOptions, Method, Model, ModelOptions, Target};
use heatlens_imaging::{Array, read_npy};

const CASES: [(&str, Option<&str>); 5] = [
    ("resnet18", None),
    ("densenet121", None),
    ("efficientnet_b0", None),
    ("vgg11_bn", Some("features.25")),
    ("mobilenet_v3_small-marker", None),
];

/// The reference leaves the sign of a principal component to chance.
const FREE_SIGN: [Method; 4] = [Method::EigenCam, Method::EigenGradCam, Method::SegEigenCam, Method::KpcaCam];

/// A map that rounding decides. Before the last ReLU of this network the 49 activations of one channel sum to 5e-5 on this photograph, and XGradCAM divides
/// by the sum: the reference's own map differs by 2.2e-2 from what it computes in double precision. The difference is printed, not judged.
const ILL_POSED: [(Method, &str, &str); 1] = [(Method::XGradCam, "densenet121", "247_left")];

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("HEATLENS_SHARED").map_or(beside, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the shared test material is not at {}", path.display());
    None
}

fn read_npz(path: &Path) -> HashMap<String, Array> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut arrays = HashMap::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).unwrap();
        let name = entry.name().unwrap().trim_end_matches(".npy").to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        // The layer's name is text, which is no array of numbers.
        if let Ok(array) = read_npy(&bytes) {
            arrays.insert(name, array);
        }
    }
    arrays
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0f32, |max, (a, b)| max.max((a - b).abs()))
}

/// The largest difference relative to the largest value, up to sign where the sign is free.
fn raw_error(method: Method, got: &[f32], expected: &[f32]) -> f32 {
    let scale = expected.iter().fold(f32::MIN_POSITIVE, |max, v| max.max(v.abs()));
    let error = largest_difference(got, expected);
    let negated: Vec<f32> = got.iter().map(|v| -v).collect();
    let error = if FREE_SIGN.contains(&method) { error.min(largest_difference(&negated, expected)) } else { error };
    error / scale
}

#[test]
fn raw_and_finished_maps_are_those_of_the_reference() {
    let Some(shared) = shared() else { return };
    let mut worst: HashMap<&str, (f32, f32)> = HashMap::new();
    for (name, layer) in CASES {
        let model = Model::open(&shared.join(format!("models/{name}.pth")), &ModelOptions::default()).unwrap();
        for photograph in ["247_left", "2661_right"] {
            let golden = read_npz(&shared.join(format!("golden/{name}__{photograph}.npz")));
            // Where zero is not the smallest activation, the reference lowers what a channel is set to with every channel of a batch.
            let compounds = |method: &Method| *method == Method::AblationCam && name != "resnet18";
            let judged = |method: &Method| !compounds(method) && golden.contains_key(&format!("{}/0/raw", method.card().name));
            let methods: Vec<Method> = Method::ALL.iter().copied().filter(judged).collect();
            {
                let options = ExplainerOptions { layers: layer.map(str::to_owned).into_iter().collect(), methods, ..Default::default() };
                let explainer = Explainer::new(&model, &options).unwrap();
                let explanation = explainer.worker().explain(&golden["input"].values, &[Target::Class(0), Target::Class(1)]).unwrap();
                for map in &explanation.maps {
                    let method = map.method;
                    let key = format!("{}/{}", method.card().name, map.score.class);
                    let (Some(raw), Some(finished)) = (golden.get(&format!("{key}/raw")), golden.get(&format!("{key}/map"))) else {
                        continue;
                    };
                    let of_raw = raw_error(method, &map.raw.values, &raw.values);
                    if ILL_POSED.contains(&(method, name, photograph)) {
                        println!("{name} on {photograph}, {key}: raw {of_raw:.1e}, not judged");
                        continue;
                    }
                    assert!(of_raw <= 1e-3, "{name} on {photograph}, {key}: raw maps differ by {of_raw}");
                    let entry = worst.entry(method.card().name).or_default();
                    entry.0 = entry.0.max(of_raw);
                    let inverted =
                        largest_difference(&map.raw.values, &raw.values) > 1e-3 * raw.values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                    if !(FREE_SIGN.contains(&method) && inverted) {
                        let of_map = largest_difference(&map.finish(model.input().size()).values, &finished.values);
                        // The reference keeps finished maps as f16, which is good to 5e-4.
                        assert!(of_map <= 3e-3, "{name} on {photograph}, {key}: finished maps differ by {of_map}");
                        entry.1 = entry.1.max(of_map);
                    }
                }
            }
        }
    }
    let mut rows: Vec<_> = worst.into_iter().collect();
    rows.sort_by_key(|(name, _)| *name);
    for (name, (raw, map)) in &rows {
        println!("{name}: raw {raw:.1e}, finished {map:.1e}");
    }
    assert!(rows.len() >= 10, "the goldens hold ten of the methods");
}
