//! The drawings, each an SVG of its own made from a figure's data. Colours and type come from the
//! style sheet, so that they follow light and dark.

mod axes;
mod boxes;
mod causes;
mod clusters;
mod confusion;
mod forest;
mod fundus;
mod interval;
mod maps;
mod reliability;
mod roc;
mod scatter;
mod zones;

pub(super) use clusters::{cluster_points, outcome_bar, outcome_colour};
pub(super) use interval::interval_bar;
pub(super) use maps::mean_map;

use super::tag::{Tag, classed};
use crate::schema::FigureData;
use heatlens_anatomy::ZoneCard;

/// What a figure shows.
pub(super) fn draw(data: &FigureData, zones: &[ZoneCard]) -> Tag {
    match data {
        FigureData::ZoneBars { series } => zones::draw(series, zones),
        FigureData::MeanMaps { frame, maps, largest } => maps::draw(*frame, maps, *largest),
        FigureData::MapDifference { .. } => maps::difference(data),
        FigureData::Scatter { x, y, groups, points, of, chance_y } => {
            scatter::draw([x, y], groups, points, *of, *chance_y)
        }
        FigureData::Roc { points, auc, operating } => roc::draw(points, auc, operating),
        FigureData::Reliability { bins, event, error, brier } => reliability::draw(bins, event, [error, brier]),
        FigureData::CauseBars { bars } => causes::draw(bars),
        FigureData::Forest { axis, rows, reference } => forest::draw(axis, rows, *reference),
        FigureData::Boxes { axis, boxes, reference } => boxes::draw(axis, boxes, *reference),
        FigureData::Confusion(confusion) => confusion::draw(confusion),
        // Its cards hold photographs, so the page lays them out.
        FigureData::ClusterMap { .. } => classed("div", "plots"),
    }
}
