//! What came of an evaluation: words, tables and a picture.

use heatlens::metrics::{Agreement, Better, Evaluation, EvaluatorOptions, Metric, Origin, Summary, agreement};
use heatlens_imaging::{Bar, BarScale, Bars, Chart, Figure, encode_png};
use heatlens_record::{Durability, RunDirectory, text_cell};
use serde_json::{Value, json};

use crate::Error;
use crate::tables::csv;

/// What came of it all.
pub struct Results {
    /// The images that were evaluated, as the user named them.
    pub names: Vec<String>,
    /// What came of each.
    pub evaluations: Vec<Evaluation>,
    /// Means a map and metric.
    pub summaries: Vec<Summary>,
    /// What was asked.
    pub options: EvaluatorOptions,
    /// Images that there are, those included that could not be evaluated.
    pub images: usize,
}

impl Results {
    /// Writes values.csv, summary.csv, agreement.csv, evaluation.json and evaluation.png.
    pub(super) fn write(&self, directory: &RunDirectory) -> Result<(), Error> {
        let files = [
            ("values.csv", self.values()),
            ("summary.csv", self.summary()),
            ("agreement.csv", self.agreement()),
            ("evaluation.json", (format!("{:#}", self.json()) + "\n").into_bytes()),
            ("evaluation.png", encode_png(&self.figure().draw())?),
        ];
        Ok(files.into_iter().try_for_each(|(name, bytes)| directory.write_as(name, &bytes, Durability::Renamed))?)
    }

    /// A row an image, map and metric.
    fn values(&self) -> Vec<u8> {
        let mut rows = vec![["image", "map", "metric", "value", "error"].map(str::to_owned)];
        for (image, evaluation) in self.names.iter().zip(&self.evaluations) {
            for map in &evaluation.maps {
                for (metric, value) in self.options.metrics.iter().zip(&map.values) {
                    let (value, error) = match value {
                        Ok(value) => (value.to_string(), String::new()),
                        Err(error) => (String::new(), error.to_string()),
                    };
                    let [image, error] = [image, &error].map(|text| text_cell(text).into_owned());
                    rows.push([image, map.origin.name(), metric.card().name.to_owned(), value, error]);
                }
            }
        }
        csv(rows)
    }

    /// A row a map and metric.
    fn summary(&self) -> Vec<u8> {
        let text = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
        let head =
            ["map", "metric", "better", "mean", "standard_error", "above_random", "images", "undefined", "reason"];
        let row = |s: &Summary| {
            let (card, reason) = (s.metric.card(), s.reason.as_ref().map_or_else(String::new, ToString::to_string));
            [
                s.origin.name(),
                card.name.to_owned(),
                card.better.word().to_owned(),
                text(s.mean),
                text(s.error),
                text(s.above_random),
                s.images.to_string(),
                s.undefined.to_string(),
                text_cell(&reason).into_owned(),
            ]
        };
        csv(std::iter::once(head.map(str::to_owned)).chain(self.summaries.iter().map(row)))
    }

    /// A row a pair of methods.
    fn agreement(&self) -> Vec<u8> {
        let head = ["a", "b", "ssim", "rank_correlation", "overlap_top_tenth", "images"].map(str::to_owned);
        let row = |([a, b], mean, images): ([Origin; 2], Agreement, usize)| {
            let [ssim, rank, overlap] = [mean.ssim, mean.rank, mean.overlap].map(|value| value.to_string());
            [a.name(), b.name(), ssim, rank, overlap, images.to_string()]
        };
        csv(std::iter::once(head).chain(agreement(&self.evaluations).into_iter().map(row)))
    }

    /// Every mean, and how far the methods agree.
    pub fn json(&self) -> Value {
        let summary = |s: &Summary| {
            let reason = s.reason.as_ref().map(ToString::to_string);
            json!({
                "map": s.origin.name(),
                "metric": s.metric.card().name,
                "better": s.metric.card().better.word(),
                "mean": s.mean,
                "standard_error": s.error,
                "above_random": s.above_random,
                "images": s.images,
                "undefined": s.undefined,
                "reason": reason,
            })
        };
        let pair = |([a, b], mean, images): &([Origin; 2], Agreement, usize)| {
            json!({
                "a": a.name(),
                "b": b.name(),
                "ssim": mean.ssim,
                "rank_correlation": mean.rank,
                "overlap_top_tenth": mean.overlap,
                "images": images,
            })
        };
        json!({
            "seed": self.options.seed,
            "images": self.evaluations.len(),
            "summary": self.summaries.iter().map(summary).collect::<Vec<_>>(),
            "agreement": agreement(&self.evaluations).iter().map(pair).collect::<Vec<_>>(),
        })
    }

    /// The maps, methods first, each once.
    fn origins(&self) -> Vec<Origin> {
        let mut origins: Vec<Origin> = self.summaries.iter().map(|summary| summary.origin).collect();
        origins.dedup();
        origins
    }

    fn of(&self, origin: Origin, metric: Metric) -> &Summary {
        self.summaries.iter().find(|s| s.origin == origin && s.metric == metric).expect("a summary a map and metric")
    }

    /// The means as a table, line by line.
    pub fn words(&self) -> String {
        let origins = self.origins();
        let widths: Vec<usize> = origins.iter().map(|origin| origin.name().chars().count().max(8)).collect();
        let row = |name: &str, cells: Vec<String>| {
            let cells: String = cells.iter().zip(&widths).map(|(cell, &width)| format!("  {cell:>width$}")).collect();
            format!("{name:28}{cells}")
        };
        let mut lines = vec![row("", origins.iter().map(|origin| origin.name()).collect())];
        for &metric in &self.options.metrics {
            let card = metric.card();
            let arrow = if card.better == Better::Higher { "↑" } else { "↓" };
            let cell =
                |&origin: &Origin| self.of(origin, metric).mean.map_or("–".to_owned(), |mean| format!("{mean:.3}"));
            lines.push(row(&format!("{arrow} {}", card.title), origins.iter().map(cell).collect()));
        }
        lines.push("↑ higher is better, ↓ lower is better; – undefined, see summary.csv".to_owned());
        lines.join("\n")
    }

    /// A chart a metric.
    pub fn figure(&self) -> Figure {
        let origins = self.origins();
        let chart = |&metric: &Metric| {
            let bar = |&origin: &Origin| {
                let summary = self.of(origin, metric);
                Bar {
                    label: origin.name(),
                    value: summary.mean.map(|mean| mean as f32),
                    spread: summary.error.unwrap_or(0.0) as f32,
                    quiet: matches!(origin, Origin::Baseline(_)),
                }
            };
            Chart::Bars(Bars {
                title: metric.card().title.into(),
                subtitle: format!("{} · {} is better", metric.card().group.title(), metric.card().better.word()),
                bars: origins.iter().map(bar).collect(),
                scale: BarScale::Linear,
            })
        };
        Figure {
            title: "Are the maps right?".into(),
            notes: vec![format!(
                "Mean and standard error over {}; grey: maps that look at nothing.",
                self.evaluations.len()
            )],
            charts: self.options.metrics.iter().map(chart).collect(),
            columns: 3,
        }
    }
}
