//! 6. Can the cause of a failure be seen?

mod columns;

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Cause, Evidence, Image};
use crate::analysis::words::{LABELS_WAY_OUT, list, region_title, right_title, with_p, wrong_title};
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement, Question, Verdict};
use heatlens_statistics::{INTERVAL_BELOW, compare_groups, proportion};

/// A property of an image in which failures may differ.
struct Property {
    id: &'static str,
    /// `failures have …` if it is higher, or lower, among them.
    higher: &'static str,
    lower: &'static str,
    what: &'static str,
    value: fn(&Evidence, usize) -> Option<f64>,
}

fn figure(evidence: &Evidence, image: usize, name: &str) -> Option<f64> {
    evidence.images[image].figures.get(name).copied()
}

const PROPERTIES: &[Property] = &[
    Property {
        id: "sharpness",
        higher: "sharper pictures",
        lower: "less sharp pictures",
        what: "sharpness",
        value: |e, i| figure(e, i, "sharpness"),
    },
    Property {
        id: "exposure",
        higher: "brighter pictures",
        lower: "darker pictures",
        what: "exposure",
        value: |e, i| figure(e, i, "exposure"),
    },
    Property {
        id: "clipped",
        higher: "more black or burnt-out pixels",
        lower: "fewer black or burnt-out pixels",
        what: "share of clipped pixels",
        value: |e, i| figure(e, i, "clipped"),
    },
    Property {
        id: "vertical_cup_to_disc",
        higher: "a larger cup-to-disc ratio",
        lower: "a smaller cup-to-disc ratio",
        what: "vertical cup-to-disc ratio",
        value: |e, i| figure(e, i, "vertical_cup_to_disc"),
    },
    Property {
        id: "mask_confidence",
        higher: "a clearer disc",
        lower: "a less clear disc",
        what: "confidence of the disc's mask",
        value: |e, i| figure(e, i, "mask_confidence"),
    },
    Property {
        id: "disc_size",
        higher: "a larger disc in the picture",
        lower: "a smaller disc in the picture",
        what: "diameter of the disc in the input",
        value: |e, i| e.images[i].target.map(|target| target[2] / e.images[i].scale[0]),
    },
    Property {
        id: "confidence",
        higher: "more confidence",
        lower: "less confidence",
        what: "confidence",
        value: |e, i| Some(e.images[i].confidence),
    },
    Property {
        id: "pixels",
        higher: "larger photographs",
        lower: "smaller photographs",
        what: "pixels of the photograph",
        value: |e, i| Some((e.images[i].size[0] * e.images[i].size[1]) as f64),
    },
    Property {
        id: "focus",
        higher: "more of the map for the true class on the disc",
        lower: "less of the map for the true class on the disc",
        what: "share of the map on the disc, map of the true class",
        value: |e, i| Some(e.map(i, e.images[i].label?)?.target?.share),
    },
];

/// Properties that are named of a class's failures …
const NAMED: usize = 3;
/// … from this δ on: less is negligible (Romano 2006).
const LEAST_DELTA: f64 = 0.147;
/// A failure is less sure than a success because it is one, and of maps question 4 tells.
const NO_CAUSES: [&str; 2] = ["confidence", "focus"];

/// See the module.
pub fn draft<'e>(evidence: &'e Evidence, copies: &BTreeSet<usize>) -> Draft<'e> {
    if !evidence.has_labels() {
        return Draft::silent(
            Question::Failures,
            "It cannot be said: no image has a label, so no failure is known.",
            LABELS_WAY_OUT,
        );
    }
    let classes: Vec<usize> = (0..evidence.facts.classes.len())
        .filter(|&class| evidence.images.iter().any(|i| i.label == Some(class)))
        .collect();
    let mut sheet = Sheet::default();
    let compared: Vec<Compared> = classes.into_iter().map(|class| measure(evidence, class, &mut sheet)).collect();
    let copies = among_copies(evidence, copies, &mut sheet);
    let cures: Vec<Cures> = compared.iter().map(|compared| Cures::of(evidence, compared.class)).collect();
    let figures: Vec<Figure> = compared.iter().filter_map(|compared| forest(evidence, compared, &sheet)).collect();
    let conclude = move |measured: &Measured<'_>| conclude(evidence, &compared, &cures, copies, measured);
    Draft::new(Question::Failures, sheet, conclude)
        .with_figures(figures)
        .with_galleries(crate::analysis::galleries::confident_errors(evidence))
}

/// The properties of a true class's failures, one below the other.
fn forest(evidence: &Evidence, compared: &Compared, sheet: &Sheet) -> Option<Figure> {
    let class = compared.class;
    let name = evidence.facts.class(class);
    let row = |&(property, handle): &(&Property, Handle)| {
        let m = sheet.raw(handle);
        m.finding.estimate()?;
        Some(ForestRow {
            name: property.what.to_owned(),
            cases: m.finding.units().iter().sum(),
            finding: m.finding.clone(),
        })
    };
    let rows: Vec<ForestRow> = compared.properties.iter().filter_map(row).collect();
    let (wrong, right) = (wrong_title(evidence, class), right_title(evidence, class));
    (!rows.is_empty()).then(|| Figure {
        id: format!("failures/properties/{name}"),
        title: format!("What {wrong} have in common"),
        caption: format!(
            "Cliff's δ of each property, {wrong} against {right}: above 0 the property is higher among failures."
        ),
        data: FigureData::Forest { axis: "Cliff's δ".to_owned(), rows, reference: Some(0.0) },
    })
}

/// The properties in which the failures of a true class were compared with its successes.
struct Compared {
    class: usize,
    properties: Vec<(&'static Property, Handle)>,
    columns: Vec<columns::Shared>,
}

fn measure(evidence: &Evidence, class: usize, sheet: &mut Sheet) -> Compared {
    let of: Vec<usize> = (0..evidence.images.len()).filter(|&i| evidence.images[i].label == Some(class)).collect();
    let compare = |property: &'static Property| {
        let known: Vec<(usize, f64)> = of.iter().filter_map(|&i| Some((i, (property.value)(evidence, i)?))).collect();
        let values: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        let first = values.first()?;
        if values.iter().all(|value| value == first) {
            return None;
        }
        let wrong: Vec<bool> = known.iter().map(|(i, _)| evidence.images[*i].is_correct() == Some(false)).collect();
        let units = evidence.units.select(&known.iter().map(|(i, _)| *i).collect::<Vec<_>>());
        let finding = compare_groups(&values, &wrong, &units, &evidence.settings);
        let what =
            format!("{}, {} against {}", property.what, wrong_title(evidence, class), right_title(evidence, class));
        let id = format!("property/{}/{}", evidence.facts.class(class), property.id);
        let delta = Measurement::new(id, what, Measure::Signed, finding).against(0.0).exploration();
        Some((property, sheet.add(delta)))
    };
    let properties = PROPERTIES.iter().filter_map(compare).collect();
    Compared { class, properties, columns: columns::measure(evidence, class, sheet) }
}

/// Whether images that are in the set more than once fail more seldom, as learnt ones would: their
/// errors, and those of the others.
fn among_copies(evidence: &Evidence, copies: &BTreeSet<usize>, sheet: &mut Sheet) -> Option<[Handle; 2]> {
    let known = |image: &Image, copied: bool| image.label.is_some() && copies.contains(&image.case) == copied;
    if !evidence.images.iter().any(|image| known(image, true)) {
        return None;
    }
    let share = |copied: bool| {
        let of: Vec<usize> = (0..evidence.images.len()).filter(|&i| known(&evidence.images[i], copied)).collect();
        let wrong: Vec<bool> = of.iter().map(|&i| evidence.images[i].is_correct() == Some(false)).collect();
        proportion(&wrong, &evidence.units.select(&of), &evidence.settings)
    };
    let what = "errors among images that are in the set more than once";
    let yes = Measurement::new("copies/yes", what, Measure::Share, share(true));
    let no = Measurement::new("copies/no", "errors among the other images", Measure::Share, share(false));
    Some([sheet.add(yes), sheet.add(no)])
}

fn cured_plainly(evidence: &Evidence, cures: &[Cures]) -> String {
    cures.iter().map(|cures| cures.plain(evidence)).collect()
}

fn told_of(evidence: &Evidence, cures: &[Cures]) -> String {
    cures.iter().map(|cures| cures.told(evidence)).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Failures on photographs of a class on which removing some region, and not as much elsewhere, gives the
/// right answer.
struct Cures {
    class: usize,
    /// Errors on which regions were removed.
    tested: usize,
    /// Those that some removal corrects.
    cured: usize,
    /// The region that corrects most of them, the smallest of several, and how many.
    most: Option<(usize, usize)>,
}

impl Cures {
    fn of(evidence: &Evidence, class: usize) -> Cures {
        let mut tested = BTreeSet::new();
        let mut cured = BTreeMap::<usize, BTreeSet<usize>>::new();
        let mut area = BTreeMap::<usize, f64>::new();
        let is_wrong = |cause: &&Cause| {
            let image = &evidence.images[cause.image];
            cause.inpainted && image.label == Some(class) && image.is_correct() == Some(false)
        };
        for cause in evidence.causes.iter().filter(is_wrong) {
            tested.insert(cause.image);
            // A turn that as much elsewhere brings about, too, says nothing of the region.
            if cause.flipped && cause.control_flips.is_none_or(|share| share < 0.5) {
                cured.entry(cause.region).or_default().insert(cause.image);
                area.entry(cause.region).or_insert(cause.area);
            }
        }
        let any: BTreeSet<usize> = cured.values().flatten().copied().collect();
        let most =
            cured.iter().max_by(|(a, of_a), (b, of_b)| of_a.len().cmp(&of_b.len()).then(area[*b].total_cmp(&area[*a])));
        Cures {
            class,
            tested: tested.len(),
            cured: any.len(),
            most: most.map(|(region, images)| (*region, images.len())),
        }
    }

    fn most(&self, evidence: &Evidence) -> Option<(String, usize)> {
        let (region, images) = self.most?;
        Some((region_title(&evidence.regions[region], &evidence.facts.zones), images))
    }

    /// For the person.
    fn plain(&self, evidence: &Evidence) -> String {
        match self.most(evidence) {
            Some((title, images)) => format!(
                " {} of {} {} that were tested become right when one place is hidden, most often {title} ({images}).",
                self.cured,
                self.tested,
                wrong_title(evidence, self.class)
            ),
            None => String::new(),
        }
    }

    fn told(&self, evidence: &Evidence) -> String {
        if self.tested == 0 {
            return String::new();
        }
        let region = self
            .most(evidence)
            .map_or_else(String::new, |(title, images)| format!(", most often that of {title} ({images})"));
        format!(
            "Of {} {} on which regions were removed one by one, {} flipped when some region was removed \
             and did not when as much was removed elsewhere{region}.",
            self.tested,
            wrong_title(evidence, self.class),
            self.cured
        )
    }
}

fn conclude(
    evidence: &Evidence,
    compared: &[Compared],
    cures: &[Cures],
    copies: Option<[Handle; 2]>,
    measured: &Measured<'_>,
) -> Conclusion {
    let (mut told, mut plain) = (Vec::new(), Vec::new());
    for Compared { class, properties, columns } in compared {
        let class = *class;
        for shared in columns.iter().filter(|shared| shared.is_told(measured)) {
            plain.push(shared.plain(evidence));
            told.push(shared.told(evidence, measured));
        }
        let mut found: Vec<(f64, &str, String)> = Vec::new();
        for (property, handle) in properties {
            let m = &measured[*handle];
            let delta = m.finding.estimate().unwrap_or(0.0);
            if !m.is_significant() || delta.abs() < LEAST_DELTA || NO_CAUSES.contains(&property.id) {
                continue;
            }
            let words = if delta > 0.0 { property.higher } else { property.lower };
            found.push((delta.abs(), words, format!("{words} ({})", with_p(&format!("δ {delta:+.2}"), m))));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(NAMED);
        if !found.is_empty() {
            let have = |properties: Vec<String>| {
                let (wrong, right) = (wrong_title(evidence, class), right_title(evidence, class));
                format!("{wrong} have {} than {right}", list(&properties))
            };
            plain.push(have(found.iter().map(|(_, words, _)| (*words).to_owned()).collect()));
            told.push(have(found.into_iter().map(|(.., words)| words).collect()));
        }
    }
    let all = compared.iter().flat_map(|compared| &compared.properties);
    let tested = all.filter(|(_, handle)| measured[*handle].finding.p().is_some()).count();
    let mut conclusion = if !told.is_empty() {
        let plain = format!("In part: {}.{}", plain.join("; "), cured_plainly(evidence, cures));
        Conclusion::new(Verdict::Described, plain, format!("In part: {}.", told.join("; ")))
    } else if tested > 0 {
        Conclusion::new(
            Verdict::Described,
            format!(
                "Not from what was measured of the photographs: look at the cases.{}",
                cured_plainly(evidence, cures)
            ),
            format!(
                "Not from what was measured: none of {tested} comparisons of failures with successes shows a \
                 difference. Look at the cases."
            ),
        )
    } else {
        Conclusion::said(Verdict::CannotBeSaid, "It cannot be said from so few failures: look at the cases.")
            .way_out(format!("Audit more images: a comparison takes {INTERVAL_BELOW} failures of a class."))
    };
    conclusion = conclusion.explained("Experiments", told_of(evidence, cures));
    if let Some([yes, no]) = copies.map(|copies| copies.map(|handle| &measured[handle])) {
        let text = format!(
            "Errors among images that are in the set more than once: {}; among the others: {}.",
            yes.words(),
            no.words()
        );
        conclusion = conclusion.explained("Copies", text);
    }
    conclusion.explained(
        "No proof",
        "What goes together with failures need not be their cause; only the experiments change one thing at a time.",
    )
}
