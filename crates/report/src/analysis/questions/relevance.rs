//! 2. Are those regions clinically relevant?

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, MapFigures};
use crate::analysis::words::{MASKS_WAY_OUT, capital, is_resolution_limited, p_in_brackets, resolution};
use crate::schema::{Measure, Measurement, Question, Verdict};
use heatlens_anatomy::Role;
use heatlens_statistics::{compare_pairs, mean};

/// Less energy than this at the edge of the field and outside is no concern, whatever chance gives:
/// maps are blurred over a cell.
const HARMLESS: f64 = 0.10;

/// How many times chance a share has to be to reassure or to concern: with many images a trifle is
/// significant, too.
const CLEARLY: f64 = 1.25;

/// What a group of roles is called: id, words.
type Roles = (&'static str, &'static str, &'static [Role]);

const RELEVANT: Roles = ("relevant", "disc and nerve fibre layer together", &[Role::Target, Role::Plausible]);
const OFF: Roles = ("off", "the edge of the field and outside", &[Role::Edge, Role::Outside]);
/// What is shown, and nothing concluded from.
const SHOWN: [Roles; 3] = [
    ("target", "the disc", &[Role::Target]),
    ("plausible", "the surroundings of the disc and the arcuate nerve fibre bundles", &[Role::Plausible]),
    ("elsewhere", "retina without a known sign", &[Role::Elsewhere]),
];

/// The energy on a group of roles, and what of it goes beyond chance.
struct OnRoles {
    share: Handle,
    excess: Handle,
}

/// What is concluded from, of all maps or of those of one predicted class.
struct Figures {
    relevant: OnRoles,
    off: OnRoles,
}

impl Figures {
    /// Share and excess of what is relevant, then of what is off.
    fn read<'m>(&self, measured: &'m Measured<'_>) -> [&'m Measurement; 4] {
        [self.relevant.share, self.relevant.excess, self.off.share, self.off.excess].map(|handle| &measured[handle])
    }
}

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let maps: Vec<_> = evidence.decisions(|_| true).into_iter().filter(|map| map.target.is_some()).collect();
    if maps.is_empty() {
        return Draft::silent(
            Question::Relevance,
            "It cannot be said whether the regions are clinically relevant: no disc is known on any image that has a \
             map.",
            MASKS_WAY_OUT,
        );
    }
    let mut sheet = Sheet::default();
    let relevant = measure(evidence, &maps, RELEVANT, None, &mut sheet);
    for roles in SHOWN {
        measure(evidence, &maps, roles, None, &mut sheet);
    }
    let all = Figures { relevant, off: measure(evidence, &maps, OFF, None, &mut sheet) };
    let mut of_classes: Vec<(&str, Option<Figures>)> = Vec::new();
    for class in evidence.predicted_classes() {
        let name = evidence.facts.class(class);
        let of_class: Vec<_> =
            maps.iter().copied().filter(|map| evidence.images[map.image].predicted == class).collect();
        let figures = (!of_class.is_empty()).then(|| Figures {
            relevant: measure(evidence, &of_class, RELEVANT, Some(name), &mut sheet),
            off: measure(evidence, &of_class, OFF, Some(name), &mut sheet),
        });
        of_classes.push((name, figures));
    }
    Draft::new(Question::Relevance, sheet, move |measured| conclude(evidence, &all, &of_classes, measured))
        .seeing(&["zones/", "maps/classes/"])
}

/// The energy on a group of roles; `class` where the maps are those of one predicted class.
fn measure(
    evidence: &Evidence,
    maps: &[&MapFigures],
    (id, words, roles): Roles,
    class: Option<&str>,
    sheet: &mut Sheet,
) -> OnRoles {
    let units = evidence.units_of(maps);
    let (suffix, says) = match class {
        Some(name) => (format!("/{name}"), format!("when the model says {name}")),
        None => (String::new(), "maps of the predicted class".to_owned()),
    };
    let sum = |shares: &[f32]| roles.iter().map(|&role| evidence.role_share(shares, role)).sum::<f64>();
    let shares: Vec<f64> = maps.iter().map(|map| sum(&map.shares)).collect();
    let chance: Vec<f64> = maps.iter().map(|map| sum(&map.chance)).collect();
    let level = chance.iter().sum::<f64>() / chance.len() as f64;
    let share = Measurement::new(
        format!("share/{id}{suffix}"),
        format!("share of the map on {words}, {says}"),
        Measure::Share,
        mean(&shares, &units, &evidence.settings),
    );
    let excess = Measurement::new(
        format!("excess/{id}{suffix}"),
        format!("share of the map on {words} beyond chance, {says}"),
        Measure::Points,
        compare_pairs(&shares, &chance, &units, &evidence.settings),
    );
    OnRoles { share: sheet.add(share.against(level)), excess: sheet.add(excess.against(0.0).exploration()) }
}

/// `For glaucoma yes; for normal it looks at the edge of the field.`
fn some_only(of_classes: &[(&str, Option<Figures>)], measured: &Measured<'_>) -> String {
    let mut said: Vec<String> = Vec::new();
    for (class, figures) in of_classes {
        let Some(figures) = figures else { continue };
        let [_, excess, off, off_excess] = figures.read(measured);
        said.push(match (is_off_retina(off, off_excess), excess.is_below(0.0), excess.is_above(0.0)) {
            (true, ..) => format!("for {class} no, much of the map lies at the edge of the field or outside it"),
            (_, true, _) => format!("for {class} no, all places of signs together get less of the map than chance"),
            (.., true) => format!("for {class} yes"),
            _ => format!("for {class} no more than chance"),
        });
    }
    // A yes first.
    said.sort_by_key(|said| !said.ends_with("yes"));
    capital(&format!("{}.", said.join("; ")))
}

/// Is there more of it than chance gives, and more than a trifle, on what carries no sign of any
/// disease?
fn is_off_retina(share: &Measurement, excess: &Measurement) -> bool {
    let least = HARMLESS.max(CLEARLY * share.chance.unwrap_or(0.0));
    excess.is_above(0.0) && share.finding.estimate().is_some_and(|share| share > least)
}

/// What is said of the predictions of a class whose maps do worse than the figures of all would
/// have it.
fn reservation(class: &str, figures: &Figures, measured: &Measured<'_>) -> Option<String> {
    let [relevant, excess, off, off_excess] = figures.read(measured);
    let against = |share: &Measurement, place: &str| {
        format!(
            "when the model says {class}, {} {place}, where chance gives {}",
            share.words(),
            Measure::Share.write(share.chance.unwrap_or(0.0))
        )
    };
    if is_off_retina(off, off_excess) {
        Some(against(off, "lies at the edge of the field and outside"))
    } else if excess.is_below(0.0) {
        Some(against(relevant, "lies on these"))
    } else {
        None
    }
}

fn conclude(
    evidence: &Evidence,
    all: &Figures,
    of_classes: &[(&str, Option<Figures>)],
    measured: &Measured<'_>,
) -> Conclusion {
    let [relevant, excess, off, off_excess] = all.read(measured);
    if excess.finding.estimate().is_none() {
        let why = excess.words();
        let sentence = format!("Whether the regions are clinically relevant {why}.");
        return Conclusion::said(Verdict::CannotBeSaid, sentence).way_out("Audit more images with masks.");
    }
    let level = relevant.chance.unwrap_or(0.0);
    if CLEARLY * level > 1.0 {
        let plain = "It cannot be said: these pictures show little but the disc and its surroundings, so that a map can \
                     hardly lie elsewhere.";
        let headline = format!(
            "It cannot be said: the disc, its surroundings and the nerve fibre bundles get {} of a map by chance alone.",
            Measure::Share.write(level)
        );
        return Conclusion::new(Verdict::CannotBeSaid, plain, headline)
            .way_out("Audit photographs that show more of the retina, or read the answer about the disc instead.");
    }
    let is_clear = relevant.finding.estimate().is_some_and(|share| share >= CLEARLY * level);
    let chance = Measure::Share.write(level);
    let figures = format!(
        "{} of the map lies on the disc, around it and along the nerve fibre bundles, where chance gives {chance}",
        relevant.words()
    );
    let margin = format!(
        "{} at the edge of the field and outside, where chance gives {}",
        off.words(),
        Measure::Share.write(off.chance.unwrap_or(0.0))
    );
    let off_retina = is_off_retina(off, off_excess);
    let reserved = |(class, figures): &(&str, Option<Figures>)| reservation(class, figures.as_ref()?, measured);
    let reservations: Vec<String> = of_classes.iter().filter_map(reserved).collect();
    let is_some_only = !reservations.is_empty() && reservations.len() < of_classes.len();
    let (verdict, plain, headline) = if off_retina && !excess.is_above(0.0) {
        let plain =
            "No: much of the map lies at the edge of the field or outside it, where no disease shows.".to_owned();
        (Verdict::Concerning, plain, format!("Not as one would wish: {figures}, and {margin}."))
    } else if excess.is_above(0.0) && is_some_only {
        let headline = format!("For some predictions only: {figures}, but {}.", reservations.join("; "));
        (Verdict::Mixed, some_only(of_classes, measured), headline)
    } else if off_retina {
        let plain = "In part: on the disc and the nerve fibres around it, but also much at the edge of the field or \
                     outside it.";
        (Verdict::Mixed, plain.to_owned(), format!("Partly: {figures}, but also {margin}."))
    } else if excess.is_below(0.0) {
        let plain = "No: less than chance lies where signs of glaucoma are known.".to_owned();
        (Verdict::Concerning, plain, format!("Less than chance: {figures}."))
    } else if excess.is_above(0.0) && !is_clear {
        let plain = "Hardly: only a little more than chance lies where signs of glaucoma are known.".to_owned();
        (Verdict::Mixed, plain, format!("Little more than chance: {figures}; {margin}."))
    } else if excess.is_above(0.0) && !is_resolution_limited(evidence) {
        let plain =
            "Yes: it looks at the disc, around it and along the nerve fibres, where signs of glaucoma are known.";
        (Verdict::Reassuring, plain.to_owned(), format!("More than chance: {figures}; {margin}."))
    } else if excess.is_above(0.0) {
        let plain = "It seems so, as far as so coarse a map can tell.".to_owned();
        (Verdict::Mixed, plain, format!("More than chance, as far as a map this coarse can tell: {figures}."))
    } else {
        let plain = "Not shown: no more than chance lies where signs of glaucoma are known.".to_owned();
        (Verdict::Mixed, plain, format!("No more than chance: {figures}{}.", p_in_brackets(excess)))
    };
    let mut conclusion =
        Conclusion::new(verdict, plain, headline).explained("Resolution", resolution(evidence)).explained(
            "Off the disc is not wrong by itself",
            "Glaucoma thins the nerve fibre layer, which shows around the disc and along the arcuate bundles; networks \
         find it on photographs without the \
         disc (Hemelings 2021: AUC 0.88 with the disc cropped away). The edge of the field and what lies outside \
         carry no sign of any disease.",
        );
    if is_resolution_limited(evidence) {
        conclusion = conclusion.way_out(crate::analysis::words::RESOLUTION_WAY_OUT);
    }
    conclusion
}
