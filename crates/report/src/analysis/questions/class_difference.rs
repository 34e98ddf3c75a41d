//! 7. How do the heatmaps of the classes differ?

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, Place, SAMPLED_DISC, SAMPLED_PICTURE, SampledMap};
use crate::analysis::plots;
use crate::analysis::words::{count, list, p_in_brackets};
use crate::schema::{Figure, FigureData, Frame, Measure, Measurement, Question, Verdict};
use heatlens_anatomy::Role;
use heatlens_statistics::{
    MapDifference, Settings, ZERO_SHARE, centred_log_ratio, compare_maps, compare_paired_maps, compare_pairs, mean,
};

/// Maps of a group that are compared cell by cell; more only sharpen what is already clear.
const COMPARED: usize = 400;
/// Maps of two classes are called alike, or opposites, beyond this correlation.
const ALIKE: f64 = 0.3;
/// A zone group that holds less of the picture than this is left out of the log-ratios: they would
/// hang on a few pixels.
const LEAST_AREA: f64 = 0.002;

const ROLES: [(Role, &str, &str); 5] = [
    (Role::Target, "target", "the disc"),
    (Role::Plausible, "plausible", "the surroundings of the disc and the nerve fibre bundles"),
    (Role::Elsewhere, "elsewhere", "retina without a known sign"),
    (Role::Edge, "edge", "the edge of the field"),
    (Role::Outside, "outside", "what lies outside the field"),
];

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let Some([a, b]) = two_classes(evidence) else {
        return Draft::silent(
            Question::ClassDifference,
            "It cannot be said: the maps explain one class only.",
            "Explain every class (`--target all`), on images of both classes.",
        );
    };
    let mut sheet = Sheet::default();
    let similarity = similarity(evidence, a, b).map(|similarity| sheet.add(similarity));
    let ratios = zone_groups(evidence, a, b, &mut sheet);
    let mut figures = Vec::new();
    let disc = evidence.disc_place();
    for (place, id) in [(disc, "difference/disc"), (Place::Picture, "difference/picture")] {
        figures.extend(decided(evidence, [a, b], place, id));
    }
    figures.extend(paired(evidence, [a, b], disc));
    let told = figures.iter().filter_map(told).collect::<Vec<_>>();
    let conclude = move |measured: &Measured<'_>| conclude(evidence, [a, b], similarity, &ratios, &told, measured);
    Draft::new(Question::ClassDifference, sheet, conclude).with_figures(figures).seeing(&["maps/classes/", "zones/"])
}

/// The positive class and the other one with the most maps, or the two classes with the most.
fn two_classes(evidence: &Evidence) -> Option<[usize; 2]> {
    let maps = |class: usize| evidence.maps.iter().filter(|map| map.class == class && map.usable).count();
    let mut classes: Vec<(usize, usize)> =
        (0..evidence.facts.classes.len()).map(|class| (maps(class), class)).filter(|(maps, _)| *maps > 0).collect();
    classes.sort_by_key(|&(maps, class)| (Some(class) != evidence.facts.positive, std::cmp::Reverse(maps), class));
    Some([classes.first()?.1, classes.get(1)?.1])
}

/// Images with usable maps of both classes.
fn both(evidence: &Evidence, a: usize, b: usize) -> Vec<usize> {
    (0..evidence.images.len()).filter(|&i| evidence.map(i, a).is_some() && evidence.map(i, b).is_some()).collect()
}

/// The correlation of the two maps of an image, over the images of the sample.
fn similarity(evidence: &Evidence, a: usize, b: usize) -> Option<Measurement> {
    let of = |class: usize| {
        let maps = evidence.sampled.iter().filter(move |sampled| evidence.maps[sampled.map].class == class);
        maps.map(|sampled| (evidence.maps[sampled.map].image, sampled))
            .collect::<std::collections::BTreeMap<usize, &SampledMap>>()
    };
    let (first, second) = (of(a), of(b));
    let pairs: Vec<(usize, f64)> = first
        .iter()
        .filter_map(|(image, map)| Some((*image, correlation(&map.picture, &second.get(image)?.picture)?)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let units = evidence.units.select(&pairs.iter().map(|(image, _)| *image).collect::<Vec<_>>());
    let values: Vec<f64> = pairs.iter().map(|(_, r)| *r).collect();
    let what = format!(
        "mean correlation of the maps for {} and {} of the same image",
        evidence.facts.class(a),
        evidence.facts.class(b)
    );
    Some(Measurement::new("similarity", what, Measure::Signed, mean(&values, &units, &evidence.settings)).against(0.0))
}

/// Pearson's correlation; none where one does not vary.
pub fn correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    let n = a.len() as f64;
    let average = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let (ma, mb) = (average(a), average(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x) - ma, f64::from(y) - mb);
        (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
    }
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

/// Paired differences of the centred log-ratios of the zone groups, each with what they are called.
fn zone_groups(evidence: &Evidence, a: usize, b: usize, sheet: &mut Sheet) -> Vec<(&'static str, Handle)> {
    let images: Vec<usize> =
        both(evidence, a, b).into_iter().filter(|&i| evidence.images[i].target.is_some()).collect();
    if images.is_empty() {
        return Vec::new();
    }
    let area = |role: Role| {
        images.iter().map(|&i| evidence.role_share(&evidence.images[i].areas, role)).sum::<f64>() / images.len() as f64
    };
    let roles: Vec<&(Role, &str, &'static str)> = ROLES.iter().filter(|(role, ..)| area(*role) >= LEAST_AREA).collect();
    let ratios = |class: usize| {
        let ratio = |&i: &usize| {
            let map = evidence.map(i, class)?;
            centred_log_ratio(
                &roles.iter().map(|(role, ..)| evidence.role_share(&map.shares, *role)).collect::<Vec<_>>(),
                ZERO_SHARE,
            )
        };
        images.iter().map(ratio).collect::<Vec<_>>()
    };
    let (first, second) = (ratios(a), ratios(b));
    let kept: Vec<usize> = (0..images.len()).filter(|&i| first[i].is_some() && second[i].is_some()).collect();
    let units = evidence.units.select(&kept.iter().map(|&i| images[i]).collect::<Vec<_>>());
    let column = |of: &[Option<Vec<f64>>], role: usize| {
        kept.iter().filter_map(|&i| of[i].as_ref()).map(|ratio| ratio[role]).collect::<Vec<f64>>()
    };
    let measured = roles.iter().enumerate().map(|(i, (_, id, words))| {
        let finding = compare_pairs(&column(&first, i), &column(&second, i), &units, &evidence.settings);
        let what = format!(
            "centred log-ratio of the map on {words}, maps for {} less maps for {} of the same image",
            evidence.facts.class(a),
            evidence.facts.class(b)
        );
        let ratio = Measurement::new(format!("log_ratio/{id}"), what, Measure::Signed, finding);
        (*words, sheet.add(ratio.against(0.0).exploration()))
    });
    measured.collect()
}

fn grid(sampled: &SampledMap, place: Place) -> Option<&[f32]> {
    match place {
        Place::Picture => Some(&sampled.picture),
        Place::Sided => sampled.sided.as_deref(),
        Place::Disc => sampled.disc.as_deref(),
    }
}

/// The maps of the predicted class, images predicted as the one against images predicted as the
/// other.
fn decided(evidence: &Evidence, [a, b]: [usize; 2], place: Place, id: &str) -> Option<Figure> {
    let of = |class: usize| {
        let own = evidence.sampled.iter().filter(move |sampled| {
            let map = &evidence.maps[sampled.map];
            map.class == class && evidence.images[map.image].predicted == class
        });
        own.filter_map(|sampled| Some((evidence.maps[sampled.map].image, grid(sampled, place)?)))
            .take(COMPARED)
            .collect::<Vec<_>>()
    };
    let (first, second) = (of(a), of(b));
    let group: Vec<bool> = first.iter().map(|_| true).chain(second.iter().map(|_| false)).collect();
    let (images, maps): (Vec<usize>, Vec<&[f32]>) = first.into_iter().chain(second).unzip();
    let result = compare_maps(&maps, &group, &evidence.units.select(&images), &evidence.settings);
    let name = |class: usize| format!("predicted as {}", evidence.facts.class(class));
    figure(id, "Where the maps of the predictions differ", [name(a), name(b)], place, &result)
}

/// The maps of both classes of the same images.
fn paired(evidence: &Evidence, [a, b]: [usize; 2], place: Place) -> Option<Figure> {
    let of = |class: usize| {
        let own = evidence.sampled.iter().filter(move |sampled| evidence.maps[sampled.map].class == class);
        own.filter_map(|sampled| Some((evidence.maps[sampled.map].image, grid(sampled, place)?)))
            .collect::<std::collections::BTreeMap<usize, &[f32]>>()
    };
    let (first, second) = (of(a), of(b));
    let pairs: Vec<(usize, &[f32], &[f32])> =
        first.iter().filter_map(|(&image, &map)| Some((image, map, *second.get(&image)?))).take(COMPARED).collect();
    let units = evidence.units.select(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let (one, two): (Vec<&[f32]>, Vec<&[f32]>) = pairs.iter().map(|pair| (pair.1, pair.2)).unzip();
    let settings = Settings { seed: evidence.settings.seed ^ 1, ..evidence.settings };
    let result = compare_paired_maps(&one, &two, &units, &settings);
    let name = |class: usize| format!("maps for {}", evidence.facts.class(class));
    figure("difference/same-images", "Where the maps of the same images differ", [name(a), name(b)], place, &result)
}

fn figure(id: &str, title: &str, [first, second]: [String; 2], place: Place, result: &MapDifference) -> Option<Figure> {
    let difference = result.difference()?;
    let side = if place == Place::Picture { SAMPLED_PICTURE } else { SAMPLED_DISC };
    Some(Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: format!(
            "Mean density of “{first}” less that of “{second}”. Cells marked differ at 5 % after correction for all \
             cells (largest statistic of \
             permutations)."
        ),
        data: FigureData::MapDifference {
            frame: Frame { side, ..plots::frame(place) },
            first,
            second,
            units: result.units(),
            cells: difference.iter().map(|&v| Some(v as f32)).collect(),
            significant: result.p().map(|p| p.iter().map(|&p| p <= 0.05).collect()).unwrap_or_default(),
            overall_p: result.overall_p(),
        },
    })
}

fn told(figure: &Figure) -> Option<String> {
    let FigureData::MapDifference { significant, first, second, .. } = &figure.data else { return None };
    let cells = significant.iter().filter(|&&cell| cell).count();
    if significant.is_empty() {
        return None;
    }
    let frame = if figure.id == "difference/picture" { "of the picture" } else { "around the disc" };
    Some(format!("{first} against {second}: {cells} of {} cells {frame} differ.", significant.len()))
}

/// `They are nearly opposites: maps for glaucoma lie more on the disc, those for normal on other
/// retina.`
fn plain(similarity: Option<f64>, names: [&str; 2], denser: [Vec<(f64, String)>; 2]) -> String {
    let lead = match similarity {
        Some(r) if r < -ALIKE => "They are nearly opposites",
        Some(r) if r > ALIKE => "They are much alike",
        Some(_) => "They have little in common",
        None => "They cannot be compared on the same image",
    };
    let most = |mut places: Vec<(f64, String)>| {
        places.sort_by(|a, b| b.0.total_cmp(&a.0));
        places.into_iter().take(2).map(|(_, words)| words).collect::<Vec<_>>()
    };
    let sides = names.iter().zip(denser.map(most)).filter(|(_, places)| !places.is_empty());
    let said: Vec<String> =
        sides.map(|(name, places)| format!("those for {name} have relatively more on {}", list(&places))).collect();
    if said.is_empty() { format!("{lead}.") } else { format!("{lead}; of the two, {}.", list(&said)) }
}

fn conclude(
    evidence: &Evidence,
    [a, b]: [usize; 2],
    similarity: Option<Handle>,
    ratios: &[(&str, Handle)],
    told: &[String],
    measured: &Measured<'_>,
) -> Conclusion {
    let (first, second) = (evidence.facts.class(a), evidence.facts.class(b));
    let mut differing: Vec<(f64, String)> = Vec::new();
    // Where the maps of each class have more, in words.
    let mut denser: [Vec<(f64, String)>; 2] = [const { Vec::new() }; 2];
    for &(words, handle) in ratios {
        let m = &measured[handle];
        if !m.is_significant() {
            continue;
        }
        let ratio = m.finding.estimate().unwrap_or(0.0);
        let side = if ratio > 0.0 { first } else { second };
        denser[usize::from(ratio <= 0.0)].push((ratio.abs(), words.to_owned()));
        differing.push((
            ratio.abs(),
            format!("those for {side} have {:.1} times as much on {words}{}", ratio.abs().exp(), p_in_brackets(m)),
        ));
    }
    differing.sort_by(|a, b| b.0.total_cmp(&a.0));
    let similarity = similarity.map(|handle| &measured[handle]).filter(|m| m.finding.estimate().is_some());
    let lead = match similarity {
        Some(m) => format!("The maps for {first} and {second} of the same image correlate with r = {}", m.words()),
        None => format!("No image has maps for both {first} and {second}"),
    };
    let tested = ratios.iter().any(|(_, handle)| measured[*handle].finding.p().is_some());
    let rest = match (differing.is_empty(), tested) {
        (false, _) => format!(
            "; relative to the other zones, {}",
            list(&differing.into_iter().map(|(_, text)| text).collect::<Vec<_>>())
        ),
        (true, true) => "; no difference between the zones could be shown".to_owned(),
        (true, false) => String::new(),
    };
    if similarity.is_none() && told.is_empty() {
        let why = format!("It cannot be said: too few maps of {first} and of {second}.");
        return Conclusion::said(Verdict::CannotBeSaid, why)
            .way_out("Audit more images of both classes, and explain every class.");
    }
    let plain = plain(similarity.and_then(|m| m.finding.estimate()), [first, second], denser);
    Conclusion::new(Verdict::Described, plain, format!("{lead}{rest}."))
        .explained("Cell by cell", told.join(" "))
        .explained(
            "Two classes share one network",
            format!(
                "With two classes the score of the one is nearly the negative of the other's, so their maps are what \
             speaks for and what speaks against. {}",
                count(both(evidence, a, b).len(), "image") + " have usable maps of both."
            ),
        )
}
