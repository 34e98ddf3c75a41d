//! Predicted probability against observed share, with the number of cases in each bin.

use super::axes::{Scale, WIDTH, bar, hint, horizontal, label, line, svg, tick_label, vertical};
use crate::page::numbers::{brief, count, counted};
use crate::page::tag::{Tag, classed, tag};
use crate::schema::Measurement;
use heatlens_statistics::Bin;

const LEFT: f64 = 48.0;
const BOTTOM: f64 = 330.0;
const COUNTS: f64 = 60.0;

/// Draws the bins with their intervals, the diagonal, and the counts below.
pub(super) fn draw(bins: &[Bin], event: &str, figures: [&Measurement; 2]) -> Tag {
    let x = Scale::new([0.0, 1.0], [LEFT, WIDTH - 10.0]);
    let y = Scale::new([0.0, 1.0], [BOTTOM, 8.0]);
    let most = bins.iter().map(|bin| bin.cases).max().unwrap_or(1);
    let base = BOTTOM + 14.0 + COUNTS;
    let heights = Scale::new([0.0, most as f64], [0.0, COUNTS]);
    let mut plot = svg(base + 42.0, "Reliability of the probabilities")
        .all(vertical(&y, [LEFT, WIDTH - 10.0], "observed share", tick_label))
        .all(horizontal(&x, [8.0, base], &format!("predicted probability of {event}"), tick_label))
        .add(line("chance", [x.at(0.0), y.at(0.0)], [x.at(1.0), y.at(1.0)]))
        .add(label("tick end", [LEFT - 7.0, base - COUNTS + 8.0], count(most)))
        .add(label("tick end", [LEFT - 7.0, base], "0"));
    for bin in bins {
        let height = heights.at(bin.cases as f64);
        let words = format!(
            "{:.2} to {:.2}: {}, predicted {:.3}, observed {:.3}",
            bin.low,
            bin.high,
            counted(bin.cases, "case"),
            bin.predicted,
            bin.observed
        );
        plot = plot.add(
            bar("histogram", [x.at(bin.low) + 1.0, base - height, x.at(bin.high) - x.at(bin.low) - 2.0, height])
                .add(hint(&words)),
        );
        if let Some(interval) = bin.interval {
            plot = plot.add(line(
                "whisker thin",
                [x.at(bin.predicted), y.at(interval.low)],
                [x.at(bin.predicted), y.at(interval.high)],
            ));
        }
        let dot = classed("circle", if bin.interval.is_some() { "estimate" } else { "estimate faint" });
        plot = plot.add(dot.at([("cx", x.at(bin.predicted)), ("cy", y.at(bin.observed)), ("r", 4.5)]).add(hint(words)));
    }
    let [error, brier] = figures;
    let line = format!("Calibration error {}; Brier score {}.", brief(Some(error)), brief(Some(brier)));
    classed("div", "plots").add(plot).add(tag("p").with("class", "small").text(line))
}
