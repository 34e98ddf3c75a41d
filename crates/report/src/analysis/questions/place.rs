//! 1. Where does the model look when it decides for each class?

use heatlens_record::regions::PICTURE_PARTS;

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, Group, Place};
use crate::analysis::plots::{mean_maps, zones_of_class};
use crate::analysis::words::{MASKS_WAY_OUT, capital, list, positive_first, resolution, zone_in_plain};
use crate::schema::{Figure, FigureData, Measure, Measurement, Question, Verdict, ZoneSeries};
use heatlens_anatomy::Role;
use heatlens_statistics::mean;

/// Zones with a smaller share of the map are not named in sentences: their enrichment hangs on
/// little.
const LEAST_SHARE: f64 = 0.05;
/// Zones that get hardly more than chance are not named either, however sure that is.
const LEAST_TIMES: f64 = 1.1;
/// Places that the plain sentence names of each class …
const PLAINLY: usize = 2;
/// … if they get so many times chance.
const PLAINLY_TIMES: f64 = 1.25;

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let classes = evidence.predicted_classes();
    if evidence.decisions(|_| true).is_empty() {
        return Draft::silent(
            Question::Where,
            "It cannot be said where the model looks: no map of a predicted class holds anything that speaks for it.",
            "Explain the predicted class or every class, with another method or an earlier layer.",
        );
    }
    let mut figures: Vec<Figure> = classes.iter().filter_map(|&class| zones_of_class(evidence, class)).collect();
    let series: Vec<(usize, ZoneSeries)> =
        classes.iter().zip(&figures).filter_map(|(&class, figure)| Some((class, first(figure)?))).collect();
    let mut sheet = Sheet::default();
    let mut of_parts: Vec<Handle> = Vec::new();
    match series.is_empty() {
        false => drop(sheet.extend(series.iter().flat_map(|(class, series)| shares(evidence, *class, series)))),
        true => of_parts = sheet.extend(classes.iter().flat_map(|&class| parts(evidence, class))),
    }
    let predicted: Vec<Group> = classes.iter().map(|&class| Group::Predicted(class)).collect();
    let disc = evidence.disc_place();
    figures.extend(mean_maps(
        evidence,
        "maps/classes/disc",
        "Mean heatmaps around the disc, by prediction",
        &predicted,
        disc,
    ));
    figures.extend(mean_maps(
        evidence,
        "maps/classes/picture",
        "Mean heatmaps on the picture, by prediction",
        &predicted,
        Place::Picture,
    ));
    let conclude = move |measured: &Measured<'_>| {
        if series.is_empty() {
            let parts = of_parts.iter().map(|&part| &measured[part]);
            let strongest = parts.max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
            let edges = strongest.map_or_else(String::new, |m| {
                format!(" Most against its area among corners and edges: {}, {}.", m.what, m.words())
            });
            return Conclusion::new(
                Verdict::Described,
                "No disc is known, so only the mean maps can be looked at.",
                format!("Only places in the picture can be named, as no disc is known: see the mean heatmaps.{edges}"),
            )
            .way_out(MASKS_WAY_OUT);
        }
        let sentences: Vec<String> = series.iter().map(|(class, series)| sentence(evidence, *class, series)).collect();
        let plain: Vec<String> = positive_first(evidence, &series, |(class, _)| *class)
            .into_iter()
            .map(|(class, series)| plain(evidence, *class, series))
            .collect();
        Conclusion::new(Verdict::Described, plain.join(" "), sentences.join(" "))
            .explained("Resolution", resolution(evidence))
    };
    Draft::new(Question::Where, sheet, conclude).with_figures(figures)
}

fn first(figure: &Figure) -> Option<ZoneSeries> {
    match &figure.data {
        FigureData::ZoneBars { series } => series.first().cloned(),
        _ => None,
    }
}

fn ratio(measurement: &Measurement) -> f64 {
    measurement.finding.estimate().zip(measurement.chance).map_or(0.0, |(share, chance)| share / chance)
}

fn shares(evidence: &Evidence, class: usize, series: &ZoneSeries) -> Vec<Measurement> {
    let name = evidence.facts.class(class);
    let measured = evidence.facts.zones.iter().enumerate().filter(|(zone, _)| series.area[*zone] > 0.0);
    measured
        .map(|(zone, facts)| {
            let what = format!("share of the map in the zone “{}” when the model says {name}", facts.title);
            Measurement::new(format!("zone/{name}/{}", facts.name), what, Measure::Share, series.shares[zone].clone())
                .against(series.chance[zone])
        })
        .collect()
}

/// Without zones: the corners and edges of the picture.
fn parts(evidence: &Evidence, class: usize) -> Vec<Measurement> {
    let maps = evidence.decisions(|image| image.predicted == class);
    let (units, name) = (evidence.units_of(&maps), evidence.facts.class(class));
    let part = |i: usize| {
        let (part, title) = (PICTURE_PARTS[i].name, PICTURE_PARTS[i].title);
        let shares: Vec<f64> = maps.iter().map(|map| f64::from(map.parts[i])).collect();
        let what = format!("share of the map in {title} when the model says {name}");
        Measurement::new(format!("part/{name}/{part}"), what, Measure::Share, mean(&shares, &units, &evidence.settings))
            .against(PICTURE_PARTS[i].area())
    };
    (0..PICTURE_PARTS.len()).map(part).collect()
}

/// Zones that clearly get more than chance, with how many times as much, the densest first.
fn dense(evidence: &Evidence, series: &ZoneSeries) -> Vec<(usize, f64)> {
    let share = |zone: usize| series.shares[zone].estimate().unwrap_or(0.0);
    let low = |zone: usize| series.shares[zone].interval().map_or(0.0, |interval| interval.low);
    let chance = |zone: usize| series.chance[zone];
    let mut dense: Vec<(usize, f64)> = (0..evidence.facts.zones.len())
        .filter(|&zone| {
            share(zone) >= LEAST_SHARE
                && chance(zone) > 0.0
                && low(zone) > chance(zone)
                && share(zone) >= LEAST_TIMES * chance(zone)
        })
        .map(|zone| (zone, share(zone) / chance(zone)))
        .collect();
    dense.sort_by(|a, b| b.1.total_cmp(&a.1));
    dense
}

/// `For glaucoma, more of the map than by chance lies above all on the ring around the disc.`
fn plain(evidence: &Evidence, class: usize, series: &ZoneSeries) -> String {
    let mut named: Vec<String> = Vec::new();
    for (zone, _) in dense(evidence, series).into_iter().filter(|(_, times)| *times >= PLAINLY_TIMES) {
        // Cup and rim are one place to whoever asks where it looks.
        let words = match evidence.facts.zones[zone].role {
            Role::Target => "the optic disc".to_owned(),
            _ => zone_in_plain(&evidence.facts.zones[zone]),
        };
        if !named.contains(&words) {
            named.push(words);
        }
    }
    named.truncate(PLAINLY);
    let class = evidence.facts.class(class);
    match named.is_empty() {
        true => format!("For {class} it looks at no place much more than chance."),
        false => format!("For {class}, more of the map than by chance lies above all on {}.", list(&named)),
    }
}

fn sentence(evidence: &Evidence, class: usize, series: &ZoneSeries) -> String {
    let zones = &evidence.facts.zones;
    let of_role =
        |role: Role, values: &dyn Fn(usize) -> f64| evidence.facts.zones_of(role).into_iter().map(values).sum::<f64>();
    let share = |zone: usize| series.shares[zone].estimate().unwrap_or(0.0);
    let chance = |zone: usize| series.chance[zone];
    let words = |(zone, times): (usize, f64)| {
        let share = Measure::Share.write(share(zone));
        format!("{} ({share} of the map, {times:.1} times chance)", zones[zone].title)
    };
    let most: Vec<String> = dense(evidence, series).into_iter().take(3).map(words).collect();
    let focus = if most.is_empty() {
        "no zone gets clearly more than chance".to_owned()
    } else {
        format!("it looks more than by chance at {}", list(&most))
    };
    let disc = of_role(Role::Target, &share);
    let by_chance = of_role(Role::Target, &chance);
    let roles = format!(
        "{} of the map lies on the disc (chance {})",
        Measure::Share.write(disc),
        Measure::Share.write(by_chance)
    );
    capital(&format!("when the model says {}, {focus}; {roles}.", evidence.facts.class(class)))
}
