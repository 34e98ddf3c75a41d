//! Corners and edges of the picture that hold more of the maps' energy than their area gives.
//! Evidence, no proof.

use heatlens_record::regions::PICTURE_PARTS;

use crate::analysis::draft::{Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::schema::{Measure, Measurement};
use heatlens_statistics::{compare_groups, mean};

/// A hot spot holds at least this share of the map …
const HOT_SHARE: f64 = 0.15;
/// … and this many times its area, at the lower end of the interval. Maps are blurred over a cell
/// of a seventh of the picture, so a corner seldom has less than its area.
const HOT_TIMES: f64 = 3.0;

/// Measures the share of each corner and edge for the predictions of each class, and how the
/// classes differ in it; gives the shares.
pub fn measure(evidence: &Evidence, sheet: &mut Sheet) -> Vec<Handle> {
    let mut spots = Vec::new();
    let classes = evidence.predicted_classes();
    for (part, place) in PICTURE_PARTS.iter().enumerate() {
        let (name, title) = (place.name, place.title);
        for &class in &classes {
            let maps = evidence.decisions(|image| image.predicted == class);
            let shares: Vec<f64> = maps.iter().map(|map| f64::from(map.parts[part])).collect();
            let of = evidence.facts.class(class);
            let finding = mean(&shares, &evidence.units_of(&maps), &evidence.settings);
            let what = format!("share of the map on {title} when the model says {of}");
            let share = Measurement::new(format!("spot/{of}/{name}"), what, Measure::Share, finding);
            spots.push(sheet.add(share.against(place.area())));
        }
        if let [a, b] = classes[..] {
            let maps = evidence.decisions(|image| image.predicted == a || image.predicted == b);
            let shares: Vec<f64> = maps.iter().map(|map| f64::from(map.parts[part])).collect();
            let first: Vec<bool> = maps.iter().map(|map| map.class == a).collect();
            let finding = compare_groups(&shares, &first, &evidence.units_of(&maps), &evidence.settings);
            let what = format!(
                "Cliff's δ of the share of the map on {title}, predictions of {} against {}",
                evidence.facts.class(a),
                evidence.facts.class(b)
            );
            let difference = Measurement::new(format!("spot_difference/{name}"), what, Measure::Signed, finding);
            sheet.add(difference.against(0.0).exploration());
        }
    }
    spots
}

fn is_hot(measurement: &&Measurement) -> bool {
    let Some(area) = measurement.chance else { return false };
    measurement.low().is_some_and(|low| low >= HOT_TIMES * area && low >= HOT_SHARE)
}

/// The hot spots, in words.
pub fn hot(spots: &[Handle], measured: &Measured<'_>) -> Vec<String> {
    let words = |m: &Measurement| {
        let place = m.what.strip_prefix("share of the map on ").unwrap_or(&m.what);
        format!("{place}, {} on {} of the area", m.words(), Measure::Share.write(m.chance.unwrap_or(0.0)))
    };
    spots.iter().map(|&spot| &measured[spot]).filter(is_hot).map(words).collect()
}

/// The corner or edge with the most energy against its area.
pub fn sentence(spots: &[Handle], measured: &Measured<'_>) -> String {
    let times = |m: &&Measurement| m.finding.estimate().zip(m.chance).map_or(0.0, |(share, area)| share / area);
    let shares = spots.iter().map(|&spot| &measured[spot]);
    let Some(most) = shares.max_by(|a, b| times(a).total_cmp(&times(b))) else {
        return String::new();
    };
    if times(&most) == 0.0 {
        return String::new();
    }
    format!(
        "Of corners and edges, the one with the most of the map for its area is {}: {}, {:.1} times its area.",
        most.what.strip_prefix("share of the map on ").unwrap_or(&most.what),
        most.words(),
        times(&most)
    )
}
