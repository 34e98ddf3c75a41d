//! One estimate with its interval, as small as a word.

use super::axes::{Scale, line};
use crate::page::tag::{Tag, classed, tag};
use crate::schema::{Measure, Measurement};

const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 22.0;

/// Estimate, interval and chance on the measure's own scale; nothing without an estimate.
pub(in crate::page) fn interval_bar(measurement: &Measurement) -> Option<Tag> {
    let estimate = measurement.finding.estimate()?;
    let values = [Some(estimate), measurement.low(), measurement.high(), measurement.chance];
    let scale = Scale::new(bounds(measurement.measure, values.into_iter().flatten()), [5.0, WIDTH - 5.0]);
    let middle = HEIGHT / 2.0;
    let mut svg = tag("svg")
        .with("class", "interval")
        .with("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .with("aria-hidden", "true");
    svg = svg.add(line("rail", [5.0, middle], [WIDTH - 5.0, middle]));
    if let Some(chance) = measurement.chance {
        svg = svg.add(line("chance", [scale.at(chance), 2.0], [scale.at(chance), HEIGHT - 2.0]));
    }
    if let (Some(low), Some(high)) = (measurement.low(), measurement.high()) {
        svg = svg.add(line("whisker", [scale.at(low), middle], [scale.at(high), middle]));
    }
    Some(svg.add(classed("circle", "estimate").at([("cx", scale.at(estimate)), ("cy", middle), ("r", 4.2)])))
}

/// Shares and plain numbers from 0 to 1, differences to the same length on both sides.
fn bounds(measure: Measure, values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let largest = values.clone().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    match measure {
        Measure::Share | Measure::Plain => [0.0, largest.max(1.0)],
        Measure::Points => [-largest.clamp(0.25, 1.0), largest.clamp(0.25, 1.0)],
        Measure::Signed => [-largest.max(1.0), largest.max(1.0)],
        Measure::Ratio => [0.0, largest.max(2.0)],
    }
}
