//! Shares of energy in the zones.

use crate::analysis::evidence::{Evidence, MapFigures};
use crate::analysis::words::{right_title, wrong_title};
use crate::schema::{Figure, FigureData, ZoneSeries};
use heatlens_statistics::mean;

/// Mean share of each zone of some maps of images with a target, against chance and area; none
/// without any.
pub fn zone_series(
    evidence: &Evidence,
    name: String,
    class: Option<usize>,
    group: Option<String>,
    maps: &[&MapFigures],
) -> Option<ZoneSeries> {
    let maps: Vec<&MapFigures> = maps.iter().copied().filter(|map| map.target.is_some()).collect();
    if maps.is_empty() {
        return None;
    }
    let units = evidence.units_of(&maps);
    let zones = evidence.facts.zones.len();
    let of = |list: &[f32], zone: usize| list.get(zone).map_or(0.0, |&v| f64::from(v));
    let average =
        |values: &dyn Fn(&MapFigures) -> f64| maps.iter().map(|map| values(map)).sum::<f64>() / maps.len() as f64;
    let shares = (0..zones).map(|zone| {
        mean(&maps.iter().map(|map| of(&map.shares, zone)).collect::<Vec<_>>(), &units, &evidence.settings)
    });
    let area: Vec<f64> = (0..zones).map(|zone| average(&|map| of(&evidence.images[map.image].areas, zone))).collect();
    let share: Vec<f64> = (0..zones).map(|zone| average(&|map| of(&map.shares, zone))).collect();
    Some(ZoneSeries {
        name,
        class: class.map(|class| evidence.facts.class(class).to_owned()),
        group,
        maps: maps.len(),
        shares: shares.collect(),
        chance: (0..zones).map(|zone| average(&|map| of(&map.chance, zone))).collect(),
        enrichment: share.iter().zip(&area).map(|(share, &area)| (area > 0.0).then(|| share / area)).collect(),
        area,
    })
}

/// The zones of the maps behind one predicted class: all, the right ones, the wrong ones.
pub fn zones_of_class(evidence: &Evidence, class: usize) -> Option<Figure> {
    let name = evidence.facts.class(class);
    let group = |name: String, group: Option<&str>, of: &dyn Fn(Option<bool>) -> bool| {
        let maps = evidence.decisions(|image| image.predicted == class && of(image.is_correct()));
        zone_series(evidence, name, Some(class), group.map(str::to_owned), &maps)
    };
    let mut series = vec![group(format!("predicted as {name}"), None, &|_| true)?];
    series.extend(group(right_title(evidence, class), Some("right"), &|correct| correct == Some(true)));
    let wrong = match evidence.facts.classes.len() {
        2 => wrong_title(evidence, 1 - class),
        _ => format!("wrongly {name}"),
    };
    series.extend(group(wrong, Some("wrong"), &|correct| correct == Some(false)));
    Some(Figure {
        id: format!("zones/{name}"),
        title: format!("Where the maps for {name} lie"),
        caption: format!(
            "Share of the map in each zone when the model says {name}, with its interval. Chance is the \
             share that the same maps have when \
             they are moved around the picture at random; area is the zone's share of the picture."
        ),
        data: FigureData::ZoneBars { series },
    })
}
