//! The spread of a quantity in several groups: whiskers at 5 and 95 %, a box from 25 to 75 %, a
//! line at the median.

use super::axes::{Scale, WIDTH, bar, hint, horizontal, label, line, round_bounds, svg, tick_label};
use crate::page::numbers::count;
use crate::page::tag::{Tag, classed};
use crate::schema::Box5;

const ROW: f64 = 46.0;
const TOP: f64 = 6.0;

/// Draws the groups one below the other.
pub(super) fn draw(axis: &str, boxes: &[Box5], reference: Option<f64>) -> Tag {
    let bounds = boxes.iter().flat_map(|b| b.quantiles).chain(reference);
    let scale = Scale::new(round_bounds(bounds), [10.0, WIDTH - 14.0]);
    let bottom = TOP + ROW * boxes.len() as f64;
    let mut plot = svg(bottom + 42.0, axis).all(horizontal(&scale, [TOP, bottom], axis, tick_label));
    for (i, group) in boxes.iter().enumerate() {
        let [q5, q25, q50, q75, q95] = group.quantiles.map(|q| scale.at(q));
        let (y, middle) = (TOP + ROW * i as f64, TOP + ROW * i as f64 + 30.0);
        let box_ = bar("box", [q25, middle - 8.0, q75 - q25, 16.0]).add(hint(format!(
            "{}: median {:.3}, middle half {:.3} to {:.3}",
            group.name, group.quantiles[2], group.quantiles[1], group.quantiles[3]
        )));
        plot = plot
            .add(label("row", [10.0, y + 15.0], &group.name))
            .add(label("count end", [WIDTH - 2.0, y + 15.0], format!("n = {}", count(group.cases))))
            .add(line("whisker thin", [q5, middle], [q95, middle]))
            .add(box_)
            .add(line("median", [q50, middle - 8.0], [q50, middle + 8.0]));
    }
    if let Some(reference) = reference {
        plot = plot.add(line("chance", [scale.at(reference), TOP], [scale.at(reference), bottom]));
    }
    let legend = reference.map(|_| super::axes::legend([("key-chance".to_owned(), "chance")]));
    classed("div", "plots").add(legend).add(plot)
}
