//! Horizontal bars.

use super::{COLOURS, HAIRLINE, INK, Place, QUIET, number};
use crate::draw::canvas::{Canvas, Rgb};
use crate::draw::text::Face;

/// A value a name.
#[derive(Clone, PartialEq, Debug)]
pub struct Bars {
    /// What is measured.
    pub title: String,
    /// How to read it, in a line.
    pub subtitle: String,
    /// The bars from above.
    pub bars: Vec<Bar>,
    /// How values become lengths.
    pub scale: BarScale,
}

/// How values become lengths.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum BarScale {
    /// In proportion, from 0.
    Linear,
    /// By their logarithms, from a value that counts as nothing; for positive values of several
    /// orders of magnitude, whose names may then be long.
    LogarithmicFrom(f32),
}

impl BarScale {
    fn length(self, value: f32) -> f32 {
        match self {
            BarScale::Linear => value,
            BarScale::LogarithmicFrom(least) => (value.max(least) / least).log10(),
        }
    }

    /// A value in words.
    fn number(self, value: f32) -> String {
        match self {
            BarScale::LogarithmicFrom(_) if value < 0.1 => format!("{value:.3}"),
            _ => number(value),
        }
    }

    /// Width of the names.
    fn labels(self, width: f32) -> f32 {
        match self {
            BarScale::Linear => LABELS,
            BarScale::LogarithmicFrom(_) => 0.66 * width,
        }
    }
}

/// One bar.
#[derive(Clone, PartialEq, Debug)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its value; none where there is nothing to show.
    pub value: Option<f32>,
    /// Half the length of the whisker around its end.
    pub spread: f32,
    /// Whether it is there for comparison only, and grey.
    pub quiet: bool,
}

const ROW: f32 = 26.0;
const THICKNESS: f32 = 16.0;
const LABELS: f32 = 150.0;
const NUMBERS: f32 = 58.0;
const GREY: Rgb = [170, 177, 185];

impl Bars {
    pub(super) fn height(&self) -> f32 {
        ROW * self.bars.len() as f32 + 6.0
    }

    /// The ends of the scale: the values with their spreads, and 0.
    fn range(&self) -> [f32; 2] {
        let length = |value| self.scale.length(value);
        let of_bar =
            |bar: &Bar| bar.value.map(|value| [value - bar.spread.max(0.0), value + bar.spread.max(0.0)].map(length));
        let ends = self.bars.iter().filter_map(of_bar);
        let ends = ends.filter(|ends| ends.iter().all(|v| v.is_finite()));
        let [low, high] = ends.fold([0.0f32, 0.0], |[low, high], [from, to]| [low.min(from), high.max(to)]);
        if high > low { [low, high] } else { [0.0, 1.0] }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, [left, top, width]: Place) {
        let [low, high] = self.range();
        let labels = self.scale.labels(width);
        let (start, length) = (left + labels, width - labels - NUMBERS);
        let at = |along: f32| start + (along.clamp(low, high) - low) / (high - low) * length;
        let x = |value: f32| at(self.scale.length(value));
        let (face, zero) = (Face::regular(14.0), at(0.0));
        for (row, bar) in self.bars.iter().enumerate() {
            let middle = top + ROW * (row as f32 + 0.5);
            face.draw(
                canvas,
                &face.elided(&bar.label, labels - 12.0),
                left,
                middle + 5.0,
                if bar.quiet { QUIET } else { INK },
            );
            let Some(value) = bar.value.filter(|v| v.is_finite()) else {
                face.draw(canvas, "–", zero + 6.0, middle + 5.0, QUIET);
                continue;
            };
            let colour = if bar.quiet { GREY } else { COLOURS[0] };
            let (from, to) = (zero.min(x(value)), zero.max(x(value)));
            canvas.rounded([from, middle - THICKNESS / 2.0, (to - from).max(1.0), THICKNESS], 2.0, colour);
            if bar.spread > 0.0 {
                canvas.stroke([x(value - bar.spread), middle], [x(value + bar.spread), middle], 2.0, INK);
            }
            face.draw(canvas, &self.scale.number(value), start + length + 10.0, middle + 5.0, INK);
        }
        canvas.stroke([zero, top], [zero, top + ROW * self.bars.len() as f32], 1.0, HAIRLINE);
    }
}
