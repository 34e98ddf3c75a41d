//! What removing regions does to predictions, beside the removal of as much elsewhere.

use super::axes::{Scale, WIDTH, bar, hint, horizontal, label, legend, line, series, svg};
use crate::page::numbers::{counted, percent};
use crate::page::tag::{Tag, classed, tag};
use crate::schema::CauseBar;

const BAR: f64 = 11.0;
const HEAD: f64 = 32.0;
const GAP: f64 = 9.0;

/// A drawing a predicted class; in each the regions, and in each region the ways of removing it.
pub(super) fn draw(bars: &[CauseBar]) -> Tag {
    let classes = distinct(bars.iter().map(|bar| bar.class.as_str()));
    let ways = distinct(bars.iter().map(|bar| bar.way.as_str()));
    let mut keys: Vec<(String, &str)> = ways.iter().enumerate().map(|(i, way)| (series(i), *way)).collect();
    keys.push(("key-chance".to_owned(), "as much removed elsewhere"));
    let drawings = classes.iter().map(|class| {
        let bars: Vec<&CauseBar> = bars.iter().filter(|bar| bar.class == *class).collect();
        classed("div", "panel").add(tag("h4").text(format!("predicted {class}"))).add(panel(&bars, &ways))
    });
    classed("div", "plots").add(legend(keys)).add(classed("div", "panels").all(drawings))
}

fn panel(bars: &[&CauseBar], ways: &[&str]) -> Tag {
    let regions = distinct(bars.iter().map(|bar| bar.region.as_str()));
    let heights =
        regions.iter().map(|region| HEAD + BAR * bars.iter().filter(|bar| bar.region == **region).count() as f64 + GAP);
    let bottom = heights.sum::<f64>();
    let scale = Scale::new([0.0, 1.0], [2.0, WIDTH - 8.0]);
    let axis = horizontal(&scale, [0.0, bottom], "share of predictions that flip", percent);
    let mut plot = svg(bottom + 42.0, "Predictions that flip when a region is removed").all(axis);
    let mut y = 0.0;
    for region in &regions {
        let rows: Vec<&&CauseBar> = bars.iter().filter(|bar| bar.region == *region).collect();
        let first = rows[0];
        plot = plot.add(label("row", [2.0, y + 14.0], &first.title));
        let about = format!("{} of the picture · {}", percent(first.area), counted(first.images, "image"));
        plot = plot.add(label("count", [2.0, y + 26.0], about));
        y += HEAD;
        for row in rows {
            plot = plot.all(removal(row, ways, &scale, y));
            y += BAR;
        }
        y += GAP;
    }
    plot
}

fn removal(row: &CauseBar, ways: &[&str], scale: &Scale, y: f64) -> Vec<Tag> {
    let Some(flips) = row.flips.estimate() else {
        return vec![label("silent", [2.0, y + 9.0], format!("{}: too few images", row.way))];
    };
    let way = ways.iter().position(|way| *way == row.way).unwrap_or(0);
    let zero = scale.at(0.0);
    let control =
        row.control_flips.map_or("no place for a control".to_owned(), |c| format!("{} elsewhere", percent(c)));
    let words = format!("{}, {}: {} flip; {control}", row.title, row.way, percent(flips));
    let middle = y + BAR / 2.0 - 0.5;
    let mut drawn = vec![bar(series(way), [zero, y, scale.at(flips) - zero, BAR - 2.0]).add(hint(words))];
    drawn.extend(
        row.flips.interval().map(|i| line("whisker thin", [scale.at(i.low), middle], [scale.at(i.high), middle])),
    );
    drawn.extend(row.control_flips.map(|c| line("chance-tick", [scale.at(c), y - 1.0], [scale.at(c), y + BAR - 1.0])));
    drawn
}

/// Each once, in the order they come.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names.fold(Vec::new(), |mut seen, name| {
        if !seen.contains(&name) {
            seen.push(name);
        }
        seen
    })
}
