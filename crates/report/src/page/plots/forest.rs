//! Estimates with intervals, one below the other.

use super::axes::{Scale, WIDTH, horizontal, label, line, round_bounds, svg, tick_label};
use crate::page::numbers::counted;
use crate::page::tag::{Tag, classed};
use crate::schema::ForestRow;

const ROW: f64 = 40.0;
const TOP: f64 = 6.0;

/// Draws the rows, names above their intervals.
pub(super) fn draw(axis: &str, rows: &[ForestRow], reference: Option<f64>) -> Tag {
    let bounds = rows.iter().flat_map(|row| {
        let interval = row.finding.interval();
        [row.finding.estimate(), interval.map(|i| i.low), interval.map(|i| i.high)]
    });
    let scale = Scale::new(round_bounds(bounds.chain([reference]).flatten()), [10.0, WIDTH - 70.0]);
    let bottom = TOP + ROW * rows.len() as f64;
    let mut plot = svg(bottom + 42.0, axis).all(horizontal(&scale, [TOP, bottom], axis, tick_label));
    if let Some(reference) = reference {
        plot = plot.add(line("chance", [scale.at(reference), TOP], [scale.at(reference), bottom]));
    }
    for (i, row) in rows.iter().enumerate() {
        let y = TOP + ROW * i as f64;
        plot = plot.add(label("row", [10.0, y + 14.0], &row.name));
        plot = plot.add(label(
            "count end",
            [WIDTH - 2.0, y + 14.0],
            format!("n = {}", crate::page::numbers::count(row.cases)),
        ));
        plot = plot.all(dot(row, &scale, y + 27.0));
    }
    classed("div", "plots").add(plot)
}

fn dot(row: &ForestRow, scale: &Scale, y: f64) -> Vec<Tag> {
    let Some(estimate) = row.finding.estimate() else {
        return vec![label("silent", [10.0, y + 4.0], format!("cannot be said from {}", counted(row.cases, "case")))];
    };
    let whisker = row.finding.interval().map(|i| line("whisker", [scale.at(i.low), y], [scale.at(i.high), y]));
    let dot = classed("circle", "estimate").at([("cx", scale.at(estimate)), ("cy", y), ("r", 4.5)]);
    let number = label("value end", [WIDTH - 2.0, y + 4.0], format!("{estimate:.3}").replace('-', "−"));
    whisker.into_iter().chain([dot, number]).collect()
}
