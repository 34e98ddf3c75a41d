//! Every metric on a small network.

use heatlens::metrics::{
    Baseline, Evaluator, EvaluatorOptions, Group, Metric, MetricError, Origin, Subject, agreement, summarise,
};
use heatlens::sanity::{self, SanityOptions};
use heatlens::{Method, Target};
use heatlens_imaging::{Picture, Preprocess};

use crate::support::{model, waves};
use crate::tiny::{SIDE, linear};

fn photograph() -> Picture {
    let rgb = (0..64 * 64 * 3).map(|i| (((i / 192) * 3 + (i / 3 % 64) * 2 + i % 3 * 40) % 256) as u8).collect();
    Picture { width: 64, height: 64, rgb }
}

#[test]
fn every_metric_has_a_value_where_it_has_what_it_needs() {
    let model = model();
    let methods = vec![Method::LayerCam, Method::EigenCam, Method::InputGradient];
    let evaluator =
        Evaluator::new(&model, &EvaluatorOptions { methods, layer: Some("layer2[-1]".into()), ..Default::default() })
            .unwrap();
    let (photograph, preprocess) = (photograph(), Preprocess::imagenet_exact());
    let image = preprocess.prepare(&photograph, [64, 64]).unwrap().tensor;
    let mask: Vec<bool> = (0..4096).map(|i| i % 64 > 20 && i % 64 < 40 && i > 1000).collect();
    let subject = Subject {
        image: &image,
        target: Target::Class(1),
        photograph: Some((&photograph, &preprocess)),
        mask: Some(&mask),
    };
    let evaluation = evaluator.evaluating().evaluate(&subject).unwrap();
    assert_eq!((evaluation.class, evaluation.maps.len(), evaluation.agreement.len()), (1, 5, 3));
    for map in &evaluation.maps {
        for (metric, value) in Metric::ALL.iter().zip(&map.values) {
            let card = metric.card();
            println!("{:22} {:22} {value:?}", map.origin.name(), card.name);
            match (value, map.origin) {
                (Err(MetricError::NotExplained), Origin::Baseline(_)) => assert_eq!(card.group, Group::Robustness),
                (value, _) => assert!(value.as_ref().is_ok_and(|v| v.is_finite()), "{}: {value:?}", card.name),
            }
        }
    }
    // The same again, from another worker.
    let again = evaluator.evaluating().evaluate(&subject).unwrap();
    assert_eq!(format!("{:?}", again.maps), format!("{:?}", evaluation.maps));

    let summaries = summarise(&[evaluation, again], Metric::ALL);
    assert_eq!(summaries.len(), 5 * Metric::ALL.len());
    let random =
        summaries.iter().find(|s| s.origin == Origin::Baseline(Baseline::Random) && s.metric == Metric::Road).unwrap();
    assert_eq!((random.above_random, random.error, random.images), (Some(0.0), Some(0.0), 2));
}

#[test]
fn what_is_not_there_is_said() {
    let model = model();
    let image = waves(2);
    let metrics = vec![Metric::EnergyShare, Metric::JpegSsim, Metric::FlipRank];
    let evaluator =
        Evaluator::new(&model, &EvaluatorOptions { metrics, methods: vec![Method::LayerCam], ..Default::default() })
            .unwrap();
    let mut evaluating = evaluator.evaluating();
    let evaluation = evaluating.evaluate(&Subject::of(&image)).unwrap();
    let values = &evaluation.maps[0].values;
    assert_eq!(values[..2], [Err(MetricError::NeedsMask), Err(MetricError::NeedsPhotograph)]);
    assert!(values[2].is_ok());
    for (mask, error) in [(vec![false; 4096], MetricError::EmptyMask), (vec![true; 4096], MetricError::FullMask)] {
        let evaluation = evaluating.evaluate(&Subject { mask: Some(&mask), ..Subject::of(&image) }).unwrap();
        assert!(evaluation.maps.iter().all(|map| map.values[0] == Err(error.clone())));
    }
    assert!(evaluating.evaluate(&Subject::of(&vec![f32::NAN; image.len()])).is_err());
    assert!(evaluating.evaluate(&Subject::of(&image[1..])).is_err());
    assert!(agreement(&[evaluation]).is_empty());
}

#[test]
fn every_step_is_told_and_their_number_is_known() {
    let model = model();
    let metrics = vec![Metric::JpegSsim, Metric::JpegRank, Metric::FlipSsim, Metric::Sparseness, Metric::EnergyShare];
    let methods = vec![Method::LayerCam, Method::DeepFeatureFactorisation];
    let evaluator = Evaluator::new(&model, &EvaluatorOptions { metrics, methods, ..Default::default() }).unwrap();
    // The image, three qualities and a mirror image; five metrics of two methods and two baselines.
    assert_eq!(evaluator.steps(), 1 + 3 + 1 + 5 * 4);
    let (photograph, preprocess) = (photograph(), Preprocess::imagenet_exact());
    let image = preprocess.prepare(&photograph, [64, 64]).unwrap().tensor;
    for photograph in [None, Some((&photograph, &preprocess))] {
        let mut steps = 0;
        let evaluation = evaluator
            .evaluating()
            .evaluate_with(&Subject { photograph, ..Subject::of(&image) }, || {
                steps += 1;
                Ok(())
            })
            .unwrap();
        assert!(evaluation.maps.len() > 4, "a factorisation has several maps");
        assert_eq!(steps, evaluator.steps());
    }
}

/// As PyTorch's exporter writes them where it is not told otherwise.
#[test]
fn a_network_that_takes_one_image_at_a_time_can_be_judged_too() {
    let model = linear(4.0, &[[1.0, -0.5, 0.25], [0.25, 1.0, -0.5]]);
    let images: Vec<Vec<f32>> =
        (1..4).map(|k| (0..3 * SIDE * SIDE).map(|i| ((i * k) as f32 / 31.0).sin()).collect()).collect();
    let methods = vec![
        Method::ScoreCam,
        Method::AblationCam,
        Method::SmoothGradCamPlusPlus,
        Method::Rise,
        Method::IntegratedGradients,
    ];
    let metrics = vec![Metric::Road, Metric::Infidelity];
    let evaluator = Evaluator::new(&model, &EvaluatorOptions { methods, metrics, ..Default::default() }).unwrap();
    let evaluation = evaluator.evaluating().evaluate(&Subject::of(&images[0])).unwrap();
    assert_eq!(evaluation.maps.len(), 5 + 2);
    assert!(evaluation.maps.iter().flat_map(|map| &map.values).all(Result::is_ok), "{:?}", evaluation.maps);
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    assert_eq!(sanity::check(&model, &images, &SanityOptions::default(), |_, _| Ok(())).unwrap().images, 3);
}
