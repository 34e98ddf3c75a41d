//! Labels against predictions, a bar a label.

use super::axes::{WIDTH, bar, hint, label, svg};
use crate::page::numbers::{count, percent};
use crate::page::tag::{Tag, classed};
use crate::schema::Confusion;

const ROW: f64 = 50.0;
/// A number needs this much room to stand in its part of the bar.
const ROOM: f64 = 34.0;

/// Draws for each label how its cases were called.
pub(super) fn draw(confusion: &Confusion) -> Tag {
    let Confusion { classes, counts } = confusion;
    let mut plot = svg(ROW * classes.len() as f64 + 4.0, "Labels against predictions");
    for (row, (class, counts)) in classes.iter().zip(counts).enumerate() {
        let y = ROW * row as f64;
        let total: usize = counts.iter().sum();
        let right = counts.get(row).copied().unwrap_or(0);
        let share = if total > 0 {
            format!("{} of {} right ({})", count(right), count(total), percent(right as f64 / total as f64))
        } else {
            "no cases".into()
        };
        plot = plot.add(label("row", [0.0, y + 15.0], format!("labelled {class}"))).add(label(
            "count end",
            [WIDTH, y + 15.0],
            share,
        ));
        let mut x = 0.0;
        // The right part first, so that the bars can be compared.
        let order = std::iter::once(row).chain((0..counts.len()).filter(|&c| c != row));
        for called in order.filter(|&c| counts.get(c).is_some_and(|&n| n > 0)) {
            let width = WIDTH * counts[called] as f64 / total as f64;
            let class_name = if called == row { "right" } else { "wrong" };
            let words = format!("labelled {class}, called {}: {}", classes[called], counts[called]);
            plot = plot.add(bar(class_name, [x, y + 22.0, (width - 1.5).max(0.8), 20.0]).add(hint(words)));
            if width > ROOM {
                plot = plot.add(label("on-bar middle", [x + width / 2.0, y + 36.0], count(counts[called])));
            }
            x += width;
        }
    }
    let legend = super::axes::legend([
        ("key-right".to_owned(), "called as labelled"),
        ("key-wrong".to_owned(), "called otherwise"),
    ]);
    classed("div", "plots").add(legend).add(plot)
}
