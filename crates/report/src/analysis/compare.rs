//! Two runs on the same images, paired: models, methods or layers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::evidence::{Evidence, Image, MapFigures};
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

/// Compares two runs on the images that both explained: by name, and where names differ by the content
/// of the files.
///
/// # Errors
/// [`RunError::Disk`], [`RunError::Damaged`].
pub fn compare(first: &Chosen<'_>, second: &Chosen<'_>, settings: &Settings) -> Result<Comparison, RunError> {
    let gather =
        |chosen: &Chosen<'_>| Evidence::gather_view(chosen.directory, chosen.run, settings, chosen.view.clone());
    let folders = [first, second].map(|chosen| chosen.directory.root().display().to_string());
    Ok(comparison(&gather(first)?, &gather(second)?, &folders))
}

/// The images of both runs.
struct Pairs<'e> {
    a: &'e Evidence,
    b: &'e Evidence,
    /// Positions among the images of both.
    images: Vec<[usize; 2]>,
    /// How many of them have other names in the second.
    renamed: usize,
    units: Units,
    settings: Settings,
}

/// The images of both: by name, and those that have no partner of their name by content.
fn paired(a: &Evidence, b: &Evidence) -> Vec<[usize; 2]> {
    fn partners<'e>(
        all: &'e Evidence,
        taken: &HashSet<usize>,
        key: impl Fn(&'e Image) -> Option<&'e str>,
    ) -> HashMap<&'e str, usize> {
        let free = all.images.iter().enumerate().filter(|(i, _)| !taken.contains(i));
        // Of copies the first.
        free.rev().filter_map(|(i, image)| Some((key(image)?, i))).collect()
    }
    let by_name = partners(b, &HashSet::new(), |image| Some(&image.name));
    let mut partner: Vec<Option<usize>> =
        a.images.iter().map(|image| by_name.get(image.name.as_str()).copied()).collect();
    let mut taken: HashSet<usize> = partner.iter().flatten().copied().collect();
    let by_content = partners(b, &taken, |image| image.sha256.as_deref());
    for (image, partner) in a.images.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
        let found = image.sha256.as_deref().and_then(|content| by_content.get(content).copied());
        *partner = found.filter(|found| taken.insert(*found));
    }
    partner.into_iter().enumerate().filter_map(|(i, partner)| Some([i, partner?])).collect()
}

fn comparison(a: &Evidence, b: &Evidence, folders: &[String; 2]) -> Comparison {
    let images = paired(a, b);
    let renamed = images.iter().filter(|pair| a.images[pair[0]].name != b.images[pair[1]].name).count();
    let units = a.units.select(&images.iter().map(|pair| pair[0]).collect::<Vec<_>>());
    let pairs = Pairs { a, b, images, renamed, units, settings: a.settings };
    let mut agreed = pairs.agreement();
    let mut focus = pairs.focus();
    let mut auc = pairs.auc();
    let mut findings: Vec<&mut Finding> = focus.iter_mut().map(|change| &mut change.difference.finding).collect();
    findings.extend(auc.iter_mut().map(|m| &mut m.finding));
    findings.extend(agreed.accuracy.iter_mut().map(|m| &mut m.finding));
    adjust(&mut findings, Correction::Holm);
    let map_similarity = pairs.similarity();
    let names = names(a, b, folders);
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

/// What tells the two apart: views of one run by method and layer, else runs by the model's file and
/// their folder, with the view where the file does not tell them apart and it does.
fn names(a: &Evidence, b: &Evidence, folders: &[String; 2]) -> [String; 2] {
    let views = [a, b].map(|evidence| match &evidence.view.layer {
        Some(layer) => format!("{} at {layer}", evidence.view.method),
        None => evidence.view.method.clone(),
    });
    let files = [a, b].map(|evidence| evidence.facts.run.model.file.rsplit(['/', '\\']).next().unwrap_or_default());
    let views_differ = views[0] != views[1] && !views.iter().any(String::is_empty);
    let is_one_run = folders[0].trim_end_matches('/') == folders[1].trim_end_matches('/');
    match (is_one_run, views_differ) {
        (true, true) => views,
        (true, false) => ["first run".to_owned(), "second run".to_owned()],
        (false, true) if files[0] == files[1] => {
            [0, 1].map(|side| format!("{} of {} in {}", views[side], files[side], folders[side]))
        }
        (false, _) => [0, 1].map(|side| format!("{} in {}", files[side], folders[side])),
    }
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
            ("share", "share of the map on the disc", Measure::Points, |_, map| Some(map.target?.share)),
            ("enrichment", "share of the map on the disc over its area", Measure::Signed, |_, map| {
                Some(map.target?.share / map.target?.area)
            }),
            ("pointing", "maps whose maximum lies on the disc", Measure::Points, |_, map| {
                Some(f64::from(u8::from(map.target?.pointing?)))
            }),
            ("auprc", "area under the precision–recall curve for the disc", Measure::Signed, |_, map| {
                map.target?.auprc
            }),
            ("off", "share of the map at the edge of the field and outside", Measure::Points, |evidence, map| {
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
        let other: BTreeMap<(usize, &str), _> = self
            .b
            .sampled
            .iter()
            .map(|sampled| (&self.b.maps[sampled.map], &sampled.picture))
            .map(|(map, picture)| ((map.image, self.b.facts.class(map.class)), picture))
            .collect();
        let partner: HashMap<usize, usize> = self.images.iter().map(|&[a, b]| (a, b)).collect();
        let mut known: Vec<(usize, f64)> = Vec::new();
        for sampled in &self.a.sampled {
            let map = &self.a.maps[sampled.map];
            let key = partner.get(&map.image).map(|&image| (image, self.a.facts.class(map.class)));
            let picture = key.and_then(|key| other.get(&key));
            known.extend(picture.and_then(|picture| correlation(&sampled.picture, picture)).map(|r| (map.image, r)));
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
        if let Some([a, b]) = self.images.iter().find(|[a, b]| self.a.images[*a].name != self.b.images[*b].name) {
            explain(
                "Images with two names",
                format!(
                    "{} of other names in the second run, such as `{}` and `{}`, {} paired as their files are the same.",
                    count(self.renamed, "image"),
                    self.a.images[*a].name,
                    self.b.images[*b].name,
                    if self.renamed == 1 { "is" } else { "are" }
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
                     gather more of itself on it."
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
                "; {} of the map lies on the disc in the first and {} in the second{p}",
                write(change.first),
                write(change.second)
            ));
        }
        Some(_) => text.push_str("; no difference of the map on the disc could be shown"),
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
