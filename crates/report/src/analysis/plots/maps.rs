//! Mean heatmaps.

use crate::analysis::evidence::{DISC_REACH, DISC_SIDE, Evidence, Group, PICTURE_SIDE, Place};
use crate::analysis::words::outcome_title;
use crate::schema::{Field, Figure, FigureData, Frame, MeanMap};

/// Groups with fewer maps have no mean: their cases are shown.
const LEAST_MAPS: usize = 5;

/// The mean maps of some groups side by side; none where no group has enough maps.
pub fn mean_maps(evidence: &Evidence, id: &str, title: &str, groups: &[Group], place: Place) -> Option<Figure> {
    let mean = |group: &Group| {
        let (maps, cells) = evidence.means.mean(group, place)?;
        let (name, class, outcome) = named(evidence, group);
        (maps >= LEAST_MAPS).then_some(MeanMap { name, class, outcome, maps, cells })
    };
    let maps: Vec<MeanMap> = groups.iter().filter_map(mean).collect();
    if maps.is_empty() {
        return None;
    }
    let largest = maps.iter().flat_map(|map| map.cells.iter().flatten()).copied().fold(0.0, f32::max);
    let frame = frame(place);
    Some(Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: caption(&frame),
        data: FigureData::MeanMaps { frame, maps, largest },
    })
}

/// What the full grids of a place show.
pub fn frame(place: Place) -> Frame {
    match place {
        Place::Picture => Frame { side: PICTURE_SIDE, field: Field::Picture },
        Place::Sided => Frame { side: DISC_SIDE, field: Field::Disc { reach: DISC_REACH, sided: true } },
        Place::Disc => Frame { side: DISC_SIDE, field: Field::Disc { reach: DISC_REACH, sided: false } },
    }
}

fn caption(frame: &Frame) -> String {
    let how = "Each map is scaled to the same sum before the mean is taken; 1 is what an even map has everywhere.";
    match frame.field {
        Field::Picture => format!("Mean heatmaps in the coordinates of the network's input. {how}"),
        Field::Disc { sided: true, .. } => {
            format!(
                "Mean heatmaps around the optic disc, in disc diameters; left eyes are mirrored, temporal is left. \
                 {how}"
            )
        }
        Field::Disc { sided: false, .. } => format!(
            "Mean heatmaps around the optic disc, in disc diameters, as photographed: the side of most eyes is not \
             known, so nothing may be said of \
             nasal and temporal. {how}"
        ),
    }
}

fn named(evidence: &Evidence, group: &Group) -> (String, Option<String>, Option<String>) {
    let class = |class: &usize| evidence.facts.class(*class).to_owned();
    match group {
        Group::Decisions => ("all images".to_owned(), None, None),
        Group::Predicted(c) => (format!("predicted as {}", class(c)), Some(class(c)), None),
        Group::Outcome(outcome) => (outcome_title(outcome), None, Some(outcome.clone())),
        Group::Class(c) => (format!("maps for {}, all images", class(c)), Some(class(c)), None),
    }
}

/// A mean of small grids as cells of a figure.
pub fn cells_of<'a>(grids: impl Iterator<Item = &'a [f32]>) -> Vec<Option<f32>> {
    let mut sums: Vec<f64> = Vec::new();
    let mut count = 0.0;
    for grid in grids {
        sums.resize(grid.len(), 0.0);
        sums.iter_mut().zip(grid).for_each(|(sum, &v)| *sum += f64::from(v));
        count += 1.0;
    }
    sums.iter().map(|sum| Some((sum / count) as f32)).collect()
}
