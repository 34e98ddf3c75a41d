//! Whether the run can be trusted: before everything else.

use super::tag::{Tag, classed, tag};
use super::verdict;
use crate::schema::{Report, Trust, TrustRow, Verdict};

/// The box at the top.
pub(super) fn draw(report: &Report) -> Option<Tag> {
    if report.trust.is_empty() {
        return None;
    }
    let trusted = report.trusted();
    let heading = match trusted {
        Trust::Met => "This run can be trusted, as far as can be told",
        Trust::Open => "This run can be read with care",
        Trust::Broken => "Something is not in order: read the answers below with this in mind",
    };
    let of = |trust: Trust| report.trust.iter().filter(move |row| row.trust == trust);
    let open = of(Trust::Broken).chain(of(Trust::Open)).map(row);
    let met: Vec<Tag> = of(Trust::Met).map(row).collect();
    let names: Vec<&str> = of(Trust::Met).map(|row| row.condition.title()).collect();
    let folded = (!met.is_empty()).then(|| {
        let words = format!("In order: {}", names.join(", ").to_lowercase());
        tag("details").add(tag("summary").text(words)).add(tag("ul").all(met))
    });
    Some(
        classed("div", format!("trust {}", verdict::class(tone(trusted))))
            .with("id", "trust")
            .add(tag("h2").text("Can this run be trusted?"))
            .add(classed("p", "trusted").add(verdict::icon(tone(trusted))).add(tag("span").text(format!("{heading}."))))
            .add(tag("ul").all(open))
            .add(folded),
    )
}

/// What is not in order for an answer, above it.
pub(super) fn heads(report: &Report, question: usize) -> Option<Tag> {
    let broken = report.trust.iter().filter(|row| row.trust == Trust::Broken && row.questions.contains(&question));
    let said: Vec<Tag> = broken
        .map(|row| {
            tag("li").add(tag("b").text(format!("{}: ", row.condition.title()))).add(tag("span").prose(&row.sentence))
        })
        .collect();
    (!said.is_empty()).then(|| {
        classed("aside", "broken bad").add(verdict::icon(Verdict::Concerning)).add(
            tag("div").add(tag("b").text("Not in order, so that this answer means little.")).add(tag("ul").all(said)),
        )
    })
}

fn tone(trust: Trust) -> Verdict {
    match trust {
        Trust::Met => Verdict::Reassuring,
        Trust::Open => Verdict::Mixed,
        Trust::Broken => Verdict::Concerning,
    }
}

fn row(row: &TrustRow) -> Tag {
    let way = row.way_out.as_ref().map(|way| classed("span", "small way").prose(way));
    let words = tag("span").prose(&row.sentence);
    tag("li")
        .with("class", verdict::class(tone(row.trust)))
        .add(verdict::icon(tone(row.trust)))
        .add(tag("div").add(tag("b").text(row.condition.title())).add(words).add(way))
}
