//! What plots share: scales, ticks, axes, legends.

use crate::page::palette::SERIES;
use crate::page::tag::{Short, Tag, classed, tag};

/// Width of every plot in its own units. On a narrow screen a unit is a little less than a pixel,
/// so that text stays legible.
pub(super) const WIDTH: f64 = 420.0;

/// From values to lengths.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub values: [f64; 2],
    pub lengths: [f64; 2],
}

impl Scale {
    pub fn new(values: [f64; 2], lengths: [f64; 2]) -> Scale {
        Scale { values, lengths }
    }

    /// Where a value lies; beyond the ends it stays at them.
    pub fn at(&self, value: f64) -> f64 {
        let [low, high] = self.values;
        let share = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        let [from, to] = self.lengths;
        from + share * (to - from)
    }

    /// About `wanted` round values within it.
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        let [low, high] = self.values;
        let Some(step) = step(high - low, wanted) else { return vec![low] };
        let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// The round step (1, 2 or 5 times a power of ten) that divides a span into about `wanted` parts.
fn step(span: f64, wanted: usize) -> Option<f64> {
    (span > 0.0 && span.is_finite()).then(|| {
        let rough = span / wanted as f64;
        let power = 10f64.powf(rough.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * 0.999).unwrap_or(10.0 * power)
    })
}

/// Bounds that hold all the values, widened to round ones.
pub(super) fn round_bounds(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values
        .into_iter()
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return [0.0, 1.0];
    }
    let span = if high > low { high - low } else { low.abs().max(0.1) };
    let step = step(span, 4).unwrap_or(1.0);
    let [low, high] = [(low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step];
    if high > low { [low, high] } else { [low - step, high + step] }
}

/// A number at an axis: no more decimals than its neighbours need.
pub(super) fn tick_label(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}").replace('-', "−") }
}

/// The picture of a plot, `height` units high; `name` is what a screen reader says.
pub(super) fn svg(height: f64, name: &str) -> Tag {
    let size = format!("0 0 {} {}", Short(WIDTH), Short(height));
    tag("svg").with("class", "plot").with("viewBox", size).with("role", "img").with("aria-label", name)
}

/// The picture of a square plot, `side` units long.
pub(super) fn square(side: f64, name: &str) -> Tag {
    tag("svg")
        .with("class", "plot")
        .with("viewBox", format!("0 0 {0} {0}", Short(side)))
        .with("role", "img")
        .with("aria-label", name)
}

/// Text at a place.
pub(super) fn label(class: &'static str, [x, y]: [f64; 2], text: impl std::fmt::Display) -> Tag {
    classed("text", class).at([("x", x), ("y", y)]).text(text)
}

/// A straight line.
pub(super) fn line(class: &'static str, from: [f64; 2], to: [f64; 2]) -> Tag {
    classed("line", class).at([("x1", from[0]), ("y1", from[1]), ("x2", to[0]), ("y2", to[1])])
}

/// A bar; thin ones stay visible.
pub(super) fn bar(class: impl std::fmt::Display, [x, y, width, height]: [f64; 4]) -> Tag {
    classed("rect", class).at([("x", x), ("y", y), ("width", width.max(0.5)), ("height", height)])
}

/// What appears when one points at an element.
pub(super) fn hint(text: impl std::fmt::Display) -> Tag {
    tag("title").text(text)
}

/// The horizontal axis below a plot: grid lines, numbers, words.
pub(super) fn horizontal(
    scale: &Scale,
    [top, bottom]: [f64; 2],
    words: &str,
    write: impl Fn(f64) -> String,
) -> Vec<Tag> {
    let mut axis: Vec<Tag> = Vec::new();
    for value in scale.ticks(5) {
        let x = scale.at(value);
        axis.push(line("grid", [x, top], [x, bottom]));
        axis.push(label("tick middle", [x, bottom + 15.0], write(value)));
    }
    axis.push(label("axis middle", [(scale.lengths[0] + scale.lengths[1]) / 2.0, bottom + 32.0], words));
    axis
}

/// The vertical axis left of a plot.
pub(super) fn vertical(scale: &Scale, [left, right]: [f64; 2], words: &str, write: impl Fn(f64) -> String) -> Vec<Tag> {
    let mut axis: Vec<Tag> = Vec::new();
    for value in scale.ticks(5) {
        let y = scale.at(value);
        axis.push(line("grid", [left, y], [right, y]));
        axis.push(label("tick end", [left - 7.0, y + 4.0], write(value)));
    }
    let middle = (scale.lengths[0] + scale.lengths[1]) / 2.0;
    let turned = format!("rotate(-90 12 {})", Short(middle));
    axis.push(label("axis middle", [12.0, middle], words).with("transform", turned));
    axis
}

/// The class that gives the colour of a series.
pub(super) fn series(index: usize) -> String {
    format!("series-{}", index % SERIES)
}

/// Names of series with their colours, as a list above a plot.
pub(super) fn legend<'a>(names: impl IntoIterator<Item = (String, &'a str)>) -> Tag {
    classed("ul", "legend").all(
        names
            .into_iter()
            .map(|(class, name)| tag("li").add(classed("span", format!("swatch {class}"))).add(tag("span").text(name))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(Scale::new([0.0, 1.0], [0.0, 1.0]).ticks(5).len(), 6);
        assert_eq!(
            Scale::new([0.47, 0.93], [0.0, 1.0]).ticks(4).iter().map(|&t| tick_label(t)).collect::<Vec<_>>(),
            ["0.6", "0.8"]
        );
        assert_eq!(Scale::new([1.0, 1.0], [0.0, 1.0]).ticks(5), [1.0]);
        assert_eq!(tick_label(-0.25), "−0.25");
    }

    #[test]
    fn bounds_hold_their_values() {
        assert_eq!(round_bounds([0.12, 0.87]), [0.0, 1.0]);
        assert_eq!(round_bounds([]), [0.0, 1.0]);
        let [low, high] = round_bounds([3.0]);
        assert!(low <= 3.0 && high >= 3.0 && high > low);
        let [low, high] = round_bounds([f64::NAN, -0.31, 0.02]);
        assert!(low <= -0.31 && high >= 0.02 && high - low < 0.6);
    }
}
