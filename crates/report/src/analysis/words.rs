//! Words that several answers share.

use heatlens_record::regions::{AROUND, PICTURE_PARTS, SCANNED};
pub use heatlens_record::{are, count};

use super::evidence::Evidence;
use crate::schema::Measurement;
use heatlens_anatomy::ZoneCard;

/// Below this the disc is smaller than a cell of the map: nothing exact can be said of it.
pub const LEAST_CELLS: f64 = 1.0;
/// Below this nothing can be said of sectors of the disc.
pub const SECTOR_CELLS: f64 = 3.0;

/// What to do without masks.
pub const MASKS_WAY_OUT: &str = "Give masks of the disc in the manifest (column `mask`), or a segmenter that suits \
    these photographs (`--segmenter model.onnx`).";
/// What to do without labels.
pub const LABELS_WAY_OUT: &str = "Give labels: a `label` column in the manifest, or one folder a class.";
/// What to do with too coarse a map.
pub const RESOLUTION_WAY_OUT: &str = "Crop the photographs on the disc before training and auditing, train with a \
    larger input, or explain an \
     earlier layer with HiResCAM or LayerCAM (`--layers`, `--methods hirescam,layercam`).";

/// `the disc is 0.9 cells of the map wide` …; empty where cells are fine enough or unknown.
pub fn resolution(evidence: &Evidence) -> String {
    match evidence.cells_per_target() {
        Some(cells) if cells < LEAST_CELLS => format!(
            "Resolution-limited: the disc is {cells:.1} cells of the map wide, less than one. Energy that belongs to \
             the disc cannot be told from that of \
             its surroundings, and nothing can be said of its parts."
        ),
        Some(cells) if cells < SECTOR_CELLS => format!(
            "The disc is {cells:.1} cells of the map wide. Statements about the disc as a whole are coarse; none are \
             made about its sectors, cup or rim \
             (that takes {SECTOR_CELLS:.0} cells)."
        ),
        _ => String::new(),
    }
}

/// Whether the map is too coarse for the disc.
pub fn is_resolution_limited(evidence: &Evidence) -> bool {
    evidence.cells_per_target().is_some_and(|cells| cells < LEAST_CELLS)
}

/// A region of an experiment in sentences.
pub fn region_title(region: &str, zones: &[ZoneCard]) -> String {
    if let Some(part) = PICTURE_PARTS.iter().find(|part| part.name == region) {
        return part.title.to_owned();
    }
    if let Some(place) = SCANNED.iter().find(|place| place.name == region) {
        return place.title.clone();
    }
    if let Some(place) = AROUND.iter().find(|place| place.name == region) {
        return place.title.to_owned();
    }
    match zones.iter().find(|zone| zone.name == region) {
        Some(zone) => zone_in_plain(zone),
        None if region == "disc" => "the optic disc".to_owned(),
        None => region.to_owned(),
    }
}

/// What is said of several classes, that of the positive one first: a clinician asks about it first.
pub fn positive_first<'a, T>(evidence: &Evidence, of: &'a [T], class: impl Fn(&T) -> usize) -> Vec<&'a T> {
    let mut of: Vec<&T> = of.iter().collect();
    of.sort_by_key(|of| Some(class(of)) != evidence.facts.positive);
    of
}

/// `For glaucoma and drusen`, `for every class` where all are meant.
pub fn for_classes(classes: &[&str], all: usize) -> String {
    match classes.len() {
        n if n == all && n > 2 => "for every class".to_owned(),
        _ => format!("for {}", list(&classes.iter().map(|class| (*class).to_owned()).collect::<Vec<_>>())),
    }
}

/// `For glaucoma: yes. For normal and drusen: no more than chance.`: each answer once, in the order they
/// come.
pub fn by_class(said: &[(&str, String)]) -> String {
    by_group(said, for_classes)
}

/// The same of photographs by their labels.
pub fn by_label(said: &[(&str, String)]) -> String {
    let labelled = |classes: &[&str], _| {
        let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
        format!("on photographs labelled {}", list(&classes))
    };
    by_group(said, labelled)
}

fn by_group(said: &[(&str, String)], title: impl Fn(&[&str], usize) -> String) -> String {
    let mut grouped: Vec<(Vec<&str>, &String)> = Vec::new();
    for (class, said) in said {
        match grouped.iter_mut().find(|(_, known)| *known == said) {
            Some((classes, _)) => classes.push(class),
            None => grouped.push((vec![class], said)),
        }
    }
    let all = said.len();
    let sentence = |(classes, said): (Vec<&str>, &String)| capital(&format!("{}: {said}.", title(&classes, all)));
    grouped.into_iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// A zone in words that need no glossary, with the article.
pub fn zone_in_plain(zone: &ZoneCard) -> String {
    if zone.plain.is_empty() {
        // Runs of older versions have titles only, some with their bounds in brackets.
        let title = zone.title.split(" (").next().unwrap_or_default();
        return format!("“{title}”");
    }
    zone.plain.to_string()
}

/// An outcome in words, plural: `false positives`, `glaucoma taken for normal`.
pub fn outcome_title(outcome: &str) -> String {
    match outcome {
        "true_positive" => "true positives".to_owned(),
        "true_negative" => "true negatives".to_owned(),
        "false_positive" => "false positives".to_owned(),
        "false_negative" => "false negatives".to_owned(),
        _ => match outcome.split_once('/') {
            Some(("correct", class)) => format!("{class}, recognised"),
            Some(("wrong", pair)) => pair.replacen("_as_", " taken for ", 1),
            Some(("predicted", class)) => format!("predicted as {class}"),
            _ => outcome.to_owned(),
        },
    }
}

/// The right ones of a class: `true positives`, or `glaucoma, recognised`.
pub fn right_title(evidence: &Evidence, class: usize) -> String {
    match evidence.facts.positive {
        Some(positive) if evidence.facts.classes.len() == 2 => {
            if class == positive { "true positives" } else { "true negatives" }.to_owned()
        }
        _ => format!("{} recognised", evidence.facts.class(class)),
    }
}

/// The wrong ones of a class.
pub fn wrong_title(evidence: &Evidence, class: usize) -> String {
    match evidence.facts.positive {
        Some(positive) if evidence.facts.classes.len() == 2 => {
            if class == positive { "false negatives" } else { "false positives" }.to_owned()
        }
        _ => format!("{} missed", evidence.facts.class(class)),
    }
}

/// `p = 0.012`, after correction; nothing where nothing was tested.
pub fn p_words(measurement: &Measurement) -> String {
    let Some(p) = measurement.finding.p() else { return String::new() };
    let (value, corrected) = p.adjusted.map_or((p.value, ""), |adjusted| (adjusted.value, " corrected"));
    if value < 0.001 { format!("p < 0.001{corrected}") } else { format!("p = {value:.3}{corrected}") }
}

/// The same in brackets behind other words; nothing where nothing was tested.
pub fn p_in_brackets(measurement: &Measurement) -> String {
    in_brackets(&p_words(measurement))
}

fn in_brackets(p: &str) -> String {
    if p.is_empty() { String::new() } else { format!(" ({p})") }
}

/// Figures and the p-value between the same brackets, as far as there is one.
pub fn with_p(figures: &str, measurement: &Measurement) -> String {
    [figures, &p_words(measurement)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// With a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A sentence that goes on behind a comma or colon.
pub fn decapitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_outcomes_read_well() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!((list(&items), list(&items[..1])), ("a, b and c".to_owned(), "a".to_owned()));
        assert_eq!(outcome_title("wrong/a_as_b"), "a taken for b");
        assert_eq!(outcome_title("predicted/a"), "predicted as a");
        assert_eq!(region_title("corner lower left", &[]), "the lower left corner of the picture");
        assert_eq!((in_brackets(""), in_brackets("p = 0.012")), (String::new(), " (p = 0.012)".to_owned()));
        let said = [("a", "yes".to_owned()), ("b", "no".to_owned()), ("c", "yes".to_owned())];
        assert_eq!(by_class(&said), "For a and c: yes. For b: no.");
        assert_eq!(by_class(&[said[0].clone(), said[2].clone(), ("d", "yes".to_owned())]), "For every class: yes.");
        assert_eq!((count(1, "image"), capital("äb")), ("1 image".to_owned(), "Äb".to_owned()));
    }
}
