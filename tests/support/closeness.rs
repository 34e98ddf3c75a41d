//! How near computed numbers are to a reference's.

use serde_json::Value;

/// All numbers of nested lists, in order.
pub fn floats(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(floats).collect(),
        value => vec![value.as_f64().expect("a number")],
    }
}

/// The largest difference, relative to the largest expected value.
pub fn worst(found: impl IntoIterator<Item = f32>, expected: &[f64]) -> f64 {
    let found: Vec<f64> = found.into_iter().map(f64::from).collect();
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let largest = expected.iter().fold(1e-30, |most: f64, v| most.max(v.abs()));
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / largest);
    apart.fold(0.0, |most, apart| if apart <= most { most } else { apart })
}
