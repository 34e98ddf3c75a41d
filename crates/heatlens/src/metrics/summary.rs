//! Metrics over several images.

use super::{Agreement, Baseline, Evaluation, Metric, MetricError, Origin};

/// A metric of one method over several images.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Whose maps.
    pub origin: Origin,
    /// The metric.
    pub metric: Metric,
    /// Images with a value.
    pub images: usize,
    /// Mean over them; `None` of none.
    pub mean: Option<f64>,
    /// Standard error of the mean; `None` for fewer than two images.
    pub error: Option<f64>,
    /// Mean of what it is above the random map's value, image by image; `None` where there is none
    /// to compare with.
    pub above_random: Option<f64>,
    /// Images without a value, and why the first of them has none.
    pub undefined: usize,
    /// That reason.
    pub reason: Option<MetricError>,
}

/// The summaries of every map and metric, in the order in which they were evaluated: maps, and for
/// each its metrics.
pub fn summarise(evaluations: &[Evaluation], metrics: &[Metric]) -> Vec<Summary> {
    let mut summaries = Vec::new();
    for origin in origins(evaluations) {
        for (nth, &metric) in metrics.iter().enumerate() {
            let value = |evaluation: &Evaluation, origin: Origin| {
                evaluation.maps.iter().find(|map| map.origin == origin).map(|map| map.values[nth].clone())
            };
            let (mut values, mut above, mut undefined, mut reason) = (Vec::new(), Vec::new(), 0, None);
            for evaluation in evaluations {
                match value(evaluation, origin) {
                    Some(Ok(v)) => {
                        values.push(v);
                        above.extend(
                            value(evaluation, Origin::Baseline(Baseline::Random))
                                .and_then(Result::ok)
                                .map(|random| v - random),
                        );
                    }
                    Some(Err(error)) => {
                        undefined += 1;
                        reason.get_or_insert(error);
                    }
                    None => {}
                }
            }
            let (mean, error) = mean_and_error(&values);
            let above_random = mean_and_error(&above).0;
            summaries.push(Summary {
                origin,
                metric,
                images: values.len(),
                mean,
                error,
                above_random,
                undefined,
                reason,
            });
        }
    }
    summaries
}

/// The mean agreement of each two methods, and over how many images.
pub fn agreement(evaluations: &[Evaluation]) -> Vec<([Origin; 2], Agreement, usize)> {
    let origins = origins(evaluations);
    let pairs = origins.iter().enumerate().flat_map(|(i, &a)| origins[i + 1..].iter().map(move |&b| [a, b]));
    let of_pair = |pair: [Origin; 2]| {
        let in_image = |evaluation: &Evaluation| {
            let found = evaluation
                .agreement
                .iter()
                .find(|(positions, _)| positions.map(|i| evaluation.maps[i].origin) == pair)?;
            found.1.clone().ok()
        };
        let agreements: Vec<Agreement> = evaluations.iter().filter_map(in_image).collect();
        Some((pair, Agreement::mean(&agreements)?, agreements.len()))
    };
    pairs.filter_map(of_pair).collect()
}

/// Every map's origin once, the baselines last.
fn origins(evaluations: &[Evaluation]) -> Vec<Origin> {
    let mut origins: Vec<Origin> = Vec::new();
    for map in evaluations.iter().flat_map(|evaluation| &evaluation.maps) {
        if !origins.contains(&map.origin) {
            origins.push(map.origin);
        }
    }
    origins.sort_by_key(|origin| matches!(origin, Origin::Baseline(_)));
    origins
}

fn mean_and_error(values: &[f64]) -> (Option<f64>, Option<f64>) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (None, None);
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (Some(mean), (values.len() > 1).then(|| (variance / n).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::super::Evaluated;
    use super::*;
    use crate::{Head, Method};

    #[test]
    fn values_are_compared_with_the_random_map_image_by_image() {
        let method = Origin::Method { method: Method::GradCam, part: None };
        let evaluation = |value: Result<f64, MetricError>, random: f64| Evaluation {
            prediction: Head::Softmax.predict(&[0.0, 1.0]),
            class: 1,
            maps: vec![
                Evaluated { origin: method, values: vec![value] },
                Evaluated { origin: Origin::Baseline(Baseline::Random), values: vec![Ok(random)] },
            ],
            agreement: Vec::new(),
        };
        let evaluations =
            [evaluation(Ok(1.0), 0.5), evaluation(Ok(3.0), 0.5), evaluation(Err(MetricError::EmptyMap), 9.0)];
        let summaries = summarise(&evaluations, &[Metric::Road]);
        let Summary { mean, error, above_random, images, undefined, ref reason, .. } = summaries[0];
        assert_eq!((mean, error, above_random, images, undefined), (Some(2.0), Some(1.0), Some(1.5), 2, 1));
        assert_eq!((reason.clone(), summaries[1].images), (Some(MetricError::EmptyMap), 3));
        assert_eq!(summarise(&[], &[Metric::Road]), []);
    }
}
