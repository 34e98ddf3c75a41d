//! Against scipy, statsmodels and scikit-learn; `tests/golden/statistics/make.py` made the values.

use serde_json::Value;

use super::interval::wilson;
use super::multiplicity::adjusted;
use super::sign_flips::SignFlips;
use super::*;

/// Both sides compute in double precision; the special functions differ by less than this.
const TOLERANCE: f64 = 1e-6;

fn golden(topic: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/statistics/statistics.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all[topic].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn classes(value: &Value) -> Vec<usize> {
    numbers(value).iter().map(|&v| v as usize).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    numbers(value).iter().map(|&v| v == 1.0).collect()
}

#[track_caller]
fn near(got: f64, want: &Value) {
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= TOLERANCE * want.abs().min(1.0), "{got} instead of {want}");
}

#[track_caller]
fn all_near(got: &[f64], want: &Value) {
    let want = want.as_array().unwrap();
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).for_each(|(&g, w)| near(g, w));
}

#[track_caller]
fn bounds(finding: &Finding) -> [f64; 2] {
    finding.interval().map(|i| [i.low, i.high]).unwrap()
}

/// Two groups as one list.
fn joined(x: &Value, y: &Value) -> (Vec<f64>, Vec<bool>) {
    let (x, y) = (numbers(x), numbers(y));
    let first = (0..x.len() + y.len()).map(|i| i < x.len()).collect();
    (x.into_iter().chain(y).collect(), first)
}

#[test]
fn two_groups() {
    for case in golden("two_groups").as_array().unwrap() {
        let (values, first) = joined(&case["x"], &case["y"]);
        let finding = compare_groups(&values, &first, &Units::each(values.len()), &Settings::default());
        near(finding.estimate().unwrap(), &case["delta"]);
        near(finding.p().unwrap().value, &case["p"]);
        all_near(&bounds(&finding), &case["interval"]);
    }
}

#[test]
fn flipped_signs() {
    for case in golden("sign_flips").as_array().unwrap() {
        let values = numbers(&case["d"]);
        let p = SignFlips::of(&values, &Settings::default()).p(0.0);
        if case["exact"] == 1 {
            near(p, &case["p"]);
            continue;
        }
        // 10,000 draws here, 100,000 there: four standard errors of twice the smaller share.
        let want = case["p"].as_f64().unwrap();
        let error = 2.0 * (want / 2.0 * (1.0 - want / 2.0) / 10_000.0).sqrt();
        assert!((p - want).abs() < 4.0 * error, "{p} {want}");
    }
}

#[test]
fn rank_correlations() {
    for case in golden("spearman").as_array().unwrap() {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let finding = rank_correlation(&x, &y, &Units::each(x.len()), &Settings::default());
        near(finding.estimate().unwrap(), &case["rho"]);
        near(finding.p().unwrap().value, &case["p"]);
        all_near(&bounds(&finding), &case["interval"]);
        // The bootstrap knows nothing of normal values.
        let (got, want) = (bounds(&finding), numbers(&case["bca"]));
        assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 0.15 * (want[1] - want[0])), "{got:?} {want:?}");
    }
}

#[test]
fn tests_and_intervals_never_contradict() {
    for seed in 0..400 {
        let mut random = Random::new(seed, 5);
        let n = [24, 40, 90][random.below(3)];
        let (shift, steps) = (random.unit(), [3.0, 1000.0][random.below(2)]);
        let first: Vec<bool> = (0..n).map(|i| i % 2 == 0).collect();
        let mut draw = |by: f64| (steps * (random.unit() + by)).round() / steps;
        let values: Vec<f64> = first.iter().map(|&first| draw(if first { shift } else { 0.0 })).collect();
        let others: Vec<f64> = values.iter().map(|v| shift * v + draw(0.0)).collect();
        let units = if seed % 3 == 0 { Units::by_key((0..n).map(|i| Some(i / 2))) } else { Units::each(n) };
        let settings = Settings::default();
        let findings = [
            compare_groups(&values, &first, &units, &settings),
            compare_pairs(&values, &others, &units, &settings),
            rank_correlation(&values, &others, &units, &settings),
            compare_auc(&values, &others, &first, &units, &settings),
        ];
        for finding in findings {
            let (Some(p), Some(interval)) = (finding.p(), finding.interval()) else { continue };
            assert_eq!(p.value > 0.05, interval.contains(0.0), "{seed} {finding:?}");
        }
    }
}

#[test]
fn areas_and_their_intervals() {
    let case = golden("roc");
    let (scores, other, positive) = (numbers(&case["score"]), numbers(&case["other"]), flags(&case["label"]));
    let (each, settings) = (Units::each(scores.len()), Settings::default());
    let area = auc(&scores, &positive, &each, &settings);
    near(area.estimate().unwrap(), &case["auc"]);
    all_near(&bounds(&area), &case["interval"]);
    let patients = Units::by_key(classes(&case["unit"]).into_iter().map(Some));
    all_near(&bounds(&auc(&scores, &positive, &patients, &settings)), &case["clustered_interval"]);
    let difference = compare_auc(&scores, &other, &positive, &each, &settings);
    near(difference.estimate().unwrap(), &case["difference"]);
    near(difference.p().unwrap().value, &case["difference_p"]);
    near(average_precision(&scores, &positive, &each, &settings).estimate().unwrap(), &case["average_precision"]);
}

#[test]
fn the_bootstrap_of_an_area_agrees_with_delong() {
    let case = golden("roc");
    let (scores, positive) = (numbers(&case["score"]), flags(&case["label"]));
    let finding = Finding::bootstrapped(Effect::Auc, &Units::each(scores.len()), &Settings::default(), |cases| {
        let labels: Vec<bool> = cases.iter().map(|&c| positive[c]).collect();
        super::superiority::Superiority::of(&cases.iter().map(|&c| scores[c]).collect::<Vec<_>>(), &labels).theta
    });
    let (got, want) = (bounds(&finding), numbers(&case["interval"]));
    // Two different approximations on 60 cases.
    assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 0.12 * (want[1] - want[0])), "{got:?} {want:?}");
}

#[test]
fn curves_and_thresholds() {
    let case = golden("roc");
    let (scores, positive) = (numbers(&case["score"]), flags(&case["label"]));
    let curve = roc(&scores, &positive).unwrap();
    all_near(&curve[1..].iter().map(|p| p.threshold).collect::<Vec<_>>(), &case["curve"]["threshold"]);
    all_near(&curve.iter().map(|p| p.false_positive_rate).collect::<Vec<_>>(), &case["curve"]["fpr"]);
    all_near(&curve.iter().map(|p| p.true_positive_rate).collect::<Vec<_>>(), &case["curve"]["tpr"]);
    near(youden(&scores, &positive).unwrap(), &case["youden"]);
    let at = &case["at_0.6"];
    let each = Units::each(scores.len());
    let point = OperatingPoint::at(0.6, ThresholdOrigin::Given, &scores, &positive, &each, &Settings::default());
    let counts = [point.true_negatives, point.false_positives, point.false_negatives, point.true_positives];
    all_near(&counts.map(|c| c as f64), &at["confusion"]);
    all_near(&bounds(&point.sensitivity), &at["sensitivity"]);
    near(point.accuracy.estimate().unwrap(), &at["accuracy"]);
}

#[test]
fn probabilities() {
    let case = golden("calibration");
    let (p, y) = (numbers(&case["p"]), flags(&case["y"]));
    let result = calibration(&p, &y, &Units::each(p.len()), &Settings::default());
    near(result.brier.estimate().unwrap(), &case["brier"]);
    near(result.error.estimate().unwrap(), &case["error"]);
    all_near(&result.bins.iter().map(|b| b.observed).collect::<Vec<_>>(), &case["observed"]);
    all_near(&result.bins.iter().map(|b| b.predicted).collect::<Vec<_>>(), &case["predicted"]);
}

#[test]
fn cross_tables() {
    let case = golden("association");
    let (rows, columns) = (classes(&case["rows"]), classes(&case["columns"]));
    let finding = association(&rows, &columns, &Units::each(rows.len()), &Settings::default());
    near(finding.estimate().unwrap(), &case["v"]);
    near(finding.p().unwrap().value, &case["p"]);
    for fisher in case["fisher"].as_array().unwrap() {
        let counts: Vec<Vec<usize>> = fisher["table"].as_array().unwrap().iter().map(classes).collect();
        let cells = (0..2).flat_map(|r| (0..2).map(move |c| (r, c)));
        let cases: Vec<(usize, usize)> = cells.flat_map(|(r, c)| vec![(r, c); counts[r][c]]).collect();
        let (rows, columns): (Vec<usize>, Vec<usize>) = cases.into_iter().unzip();
        let finding = association(&rows, &columns, &Units::each(rows.len()), &Settings::default());
        assert_eq!(finding.p().unwrap().test, Test::FisherExact);
        near(finding.p().unwrap().value, &fisher["p"]);
    }
}

#[test]
fn bootstrap_intervals() {
    let case = golden("bootstrap");
    let x = numbers(&case["x"]);
    let average = |cases: &[usize]| cases.iter().map(|&c| x[c]).sum::<f64>() / cases.len() as f64;
    let finding = Finding::bootstrapped(Effect::Mean, &Units::each(x.len()), &Settings::default(), average);
    assert_eq!(finding.interval().unwrap().method, IntervalMethod::BcaBootstrap);
    let (got, want) = (bounds(&finding), numbers(&case["bca"]));
    assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 0.04 * (want[1] - want[0])), "{got:?} {want:?}");
}

#[test]
fn equivalence_of_means() {
    let case = golden("equivalence");
    let (values, first) = joined(&case["x"], &case["y"]);
    let finding = equivalence(&values, &first, 0.8, &Units::each(values.len()), &Settings::default());
    near(finding.p().unwrap().value, &case["p"]);
    all_near(&bounds(&finding), &case["interval"]);
    let (x, z) = (numbers(&case["x"]), numbers(&case["z"]));
    let paired = paired_equivalence(&x, &z, 0.2, &Units::each(x.len()), &Settings::default());
    near(paired.p().unwrap().value, &case["paired_p"]);
}

#[test]
fn compositions() {
    let case = golden("composition");
    for (x, clr) in case["x"].as_array().unwrap().iter().zip(case["clr"].as_array().unwrap()) {
        all_near(&centred_log_ratio(&numbers(x), 1e-3).unwrap(), clr);
    }
}

#[test]
fn mean_maps() {
    let case = golden("maps");
    let maps: Vec<Vec<f32>> =
        case["x"].as_array().unwrap().iter().map(|m| numbers(m).iter().map(|&v| v as f32).collect()).collect();
    let first: Vec<bool> = (0..44).map(|i| i < 22).collect();
    let result = compare_maps(
        &maps.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        &first,
        &Units::each(44),
        &Settings::default(),
    );
    all_near(result.t().unwrap(), &case["t"]);
    // 2,000 permutations against 20,000: three standard errors of a share.
    for (got, want) in result.p().unwrap().iter().zip(numbers(&case["p"])) {
        let error = (want * (1.0 - want) / 2000.0).sqrt();
        assert!((got - want).abs() < 3.0 * error + 1e-3, "{got} {want}");
    }
}

#[test]
fn families_of_tests() {
    let case = golden("multiplicity");
    let p = numbers(&case["p"]);
    all_near(&adjusted(&p, Correction::Holm), &case["holm"]);
    all_near(&adjusted(&p, Correction::BenjaminiHochberg), &case["benjamini_hochberg"]);
}

#[test]
fn agreement_and_proportions() {
    let case = golden("kappa");
    let finding = agreement(&classes(&case["a"]), &classes(&case["b"]), &Units::each(50), &Settings::default());
    near(finding.estimate().unwrap(), &case["kappa"]);
    for case in golden("wilson").as_array().unwrap() {
        let interval = wilson(case["k"].as_f64().unwrap(), case["n"].as_f64().unwrap(), 0.95);
        all_near(&[interval.low, interval.high], &case["interval"]);
    }
}
