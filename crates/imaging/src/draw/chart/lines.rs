//! Lines over a row of names.

use super::{COLOURS, HAIRLINE, INK, Place, QUIET, number};
use crate::draw::canvas::{Canvas, Rgb};
use crate::draw::text::Face;

/// Values along a row of names.
#[derive(Clone, PartialEq, Debug)]
pub struct Lines {
    /// What is measured.
    pub title: String,
    /// How to read it, in a line.
    pub subtitle: String,
    /// The names along the horizontal axis.
    pub names: Vec<String>,
    /// The ends of the vertical axis.
    pub range: [f32; 2],
    /// Parts that the vertical axis is divided into, at least 1.
    pub parts: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Its name, for the legend.
    pub label: String,
    /// A value a name; what is not a number is left out.
    pub values: Vec<f32>,
    /// A level to compare with, dashed.
    pub level: Option<f32>,
}

const PLOT: f32 = 180.0;
const AXIS: f32 = 40.0;
/// Room for names, drawn one below the other as far as there are several.
const NAMES: f32 = 44.0;
const LEGEND: f32 = 26.0;
const DASH: f32 = 6.0;

impl Lines {
    pub(super) fn height(&self) -> f32 {
        LEGEND + PLOT + NAMES
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, [left, top, width]: Place) {
        let face = Face::regular(13.0);
        let [low, high] = self.range;
        let (start, length, above) = (left + AXIS, width - AXIS - 10.0, top + LEGEND);
        let y = |value: f32| above + (1.0 - (value.clamp(low, high) - low) / (high - low)) * PLOT;
        let x = |i: usize| {
            start + length * if self.names.len() > 1 { i as f32 / (self.names.len() - 1) as f32 } else { 0.5 }
        };
        let parts = self.parts.max(1);
        for tick in 0..=parts {
            let value = low + (high - low) * tick as f32 / parts as f32;
            canvas.stroke([start, y(value)], [start + length, y(value)], 1.0, HAIRLINE);
            let text = number(value);
            face.draw(canvas, &text, start - 8.0 - face.width(&text), y(value) + 4.5, QUIET);
        }
        let mut legend = start;
        for (line, colour) in self.lines.iter().zip(COLOURS.into_iter().cycle()) {
            canvas.stroke([legend, top + 8.0], [legend + 18.0, top + 8.0], 3.0, colour);
            face.draw(canvas, &line.label, legend + 26.0, top + 12.5, INK);
            legend += 26.0 + face.width(&line.label) + 22.0;
            if let Some(level) = line.level {
                dashed(canvas, start, length, y(level), colour);
            }
            let points: Vec<[f32; 2]> =
                line.values.iter().enumerate().filter(|(_, v)| v.is_finite()).map(|(i, &v)| [x(i), y(v)]).collect();
            points.windows(2).for_each(|ends| canvas.stroke(ends[0], ends[1], 2.5, colour));
            points.iter().for_each(|&point| canvas.stroke(point, point, 7.0, colour));
        }
        self.draw_names(canvas, x, above + PLOT + 18.0, length);
    }

    /// The names that fit, on two lines in turn; the first and the last always.
    fn draw_names(&self, canvas: &mut Canvas, x: impl Fn(usize) -> f32, baseline: f32, length: f32) {
        let face = Face::regular(12.0);
        let most = length / 3.0;
        let mut free = [f32::NEG_INFINITY; 2];
        let last = self.names.len().saturating_sub(1);
        for (i, name) in self.names.iter().enumerate() {
            let name = face.elided(name, most);
            let half = face.width(&name) / 2.0;
            let centre = x(i);
            let ends = x(last) - face.width(&face.elided(&self.names[last], most)) / 2.0;
            let row = i % 2;
            let collides = centre - half < free[row] || (i != last && row == last % 2 && centre + half + 6.0 > ends);
            if !collides {
                face.draw(canvas, &name, centre - half, baseline + 16.0 * row as f32, QUIET);
                free[row] = centre + half + 6.0;
            }
        }
    }
}

fn dashed(canvas: &mut Canvas, start: f32, length: f32, y: f32, colour: Rgb) {
    let mut x = 0.0;
    while x < length {
        canvas.stroke([start + x, y], [start + (x + DASH).min(length), y], 1.2, colour);
        x += 2.0 * DASH;
    }
}
