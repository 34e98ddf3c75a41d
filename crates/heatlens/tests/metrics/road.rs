//! ROAD and the confidence metrics against pytorch-grad-cam; `tests/golden/metrics/make_road.py`
//! made the values.

use heatlens::metrics::faithfulness::{RoadOptions, impute, road};
use heatlens::metrics::{Evaluator, EvaluatorOptions, Metric, MetricError, Scorer, Subject};
use heatlens::{Map, Target};
use serde_json::Value;

use crate::support::{image, json, model, numbers, waves};

/// The engine's logits differ from torch's by some 1e-6.
const TOLERANCE: f64 = 1e-4;

fn map(case: &Value) -> Map {
    Map::new(64, 64, numbers(&case["map"]).into_iter().map(|rank| (rank / 4096.0) as f32).collect())
}

#[test]
fn road_agrees_with_pytorch_grad_cam_without_noise() {
    let (model, image) = (model(), image());
    let scorer = Scorer::new(&model).unwrap();
    let mut scoring = scorer.scoring();
    let options = RoadOptions { noise: 0.0, ..RoadOptions::default() };
    for case in json("road.json")["cases"].as_array().unwrap() {
        let curves = road(&image, &map(case), |prediction| prediction.logits[1], &mut scoring, &options).unwrap();
        for (got, want) in [(&curves.least, numbers(&case["least"])), (&curves.most, numbers(&case["most"]))] {
            got.iter().zip(&want).for_each(|(g, w)| assert!((g - w).abs() < TOLERANCE, "{got:?} instead of {want:?}"));
        }
        let mean = |key| numbers(&case[key]).iter().sum::<f64>() / 9.0;
        assert!((curves.combined() - (mean("least") - mean("most")) / 2.0).abs() < TOLERANCE);
    }
}

#[test]
fn imputed_pixels_agree_with_a_direct_solver() {
    let image = image();
    for case in json("road.json")["cases"].as_array().unwrap() {
        let map = map(case);
        // At or above the 30th percentile of 0 … 4095.
        let removed: Vec<bool> = map.values.iter().map(|v| v * 4096.0 >= 0.3 * 4095.0).collect();
        let imputed = impute(&image, [64, 64], &removed).unwrap();
        let sampled = imputed.iter().step_by(37).zip(numbers(&case["imputed_30"]));
        let worst = sampled.fold(0.0f64, |worst, (&got, want)| worst.max((f64::from(got) - want).abs()));
        println!("largest difference of an imputed pixel: {worst:.1e}");
        assert!(worst < 2e-6);
    }
}

#[test]
fn noise_is_seeded_and_small() {
    let (model, image) = (model(), waves(1));
    let scorer = Scorer::new(&model).unwrap();
    let mut scoring = scorer.scoring();
    let map = map(&json("road.json")["cases"][0]);
    let mut curves =
        |noise, seed| road(&image, &map, |p| p.logits[1], &mut scoring, &RoadOptions { noise, seed }).unwrap();
    let (without, a, b) = (curves(0.0, 1), curves(0.01, 1), curves(0.01, 2));
    assert_eq!(a, curves(0.01, 1));
    assert_ne!(a, b);
    assert!((a.combined() - without.combined()).abs() < 0.05 * without.combined().abs().max(1.0));
    let broken = Map::new(64, 64, vec![f32::NAN; 4096]);
    assert_eq!(
        road(&image, &broken, |p| p.logits[1], &mut scoring, &RoadOptions::default()),
        Err(MetricError::NotFinite)
    );
    // A map that is mostly at its minimum removes as many pixels as any other.
    let mut flat = Map::new(64, 64, vec![0.0; 4096]);
    flat.values[77] = 1.0;
    assert!(road(&image, &flat, |p| p.logits[1], &mut scoring, &RoadOptions::default()).is_ok());
}

#[test]
fn confidence_agrees_with_pytorch_grad_cam() {
    // The metrics judge maps of methods; here the reference's definition is applied to its map by
    // hand and to ours by the evaluator.
    let (model, image) = (model(), image());
    let scorer = Scorer::new(&model).unwrap();
    let mut scoring = scorer.scoring();
    for case in json("road.json")["cases"].as_array().unwrap() {
        let map = map(case);
        let answers = scoring.predict(2, |i, slot| {
            slot.iter_mut()
                .zip(image.iter().zip(map.values.iter().cycle()))
                .for_each(|(s, (v, m))| *s = if i == 0 { *v } else { v * m });
        });
        let drop = f64::from(answers[0].probabilities[1] - answers[1].probabilities[1]).max(0.0);
        assert!((drop - case["confidence_drop"].as_f64().unwrap()).abs() < TOLERANCE);
        assert_eq!(
            f64::from(u8::from(answers[1].probabilities[1] > answers[0].probabilities[1])),
            case["confidence_increase"].as_f64().unwrap()
        );
    }
    let metrics = vec![Metric::ConfidenceDrop, Metric::ConfidenceIncrease, Metric::AverageDrop];
    let evaluator = Evaluator::new(&model, &EvaluatorOptions { metrics, ..Default::default() }).unwrap();
    let evaluation =
        evaluator.evaluating().evaluate(&Subject { target: Target::Class(1), ..Subject::of(&image) }).unwrap();
    let before = f64::from(evaluation.prediction.probabilities[1]);
    for map in evaluation.maps {
        let [drop, increase, average] = [0, 1, 2].map(|i| map.values[i].clone().unwrap());
        assert!((average - drop / before).abs() < 1e-9 && (drop == 0.0 || increase == 0.0));
    }
}
