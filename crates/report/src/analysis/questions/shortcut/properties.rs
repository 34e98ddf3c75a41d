//! What camera, site and file make of whole photographs: whether it tells the classes apart, and
//! whether the model's answers go with it.

use heatlens_record::cues::{CUES, CueKind};
use heatlens_statistics::{Random, Separation, rank_correlation, separation};

use crate::analysis::draft::{Conclusion, Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::analysis::words::{capital, list};
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement, Verdict};

/// Properties tell the classes apart when they reach this AUC, and the lower end of its interval is
/// above what chance reaches.
const LEAST_AUC: f64 = 0.65;
/// Answers go with them when the lower end of the rank correlation within a class is above this.
const LEAST_CORRELATION: f64 = 0.1;
/// Images that regressions are made of, at most.
const MOST_IMAGES: usize = 4_000;
/// Stream of the random numbers that choose them.
const STREAM: u64 = 0xC0E;

/// The measurements.
pub struct Properties {
    /// All together.
    all: Handle,
    /// Each kind by itself.
    kinds: Vec<(CueKind, Handle)>,
    /// Whether the answers go with all together, a true class each.
    answers: Vec<Handle>,
    /// The AUC that shuffled labels exceed in one of twenty attempts.
    chance: f64,
}

/// Measures how well properties of the photographs tell the positive class from the rest; none without
/// a positive class, labels, or properties.
pub fn measure(evidence: &Evidence, sheet: &mut Sheet) -> Option<Properties> {
    let positive = evidence.facts.positive?;
    let mut images: Vec<usize> = (0..evidence.images.len())
        .filter(|&image| evidence.images[image].label.is_some() && !evidence.images[image].cues.is_empty())
        .collect();
    if images.len() > MOST_IMAGES {
        Random::new(evidence.settings.seed, STREAM).shuffle(&mut images);
        images.truncate(MOST_IMAGES);
        images.sort_unstable();
    }
    let labels: Vec<bool> = images.iter().map(|&image| evidence.images[image].label == Some(positive)).collect();
    let units = evidence.units.select(&images);
    let separated = |wanted: &dyn Fn(CueKind) -> bool| -> Option<Separation> {
        let names: Vec<&str> = CUES.iter().filter(|(_, kind)| wanted(*kind)).map(|(name, _)| *name).collect();
        let of = |image: &usize| {
            let cues = &evidence.images[*image].cues;
            names.iter().map(|name| cues.get(*name).copied().unwrap_or(f64::NAN)).collect()
        };
        let rows: Vec<Vec<f64>> = images.iter().map(of).collect();
        separation(&rows, &labels, &units, &evidence.settings)
    };
    let class = evidence.facts.class(positive);
    let area = |id: &str, what: &str, separation: &Separation| {
        let what = format!("AUC of {what} alone for {class}, on images not learnt from");
        Measurement::new(format!("properties/{id}"), what, Measure::Plain, separation.auc.clone())
            .against(separation.chance)
    };
    let all = separated(&|_| true)?;
    let handle = sheet.add(area("all", "properties of the whole photograph", &all));
    let kinds = CueKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let separation = separated(&|of| of == kind)?;
            Some((kind, sheet.add(area(kind.name(), kind.title(), &separation))))
        })
        .collect();
    let answers = [true, false].into_iter().map(|group| {
        let of_group: Vec<usize> = (0..images.len()).filter(|&i| labels[i] == group).collect();
        let probabilities = of_group.iter().map(|&i| {
            evidence.images[images[i]].probabilities.get(positive).map_or(f64::NAN, |&probability| probability.into())
        });
        let (scores, probabilities): (Vec<f64>, Vec<f64>) =
            (of_group.iter().map(|&i| all.scores[i]).collect(), probabilities.collect());
        let finding = rank_correlation(&scores, &probabilities, &units.select(&of_group), &evidence.settings);
        let name = if group { class.to_owned() } else { format!("no {class}") };
        let what = format!(
            "rank correlation of what properties of the whole photograph say with what the model says, images of {name}"
        );
        Measurement::new(format!("properties_answers/{group}"), what, Measure::Signed, finding)
            .against(0.0)
            .exploration()
    });
    let answers = answers.collect::<Vec<_>>().into_iter().map(|measurement| sheet.add(measurement)).collect();
    Some(Properties { all: handle, kinds, answers, chance: all.chance })
}

fn leaks(measurement: &Measurement) -> bool {
    let chance = measurement.chance.unwrap_or(0.5);
    measurement.is_above(chance) && measurement.finding.estimate().is_some_and(|auc| auc >= LEAST_AUC)
}

/// The kinds that tell the classes apart by themselves better than chance, the best first.
fn leaking<'m>(properties: &Properties, measured: &'m Measured<'_>) -> Vec<(CueKind, &'m Measurement)> {
    let mut kinds: Vec<(CueKind, &Measurement)> = properties
        .kinds
        .iter()
        .map(|&(kind, handle)| (kind, &measured[handle]))
        .filter(|(_, measurement)| measurement.is_above(measurement.chance.unwrap_or(0.5)))
        .collect();
    kinds.sort_by(|(_, a), (_, b)| b.finding.estimate().partial_cmp(&a.finding.estimate()).unwrap_or(a.id.cmp(&b.id)));
    kinds
}

/// A conclusion about regions with what properties of whole photographs take from it or add.
pub fn qualified(
    mut conclusion: Conclusion,
    evidence: &Evidence,
    properties: Option<&Properties>,
    measured: &Measured<'_>,
) -> Conclusion {
    const HEADING: &str = "Properties of whole photographs";
    let silent = |mut conclusion: Conclusion, why: &str| {
        if conclusion.verdict == Verdict::Reassuring {
            conclusion.verdict = Verdict::Mixed;
            conclusion.headline +=
                " Whether colour, sharpness, compression or size tell the classes apart was not tested.";
        }
        conclusion.explained(HEADING, why)
    };
    let Some(properties) = properties else {
        let is_old = evidence.images.iter().all(|image| image.cues.is_empty());
        let why = match (evidence.facts.positive, is_old) {
            (Some(_), true) => "This run is of an older heatlens, which did not measure them.",
            (Some(_), false) => "They are compared where at least five patients of each class have a label.",
            (None, _) => "They are compared where one class is the positive one.",
        };
        return silent(conclusion, why);
    };
    let all = &measured[properties.all];
    if all.finding.estimate().is_none() {
        return silent(conclusion, "Too few images have a label to compare them.");
    }
    let kinds = leaking(properties, measured);
    let chance = Measure::Plain.write(properties.chance);
    let class = evidence.facts.positive.map_or("", |positive| evidence.facts.class(positive));
    if !leaks(all) && !kinds.iter().any(|(_, kind)| leaks(kind)) {
        let text = format!(
            "Colour, brightness, sharpness, compression, size and field of the photographs do not tell {class} from the \
             rest: together they reach an AUC of {}, and shuffled labels reach {chance}.",
            all.words()
        );
        return conclusion.explained(HEADING, text);
    }
    let with = properties
        .answers
        .iter()
        .map(|&handle| &measured[handle])
        .find(|measurement| measurement.is_above(LEAST_CORRELATION) && measurement.is_significant());
    let titles: Vec<String> = kinds.iter().map(|(kind, _)| kind.title().to_owned()).collect();
    let by = if titles.is_empty() { String::new() } else { format!(" (by {})", list(&titles)) };
    let differ = format!("as photographs, whatever they show, those of {class} differ from the rest{by}");
    let told = told(all, &kinds, with, &chance);
    let regions = decapitalised(&conclusion.headline);
    match (conclusion.verdict, with) {
        (Verdict::Concerning, _) | (Verdict::Mixed | Verdict::CannotBeSaid, None) => {}
        (_, None) => {
            conclusion.headline = format!(
                "It cannot be ruled out: {differ}, though the model's answers do not go with that. {told} Of regions, {regions}"
            );
            conclusion.verdict = Verdict::Mixed;
        }
        (_, Some(_)) => {
            conclusion.headline =
                format!("Perhaps: {differ}, and the model's answers go with that. {told} Of regions, {regions}");
            conclusion.verdict = Verdict::Concerning;
        }
    }
    conclusion
        .explained(
            HEADING,
            format!(
                "{} {told} The classes may come from different cameras, sites or times. What disease itself does to a \
                 whole photograph is among these properties, too; the disc and its surroundings are left out.",
                capital(&format!("{differ}."))
            ),
        )
        .way_out(
            "Compare both classes from one camera and site; train with photographs that are brought to one size, \
             compression and colour, and audit again.",
        )
}

/// How well the properties tell the classes apart, and whether the model's answers go with them.
fn told(all: &Measurement, kinds: &[(CueKind, &Measurement)], with: Option<&Measurement>, chance: &str) -> String {
    let alone: Vec<String> = kinds
        .iter()
        .filter_map(|(kind, measurement)| {
            Some(format!("{} {}", kind.title(), Measure::Plain.write(measurement.finding.estimate()?)))
        })
        .collect();
    let alone = if alone.is_empty() { String::new() } else { format!("; {}", list(&alone)) };
    let goes = with.map_or_else(String::new, |with| {
        format!(
            " Among images of one class, too, answers go with them (rank correlation {}), as they would if the model used \
             them.",
            with.words()
        )
    });
    format!("Such properties alone reach an AUC of {}, shuffled labels {chance}{alone}.{goes}", all.words())
}

/// A sentence that goes on behind a comma.
fn decapitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The AUCs of each kind, one below the other.
pub fn figure(properties: &Properties, sheet: &Sheet) -> Option<Figure> {
    let row = |name: &str, handle: Handle| {
        let measurement = sheet.raw(handle);
        measurement.finding.estimate().is_some().then(|| ForestRow {
            name: name.to_owned(),
            cases: measurement.finding.units().iter().sum(),
            finding: measurement.finding.clone(),
        })
    };
    let kinds = properties.kinds.iter().filter_map(|&(kind, handle)| row(kind.title(), handle));
    let rows: Vec<ForestRow> = row("all together", properties.all).into_iter().chain(kinds).collect();
    (!rows.is_empty()).then(|| Figure {
        id: "properties".to_owned(),
        title: "What the photographs as such tell of the class".to_owned(),
        caption: format!(
            "AUC of properties that say nothing of the anatomy, by a regression that has not seen the patient. Shuffled \
             labels reach {} in one of twenty attempts.",
            Measure::Plain.write(properties.chance)
        ),
        data: FigureData::Forest { axis: "AUC".to_owned(), rows, reference: Some(properties.chance) },
    })
}
