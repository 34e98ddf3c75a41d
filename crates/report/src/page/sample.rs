//! The images behind the figures: how many, what is left out and why, what occurs more than once.

use super::numbers::{count, counted, spoken};
use super::tag::{Tag, classed, tag};
use crate::schema::{Copies, Excluded, Report, Sample};

/// Examples of a reason for leaving out.
const EXAMPLES: usize = 8;

/// The section on the data.
pub(super) fn section(report: &Report) -> Tag {
    let notes = (!report.notes.is_empty())
        .then(|| classed("ul", "notes").all(report.notes.iter().map(|note| tag("li").text(note))));
    tag("section")
        .with("id", "data")
        .add(tag("h2").text("The data"))
        .add(numbers(&report.sample))
        .add(notes)
        .add(excluded(&report.excluded))
        .add(copies(&report.copies))
}

fn numbers(sample: &Sample) -> Tag {
    let listed = |pairs: &[(String, usize)]| {
        let words: Vec<String> = pairs.iter().map(|(name, n)| format!("{} {}", count(*n), spoken(name))).collect();
        if words.is_empty() { "–".to_owned() } else { words.join(" · ") }
    };
    let rows = [
        ("Images in the run", count(sample.images)),
        ("Explained", count(sample.explained)),
        ("Could not be explained", count(sample.failed)),
        ("With a label", format!("{}: {}", count(sample.labelled), listed(&sample.labels))),
        ("Predictions", listed(&sample.predictions)),
        ("Outcomes", listed(&sample.outcomes)),
        ("Patients", sample.patients.map_or("not known: every image counts as one".to_owned(), count)),
        ("With a trusted disc", format!("{}: {}", count(sample.with_target), listed(&sample.mask_sources))),
        ("Right or left eye known", count(sample.with_side)),
        ("Regions removed on", count(sample.experimented)),
        ("Seen with the disc alone and without", count(sample.remainders)),
    ];
    let rows = rows
        .into_iter()
        .map(|(name, value)| tag("tr").add(tag("th").with("scope", "row").text(name)).add(tag("td").text(value)));
    classed("table", "plain pairs").add(tag("tbody").all(rows))
}

fn excluded(excluded: &[Excluded]) -> Tag {
    let block = tag("div").add(tag("h3").text("Left out"));
    if excluded.is_empty() {
        return block.add(tag("p").text("Nothing is left out of any figure."));
    }
    let items = excluded.iter().map(|entry| {
        let names = entry.examples.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
        let line = tag("li")
            .add(tag("b").text(counted(entry.images, "image")))
            .add(tag("span").text(format!(" {}", entry.reason)));
        line.add((!names.is_empty()).then(|| classed("span", "small names").text(format!("such as {names}"))))
    });
    block.add(classed("ul", "spaced").all(items))
}

fn copies(copies: &Copies) -> Tag {
    let groups = copies.examples.iter().map(|group| {
        let labels = group.labels.iter().map(|label| label.as_deref().unwrap_or("no label"));
        let members: Vec<String> =
            group.images.iter().zip(labels).map(|(image, label)| format!("{image} ({label})")).collect();
        let kin =
            if group.likeness >= 1.0 { "identical".to_owned() } else { format!("likeness {:.3}", group.likeness) };
        tag("li").add(classed("span", "names").text(members.join(" = "))).add(classed("span", "small").text(kin))
    });
    let detail = format!(
        "{} beyond the first of each; {} of identical files; {} across labels, {} across patients, {} across parts of \
         the set.",
        counted(copies.surplus, "image"),
        counted(copies.identical, "group"),
        count(copies.across_labels),
        count(copies.across_patients),
        count(copies.across_splits)
    );
    let folded = (!copies.examples.is_empty()).then(|| {
        tag("details")
            .add(tag("summary").text(format!("The {} most troublesome", counted(copies.examples.len(), "group"))))
            .add(classed("ul", "spaced").all(groups))
    });
    let detail = (copies.groups > 0).then(|| classed("p", "small").text(detail));
    tag("div").add(tag("h3").text("Copies")).add(tag("p").text(&copies.sentence)).add(detail).add(folded)
}
