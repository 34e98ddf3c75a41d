//! Figures: a heading, a drawing, how to read it.

use super::cases;
use super::context::Page;
use super::numbers::{counted, spoken};
use super::pictures::EXEMPLARS;
use super::plots;
use super::tag::{Tag, classed, tag};
use crate::schema::{Cluster, Figure, FigureData, Frame, MapPoint};

/// The id of a figure on the page.
pub(super) fn anchor(id: &str) -> String {
    let kept = id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    format!("figure-{}", kept.collect::<String>())
}

/// Figures side by side, two a row; those that want the whole width come last, and one that is left
/// over has its words beside it.
pub(super) fn grid<'a>(page: &Page<'_>, figures: impl IntoIterator<Item = &'a Figure>) -> Tag {
    let (wide, narrow): (Vec<&Figure>, Vec<&Figure>) = figures.into_iter().partition(|figure| is_wide(&figure.data));
    let alone = |i: usize| i + 1 == narrow.len() && narrow.len() % 2 == 1;
    let narrow_drawn = narrow
        .iter()
        .enumerate()
        .map(|(i, figure)| draw(page, figure, if alone(i) { "figure alone" } else { "figure" }));
    let drawn: Vec<Tag> = narrow_drawn.chain(wide.iter().map(|figure| draw(page, figure, "figure wide"))).collect();
    classed("div", "figures").all(drawn)
}

/// A figure with its words.
fn draw(page: &Page<'_>, figure: &Figure, class: &str) -> Tag {
    let drawing = match &figure.data {
        FigureData::ClusterMap { frame, clusters, points } => cluster_map(page, *frame, clusters, points),
        data => plots::draw(data, &page.report.provenance.zones),
    };
    let caption = classed("p", "caption").prose(&figure.caption);
    let heading = tag("h3").text(&figure.title);
    classed("div", class).with("id", anchor(&figure.id)).add(heading).add(drawing).add(caption)
}

/// Whether a figure wants the whole width.
fn is_wide(data: &FigureData) -> bool {
    match data {
        FigureData::ClusterMap { .. } => true,
        FigureData::MeanMaps { maps, .. } => maps.len() > 2,
        FigureData::CauseBars { bars } => bars.iter().any(|bar| bar.class != bars[0].class),
        _ => false,
    }
}

/// Points by likeness, and a card a cluster: its mean map, what it is, its outcomes, its most
/// typical photographs.
fn cluster_map(page: &Page<'_>, frame: Frame, clusters: &[Cluster], points: &[MapPoint]) -> Tag {
    let largest = clusters.iter().flat_map(|cluster| cluster.cells.iter().flatten()).fold(0f32, |a, &b| a.max(b));
    let mut outcomes: Vec<String> =
        clusters.iter().flat_map(|cluster| cluster.outcomes.iter().map(|(name, _)| name.clone())).collect();
    outcomes.sort();
    outcomes.dedup();
    let legend = outcomes.iter().enumerate().map(|(i, name)| {
        let swatch = classed("span", format!("swatch series-{}", plots::outcome_colour(i)));
        tag("li").add(swatch).add(tag("span").text(spoken(name)))
    });
    let cards = clusters.iter().enumerate().map(|(i, cluster)| {
        let swatch = classed("span", format!("swatch series-{}", i % super::palette::SERIES));
        let title = tag("h4")
            .add(swatch)
            .add(tag("span").text(if clusters.len() > 1 {
                format!("Group {}", cluster.name)
            } else {
                "All maps".into()
            }))
            .add(classed("span", "small").text(counted(cluster.maps, "map")));
        let exemplars = cluster.exemplars.iter().take(EXEMPLARS).filter_map(|&case| cases::thumbnail(page, case));
        let words = classed("div", "words")
            .add(title)
            .add(tag("p").prose(&cluster.sentence))
            .add(plots::outcome_bar(&cluster.outcomes, &outcomes))
            .add(classed("div", "exemplars").all(exemplars));
        classed("div", "cluster")
            .add(plots::mean_map(frame, &cluster.cells, largest, &format!("Mean map of group {}", cluster.name)))
            .add(words)
    });
    let map = (!points.is_empty()).then(|| plots::cluster_points(clusters, points));
    classed("div", "clusters")
        .add(
            classed("div", "plots")
                .add(map)
                .add(classed("ul", "legend").add(tag("li").text("Outcomes in the bars:")).all(legend)),
        )
        .all(cards)
}
