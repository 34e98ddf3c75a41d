//! 3. Does it look at the optic disc?

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, Group, MapFigures, Place, TargetFigures, share_in_target};
use crate::analysis::removal;
use crate::analysis::words::{
    MASKS_WAY_OUT, RESOLUTION_WAY_OUT, by_class, capital, for_classes, is_resolution_limited, resolution,
};
use crate::schema::{Measure, Measurement, Question, Verdict};
use heatlens_statistics::{Units, compare_pairs, mean, proportion};

/// Removing the disc matters if it turns this share more than as much elsewhere does, at the lower
/// end of the interval.
const LEAST_TURNED: f64 = 0.05;

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let classes = evidence.predicted_classes();
    let mut sheet = Sheet::default();
    let (mut told, mut tolerances) = (Vec::new(), Vec::new());
    let bias = evidence.means.mean(&Group::Decisions, Place::Picture).map(|(_, cells)| cells);
    let bias: Option<Vec<f32>> = bias.map(|cells| cells.into_iter().map(|cell| cell.unwrap_or(0.0)).collect());
    for class in classes {
        let of_class = evidence.decisions(|image| image.predicted == class);
        let maps: Vec<(&MapFigures, TargetFigures)> =
            of_class.into_iter().filter_map(|map| Some((map, map.target?))).collect();
        if !maps.is_empty() {
            let figures = measure(evidence, class, &maps, bias.as_deref(), &mut sheet);
            let removal = removal(evidence, class, &mut sheet);
            tolerances.push(tolerance(evidence, class, &maps));
            told.push(OfClass { removal, ..figures });
        }
    }
    if told.is_empty() {
        return Draft::silent(
            Question::Disc,
            "It cannot be said whether the model looks at the disc: no disc is known on any image that has a map.",
            MASKS_WAY_OUT,
        );
    }
    // The positive class is what a clinician asks about first.
    told.sort_by_key(|of| Some(of.class) != evidence.facts.positive);
    Draft::new(Question::Disc, sheet, move |measured| conclude(evidence, &told, &tolerances.join(" "), measured))
        .seeing(&["zones/", "maps/classes/disc"])
}

/// What is measured of the maps of one predicted class.
struct OfClass {
    class: usize,
    share: Handle,
    excess: Handle,
    enrichment: Handle,
    beyond_bias: Option<Handle>,
    /// What the removal of the disc turns, and what of that goes beyond as much removed elsewhere.
    removal: Option<[Handle; 2]>,
}

fn measure(
    evidence: &Evidence,
    class: usize,
    maps: &[(&MapFigures, TargetFigures)],
    bias: Option<&[f32]>,
    sheet: &mut Sheet,
) -> OfClass {
    let (name, settings) = (evidence.facts.class(class), &evidence.settings);
    let units = evidence.units_of(&maps.iter().map(|(map, _)| *map).collect::<Vec<_>>());
    let column = |of: &dyn Fn(&TargetFigures) -> f64| maps.iter().map(|(_, target)| of(target)).collect::<Vec<_>>();
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (shares, chance, area) = (column(&|t| t.share), column(&|t| t.chance), column(&|t| t.area));
    let says = format!("when the model says {name}");
    let share = sheet.add(
        Measurement::new(
            format!("share/{name}"),
            format!("share of the map on the disc {says}"),
            Measure::Share,
            mean(&shares, &units, settings),
        )
        .against(average(&chance)),
    );
    let excess = sheet.add(
        Measurement::new(
            format!("excess/{name}"),
            format!("share of the map on the disc beyond that of the same maps moved at random, {says}"),
            Measure::Points,
            compare_pairs(&shares, &chance, &units, settings),
        )
        .against(0.0)
        .primary(),
    );
    let enrichment = sheet.add(
        Measurement::new(
            format!("enrichment/{name}"),
            format!("share of the map on the disc over its share of the area, {says}"),
            Measure::Ratio,
            mean(&shares.iter().zip(&area).map(|(share, area)| share / area).collect::<Vec<_>>(), &units, settings),
        )
        .against(1.0),
    );
    let beyond_bias = bias.map(|bias| {
        let by_bias: Vec<f64> = maps
            .iter()
            .map(|(map, _)| {
                share_in_target(bias, &evidence.images[map.image], evidence.facts.input).unwrap_or(f64::NAN)
            })
            .collect();
        let own = compare_pairs(&shares, &by_bias, &units, settings);
        sheet.add(
            Measurement::new(
                format!("beyond_bias/{name}"),
                format!(
                    "share of the map on the disc beyond that of the data set's mean map ({}), {says}",
                    Measure::Share.write(average(&by_bias))
                ),
                Measure::Points,
                own,
            )
            .against(0.0)
            .exploration(),
        )
    });
    sheet.extend(pointing(evidence, name, maps, &units, average(&area)));
    OfClass { class, share, excess, enrichment, beyond_bias, removal: None }
}

/// What removing the disc does: it tells whether the disc matters even where the map is too coarse.
fn removal(evidence: &Evidence, class: usize, sheet: &mut Sheet) -> Option<[Handle; 2]> {
    let region = evidence.regions.iter().position(|region| region == "disc")?;
    let rows = removal::rows(evidence, class, region, true);
    if rows.is_empty() {
        return None;
    }
    let name = evidence.facts.class(class);
    let control = removal::control_share(&rows).unwrap_or(f64::NAN);
    let flips = Measurement::new(
        format!("removal/{name}"),
        format!("predictions of {name} that flip when the disc is inpainted"),
        Measure::Share,
        removal::flips(evidence, &rows),
    );
    let excess = Measurement::new(
        format!("removal_excess/{name}"),
        format!("the same beyond as much removed elsewhere, {name}"),
        Measure::Points,
        removal::excess(evidence, &rows),
    );
    Some([sheet.add(flips.against(control)), sheet.add(excess.against(0.0).exploration())])
}

/// Classes that the removal of the disc turns more often than as much elsewhere does, in sentences.
fn turned(evidence: &Evidence, told: &[OfClass], measured: &Measured<'_>) -> Vec<String> {
    let sentence = |of: &OfClass| {
        let [flips, _] = of.removal?;
        let control = control(of, measured)?;
        Some(format!(
            "removing the disc flips {} of the predictions of {}, as much elsewhere {}",
            measured[flips].words(),
            evidence.facts.class(of.class),
            Measure::Share.write(control)
        ))
    };
    told.iter().filter_map(sentence).collect()
}

/// The share of predictions that flip when as much is removed elsewhere, where the removal of the
/// disc flips clearly more.
fn control(of: &OfClass, measured: &Measured<'_>) -> Option<f64> {
    let [flips, excess] = of.removal?.map(|handle| &measured[handle]);
    let hangs = excess.is_above(LEAST_TURNED) && excess.finding.p().is_some() && excess.is_significant();
    flips.chance.filter(|_| hangs)
}

/// The classes whose predictions hang on the disc.
fn hanging<'e>(evidence: &'e Evidence, told: &[OfClass], measured: &Measured<'_>) -> Vec<&'e str> {
    told.iter().filter(|of| control(of, measured).is_some()).map(|of| evidence.facts.class(of.class)).collect()
}

/// `For glaucoma: yes. For normal: no more than chance.`
fn of_each(evidence: &Evidence, told: &[OfClass], measured: &Measured<'_>) -> String {
    let said = told.iter().map(|of| {
        let excess = &measured[of.excess];
        let hangs = control(of, measured).is_some();
        let answer = match (excess.finding.interval().is_some(), excess.is_above(0.0)) {
            (false, _) => "too few images to say",
            (_, true) if hangs => "yes, and hiding the disc changes answers",
            (_, true) => "yes",
            (_, false) if hangs => "the map no more than chance, but hiding the disc changes answers",
            (_, false) if excess.is_below(0.0) => "no, less than chance",
            _ => "no more than chance",
        };
        (evidence.facts.class(of.class), answer.to_owned())
    });
    by_class(&said.collect::<Vec<_>>())
}

/// How the share changes when the disc is moved by a tenth of its diameter; of cup and rim each the
/// extremes are taken.
fn tolerance(evidence: &Evidence, class: usize, maps: &[(&MapFigures, TargetFigures)]) -> String {
    let average =
        |of: fn(&TargetFigures) -> f64| maps.iter().map(|(_, target)| of(target)).sum::<f64>() / maps.len() as f64;
    let write = |value: f64| Measure::Share.write(value.clamp(0.0, 1.0));
    format!(
        "When the model says {} and the disc is moved by a tenth of its diameter, the share stays between {} and {}.",
        evidence.facts.class(class),
        write(average(|t| t.low)),
        write(average(|t| t.high))
    )
}

fn pointing(
    evidence: &Evidence,
    name: &str,
    maps: &[(&MapFigures, TargetFigures)],
    units: &Units,
    chance: f64,
) -> Vec<Measurement> {
    let all = |of: &dyn Fn(&TargetFigures) -> Option<bool>| {
        maps.iter().map(|(_, target)| of(target)).collect::<Option<Vec<bool>>>()
    };
    let hits = all(&|t| t.pointing).map(|hits| {
        Measurement::new(
            format!("pointing/{name}"),
            format!("maps whose maximum lies on the disc when the model says {name}"),
            Measure::Share,
            proportion(&hits, units, &evidence.settings),
        )
        .against(chance)
    });
    let near = all(&|t| t.pointing_near).map(|hits| {
        Measurement::new(
            format!("pointing_near/{name}"),
            format!("maps whose maximum lies on the disc or within 15 of 224 pixels of it when the model says {name}"),
            Measure::Share,
            proportion(&hits, units, &evidence.settings),
        )
    });
    let auprc: Option<Vec<f64>> = maps.iter().map(|(_, target)| target.auprc).collect();
    let auprc = auprc.map(|values| {
        Measurement::new(
            format!("auprc/{name}"),
            format!("area under the precision–recall curve of the map for the disc when the model says {name}"),
            Measure::Plain,
            mean(&values, units, &evidence.settings),
        )
        .against(chance)
    });
    [hits, near, auprc].into_iter().flatten().collect()
}

fn conclude(evidence: &Evidence, told: &[OfClass], tolerance: &str, measured: &Measured<'_>) -> Conclusion {
    let sentence = |of: &OfClass| {
        let (name, share) = (evidence.facts.class(of.class), &measured[of.share]);
        if share.finding.estimate().is_none() {
            return Some(format!("when the model says {name}, the share of the map on it {}", share.words()));
        }
        let chance = Measure::Share.write(share.chance?);
        let enrichment = measured[of.enrichment]
            .finding
            .estimate()
            .map_or_else(String::new, |times| format!(", {times:.1} times its area"));
        Some(format!(
            "when the model says {name}, {} of the map lies on the disc{enrichment}; chance gives {chance}",
            share.words()
        ))
    };
    let figures: Vec<String> = told.iter().filter_map(sentence).collect();
    let figures = figures.join("; ");
    let above = told.iter().filter(|of| measured[of.excess].is_above(0.0)).count();
    let beyond_bias = |of: &&OfClass| of.beyond_bias.is_some_and(|handle| measured[handle].is_above(0.0));
    let above_bias = told.iter().filter(beyond_bias).count();
    let spoken = told.iter().filter(|of| measured[of.excess].finding.interval().is_some()).count();
    let coarse = is_resolution_limited(evidence);
    let turned = turned(evidence, told, measured);
    let (verdict, lead) = if spoken == 0 {
        (Verdict::CannotBeSaid, "It cannot be said whether the model looks at the disc, from so few images: ")
    } else if coarse && !turned.is_empty() {
        (Verdict::Mixed, "Resolution-limited, so the maps cannot tell, but the disc matters: ")
    } else if coarse {
        (Verdict::CannotBeSaid, "Resolution-limited, so it cannot be said of the disc itself: ")
    } else if above == 0 {
        (Verdict::Concerning, "Not more than chance: ")
    } else if above < spoken {
        (Verdict::Mixed, "For some predictions only: ")
    } else if above_bias == 0 {
        (Verdict::Mixed, "More than chance, but no more than a fixed map that knows nothing of the single image: ")
    } else {
        (Verdict::Reassuring, "Yes, more than chance: ")
    };
    // Where maps are too coarse, the experiment is the better witness and comes first.
    let figures = match (turned.is_empty(), coarse) {
        (true, _) => figures,
        (false, true) => format!("{}; {figures}", turned.join("; ")),
        (false, false) => format!("{figures}; {}", turned.join("; ")),
    };
    let plain = match (spoken, coarse, turned.is_empty()) {
        (0, ..) => "It cannot be said from so few images.".to_owned(),
        (_, true, true) => "It cannot be said: the disc is smaller than a cell of the map.".to_owned(),
        (_, true, false) => format!(
            "The map is too coarse to show it, but the disc matters: hiding it changes many answers {}.",
            for_classes(&hanging(evidence, told, measured), told.len())
        ),
        _ => of_each(evidence, told, measured),
    };
    let mut conclusion = Conclusion::new(verdict, plain, capital(&format!("{lead}{figures}.")))
        .explained("Resolution", resolution(evidence))
        .explained("If the disc's outline is a little off", tolerance)
        .explained(
            "Chance and centre bias",
            "A disc near the middle scores high by chance. The level of chance is what the same maps reach when they \
             are moved around the picture; the \
             bias is what the mean map of all these images reaches on each disc. Only what is beyond both follows the \
             disc of the single image.",
        );
    if coarse {
        conclusion = conclusion.way_out(RESOLUTION_WAY_OUT);
    }
    if spoken == 0 {
        conclusion = conclusion.way_out("Audit at least 20 images of each class with masks.");
    }
    conclusion
}
