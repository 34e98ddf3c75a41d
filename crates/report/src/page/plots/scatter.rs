//! Two quantities, a point a case, with medians along the way.

use super::axes::{Scale, WIDTH, horizontal, legend, line, round_bounds, series, svg, tick_label, vertical};
use crate::page::numbers::count;
use crate::page::tag::{Short, Tag, classed, tag};
use crate::schema::ScatterPoint;

const LEFT: f64 = 48.0;
const BOTTOM: f64 = 310.0;
/// Groups of equally many cases, whose medians show the trend.
const BINS: usize = 10;
/// Fewer cases a group give no median worth drawing.
const LEAST: usize = 5;

/// Draws the points, the medians of tenths, and the level of chance.
pub(super) fn draw(
    [x_words, y_words]: [&str; 2],
    groups: &[String],
    points: &[ScatterPoint],
    of: usize,
    chance: Option<f64>,
) -> Tag {
    let x = Scale::new(round_bounds(points.iter().map(|p| p.x)), [LEFT, WIDTH - 10.0]);
    let y = Scale::new(round_bounds(points.iter().map(|p| p.y).chain(chance)), [BOTTOM, 8.0]);
    let mut plot = svg(BOTTOM + 42.0, &format!("{y_words} against {x_words}"))
        .all(horizontal(&x, [8.0, BOTTOM], x_words, tick_label))
        .all(vertical(&y, [LEFT, WIDTH - 10.0], y_words, tick_label));
    for group in 0..groups.len() {
        plot =
            plot.add(dots(&series(group), points.iter().filter(|p| p.group == group).map(|p| [x.at(p.x), y.at(p.y)])));
    }
    if let Some(chance) = chance {
        plot = plot.add(line("chance", [LEFT, y.at(chance)], [WIDTH - 10.0, y.at(chance)]));
    }
    plot = plot.all(trend(points, &x, &y));
    let mut keys: Vec<(String, &str)> = groups.iter().enumerate().map(|(i, name)| (series(i), name.as_str())).collect();
    keys.push(("key-trend".to_owned(), "median and middle half, in tenths of the cases"));
    keys.extend(chance.map(|_| ("key-chance".to_owned(), "chance")));
    let drawn = (points.len() < of).then(|| {
        tag("p").with("class", "small").text(format!("{} of {} cases are drawn.", count(points.len()), count(of)))
    });
    classed("div", "plots").add(legend(keys)).add(plot).add(drawn)
}

/// Many points as one path: a line of no length with round ends.
pub(super) fn dots(class: &str, places: impl Iterator<Item = [f64; 2]>) -> Option<Tag> {
    let path: String = places.map(|[x, y]| format!("M{} {}h0", Short(x), Short(y))).collect();
    (!path.is_empty()).then(|| classed("path", format!("dots {class}")).with("d", path))
}

fn trend(points: &[ScatterPoint], x: &Scale, y: &Scale) -> Vec<Tag> {
    let mut sorted: Vec<[f64; 2]> =
        points.iter().map(|p| [p.x, p.y]).filter(|p| p.iter().all(|v| v.is_finite())).collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    if sorted.len() < BINS * LEAST {
        return Vec::new();
    }
    let mut path = String::new();
    let mut drawn = Vec::new();
    for bin in 0..BINS {
        let cases = &sorted[bin * sorted.len() / BINS..(bin + 1) * sorted.len() / BINS];
        let middle = |axis: usize, share: f64| {
            let mut values: Vec<f64> = cases.iter().map(|case| case[axis]).collect();
            values.sort_by(f64::total_cmp);
            values[((values.len() - 1) as f64 * share).round() as usize]
        };
        let at = [x.at(middle(0, 0.5)), y.at(middle(1, 0.5))];
        path.push_str(&format!("{}{} {}", if bin == 0 { 'M' } else { 'L' }, Short(at[0]), Short(at[1])));
        drawn.push(line("trend-bar", [at[0], y.at(middle(1, 0.25))], [at[0], y.at(middle(1, 0.75))]));
    }
    drawn.push(classed("path", "trend").with("d", path));
    drawn
}
