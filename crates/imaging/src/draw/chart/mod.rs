//! Figures of small charts beside each other, for numbers rather than maps.

mod bars;
mod lines;

use super::canvas::{Canvas, Rgb};
use super::text::Face;
use crate::Picture;

pub use bars::{Bar, BarScale, Bars};
pub use lines::{Line, Lines};

/// Small charts in rows, under a title.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// What it is all about.
    pub title: String,
    /// How to read it, a line each.
    pub notes: Vec<String>,
    /// The charts, row by row.
    pub charts: Vec<Chart>,
    /// Charts a row, at least 1.
    pub columns: usize,
}

/// One chart.
#[derive(Clone, PartialEq, Debug)]
pub enum Chart {
    /// A value a name.
    Bars(Bars),
    /// Values along a row of names.
    Lines(Lines),
}

const BACKGROUND: Rgb = [255, 255, 255];
const INK: Rgb = [24, 28, 33];
const QUIET: Rgb = [98, 106, 116];
const HAIRLINE: Rgb = [222, 226, 230];
/// Told apart with every kind of colour vision (Okabe and Ito).
const COLOURS: [Rgb; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [60, 60, 60]];

const MARGIN: f32 = 40.0;
const WIDTH: f32 = 420.0;
const GAP: f32 = 36.0;
const TITLE_BLOCK: f32 = 44.0;
const NOTE_LINE: f32 = 22.0;
/// A chart's own title and subtitle.
const HEADER: f32 = 52.0;

/// Where a chart is drawn: left, top, width.
type Place = [f32; 3];

impl Chart {
    fn title(&self) -> (&str, &str) {
        match self {
            Chart::Bars(chart) => (&chart.title, &chart.subtitle),
            Chart::Lines(chart) => (&chart.title, &chart.subtitle),
        }
    }

    fn height(&self) -> f32 {
        HEADER
            + match self {
                Chart::Bars(chart) => chart.height(),
                Chart::Lines(chart) => chart.height(),
            }
    }

    fn draw(&self, canvas: &mut Canvas, [left, top, width]: Place) {
        let (title, subtitle) = self.title();
        let (bold, small) = (Face::semi_bold(16.0), Face::regular(13.0));
        bold.draw(canvas, &bold.elided(title, width), left, top + 16.0, INK);
        small.draw(canvas, &small.elided(subtitle, width), left, top + 36.0, QUIET);
        let place = [left, top + HEADER, width];
        match self {
            Chart::Bars(chart) => chart.draw(canvas, place),
            Chart::Lines(chart) => chart.draw(canvas, place),
        }
    }
}

impl Figure {
    /// Draws the figure.
    pub fn draw(&self) -> Picture {
        let columns = self.columns.clamp(1, self.charts.len().max(1));
        let rows: Vec<(&[Chart], f32)> =
            self.charts.chunks(columns).map(|row| (row, row.iter().map(Chart::height).fold(0.0, f32::max))).collect();
        let width = MARGIN * 2.0 + WIDTH * columns as f32 + GAP * (columns - 1) as f32;
        let header = TITLE_BLOCK + NOTE_LINE * self.notes.len() as f32;
        let height = MARGIN * 2.0 + header + rows.iter().map(|(_, height)| height + GAP).sum::<f32>()
            - GAP.min(GAP * rows.len() as f32);
        let mut canvas = Canvas::new(width.ceil() as usize, height.ceil() as usize, BACKGROUND);
        let (bold, small) = (Face::semi_bold(22.0), Face::regular(14.0));
        bold.draw(&mut canvas, &bold.elided(&self.title, width - 2.0 * MARGIN), MARGIN, MARGIN + 20.0, INK);
        let mut y = MARGIN + TITLE_BLOCK;
        for note in &self.notes {
            small.draw(&mut canvas, &small.elided(note, width - 2.0 * MARGIN), MARGIN, y + 4.0, QUIET);
            y += NOTE_LINE;
        }
        for (row, height) in rows {
            for (column, chart) in row.iter().enumerate() {
                chart.draw(&mut canvas, [MARGIN + column as f32 * (WIDTH + GAP), y, WIDTH]);
            }
            y += height + GAP;
        }
        canvas.picture
    }
}

/// A number in as few digits as tell it.
fn number(value: f32) -> String {
    let text = if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_as_large_as_its_charts_and_holds_what_is_odd() {
        let bars = |values: &[Option<f32>]| {
            let bar = |(i, &value): (usize, &Option<f32>)| Bar {
                label: format!("bar {i}"),
                value,
                spread: 0.1,
                quiet: i == 0,
            };
            Chart::Bars(Bars {
                title: "A".into(),
                subtitle: String::new(),
                bars: values.iter().enumerate().map(bar).collect(),
                scale: BarScale::Linear,
            })
        };
        let lines = Chart::Lines(Lines {
            title: "B".into(),
            subtitle: "likeness".into(),
            names: vec!["fc".into(), "a.very.long.module.path.that.does.not.fit".into()],
            range: [0.0, 1.0],
            parts: 4,
            lines: vec![
                Line { label: "x".into(), values: vec![0.5, f32::NAN], level: Some(0.2) },
                Line { label: "y".into(), values: vec![], level: None },
            ],
        });
        let figure = |charts: Vec<Chart>, columns| Figure {
            title: "T".into(),
            notes: vec!["how to read".into()],
            charts,
            columns,
        };
        let one = figure(vec![bars(&[Some(1.0), None, Some(-2.0), Some(f32::NAN)])], 3).draw();
        let two = figure(vec![bars(&[Some(0.0), Some(0.0)]), lines], 2).draw();
        assert!(two.width > one.width && one.height > 100);
        assert!(two.rgb.iter().any(|&v| v < 100));
        assert!(figure(Vec::new(), 0).draw().height > 0);
    }
}
