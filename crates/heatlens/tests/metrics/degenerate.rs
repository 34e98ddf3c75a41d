//! Faithfulness of maps that say little or nothing: a number that the definition gives or a reason,
//! never NaN.

use heatlens::metrics::{Evaluator, EvaluatorOptions, Group, Metric, MetricError, Subject};
use heatlens::{Map, Model, Target};

use crate::tiny::{SIDE, linear};

type Value = Result<f64, MetricError>;

const PIXELS: usize = SIDE * SIDE;

/// The weights of class 1's logit; class 0's are their opposite.
const ROW: [f32; 3] = [1.5, -0.5, 0.25];

fn two_classes() -> Model {
    linear(4.0, &[ROW.map(|w| -w), ROW])
}

fn one_logit() -> Model {
    linear(4.0, &[ROW])
}

/// Structure without symmetries, in −1 … 1, and brighter where the first colour counts.
fn image() -> Vec<f32> {
    (0..3 * PIXELS)
        .map(|i| {
            let (channel, y, x) = (i / PIXELS, i / SIDE % SIDE, i % SIDE);
            0.6 * ((x * (channel + 2) + y * 3) as f32 / 11.0).sin()
                + if channel == 0 && y < 9 && x > 10 { 0.4 } else { 0.0 }
        })
        .collect()
}

fn map(value: impl FnMut(usize) -> f32) -> Map {
    Map::new(SIDE, SIDE, (0..PIXELS).map(value).collect())
}

/// One cell of all is high.
fn mostly_at_its_minimum() -> Map {
    map(|i| if i == 5 * SIDE + 14 { 1.0 } else { 0.0 })
}

/// The values of a map for a class, by metric.
struct Judged(Vec<(Metric, Value)>);

impl Judged {
    fn of(model: &Model, class: usize, image: &[f32], map: &Map) -> Judged {
        let metrics: Vec<Metric> =
            Metric::ALL.iter().copied().filter(|metric| metric.card().group == Group::Faithfulness).collect();
        assert_eq!(metrics.len(), 13);
        let options = EvaluatorOptions { metrics: metrics.clone(), ..Default::default() };
        let evaluator = Evaluator::new(model, &options).unwrap();
        let values =
            evaluator.evaluating().judge(&Subject { target: Target::Class(class), ..Subject::of(image) }, map).unwrap();
        Judged(metrics.into_iter().zip(values).collect())
    }

    fn value(&self, metric: Metric) -> Value {
        self.0.iter().find(|(of, _)| *of == metric).expect("a metric of faithfulness").1.clone()
    }

    #[track_caller]
    fn number(&self, metric: Metric) -> f64 {
        self.value(metric).unwrap_or_else(|error| panic!("{}: {error}", metric.card().name))
    }

    /// Every number is finite and where its definition lets it be; what has none is one of
    /// `without`.
    #[track_caller]
    fn is_sound_without(&self, without: &[(Metric, MetricError)]) {
        for (metric, value) in &self.0 {
            let name = metric.card().name;
            match (value, without.iter().find(|(of, _)| of == metric)) {
                (Err(error), Some((_, expected))) => assert_eq!(error, expected, "{name}"),
                (Err(error), None) => panic!("{name} has no value: {error}"),
                (Ok(value), Some((_, expected))) => panic!("{name} is {value}, though {expected}"),
                (Ok(value), None) => {
                    let least = match metric {
                        Metric::Road
                        | Metric::RoadMost
                        | Metric::RoadLeast
                        | Metric::SensitivityN
                        | Metric::MuFidelity => -1.0,
                        _ => 0.0,
                    };
                    assert!((least..=1.0).contains(value), "{name} is {value}");
                }
            }
        }
    }
}

/// The metrics that compare what the map says of sets of patches.
const CORRELATIONS: [Metric; 2] = [Metric::SensitivityN, Metric::MuFidelity];

fn without(metrics: &[Metric], error: MetricError) -> Vec<(Metric, MetricError)> {
    metrics.iter().map(|&metric| (metric, error.clone())).collect()
}

#[test]
fn a_map_of_zeros_has_reasons_in_place_of_shares() {
    // Two classes of opposite logits are as far apart as twice the one.
    for (model, logits) in [(two_classes(), 2.0), (one_logit(), 1.0)] {
        let judged = Judged::of(&model, 1, &image(), &map(|_| 0.0));
        let mut reasons = without(&CORRELATIONS, MetricError::ConstantMap);
        reasons.push((Metric::Infidelity, MetricError::EmptyMap));
        judged.is_sound_without(&reasons);
        // Seen through it, the image is black: the logits are 0 and each class has a half.
        let before = probability(&image(), logits);
        assert!(before > 0.6, "{before}");
        assert!((judged.number(Metric::ConfidenceDrop) - (before - 0.5)).abs() < 1e-5);
        assert!((judged.number(Metric::AverageDrop) - (before - 0.5) / before).abs() < 1e-5);
        assert_eq!(judged.number(Metric::ConfidenceIncrease), 0.0);
        let against = Judged::of(&model, 0, &image(), &map(|_| 0.0));
        assert_eq!((against.number(Metric::ConfidenceIncrease), against.number(Metric::ConfidenceDrop)), (1.0, 0.0));
    }
}

/// The probability of class 1 by the networks' definition, where its logit is `logits` times the
/// gain ahead.
fn probability(image: &[f32], logits: f64) -> f64 {
    let mean =
        |channel: usize| image[channel * PIXELS..][..PIXELS].iter().map(|&v| f64::from(v)).sum::<f64>() / PIXELS as f64;
    let logit: f64 = 4.0 * (0..3).map(|channel| f64::from(ROW[channel]) * mean(channel)).sum::<f64>();
    1.0 / (1.0 + (-logits * logit).exp())
}

#[test]
fn a_constant_map_is_judged_as_one_without_order() {
    let model = two_classes();
    let (zeros, halves, ones) = (map(|_| 0.0), map(|_| 0.5), map(|_| 1.0));
    let [zeros, halves, ones] = [&zeros, &halves, &ones].map(|map| Judged::of(&model, 1, &image(), map));
    for judged in [&halves, &ones] {
        judged.is_sound_without(&without(&CORRELATIONS, MetricError::ConstantMap));
        // Pixels that tie come in the same seeded order whatever their value.
        for metric in [Metric::InsertionBlur, Metric::InsertionMean, Metric::DeletionBlur, Metric::DeletionMean] {
            assert_eq!(judged.value(metric), zeros.value(metric));
        }
        for metric in [Metric::Road, Metric::RoadMost, Metric::RoadLeast] {
            assert_eq!(judged.value(metric), zeros.value(metric));
        }
    }
    // Only the proportions count, and seen through ones the image is itself.
    assert!((halves.number(Metric::Infidelity) - ones.number(Metric::Infidelity)).abs() < 1e-12);
    assert_eq!(
        [Metric::ConfidenceDrop, Metric::AverageDrop, Metric::ConfidenceIncrease].map(|m| ones.number(m)),
        [0.0; 3]
    );
    assert!(halves.number(Metric::ConfidenceDrop) > 0.01);
}

#[test]
fn a_map_mostly_at_its_minimum_has_every_value() {
    for model in [two_classes(), one_logit()] {
        for class in [0, 1] {
            Judged::of(&model, class, &image(), &mostly_at_its_minimum()).is_sound_without(&[]);
        }
    }
    // One pixel of 576 tells next to nothing of the squares, and seen through it the image is as
    // good as black.
    let judged = Judged::of(&two_classes(), 1, &image(), &mostly_at_its_minimum());
    assert!(judged.number(Metric::Infidelity) > 0.5);
    let black = Judged::of(&two_classes(), 1, &image(), &map(|_| 0.0));
    assert!((judged.number(Metric::ConfidenceDrop) - black.number(Metric::ConfidenceDrop)).abs() < 0.01);
}

#[test]
fn a_map_with_nan_has_no_value_at_all() {
    let everything: Vec<Metric> =
        Metric::ALL.iter().copied().filter(|metric| metric.card().group == Group::Faithfulness).collect();
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let broken = map(|i| if i == 100 { odd } else { i as f32 });
        for model in [two_classes(), one_logit()] {
            Judged::of(&model, 1, &image(), &broken).is_sound_without(&without(&everything, MetricError::NotFinite));
        }
    }
    let small = Map::new(2, 2, vec![1.0; 4]);
    let sizes = MetricError::Sizes { map: 4, other: PIXELS };
    Judged::of(&two_classes(), 1, &image(), &small).is_sound_without(&without(&everything, sizes));
}

#[test]
fn the_two_readings_of_one_logit_mirror_each_other() {
    let ramp = map(|i| (i % SIDE) as f32 / SIDE as f32 + (i * 7 % 31) as f32 / 100.0);
    let model = one_logit();
    let [against, for_it] = [0, 1].map(|class| Judged::of(&model, class, &image(), &ramp));
    let both = |metric: Metric| (against.number(metric), for_it.number(metric));
    for metric in [Metric::InsertionBlur, Metric::InsertionMean, Metric::DeletionBlur, Metric::DeletionMean] {
        let (a, b) = both(metric);
        assert!((a + b - 1.0).abs() < 1e-6, "{}: {a} and {b}", metric.card().name);
    }
    for metric in [Metric::Road, Metric::RoadMost, Metric::RoadLeast, Metric::SensitivityN, Metric::MuFidelity] {
        let (a, b) = both(metric);
        assert!((a + b).abs() < 1e-6 && a != 0.0, "{}: {a} and {b}", metric.card().name);
    }
    let (a, b) = both(Metric::Infidelity);
    assert!(a.max(b) == 1.0 && a.min(b) < 1.0, "infidelity: {a} and {b}");
    // Two classes of opposite weights have twice the difference of logits, so the same sets of
    // patches rank the same.
    let two = Judged::of(&two_classes(), 1, &image(), &ramp);
    assert!((two.number(Metric::SensitivityN) - for_it.number(Metric::SensitivityN)).abs() < 1e-5);
}

#[test]
fn what_each_pixel_adds_to_a_linear_network_is_perfectly_faithful() {
    let image = image();
    let mean: Vec<f32> =
        image.chunks_exact(PIXELS).map(|channel| channel.iter().sum::<f32>() / PIXELS as f32).collect();
    let share = map(|i| (0..3).map(|c| ROW[c] * (image[c * PIXELS + i] - mean[c])).sum());
    let judged = Judged::of(&two_classes(), 1, &image, &share);
    judged.is_sound_without(&[]);
    assert!(judged.number(Metric::SensitivityN) > 0.9999 && judged.number(Metric::MuFidelity) > 0.999);
    assert!(judged.number(Metric::Infidelity) < 1e-4, "{}", judged.number(Metric::Infidelity));
    let opposite = Map { values: share.values.iter().map(|v| -v).collect(), ..share.clone() };
    let opposite = Judged::of(&two_classes(), 1, &image, &opposite);
    assert!(opposite.number(Metric::SensitivityN) < -0.9999 && opposite.number(Metric::MuFidelity) < -0.999);
    assert_eq!(opposite.number(Metric::Infidelity), 1.0);
    // What speaks for the class, inserted first, brings it back sooner than what speaks against it.
    for (metric, sign) in [
        (Metric::InsertionMean, 1.0),
        (Metric::InsertionBlur, 1.0),
        (Metric::DeletionMean, -1.0),
        (Metric::DeletionBlur, -1.0),
    ] {
        let sooner = sign * (judged.number(metric) - opposite.number(metric));
        assert!(sooner > 0.02, "{}: {sooner}", metric.card().name);
    }
}

#[test]
fn a_network_that_answers_the_same_or_overflows_is_said_to() {
    let ramp = map(|i| i as f32 / PIXELS as f32);
    let silent = linear(0.0, &[ROW.map(|w| -w), ROW]);
    let judged = Judged::of(&silent, 1, &image(), &ramp);
    judged.is_sound_without(&without(
        &[Metric::SensitivityN, Metric::MuFidelity, Metric::Infidelity],
        MetricError::ConstantScore,
    ));
    assert_eq!([Metric::Road, Metric::AverageDrop, Metric::ConfidenceIncrease].map(|m| judged.number(m)), [0.0; 3]);
    // A probability of 0 has no part that could be lost.
    let sure = linear(4000.0, &[ROW.map(|w| -w), ROW]);
    let judged = Judged::of(&sure, 0, &image(), &ramp);
    judged.is_sound_without(&without(&[Metric::AverageDrop], MetricError::ConstantScore));
    // Seen through a map of such values, the image is none.
    let huge = map(|i| if i % 2 == 0 { f32::MAX } else { 0.0 });
    let judged = Judged::of(&linear(4.0, &[ROW, ROW.map(|w| -w)]), 1, &image(), &huge);
    let seen_through = [Metric::AverageDrop, Metric::ConfidenceDrop, Metric::ConfidenceIncrease];
    judged.is_sound_without(&without(&seen_through, MetricError::ScoreNotFinite));
}

#[test]
fn metrics_that_need_what_is_not_there_say_so() {
    let evaluator = Evaluator::new(&two_classes(), &EvaluatorOptions::default()).unwrap();
    let mut evaluating = evaluator.evaluating();
    let values = evaluating.judge(&Subject::of(&image()), &mostly_at_its_minimum()).unwrap();
    for (metric, value) in Metric::ALL.iter().zip(&values) {
        match metric.card().group {
            Group::Robustness => assert_eq!(*value, Err(MetricError::NotExplained)),
            Group::Localisation => assert_eq!(*value, Err(MetricError::NeedsMask)),
            Group::Faithfulness | Group::Complexity => assert!(value.is_ok(), "{}: {value:?}", metric.card().name),
        }
    }
    assert!(evaluating.judge(&Subject::of(&vec![f32::NAN; 3 * PIXELS]), &mostly_at_its_minimum()).is_err());
    assert!(evaluating.judge(&Subject::of(&image()[1..]), &mostly_at_its_minimum()).is_err());
}
