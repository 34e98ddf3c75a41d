//! Maps as points, alike maps near each other; and what a cluster is made of.

use super::axes::{Scale, WIDTH, bar, hint, label, series, svg};
use super::scatter::dots;
use crate::page::numbers::{counted, spoken};
use crate::page::palette::SERIES;
use crate::page::tag::{Tag, tag};
use crate::schema::{Cluster, MapPoint};

const HEIGHT: f64 = 300.0;

/// Draws the points in the colours of their clusters, each cluster's letter in its middle.
pub(in crate::page) fn cluster_points(clusters: &[Cluster], points: &[MapPoint]) -> Tag {
    let x = Scale::new([-1.05, 1.05], [8.0, WIDTH - 8.0]);
    let y = Scale::new([-1.05, 1.05], [HEIGHT - 8.0, 8.0]);
    let mut plot = svg(HEIGHT, "Maps placed by likeness").add(bar("frame", [1.0, 1.0, WIDTH - 2.0, HEIGHT - 2.0]));
    let mut letters = Vec::new();
    for (i, cluster) in clusters.iter().enumerate() {
        let places: Vec<[f64; 2]> = points.iter().filter(|p| p.cluster == i).map(|p| [x.at(p.x), y.at(p.y)]).collect();
        if places.is_empty() {
            continue;
        }
        let middle = [0, 1].map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / places.len() as f64);
        letters.push(label("letter middle", [middle[0], middle[1] + 6.0], &cluster.name));
        plot = plot.add(dots(&series(i), places.into_iter()));
    }
    plot.all(letters)
}

/// The colour of the n-th outcome: not those of the first clusters.
pub(in crate::page) fn outcome_colour(n: usize) -> usize {
    (n + 3) % SERIES
}

/// The outcomes of a cluster's cases as one bar of parts.
pub(in crate::page) fn outcome_bar(outcomes: &[(String, usize)], order: &[String]) -> Tag {
    let total: usize = outcomes.iter().map(|(_, n)| n).sum();
    let mut svg = tag("svg")
        .with("class", "parts")
        .with("viewBox", "0 0 240 14")
        .with("role", "img")
        .with("preserveAspectRatio", "none");
    let mut x = 0.0;
    for (outcome, n) in outcomes.iter().filter(|(_, n)| *n > 0) {
        let width = 240.0 * *n as f64 / total as f64;
        let colour = outcome_colour(order.iter().position(|name| name == outcome).unwrap_or(0));
        let words = format!("{}: {}", spoken(outcome), counted(*n, "map"));
        svg = svg.add(bar(series(colour), [x, 0.0, (width - 1.0).max(0.5), 14.0]).add(hint(words)));
        x += width;
    }
    svg
}
