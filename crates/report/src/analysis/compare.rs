//! Two runs on the same images, paired: models, methods or layers.

use std::collections::{BTreeMap, HashMap};

use super::evidence::{Evidence, MapFigures};
use super::questions::correlation;
use super::words::{count, p_in_brackets};
use crate::schema::{
    Agreement, Comparison, Explanation, Figure, FigureData, FocusChange, ForestRow, Measure, Measurement, Side, View,
};
use heatlens_anatomy::Role;
use heatlens_record::{RunDirectory, RunError, RunRecord};
use heatlens_statistics::{
    Correction, Finding, Settings, Units, adjust, agreement, compare_auc, compare_pairs, mean, proportion,
};

/// Name and version of the comparison's form.
const COMPARISON_SCHEMA: &str = "heatlens.comparison 1";
/// Images that are named where the runs disagree.
const NAMED: usize = 20;

/// A run, and the method and layer of it that is to be compared; its first where none is named.
pub struct Chosen<'a> {
    /// The folder.
    pub directory: &'a RunDirectory,
    /// Its run.json.
    pub run: &'a RunRecord,
    /// Method and layer.
    pub view: Option<View>,
}

/// Compares two runs on the images that both explained, by name.
///
/// # Errors
/// [`RunError::Disk`], [`RunError::Damaged`].
pub fn compare(first: &Chosen<'_>, second: &Chosen<'_>, settings: &Settings) -> Result<Comparison, RunError> {
    let gather =
        |chosen: &Chosen<'_>| Evidence::gather_view(chosen.directory, chosen.run, settings, chosen.view.clone());
    Ok(comparison(&gather(first)?, &gather(second)?))
}

/// The images of both runs.
struct Pairs<'e> {
    a: &'e Evidence,
    b: &'e Evidence,
    /// Positions among the images of both.
    images: Vec<[usize; 2]>,
    units: Units,
    settings: Settings,
}

fn comparison(a: &Evidence, b: &Evidence) -> Comparison {
    let by_name: HashMap<&str, usize> =
        b.images.iter().enumerate().map(|(i, image)| (image.name.as_str(), i)).collect();
    let images: Vec<[usize; 2]> =
        a.images.iter().enumerate().filter_map(|(i, image)| Some([i, *by_name.get(image.name.as_str())?])).collect();
    let units = a.units.select(&images.iter().map(|pair| pair[0]).collect::<Vec<_>>());
    let pairs = Pairs { a, b, images, units, settings: a.settings };
    let mut agreed = pairs.agreement();
    let mut focus = pairs.focus();
    let mut auc = pairs.auc();
    let mut findings: Vec<&mut Finding> = focus.iter_mut().map(|change| &mut change.difference.finding).collect();
    findings.extend(auc.iter_mut().map(|m| &mut m.finding));
    findings.extend(agreed.accuracy.iter_mut().map(|m| &mut m.finding));
    adjust(&mut findings, Correction::Holm);
    let map_similarity = pairs.similarity();
    let names = names(a, b);
    Comparison {
        schema: COMPARISON_SCHEMA.into(),
        headline: headline(&names, pairs.images.len(), &agreed, &focus, &auc),
        sides: [side(a, &names[0]), side(b, &names[1])],
        images: pairs.images.len(),
        figures: figure(&focus).into_iter().collect(),
        agreement: agreed,
        focus,
        auc,
        map_similarity,
        explanations: pairs.explanations(),
        settings: a.settings,
    }
}

/// What tells the two apart: the model's file, else its hash, else the view.
fn names(a: &Evidence, b: &Evidence) -> [String; 2] {
    let file = |evidence: &Evidence| evidence.facts.run.model.file.rsplit('/').next().unwrap_or_default().to_owned();
    let view = |evidence: &Evidence| match &evidence.view.layer {
        Some(layer) => format!("{} at {layer}", evidence.view.method),
        None => evidence.view.method.clone(),
    };
    let candidates: [&dyn Fn(&Evidence) -> String; 3] =
        [&file, &view, &|evidence| format!("{}, {}", file(evidence), evidence.facts.run.data.path)];
    let telling = candidates.iter().find(|name| name(a) != name(b) && !name(a).is_empty() && !name(b).is_empty());
    telling.map_or_else(|| ["first run".to_owned(), "second run".to_owned()], |name| [name(a), name(b)])
}

fn side(evidence: &Evidence, name: &str) -> Side {
    let view = (!evidence.view.method.is_empty()).then(|| evidence.view.clone());
    Side { name: name.to_owned(), run: evidence.facts.run.clone(), view, images: evidence.images.len() }
}

impl Pairs<'_> {
    /// The second run's class as a position among the first run's; none for a class that only the
    /// second knows.
    fn class_of_b(&self, class: usize) -> Option<usize> {
        self.a.facts.classes.iter().position(|name| name == self.b.facts.class(class))
    }

    fn agreement(&self) -> Agreement {
        let strangers = self.a.facts.classes.len();
        let first: Vec<usize> = self.images.iter().map(|pair| self.a.images[pair[0]].predicted).collect();
        let second: Vec<usize> = self
            .images
            .iter()
            .map(|pair| self.b.images[pair[1]].predicted)
            .map(|class| self.class_of_b(class).unwrap_or(strangers + class))
            .collect();
        let same: Vec<bool> = first.iter().zip(&second).map(|(a, b)| a == b).collect();
        let mut apart: Vec<(f64, &str)> = (0..same.len())
            .filter(|&i| !same[i])
            .map(|i| {
                let [a, b] = [&self.a.images[self.images[i][0]], &self.b.images[self.images[i][1]]];
                (a.confidence.min(b.confidence), a.name.as_str())
            })
            .collect();
        apart.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let what = "images with the same prediction";
        let kappa = agreement(&first, &second, &self.units, &self.settings);
        let (accuracy, right) = self.accuracy().unzip();
        Agreement {
            same: Measurement::new("same", what, Measure::Share, proportion(&same, &self.units, &self.settings)),
            kappa: Measurement::new("kappa", "Cohen's κ of the predictions", Measure::Plain, kappa).against(0.0),
            accuracy,
            right,
            disagreements: apart.into_iter().take(NAMED).map(|(_, name)| name.to_owned()).collect(),
        }
    }

    /// For differences of −1, 0 and 1 the signed-rank test is McNemar's.
    fn accuracy(&self) -> Option<(Measurement, [usize; 4])> {
        let judged =
            |pair: &&[usize; 2]| Some([self.a.images[pair[0]].is_correct()?, self.b.images[pair[1]].is_correct()?]);
        let known: Vec<(usize, [bool; 2])> =
            self.images.iter().filter_map(|pair| Some((pair[0], judged(&pair)?))).collect();
        if known.is_empty() {
            return None;
        }
        let column = |side: usize| known.iter().map(|(_, right)| f64::from(u8::from(right[side]))).collect::<Vec<_>>();
        let units = self.a.units.select(&known.iter().map(|(image, _)| *image).collect::<Vec<_>>());
        let finding = compare_pairs(&column(0), &column(1), &units, &self.settings);
        let tally = |of: [bool; 2]| known.iter().filter(|(_, right)| *right == of).count();
        let counts = [tally([true, true]), tally([true, false]), tally([false, true]), tally([false, false])];
        let what = "share right in the first less share right in the second";
        Some((Measurement::new("accuracy", what, Measure::Points, finding).against(0.0), counts))
    }

    fn auc(&self) -> Vec<Measurement> {
        let classes: Vec<usize> = match self.a.facts.positive {
            Some(positive) => vec![positive],
            None => (0..self.a.facts.classes.len()).collect(),
        };
        let area = |class: usize| {
            let name = self.a.facts.class(class);
            let other = self.b.facts.classes.iter().position(|known| known == name)?;
            let labelled: Vec<&[usize; 2]> =
                self.images.iter().filter(|pair| self.a.images[pair[0]].label.is_some()).collect();
            let score =
                |probabilities: &[f32], class: usize| probabilities.get(class).map_or(f64::NAN, |&p| f64::from(p));
            let first: Vec<f64> =
                labelled.iter().map(|pair| score(&self.a.images[pair[0]].probabilities, class)).collect();
            let second: Vec<f64> =
                labelled.iter().map(|pair| score(&self.b.images[pair[1]].probabilities, other)).collect();
            let is: Vec<bool> = labelled.iter().map(|pair| self.a.images[pair[0]].label == Some(class)).collect();
            let units = self.a.units.select(&labelled.iter().map(|pair| pair[0]).collect::<Vec<_>>());
            let finding = compare_auc(&first, &second, &is, &units, &self.settings);
            (!labelled.is_empty()).then(|| {
                let what = format!("AUC for {name} in the first less that in the second");
                Measurement::new(format!("auc/{name}"), what, Measure::Signed, finding).against(0.0)
            })
        };
        classes.into_iter().filter_map(area).collect()
    }

    fn focus(&self) -> Vec<FocusChange> {
        type Value = fn(&Evidence, &MapFigures) -> Option<f64>;
        const FIGURES: [(&str, &str, Measure, Value); 6] = [
            ("share", "share of energy on the disc", Measure::Points, |_, map| Some(map.target?.share)),
            ("enrichment", "energy on the disc over its area", Measure::Signed, |_, map| {
                Some(map.target?.share / map.target?.area)
            }),
            ("pointing", "maps whose maximum lies on the disc", Measure::Points, |_, map| {
                Some(f64::from(u8::from(map.target?.pointing?)))
            }),
            ("auprc", "area under the precision–recall curve for the disc", Measure::Signed, |_, map| {
                map.target?.auprc
            }),
            ("off", "share of energy at the edge of the field and outside", Measure::Points, |evidence, map| {
                map.target?;
                Some(evidence.role_share(&map.shares, Role::Edge) + evidence.role_share(&map.shares, Role::Outside))
            }),
            ("spread", "radius of the map in shares of the diagonal", Measure::Signed, |_, map| map.spread),
        ];
        let mut changes = Vec::new();
        for (id, what, measure, value) in FIGURES {
            let of = |pair: &[usize; 2]| {
                let first = value(self.a, self.a.decision(pair[0])?)?;
                Some((pair[0], first, value(self.b, self.b.decision(pair[1])?)?))
            };
            let known: Vec<(usize, f64, f64)> = self.images.iter().filter_map(of).collect();
            if known.is_empty() {
                continue;
            }
            let (first, second): (Vec<f64>, Vec<f64>) = known.iter().map(|(_, a, b)| (*a, *b)).unzip();
            let units = self.a.units.select(&known.iter().map(|known| known.0).collect::<Vec<_>>());
            let finding = compare_pairs(&first, &second, &units, &self.settings);
            let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            changes.push(FocusChange {
                id: id.to_owned(),
                what: what.to_owned(),
                images: known.len(),
                first: average(&first),
                second: average(&second),
                difference: Measurement::new(id, format!("{what}, first less second"), measure, finding).against(0.0),
            });
        }
        changes
    }

    /// Maps of the same class, over the images that are in the sample of both.
    fn similarity(&self) -> Option<Measurement> {
        let maps = |evidence: &Evidence| {
            let key = |map: &MapFigures| {
                (evidence.images[map.image].name.clone(), evidence.facts.class(map.class).to_owned())
            };
            evidence.sampled.iter().map(|s| (key(&evidence.maps[s.map]), s.picture.clone())).collect::<BTreeMap<_, _>>()
        };
        let other = maps(self.b);
        let mut known: Vec<(usize, f64)> = Vec::new();
        for sampled in &self.a.sampled {
            let map = &self.a.maps[sampled.map];
            let key = (self.a.images[map.image].name.clone(), self.a.facts.class(map.class).to_owned());
            known.extend(
                other.get(&key).and_then(|picture| correlation(&sampled.picture, picture)).map(|r| (map.image, r)),
            );
        }
        if known.is_empty() {
            return None;
        }
        let units = self.a.units.select(&known.iter().map(|(image, _)| *image).collect::<Vec<_>>());
        let finding = mean(&known.iter().map(|(_, r)| *r).collect::<Vec<_>>(), &units, &self.settings);
        Some(
            Measurement::new(
                "similarity",
                "mean correlation of the maps of the same image and class",
                Measure::Signed,
                finding,
            )
            .against(0.0),
        )
    }

    fn explanations(&self) -> Vec<Explanation> {
        let mut explanations = Vec::new();
        let mut explain =
            |heading: &str, text: String| explanations.push(Explanation { heading: heading.to_owned(), text });
        let only = [self.a.images.len() - self.images.len(), self.b.images.len() - self.images.len()];
        if only != [0, 0] {
            let words = [count(only[0], "image"), count(only[1], "image")];
            explain(
                "Images of one run only",
                format!(
                    "{} of the first run and {} of the second have no partner and are left out.",
                    words[0], words[1]
                ),
            );
        }
        let cells = [self.a.cells_per_target(), self.b.cells_per_target()];
        if let [Some(first), Some(second)] = cells
            && first.max(second) > 1.5 * first.min(second)
        {
            explain(
                "Maps of different fineness",
                format!(
                    "The disc is {first:.1} cells wide in the first and {second:.1} in the second; a finer map can \
                     gather more of its energy on it."
                ),
            );
        }
        explain(
            "What is paired",
            "Figures of focus are of the map of the class that each run predicts, on the same image; p-values are \
             corrected by Holm."
                .to_owned(),
        );
        explanations
    }
}

fn headline(
    names: &[String; 2],
    images: usize,
    agreed: &Agreement,
    focus: &[FocusChange],
    auc: &[Measurement],
) -> String {
    if images == 0 {
        return "Cannot be said: the runs have no image in common.".to_owned();
    }
    let mut text = format!(
        "On {} “{}” and “{}” predict the same in {}",
        count(images, "common image"),
        names[0],
        names[1],
        agreed.same.words()
    );
    let differing = |m: &Measurement| m.is_significant() && m.finding.estimate().is_some();
    if let Some(m) = auc.iter().find(|m| differing(m)) {
        text.push_str(&format!("; the AUCs differ by {}{}", m.words(), p_in_brackets(m)));
    } else if auc.iter().any(|m| m.finding.p().is_some()) {
        text.push_str("; no difference of the AUC could be shown");
    }
    match focus.iter().find(|change| change.id == "share") {
        Some(change) if differing(&change.difference) => {
            let write = |value: f64| Measure::Share.write(value);
            let p = p_in_brackets(&change.difference);
            text.push_str(&format!(
                "; {} of the energy lies on the disc in the first and {} in the second{p}",
                write(change.first),
                write(change.second)
            ));
        }
        Some(_) => text.push_str("; no difference of the energy on the disc could be shown"),
        None => {}
    }
    text + "."
}

fn figure(focus: &[FocusChange]) -> Option<Figure> {
    let shares = focus.iter().filter(|change| {
        change.difference.measure == Measure::Points && change.difference.finding.estimate().is_some()
    });
    let row = |change: &FocusChange| ForestRow {
        name: change.what.clone(),
        cases: change.images,
        finding: change.difference.finding.clone(),
    };
    let rows: Vec<ForestRow> = shares.map(row).collect();
    (!rows.is_empty()).then(|| Figure {
        id: "focus".to_owned(),
        title: "Focus, first less second".to_owned(),
        caption: "Paired differences on the same images, with intervals.".to_owned(),
        data: FigureData::Forest { axis: "difference of shares".to_owned(), rows, reference: Some(0.0) },
    })
}
