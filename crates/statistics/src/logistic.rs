//! How well several figures together tell two groups apart: logistic regression that is asked about
//! cases it has not seen.

use super::superiority::Superiority;
use super::{Finding, Random, Settings, Units, auc};

/// Parts that units are divided into; each is judged by a regression of the others.
const FOLDS: usize = 5;
/// The weight of the squared coefficients of standardised figures beside the log-likelihood, so that
/// groups that are told apart fully have finite coefficients.
const RIDGE: f64 = 1.0;
/// Standardised figures beyond this count as this: one odd picture should not turn a regression.
const FARTHEST: f64 = 4.0;
/// Newton's steps at most.
const STEPS: usize = 25;
/// Shuffles of the labels: the second largest of 39 is what chance exceeds in one of twenty.
const SHUFFLES: usize = 39;
/// Streams of random numbers.
const FOLD_STREAM: u64 = 0xF0;
const SHUFFLE_STREAM: u64 = 0xF1;

/// How well figures tell two groups apart.
#[derive(Clone, Debug)]
pub struct Separation {
    /// The AUC of the held-out scores, with DeLong's interval.
    pub auc: Finding,
    /// The log-odds of each case, by a regression that saw none of its unit.
    pub scores: Vec<f64>,
    /// The AUC that shuffled labels exceed in one of twenty attempts.
    pub chance: f64,
}

/// Separates the positive cases from the others by ridge logistic regression, cross-validated in five
/// parts of whole units. `figures` has a row a case; the figures of a row that are no numbers count
/// as their mean.
///
/// None where a group has fewer than five units.
///
/// # Panics
/// If the lengths differ.
pub fn separation(figures: &[Vec<f64>], positive: &[bool], units: &Units, settings: &Settings) -> Option<Separation> {
    assert!(figures.len() == positive.len() && units.cases() == positive.len(), "one row, label and unit a case");
    let folds = folds(positive, units, settings.seed)?;
    let scores = held_out(figures, positive, &folds);
    let mut areas: Vec<f64> = (0..SHUFFLES)
        .map(|shuffle| {
            let shuffled = shuffled(positive, units, settings.seed, SHUFFLE_STREAM + shuffle as u64);
            Superiority::of(&held_out(figures, &shuffled, &folds), &shuffled).theta
        })
        .collect();
    areas.sort_by(f64::total_cmp);
    Some(Separation { auc: auc(&scores, positive, units, settings), scores, chance: areas[SHUFFLES - 2] })
}

/// The fold of each case: units of each group are dealt out in random order.
fn folds(positive: &[bool], units: &Units, seed: u64) -> Option<Vec<usize>> {
    let (mut fold, mut random) = (vec![0; units.count()], Random::new(seed, FOLD_STREAM));
    for group in [true, false] {
        let mut of_group: Vec<usize> =
            (0..units.count()).filter(|&unit| positive[units.members(unit)[0]] == group).collect();
        if of_group.len() < FOLDS {
            return None;
        }
        random.shuffle(&mut of_group);
        of_group.iter().enumerate().for_each(|(i, &unit)| fold[unit] = i % FOLDS);
    }
    Some((0..positive.len()).map(|case| fold[units.of(case)]).collect())
}

/// The labels with those of units exchanged; cases of a unit keep theirs together where they agree.
fn shuffled(positive: &[bool], units: &Units, seed: u64, stream: u64) -> Vec<bool> {
    let mut of_units: Vec<usize> = (0..units.count()).collect();
    Random::new(seed, stream).shuffle(&mut of_units);
    let label = |case: usize| positive[units.members(of_units[units.of(case)])[0]];
    (0..positive.len()).map(label).collect()
}

fn held_out(figures: &[Vec<f64>], positive: &[bool], folds: &[usize]) -> Vec<f64> {
    let mut scores = vec![0.0; figures.len()];
    for fold in 0..FOLDS {
        let seen: Vec<usize> = (0..figures.len()).filter(|&case| folds[case] != fold).collect();
        let scale = Scale::of(figures, &seen);
        let rows: Vec<Vec<f64>> = figures.iter().map(|row| scale.apply(row)).collect();
        let weights = fitted(&rows, positive, &seen);
        let of_fold = (0..figures.len()).filter(|&case| folds[case] == fold);
        of_fold.for_each(|case| scores[case] = product(&weights, &rows[case]));
    }
    scores
}

/// Means and standard deviations.
struct Scale(Vec<[f64; 2]>);

impl Scale {
    fn of(figures: &[Vec<f64>], cases: &[usize]) -> Scale {
        let of = |figure: usize| {
            let values: Vec<f64> =
                cases.iter().map(|&case| figures[case][figure]).filter(|value| value.is_finite()).collect();
            let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64;
            [mean, variance.sqrt()]
        };
        Scale((0..figures.first().map_or(0, Vec::len)).map(of).collect())
    }

    /// The standardised row, and a one for the constant.
    fn apply(&self, row: &[f64]) -> Vec<f64> {
        let of = |(&value, &[mean, deviation]): (&f64, &[f64; 2])| match value.is_finite() && deviation > 1e-12 {
            true => ((value - mean) / deviation).clamp(-FARTHEST, FARTHEST),
            false => 0.0,
        };
        row.iter().zip(&self.0).map(of).chain([1.0]).collect()
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The coefficients by Newton's method; the last one is the constant, which has no ridge.
fn fitted(rows: &[Vec<f64>], positive: &[bool], cases: &[usize]) -> Vec<f64> {
    let n = rows.first().map_or(0, Vec::len);
    let mut weights = vec![0.0; n];
    for _ in 0..STEPS {
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        for i in 0..n {
            let ridge = if i + 1 == n { 1e-9 } else { RIDGE };
            gradient[i] = -ridge * weights[i];
            hessian[i * n + i] = ridge;
        }
        for &case in cases {
            let p = 1.0 / (1.0 + (-product(&weights, &rows[case])).exp());
            let (error, curvature) = (f64::from(u8::from(positive[case])) - p, p * (1.0 - p));
            for (i, x) in rows[case].iter().enumerate() {
                gradient[i] += error * x;
                hessian[i * n..][..=i].iter_mut().zip(&rows[case]).for_each(|(h, y)| *h += curvature * x * y);
            }
        }
        let step = solved(hessian, gradient);
        weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += step);
        if step.iter().all(|step| step.abs() < 1e-7) {
            break;
        }
    }
    weights
}

/// Solves a system whose matrix is symmetric and positive definite, of which the lower half is read,
/// by Cholesky's factors.
fn solved(mut a: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let sum = a[i * n + j] - (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum::<f64>();
            a[i * n + j] = if i == j { sum.max(1e-12).sqrt() } else { sum / a[j * n + j] };
        }
    }
    for i in 0..n {
        b[i] = (b[i] - (0..i).map(|k| a[i * n + k] * b[k]).sum::<f64>()) / a[i * n + i];
    }
    for i in (0..n).rev() {
        b[i] = (b[i] - (i + 1..n).map(|k| a[k * n + i] * b[k]).sum::<f64>()) / a[i * n + i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two figures of noise, and a third that is the label and `noise` times as much again.
    fn cases(count: usize, noise: f64) -> (Vec<Vec<f64>>, Vec<bool>) {
        let mut random = Random::new(3, 0);
        let mut normal = move || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        let positive: Vec<bool> = (0..count).map(|i| i % 3 == 0).collect();
        let row = |&is: &bool| vec![normal(), normal(), f64::from(u8::from(is)) + noise * normal()];
        let figures = positive.iter().map(row).collect();
        (figures, positive)
    }

    fn separated(count: usize, noise: f64) -> Separation {
        let (figures, positive) = cases(count, noise);
        separation(&figures, &positive, &Units::each(count), &Settings::default()).unwrap()
    }

    #[test]
    fn what_tells_groups_apart_is_found_and_noise_is_not() {
        let told = separated(240, 0.5);
        // Φ(1/(0.5·√2)) = 0.921.
        assert!((told.auc.estimate().unwrap() - 0.921).abs() < 0.04, "{:?}", told.auc);
        assert!(told.chance < 0.62 && told.auc.interval().unwrap().low > told.chance);
        let noise = separated(240, 1e6);
        assert!(noise.auc.estimate().unwrap() < 0.6 && (0.5..0.65).contains(&noise.chance), "{noise:?}");
        let certain = separated(60, 0.0);
        assert_eq!(certain.auc.estimate(), Some(1.0));
        assert!(certain.scores.iter().all(|score| score.is_finite()));
    }

    #[test]
    fn the_fit_is_where_the_gradient_vanishes() {
        let (figures, positive) = cases(90, 1.0);
        let all: Vec<usize> = (0..90).collect();
        let scale = Scale::of(&figures, &all);
        let rows: Vec<Vec<f64>> = figures.iter().map(|row| scale.apply(row)).collect();
        let weights = fitted(&rows, &positive, &all);
        for i in 0..4 {
            let ridge = if i == 3 { 0.0 } else { RIDGE * weights[i] };
            let errors = rows
                .iter()
                .zip(&positive)
                .map(|(row, &is)| (f64::from(u8::from(is)) - 1.0 / (1.0 + (-product(&weights, row)).exp())) * row[i]);
            assert!((errors.sum::<f64>() - ridge).abs() < 1e-6, "coefficient {i}");
        }
    }

    #[test]
    fn a_patient_is_never_judged_by_a_regression_that_saw_him() {
        // Twenty patients of six images, told apart by who they are and by nothing that labels share.
        let patient = |case: usize| case / 6;
        let positive: Vec<bool> = (0..120).map(|case| patient(case) % 2 == 0).collect();
        let figures: Vec<Vec<f64>> =
            (0..120).map(|case| (0..20).map(|which| f64::from(u8::from(patient(case) == which))).collect()).collect();
        let by_patient = Units::by_key((0..120).map(|case| Some(patient(case))));
        let auc = |units: &Units| {
            separation(&figures, &positive, units, &Settings::default()).unwrap().auc.estimate().unwrap()
        };
        assert!(auc(&Units::each(120)) > 0.9 && auc(&by_patient) < 0.6);
        assert!(separation(&figures[..24], &positive[..24], &Units::each(24), &Settings::default()).is_some());
        let few = by_patient.select(&(0..24).collect::<Vec<_>>());
        assert!(separation(&figures[..24], &positive[..24], &few, &Settings::default()).is_none());
    }

    #[test]
    fn figures_that_are_missing_or_always_the_same_count_for_nothing() {
        let (mut figures, positive) = cases(120, 0.5);
        for (case, row) in figures.iter_mut().enumerate() {
            row.push(7.0);
            row.push(f64::NAN);
            row[0] = if case % 2 == 0 { f64::INFINITY } else { row[0] };
        }
        let separated = separation(&figures, &positive, &Units::each(120), &Settings::default()).unwrap();
        assert!(separated.auc.estimate().unwrap() > 0.85);
    }
}
