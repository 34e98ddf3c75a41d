//! Finding out how a tensor was made.

mod common;
#[path = "../../../tests/support/shared.rs"]
mod shared;

use common::{array, json, picture, stored_npy};
use heatlens_imaging::{
    Array, Colour, DecodeLimits, Layout, OpenCvFilter, Photograph, PillowFilter, Preprocess, Range, Resample, Resize,
    Size, TorchvisionFilter, check, decode,
};
use shared::shared;

/// Smooth enough to look like a photograph, with grain enough to tell filters apart.
fn photograph() -> Photograph {
    picture(123, 160)
}

fn tensor(preprocess: &Preprocess, photograph: &Photograph, input: [usize; 2]) -> Array {
    let prepared = preprocess.prepare(photograph, input).unwrap();
    Array { shape: prepared.shape.to_vec(), values: prepared.tensor }
}

#[test]
fn what_is_equal_is_called_equal() {
    for preprocess in [Preprocess::imagenet(), Preprocess::imagenet_exact(), Preprocess::keras_caffe()] {
        let found = check(&photograph(), &tensor(&preprocess, &photograph(), [56, 56]), &preprocess).unwrap();
        assert!(found.equal && found.best.is_none() && found.given.max_levels < 1e-3, "{found:?}");
    }
}

#[test]
fn every_setting_is_found() {
    let exact = Preprocess::imagenet_exact();
    let resize = |resample| Preprocess { steps: vec![Resize { to: Size::Input, resample }.into()], ..exact.clone() };
    let truths = [
        Preprocess::imagenet(),
        Preprocess::keras_tf(),
        Preprocess::keras_caffe(),
        Preprocess::keras_raw(),
        Preprocess { colour: Colour::Bgr, ..exact.clone() },
        Preprocess { layout: Layout::Nhwc, ..exact.clone() },
        Preprocess { mean: vec![0.3, 0.2, 0.1], std: vec![0.11, 0.12, 0.13], ..exact.clone() },
        Preprocess { mean: vec![0.5; 3], std: vec![0.25; 3], range: Range::Signed, ..Preprocess::imagenet() },
        resize(Resample::pillow(PillowFilter::Lanczos)),
        resize(Resample::pillow(PillowFilter::Box)),
        resize(Resample::Torchvision { filter: TorchvisionFilter::Bilinear, antialias: false, rounded: false }),
        resize(Resample::Torchvision { filter: TorchvisionFilter::Bicubic, antialias: true, rounded: false }),
        resize(Resample::OpenCv { filter: OpenCvFilter::Bilinear, rounded: true }),
        resize(Resample::OpenCv { filter: OpenCvFilter::Area, rounded: false }),
        resize(Resample::OpenCv { filter: OpenCvFilter::Lanczos, rounded: true }),
    ];
    let given = resize(Resample::pillow(PillowFilter::Hamming));
    for truth in truths {
        let reference = tensor(&truth, &photograph(), [56, 56]);
        let found = check(&photograph(), &reference, &given).unwrap();
        let best = found.best.expect("a best fit");
        assert!(!found.equal, "{truth}");
        assert!(best.residual.max_levels < 0.02, "{truth}\n{}: {:?}", best.preprocess, best.residual);
        // Other words for the same numbers are as good: what counts is that the saved preprocessing
        // makes the same tensor.
        let again = check(&photograph(), &reference, &best.preprocess).unwrap();
        assert!(again.equal && again.given.max_levels < 0.02, "{truth}\n{}", best.preprocess);
        assert!(!best.words.is_empty());
    }
}

#[test]
fn the_tensors_of_torchvision_and_timm_are_recognised() {
    let all = array("prepare.npy").values;
    for (i, case) in json("prepare.json").iter().enumerate() {
        let [h, w] = [0, 1].map(|i| case["from"][i].as_u64().unwrap() as usize);
        let reference = Array { shape: vec![1, 3, 28, 28], values: all[i * 2352..][..2352].to_vec() };
        let found = check(&picture(h, w), &reference, &Preprocess::keras_raw()).unwrap();
        let best = found.best.unwrap();
        println!("{}: {} {:?}", case["spec"], best.words, best.residual);
        // The bars of timm's border mode have the colour of the mean, here an unusual one that is
        // none of the candidates.
        if !case["spec"].as_str().unwrap().contains("border") {
            assert!(
                best.residual.max_levels < 0.02,
                "{} from {h}×{w}: {} {:?}",
                case["spec"],
                best.preprocess,
                best.residual
            );
        }
    }
}

#[test]
fn what_cannot_be_explained_is_said() {
    let other =
        Photograph { width: 160, height: 123, rgb: (0..160 * 123 * 3).map(|i: u64| (i * i % 251) as u8).collect() };
    let reference = tensor(&Preprocess::imagenet(), &other, [56, 56]);
    let found = check(&photograph(), &reference, &Preprocess::imagenet()).unwrap();
    assert!(!found.equal);
    assert!(found.best.unwrap().words.contains("same photograph"));
    let flat = Array { shape: vec![3, 8, 8], values: vec![0.0; 192] };
    assert!(!check(&photograph(), &flat, &Preprocess::imagenet()).unwrap().equal);
}

#[test]
fn images_standardised_by_themselves_are_noticed() {
    let plain = Preprocess { mean: vec![], std: vec![], ..Preprocess::imagenet_exact() };
    let mut reference = tensor(&plain, &photograph(), [56, 56]);
    let mean = reference.values.iter().sum::<f32>() / reference.values.len() as f32;
    let std = (reference.values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / reference.values.len() as f32).sqrt();
    reference.values.iter_mut().for_each(|v| *v = (*v - mean) / std);
    let words = check(&photograph(), &reference, &plain).unwrap().best.unwrap().words;
    assert!(words.contains("every image by itself"), "{words}");
}

#[test]
#[ignore = "needs the material beside the checkout"]
fn another_jpeg_decoder_is_no_other_preprocessing() {
    for (name, folder) in [("247_left", "glaucoma"), ("2661_right", "normal")] {
        let bytes = std::fs::read(shared(&format!("data/fundus-two-class/images/{folder}/{name}.jpg"))).unwrap();
        let photograph = decode(&bytes, &DecodeLimits::default()).unwrap();
        let npz = std::fs::read(shared(&format!("golden/resnet18__{name}.npz"))).unwrap();
        let reference = stored_npy(&npz, "input.npy");
        let found = check(&photograph, &reference, &Preprocess::imagenet_exact()).unwrap();
        println!("{name}: {found:?}");
        assert!(found.equal, "{found:?}");
        let wrong = check(&photograph, &reference, &Preprocess::imagenet()).unwrap();
        assert!(!wrong.equal);
        let best = wrong.best.unwrap();
        println!("{}: {:?}", best.words, best.residual);
        assert_eq!(best.preprocess, Preprocess::imagenet_exact());
    }
}
