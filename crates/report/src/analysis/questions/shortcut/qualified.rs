//! What properties of whole photographs take from a conclusion about regions, or add to it.

use heatlens_record::cues::CueKind;

use super::MOST_UNSEEN;
use super::moves::{Move, cleared, tried, used};
use super::properties::{Properties, leaking, leaking_columns, leaks};
use crate::analysis::draft::{Conclusion, Measured};
use crate::analysis::evidence::Evidence;
use crate::analysis::words::{capital, decapitalised, list};
use crate::schema::{Measure, Measurement, Verdict};

const HEADING: &str = "Properties of whole photographs";

/// Answers go with properties when the lower end of the rank correlation within a class is above this.
const LEAST_CORRELATION: f64 = 0.1;

/// A conclusion about regions, qualified.
pub fn qualified(
    conclusion: Conclusion,
    evidence: &Evidence,
    properties: Option<&Properties>,
    measured: &Measured<'_>,
) -> Conclusion {
    let Some(properties) = properties else {
        let is_old = evidence.images.iter().all(|image| image.cues.is_empty());
        let why = match (evidence.facts.positive, is_old) {
            (Some(_), true) => "This run is of an older heatlens, which did not measure them.",
            (Some(_), false) => "They are compared where at least five patients of each class have a label.",
            (None, _) => "They are compared where one class is the positive one.",
        };
        return untested(conclusion, why);
    };
    if measured[properties.all].finding.estimate().is_none() {
        return untested(conclusion, "Too few images have a label to compare them.");
    }
    let found = Found::of(evidence, properties, measured);
    if !found.differs {
        let text = format!(
            "Colour, brightness, sharpness, compression, size and field of the photographs do not tell {} from the rest: \
             together they reach an AUC of {}, and shuffled labels reach {}.",
            found.class,
            found.all.words(),
            found.chance
        );
        return conclusion.explained(HEADING, text);
    }
    found.judged(conclusion)
}

/// Nothing reassures where properties were not compared.
fn untested(mut conclusion: Conclusion, why: &str) -> Conclusion {
    if conclusion.verdict == Verdict::Reassuring {
        conclusion.verdict = Verdict::Mixed;
        conclusion.plain += " Whether the photographs of the classes differ as photographs was not tested.";
        conclusion.headline += " Whether colour, sharpness, compression or size tell the classes apart was not tested.";
    }
    conclusion.explained(HEADING, why)
}

/// What was found of them.
struct Found<'a> {
    evidence: &'a Evidence,
    measured: &'a Measured<'a>,
    class: &'a str,
    all: &'a Measurement,
    chance: String,
    /// Whether they tell the classes apart.
    differs: bool,
    /// The kinds that do by themselves, the best first.
    kinds: Vec<(CueKind, &'a Measurement)>,
    /// Columns of the table of images that do.
    columns: Vec<(&'a str, &'a Measurement)>,
    /// How answers go with them within a class, where they do.
    with: Option<&'a Measurement>,
    /// Of those kinds the ones on which predictions hang, the most effective first.
    used: Vec<&'a Move>,
    /// The most effective of those that were tried on too few predictions to be sure.
    hinted: Option<&'a Move>,
    /// In words, those of the kinds that were moved on enough predictions and flip hardly any …
    without_effect: Vec<&'static str>,
    /// … and those that could be moved on too few.
    untried: Vec<&'static str>,
    /// Whether each of those kinds was moved on enough predictions …
    tried: bool,
    /// … of every class, and hardly any can hang on it.
    cleared: bool,
}

impl<'a> Found<'a> {
    fn of(evidence: &'a Evidence, properties: &'a Properties, measured: &'a Measured<'a>) -> Found<'a> {
        let all = &measured[properties.all];
        let kinds = leaking(properties, measured);
        let columns = leaking_columns(properties, measured);
        let mut used = used(&properties.moves, measured);
        used.retain(|of| kinds.iter().any(|(kind, _)| *kind == of.kind));
        let goes = |measurement: &&Measurement| measurement.is_above(LEAST_CORRELATION) && measurement.is_significant();
        let titles = |wanted: bool| -> Vec<&'static str> {
            let of = kinds.iter().map(|(kind, _)| *kind).filter(|kind| used.iter().all(|used| used.kind != *kind));
            of.filter(|kind| tried(&properties.moves, *kind, MOST_UNSEEN) == wanted).map(CueKind::title).collect()
        };
        let [without_effect, untried] = [true, false].map(titles);
        let hinted = properties.moves.iter().filter(|of| of.is_hinted(measured));
        let is_cleared = |kind: CueKind| cleared(&properties.moves, kind, evidence, measured, MOST_UNSEEN);
        Found {
            evidence,
            measured,
            class: evidence.facts.positive.map_or("", |positive| evidence.facts.class(positive)),
            all,
            chance: Measure::Plain.write(properties.chance),
            differs: leaks(all) || kinds.iter().any(|(_, kind)| leaks(kind)) || !columns.is_empty(),
            with: properties.answers.iter().map(|&handle| &measured[handle]).find(goes),
            tried: !kinds.is_empty() && kinds.iter().all(|(kind, _)| tried(&properties.moves, *kind, MOST_UNSEEN)),
            cleared: !kinds.is_empty() && kinds.iter().all(|(kind, _)| is_cleared(*kind)),
            hinted: hinted.max_by(|a, b| a.excess(measured).total_cmp(&b.excess(measured))),
            without_effect,
            untried,
            kinds,
            columns,
            used,
        }
    }

    fn judged(&self, mut conclusion: Conclusion) -> Conclusion {
        let regions = decapitalised(&conclusion.headline);
        let (differ, told) = (self.differ(), self.told());
        let clearly = if self.cleared { "" } else { " clearly more often" };
        let untouched =
            format!("predictions do not flip{clearly} when photographs are given those properties of the other class");
        let said = match (self.used.first(), conclusion.verdict, self.with, self.tried) {
            (Some(of), ..) if of.decides(self.measured) => {
                let plain =
                    format!("Yes: answers depend on the {} of the photographs, whatever they show.", of.kind.title());
                let headline = format!("Yes: {} of the photographs. {}", of.kind.title(), self.cause(of));
                Some((Verdict::Concerning, plain, headline))
            }
            (_, Verdict::Concerning, ..) => None,
            (_, _, Some(_), false) => {
                let plain =
                    format!("Perhaps: {}, and the answers go with that.{}", self.plainly(), self.tried_in_plain());
                let headline = format!("Perhaps: {differ}, and the model's answers go with that. {told}");
                Some((Verdict::Concerning, plain, headline))
            }
            (Some(of), ..) => {
                let headline = format!("None that decides a class, but a dependence on {}.", of.kind.title());
                let plain = format!(
                    "None that decides a class, but some answers depend on the {} of the photographs.",
                    of.kind.title()
                );
                Some((Verdict::Mixed, plain, format!("{headline} {}", self.cause(of))))
            }
            (None, _, Some(_), true) => {
                let headline = format!(
                    "It cannot be ruled out: {differ}, and the model's answers go with that, though {untouched}. {told}"
                );
                let plain = format!(
                    "It cannot be ruled out: {}, and the answers go with that, but giving a photograph the other class's \
                     properties does not change them.",
                    self.plainly()
                );
                Some((Verdict::Mixed, plain, headline))
            }
            (None, Verdict::Reassuring, None, _) if !self.cleared => {
                let headline =
                    format!("It cannot be ruled out: {differ}, though the model's answers do not go with that. {told}");
                let plain = format!("None was found, but {}.", self.plainly());
                Some((Verdict::Mixed, plain, headline))
            }
            (None, Verdict::Reassuring, None, _) => {
                conclusion.headline += &format!(" {}, but {untouched}.", capital(&differ));
                None
            }
            _ => None,
        };
        if said.is_none() && conclusion.verdict == Verdict::Concerning && !self.columns.is_empty() {
            let titles: Vec<String> = self.columns.iter().map(|(title, _)| (*title).to_owned()).collect();
            let tells = if titles.len() == 1 { "tells" } else { "tell" };
            let also = format!(
                " In the list of photographs {} {tells} the classes apart as well: look whether that is what lies there.",
                list(&titles)
            );
            conclusion.plain += &also;
        }
        if let Some((verdict, plain, headline)) = said {
            conclusion.verdict = verdict;
            conclusion.headline = format!("{headline} Of regions, {regions}");
            conclusion.plain = match plain.starts_with("None was") {
                true => plain,
                false => format!("{plain} Of places in the picture: {}", decapitalised(&conclusion.plain)),
            };
        }
        let causes: Vec<String> = self.used.iter().map(|of| of.sentence(self.evidence, self.measured)).collect();
        let causes = match (causes.is_empty(), self.tried) {
            (false, _) => causes.join(" "),
            (true, true) => capital(&untouched) + ".",
            (true, false) => self.told_of_trials(),
        };
        let text = format!(
            "{} {told} The classes may come from different cameras, sites or times. What disease itself does to a whole \
             photograph is among these properties, too; the disc and its surroundings are left out.",
            capital(&format!("{differ}."))
        );
        conclusion.explained(HEADING, text).explained("Given the properties of the other class", causes).way_out(
            "Compare both classes from one camera and site; train with photographs that are brought to one size, \
             compression and colour, and audit again.",
        )
    }

    /// What became of photographs that were given the other class's properties, for the person.
    fn tried_in_plain(&self) -> String {
        let without = match self.without_effect.is_empty() {
            true => String::new(),
            false => format!(
                " Giving a photograph the other class's {} changes hardly any answer.",
                named(&self.without_effect)
            ),
        };
        without + &self.hinted.map_or_else(String::new, |of| of.hint(self.evidence, self.measured))
    }

    /// Which properties were tried, and which could not be.
    fn told_of_trials(&self) -> String {
        let without = match self.without_effect.is_empty() {
            true => String::new(),
            false => format!("With {} of the other class predictions hardly flip. ", named(&self.without_effect)),
        };
        let untried = match self.untried.is_empty() {
            true => String::new(),
            false => format!(
                "Whether they flip with {} cannot be said: too few photographs could be changed so. Compression and size can be made worse \
                 alone, and experiments are made where photographs of both classes have labels (`--experiments`).",
                named(&self.untried)
            ),
        };
        let hint = self.hinted.map_or_else(String::new, |of| of.hint(self.evidence, self.measured));
        format!("{without}{untried}{hint}")
    }

    /// What a property that tells the classes apart does to predictions.
    fn cause(&self, of: &Move) -> String {
        let area =
            self.kinds.iter().find(|(kind, _)| *kind == of.kind).map_or_else(String::new, |(_, area)| area.words());
        format!(
            "{} By that alone {} is told from the rest with an AUC of {area}; shuffled labels \
             reach {}.",
            of.sentence(self.evidence, self.measured),
            self.class,
            self.chance
        )
    }

    /// What tells the classes apart by itself.
    fn titled(&self) -> impl Iterator<Item = (&str, &Measurement)> {
        let kinds = self.kinds.iter().map(|(kind, measurement)| (kind.title(), *measurement));
        kinds.chain(self.columns.iter().copied())
    }

    fn differ(&self) -> String {
        let titles: Vec<String> = self.titled().map(|(title, _)| title.to_owned()).collect();
        let by = if titles.is_empty() { String::new() } else { format!(" (by {})", list(&titles)) };
        format!("as photographs, whatever they show, those of {} differ from the rest{by}", self.class)
    }

    /// The same in plain words.
    fn plainly(&self) -> String {
        let titles: Vec<String> = self.titled().map(|(title, _)| title.to_owned()).collect();
        let by = if titles.is_empty() { "as a whole".to_owned() } else { format!("in {}", list(&titles)) };
        format!("whatever they show, photographs of {} differ from the others {by}", self.class)
    }

    /// How well the properties tell the classes apart, and whether the model's answers go with them.
    fn told(&self) -> String {
        let alone: Vec<String> = self
            .titled()
            .filter_map(|(title, measurement)| {
                Some(format!("{title} {}", Measure::Plain.write(measurement.finding.estimate()?)))
            })
            .collect();
        let alone = if alone.is_empty() { String::new() } else { format!("; {}", list(&alone)) };
        let goes = self.with.map_or_else(String::new, |with| {
            format!(
                " Among images of one class, too, answers go with them (rank correlation {}), as they would if the model \
                 used them.",
                with.words()
            )
        });
        format!(
            "Such properties alone reach an AUC of {}, shuffled labels {}{alone}.{goes}",
            self.all.words(),
            self.chance
        )
    }
}

fn named(titles: &[&str]) -> String {
    list(&titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>())
}
