//! Resizing against Pillow, torchvision and OpenCV, through whole preprocessings.

mod common;

use common::{array, json, max_difference, picture};
use heatlens_imaging::{Colour, Layout, Preprocess, Range, Resample, Resize, Size, upsample};

fn only_resize(resample: Resample, range: Range) -> Preprocess {
    Preprocess {
        colour: Colour::Rgb,
        range,
        mean: vec![],
        std: vec![],
        layout: Layout::Nhwc,
        input: None,
        steps: vec![Resize { to: Size::Input, resample }.into()],
    }
}

/// The largest difference of any case of a library, and that many are bytes.
fn worst(library: &str, range: Range, resample: impl Fn(&str) -> Resample) -> Vec<(String, f32)> {
    let all = array(&format!("resize-{library}.npy")).values;
    let mut at = 0;
    let mut worst: Vec<(String, f32)> = Vec::new();
    for case in json(&format!("resize-{library}.json")) {
        let size = |key: &str| [0, 1].map(|i| case[key][i].as_u64().unwrap() as usize);
        let (from, to) = (size("from"), size("to"));
        let filter = case["filter"].as_str().unwrap();
        let got = only_resize(resample(filter), range).prepare(&picture(from[0], from[1]), to).unwrap();
        let count = to[0] * to[1] * 3;
        let difference = max_difference(&got.tensor, &all[at..at + count]);
        println!("{library} {filter} {from:?} to {to:?}: {difference}");
        worst.push((format!("{filter} {from:?} to {to:?}"), difference));
        at += count;
    }
    assert_eq!(at, all.len());
    worst
}

#[test]
fn pillow_is_matched_to_the_bit() {
    for (case, difference) in worst("pillow", Range::Levels, |f| {
        serde_json::from_value(serde_json::json!({"library": "pillow", "filter": f})).unwrap()
    }) {
        assert_eq!(difference, 0.0, "{case}");
    }
}

#[test]
fn torchvision_is_matched_to_rounding() {
    let resample = |f: &str| {
        let filter = f.trim_end_matches("-antialias");
        serde_json::from_value(
            serde_json::json!({"library": "torchvision", "filter": filter, "antialias": f != filter}),
        )
        .unwrap()
    };
    for (case, difference) in worst("torchvision", Range::Unit, resample) {
        assert!(difference < 2e-6, "{case}: {difference}");
    }
}

#[test]
fn opencv_is_matched_to_rounding() {
    for (case, difference) in worst("opencv", Range::Unit, |f| {
        serde_json::from_value(serde_json::json!({"library": "opencv", "filter": f})).unwrap()
    }) {
        assert!(difference < 2e-6, "{case}: {difference}");
    }
}

#[test]
fn opencv_on_bytes_is_matched_to_one_level() {
    let resample = |f: &str| {
        serde_json::from_value(serde_json::json!({"library": "opencv", "filter": f, "rounded": true})).unwrap()
    };
    for (case, difference) in worst("opencv-bytes", Range::Levels, resample) {
        assert!(difference <= 1.0, "{case}: {difference}");
    }
}

#[test]
fn heatmaps_are_enlarged_as_opencv_does() {
    let low: Vec<f32> = (0..35).map(|i| (i * 37 % 100) as f32 / 99.0).collect();
    let got: Vec<f32> = [[40, 33], [6, 8], [224, 7]].into_iter().flat_map(|to| upsample(&low, [5, 7], to)).collect();
    let difference = max_difference(&got, &array("upsample.npy").values);
    assert!(difference < 1e-6, "{difference}");
}

#[test]
fn whole_pipelines_are_those_of_torchvision_and_timm() {
    let all = array("prepare.npy").values;
    for (i, case) in json("prepare.json").iter().enumerate() {
        let spec = case["spec"].as_str().unwrap();
        let preprocess = match spec.strip_prefix("timm:") {
            Some(config) => Preprocess::from_timm(config).unwrap(),
            None => Preprocess::from_spec(spec, |_| unreachable!()).unwrap(),
        };
        let [h, w] = [0, 1].map(|i| case["from"][i].as_u64().unwrap() as usize);
        let got = preprocess.prepare(&picture(h, w), [28, 28]).unwrap();
        assert_eq!(got.shape, [1, 3, 28, 28]);
        let difference = max_difference(&got.tensor, &all[i * 2352..][..2352]);
        assert!(difference < 1e-6, "{spec} from {h}×{w}: {difference}");
    }
}
