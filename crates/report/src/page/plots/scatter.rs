//! Two quantities, a point a case, with medians along the way.

use super::axes::{Scale, WIDTH, horizontal, legend, line, round_bounds, series, svg, tick_label, vertical};
use crate::page::numbers::count;
use crate::page::tag::{Short, Tag, classed, tag};
use crate::schema::ScatterPoint;

const LEFT: f64 = 48.0;
const BOTTOM: f64 = 310.0;
/// Steps of equally many cases, whose medians show the trend: at most so many …
const STEPS: usize = 10;
/// … and at least so many.
const LEAST_STEPS: usize = 3;
/// Fewer cases a step give no median worth drawing.
const LEAST: usize = 8;

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
    for group in 0..groups.len() {
        plot = plot.all(trend(points.iter().filter(|p| p.group == group), &series(group), &x, &y));
    }
    let mut keys: Vec<(String, &str)> = groups.iter().enumerate().map(|(i, name)| (series(i), name.as_str())).collect();
    keys.push(("key-trend".to_owned(), "median and middle half along the way, of each group"));
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

/// The medians of one group: pooled, two groups that differ would show a trend that neither has.
fn trend<'p>(points: impl Iterator<Item = &'p ScatterPoint>, class: &str, x: &Scale, y: &Scale) -> Vec<Tag> {
    let mut sorted: Vec<[f64; 2]> = points.map(|p| [p.x, p.y]).filter(|p| p.iter().all(|v| v.is_finite())).collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let steps = STEPS.min(sorted.len() / LEAST);
    if steps < LEAST_STEPS {
        return Vec::new();
    }
    let mut path = String::new();
    let mut drawn = Vec::new();
    for step in 0..steps {
        let cases = &sorted[step * sorted.len() / steps..(step + 1) * sorted.len() / steps];
        let middle = |axis: usize, share: f64| {
            let mut values: Vec<f64> = cases.iter().map(|case| case[axis]).collect();
            values.sort_by(f64::total_cmp);
            values[((values.len() - 1) as f64 * share).round() as usize]
        };
        let at = [x.at(middle(0, 0.5)), y.at(middle(1, 0.5))];
        path.push_str(&format!("{}{} {}", if step == 0 { 'M' } else { 'L' }, Short(at[0]), Short(at[1])));
        drawn.push(line("trend-bar", [at[0], y.at(middle(1, 0.25))], [at[0], y.at(middle(1, 0.75))]));
    }
    drawn.push(classed("path", format!("trend {class}")).with("d", path));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_a_trend_of_its_own() {
        let point = |i: usize| ScatterPoint { x: i as f64, y: 1.0, group: i % 2, case: i };
        let points: Vec<ScatterPoint> = (0..80).map(point).collect();
        let groups = ["a", "b"].map(str::to_owned);
        let drawn = draw(["x", "y"], &groups, &points, 80, None).to_string();
        assert_eq!(drawn.matches("class=\"trend ").count(), 2, "{drawn}");
        let few = draw(["x", "y"], &groups, &points[..20], 20, None).to_string();
        assert_eq!(few.matches("class=\"trend ").count(), 0);
    }
}
