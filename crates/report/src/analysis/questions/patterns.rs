//! 8. Are there patterns across similar images?

use std::collections::BTreeMap;

use crate::analysis::cluster::{Clustering, LEAST_MAPS, cluster};
use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{DISC_REACH, Evidence, Image, Place, SAMPLED_DISC, SAMPLED_PICTURE, SampledMap};
use crate::analysis::galleries;
use crate::analysis::plots::{cells_of, frame};
use crate::analysis::words::{count, list, outcome_title, with_p};
use crate::schema::{
    Cluster, Figure, FigureData, Frame, Gallery, GalleryKind, MapPoint, Measure, Measurement, Question, Verdict,
};
use heatlens_statistics::association;

/// Groups of a column that are told apart; the rest is one group.
const MOST_GROUPS: usize = 12;
/// Exemplars of a cluster.
const EXEMPLARS: usize = 6;
/// From here on an association is called strong (Cohen's large effect for few degrees of freedom).
const STRONG: f64 = 0.3;

/// What is known of an image, in words.
type Words = dyn Fn(&Image) -> Option<String>;

/// What is known of the images, as words for each.
struct Column {
    id: String,
    title: String,
    /// Whether it may explain a pattern without being the diagnosis.
    technical: bool,
    value: Box<Words>,
}

/// A frame in which the maps were grouped.
struct Grouped {
    words: &'static str,
    /// Where the maps are densest, where all are one group.
    densest: Option<String>,
    groups: usize,
    maps: usize,
    /// What the groups were compared with, and whether it is technical.
    columns: Vec<(bool, Handle)>,
}

const PICTURE_WORDS: &str = "in the coordinates of the picture";

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let chosen = chosen(evidence);
    let mut sheet = Sheet::default();
    let (mut figures, mut shown, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (place, id, words) in
        [(evidence.disc_place(), "disc", "seen from the disc"), (Place::Picture, "picture", PICTURE_WORDS)]
    {
        let maps: Vec<(&SampledMap, &[f32])> =
            chosen.iter().filter_map(|&sampled| Some((sampled, grid(sampled, place)?))).collect();
        let Some(found) = cluster(&maps.iter().map(|(_, grid)| *grid).collect::<Vec<_>>(), evidence.settings.seed)
        else {
            continue;
        };
        let images: Vec<usize> = maps.iter().map(|(sampled, _)| evidence.maps[sampled.map].image).collect();
        let columns = match found.groups {
            0 | 1 => Vec::new(),
            _ => associations(evidence, id, words, &images, &found, &mut sheet),
        };
        let clusters = clusters(evidence, &maps, &images, &found, place);
        let densest = (found.groups == 1).then(|| densest(&clusters[0].cells, place));
        told.push(Grouped { words, densest, groups: found.groups, maps: maps.len(), columns });
        // One that holds all is no group.
        if found.groups > 1 {
            shown.extend(clusters.iter().filter_map(|cluster| exemplars(evidence, id, cluster)));
        }
        figures.push(figure(evidence, id, words, clusters, &images, &found, place));
    }
    if told.is_empty() {
        return Draft::silent(
            Question::Patterns,
            format!(
                "It cannot be said: {} with a map that holds anything are too few to be grouped.",
                count(chosen.len(), "image")
            ),
            format!("Audit more images: grouping takes {LEAST_MAPS} maps."),
        );
    }
    let conclude = move |measured: &Measured<'_>| conclude(evidence, &told, measured);
    Draft::new(Question::Patterns, sheet, conclude).with_figures(figures).with_galleries(shown)
}

/// Maps of the positive class, of every image: in maps of the predicted class the groups would be
/// the predictions. Of the predicted class where the positive one is not explained.
fn chosen(evidence: &Evidence) -> Vec<&SampledMap> {
    let of = |sampled: &&SampledMap, class: Option<usize>| {
        let map = &evidence.maps[sampled.map];
        map.class == class.unwrap_or(evidence.images[map.image].predicted)
    };
    let positive: Vec<&SampledMap> = evidence
        .sampled
        .iter()
        .filter(|s| evidence.facts.positive.is_some() && of(s, evidence.facts.positive))
        .collect();
    if positive.len() >= LEAST_MAPS { positive } else { evidence.sampled.iter().filter(|s| of(s, None)).collect() }
}

fn grid(sampled: &SampledMap, place: Place) -> Option<&[f32]> {
    let grid = match place {
        Place::Picture => Some(&sampled.picture),
        Place::Sided => sampled.sided.as_ref(),
        Place::Disc => sampled.disc.as_ref(),
    }?;
    // A map whose energy is all far from the disc has nothing to group by here.
    (grid.iter().sum::<f32>() > 0.0).then_some(grid)
}

fn columns(evidence: &Evidence) -> Vec<Column> {
    let classes = evidence.facts.classes.clone();
    let names = classes.clone();
    let column = |id: &str, title: &str, technical, value| Column {
        id: id.to_owned(),
        title: title.to_owned(),
        technical,
        value,
    };
    let mut columns: Vec<Column> = vec![
        column("label", "the label", false, Box::new(move |image| image.label.map(|label| classes[label].clone()))),
        column("predicted", "the prediction", false, Box::new(move |image| names.get(image.predicted).cloned())),
        column("outcome", "the outcome", false, Box::new(|image| image.label.map(|_| image.outcome.clone()))),
        column("split", "the part of the set", true, Box::new(|image| image.split.clone())),
        column(
            "side",
            "the side of the eye",
            false,
            Box::new(|image| image.right.map(|right| if right { "right" } else { "left" }.to_owned())),
        ),
        column(
            "size",
            "the size of the photograph",
            true,
            Box::new(|image| Some(format!("{}×{}", image.size[1], image.size[0]))),
        ),
    ];
    let named: std::collections::BTreeSet<&String> =
        evidence.images.iter().flat_map(|image| image.columns.keys()).collect();
    for name in named {
        let key = name.clone();
        let value = Box::new(move |image: &Image| image.columns.get(&key).cloned());
        columns.push(column(&format!("column/{name}"), &format!("`{name}`"), true, value));
    }
    columns
}

fn associations(
    evidence: &Evidence,
    frame: &str,
    words: &str,
    images: &[usize],
    found: &Clustering,
    sheet: &mut Sheet,
) -> Vec<(bool, Handle)> {
    let measure = |Column { id, title, technical, value }: &Column| {
        let known: Vec<(usize, String)> =
            images.iter().enumerate().filter_map(|(i, &image)| Some((i, value(&evidence.images[image])?))).collect();
        let mut sizes = BTreeMap::<&String, usize>::new();
        known.iter().for_each(|(_, value)| *sizes.entry(value).or_default() += 1);
        // A name of its own for each image is no grouping.
        if sizes.len() < 2 || 2 * sizes.len() > known.len() {
            return None;
        }
        let mut order: Vec<(&&String, &usize)> = sizes.iter().collect();
        order.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let number =
            |value: &String| order.iter().position(|(name, _)| **name == value).unwrap_or(0).min(MOST_GROUPS - 1);
        let groups: Vec<usize> = known.iter().map(|(_, value)| number(value)).collect();
        let clusters: Vec<usize> = known.iter().map(|(i, _)| found.of[*i]).collect();
        let units = evidence.units.select(&known.iter().map(|(i, _)| images[*i]).collect::<Vec<_>>());
        let finding = association(&clusters, &groups, &units, &evidence.settings);
        let what = format!("Cramér's V of the groups of maps, {words}, and {title}");
        let tie = Measurement::new(format!("{frame}/{id}"), what, Measure::Plain, finding);
        Some((*technical, sheet.add(tie.against(0.0).exploration())))
    };
    columns(evidence).iter().filter_map(measure).collect()
}

fn clusters(
    evidence: &Evidence,
    maps: &[(&SampledMap, &[f32])],
    images: &[usize],
    found: &Clustering,
    place: Place,
) -> Vec<Cluster> {
    let group = |group: usize| {
        let members: Vec<usize> = (0..maps.len()).filter(|&i| found.of[i] == group).collect();
        let cells = cells_of(members.iter().map(|&i| maps[i].1));
        let mut outcomes = BTreeMap::<&str, usize>::new();
        members.iter().for_each(|&i| *outcomes.entry(&evidence.images[images[i]].outcome).or_default() += 1);
        let mut outcomes: Vec<(String, usize)> =
            outcomes.into_iter().map(|(outcome, n)| (outcome.to_owned(), n)).collect();
        outcomes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let rich: Vec<String> =
            outcomes.iter().take(2).map(|(outcome, n)| format!("{n} {}", outcome_title(outcome))).collect();
        let sentence = format!(
            "{} that are densest {}; among them {}.",
            count(members.len(), "map"),
            densest(&cells, place),
            list(&rich)
        );
        Cluster {
            name: char::from(b'A' + group as u8).to_string(),
            maps: members.len(),
            sentence,
            cells,
            exemplars: found.nearest[group].iter().take(EXEMPLARS).map(|&i| evidence.images[images[i]].case).collect(),
            outcomes,
        }
    };
    (0..found.groups).map(group).collect()
}

/// Where the largest cell of a mean map lies, in words.
fn densest(cells: &[Option<f32>], place: Place) -> String {
    let side = if place == Place::Picture { SAMPLED_PICTURE } else { SAMPLED_DISC };
    let largest =
        (0..cells.len()).max_by(|&a, &b| cells[a].unwrap_or(0.0).total_cmp(&cells[b].unwrap_or(0.0))).unwrap_or(0);
    let [x, y] = [largest % side, largest / side].map(|i| (i as f64 + 0.5) / side as f64);
    if place == Place::Picture {
        let third = |v: f64, names: [&'static str; 3]| names[((v * 3.0) as usize).min(2)];
        return match (third(y, ["upper", "", "lower"]), third(x, ["left", "", "right"])) {
            ("", "") => "in the middle of the picture".to_owned(),
            ("", across) => format!("at the {across} of the picture"),
            ("upper", "") => "at the top of the picture".to_owned(),
            (_, "") => "at the bottom of the picture".to_owned(),
            (down, across) => format!("in the {down} {across} of the picture"),
        };
    }
    let [right, down] = [x, y].map(|v| (2.0 * v - 1.0) * DISC_REACH);
    let r = right.hypot(down);
    let across = match place {
        Place::Sided => ["temporal", "nasal"],
        _ => ["left", "right"],
    }[usize::from(right > 0.0)];
    let side = if down.abs() > right.abs() {
        ["above", "below"][usize::from(down > 0.0)].to_owned()
    } else {
        format!("{across} of")
    };
    if r <= 0.5 { "on the disc".to_owned() } else { format!("{r:.1} disc diameters {side} the disc's centre") }
}

fn exemplars(evidence: &Evidence, frame: &str, cluster: &Cluster) -> Option<Gallery> {
    let by_case = |case: &usize| evidence.images.binary_search_by_key(case, |image| image.case).ok();
    let images = cluster.exemplars.iter().filter_map(by_case).collect();
    let id = format!("clusters/{frame}/{}", cluster.name);
    let mut gallery = galleries::listed(
        evidence,
        &id,
        &format!("Group {}", cluster.name),
        &cluster.sentence,
        GalleryKind::Exemplars,
        images,
    )?;
    gallery.of = cluster.maps;
    Some(gallery)
}

fn figure(
    evidence: &Evidence,
    id: &str,
    words: &str,
    clusters: Vec<Cluster>,
    images: &[usize],
    found: &Clustering,
    place: Place,
) -> Figure {
    let side = if place == Place::Picture { SAMPLED_PICTURE } else { SAMPLED_DISC };
    let point = |(i, place): (usize, &[f64; 2])| MapPoint {
        x: place[0],
        y: place[1],
        cluster: found.of[i],
        case: evidence.images[images[i]].case,
    };
    Figure {
        id: format!("clusters/{id}"),
        title: match found.groups {
            1 => format!("Maps by their likeness, {words}"),
            _ => format!("Groups of similar maps, {words}"),
        },
        caption: format!(
            "Spectral clustering of {} maps by how far they overlap; neighbours in the plot are neighbours in \
             the graph. The number of groups is \
             where the eigenvalues fall most ({}).",
            images.len(),
            found.eigenvalues.iter().take(6).map(|v| format!("{v:.2}")).collect::<Vec<_>>().join(", ")
        ),
        data: FigureData::ClusterMap {
            frame: Frame { side, ..frame(place) },
            clusters,
            points: found.places.iter().enumerate().map(point).collect(),
        },
    }
}

/// `, densest on the disc and, in the picture, in the middle`.
fn densest_of(told: &[Grouped]) -> String {
    let of = |picture: bool| {
        let grouped = told.iter().find(|grouped| (grouped.words == PICTURE_WORDS) == picture);
        grouped.and_then(|grouped| grouped.densest.clone())
    };
    match (of(false), of(true)) {
        (Some(disc), Some(picture)) => {
            format!(", densest {disc} and, in the picture, {}", picture.trim_end_matches(" of the picture"))
        }
        (Some(place), None) | (None, Some(place)) => format!(", densest {place}"),
        (None, None) => String::new(),
    }
}

/// What is seen where maps differ between right and left eyes as seen from the disc alone: they lie at
/// one place of the picture.
fn one_place(told: &[Grouped], measured: &Measured<'_>) -> Option<String> {
    let picture = told.iter().find(|grouped| grouped.words == PICTURE_WORDS)?;
    let disc = told.iter().find(|grouped| grouped.words != PICTURE_WORDS && grouped.groups > 1)?;
    let goes_with_side = disc.columns.iter().any(|(_, handle)| {
        let m = &measured[*handle];
        m.id.ends_with("/side") && m.is_significant() && m.finding.estimate().is_some_and(|v| v >= STRONG)
    });
    let place = picture.densest.as_ref().filter(|_| goes_with_side)?;
    Some(format!("No groups of eyes: the maps lie densest {place}, in right and left eyes alike."))
}

fn conclude(evidence: &Evidence, told: &[Grouped], measured: &Measured<'_>) -> Conclusion {
    let (mut sentences, mut plain) = (Vec::new(), Vec::new());
    let mut technical = Vec::new();
    for Grouped { words, groups, maps, columns, .. } in told {
        if *groups == 1 {
            sentences.push(format!("{words} the {maps} maps fall into no separate groups"));
            continue;
        }
        let is_strong = |m: &Measurement| m.is_significant() && m.finding.estimate().is_some_and(|v| v >= STRONG);
        let found = columns.iter().map(|&(technical, handle)| (technical, &measured[handle]));
        let mut strong: Vec<(bool, &Measurement)> = found.filter(|(_, m)| is_strong(m)).collect();
        strong.sort_by(|(_, a), (_, b)| {
            b.finding.estimate().partial_cmp(&a.finding.estimate()).unwrap_or(std::cmp::Ordering::Equal)
        });
        technical.extend(strong.iter().filter(|(technical, _)| *technical).map(|(_, m)| m.what.clone()));
        let name = |what: &str| what.rsplit(" and ").next().unwrap_or(what).to_owned();
        let ties: Vec<String> = strong
            .iter()
            .take(3)
            .map(|(_, m)| format!("{} ({})", name(&m.what), with_p(&format!("V {}", m.words()), m)))
            .collect();
        let tie = if ties.is_empty() {
            "which go strongly with nothing that is known of the images".to_owned()
        } else {
            format!("which go with {}", list(&ties))
        };
        sentences.push(format!("{words} the {maps} maps fall into {groups} groups, {tie}"));
        let with: Vec<String> = strong.iter().take(2).map(|(_, m)| name(&m.what)).collect();
        let with = if with.is_empty() { String::new() } else { format!(", which go with {}", list(&with)) };
        plain.push(format!("{words} there are {groups} kinds of maps{with}"));
    }
    let verdict = if technical.is_empty() { Verdict::Described } else { Verdict::Mixed };
    let headline = crate::analysis::words::capital(&format!("{}.", sentences.join("; ")));
    let of = evidence.facts.positive.map_or_else(String::new, |class| format!(" for {}", evidence.facts.class(class)));
    let plain = match (one_place(told, measured), plain.is_empty()) {
        (Some(one_place), _) => one_place,
        (None, true) => format!(
            "No separate groups: the maps{of} of all photographs form one continuous spread{}.",
            densest_of(told)
        ),
        (None, false) => format!("Yes: {}.", plain.join("; ")),
    };
    let mut conclusion = Conclusion::new(verdict, plain, headline).explained(
        "Which maps",
        match evidence.facts.positive {
            Some(class) => format!(
                "The maps for {}, of every image: in maps of the predicted class the groups would be the predictions.",
                evidence.facts.class(class)
            ),
            None => "The maps of the predicted class.".to_owned(),
        },
    );
    if !technical.is_empty() {
        conclusion = conclusion.explained(
            "How the pictures were taken shows in the maps",
            format!(
                "{}. Maps that depend on the camera or the source can be a sign of a shortcut.",
                technical.join("; ")
            ),
        );
    }
    conclusion
}
