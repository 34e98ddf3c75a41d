//! The ten answers: a card each at the top, a section each below.

use super::context::Page;
use super::numbers::counted;
use super::tag::{Tag, classed, tag};
use super::{cases, figures, measurements, trust, verdict};
use crate::schema::{Answer, Explanation, Question, SuspectStatus, Verdict};

/// Measurements that are shown without opening anything.
const OPEN: usize = 4;

/// A question in a few words, for the contents.
pub(super) fn short(question: Question) -> &'static str {
    match question {
        Question::Where => "Where it looks",
        Question::Relevance => "Clinical relevance",
        Question::Disc => "The optic disc",
        Question::CorrectFocus => "Right and wrong",
        Question::Errors => "The errors",
        Question::Failures => "Causes of failure",
        Question::ClassDifference => "Class differences",
        Question::Patterns => "Patterns",
        Question::Confidence => "Confidence",
        Question::Shortcut => "Shortcuts",
    }
}

/// A card for each question.
pub(super) fn summary(page: &Page<'_>) -> Tag {
    let cards = page.report.answers.iter().map(|answer| {
        let top = classed("div", "top")
            .add(classed("span", "ordinal").text(answer.number))
            .add(verdict::chip(answer.verdict));
        let question = tag("a").with("href", format!("#question-{}", answer.number)).text(&answer.text);
        let known = tag("details").add(tag("summary").text("How we know")).add(tag("p").prose(&answer.headline)).add(
            tag("p").add(tag("a").with("href", format!("#question-{}", answer.number)).text("All figures and cases")),
        );
        classed("article", format!("card {}", verdict::class(answer.verdict)))
            .add(top)
            .add(tag("h3").add(question))
            .add(classed("p", "said").prose(&answer.plain))
            .add(examples(page, answer))
            .add(known)
    });
    let section = tag("section").with("id", "summary").with("class", "wide").add(tag("h2").text("The ten questions")).add(classed(
        "p",
        "caption",
    ).text(
        "Red is what speaks most for the class that is named, on a scale of each map's own; the white ring is the optic \
         disc. Maps are coarse: red may lie beside what it stands for. A picture opens large. “Described” is an answer that is neither good nor bad; words are explained in \
         the glossary at the end.",
    ));
    section.add(classed("div", "cards").all(cards))
}

/// The pictures that show what an answer says.
fn examples(page: &Page<'_>, answer: &Answer) -> Option<Tag> {
    let shown = answer.examples.iter().filter_map(|example| {
        let picture = cases::open_example(page, example)?;
        let caption = classed("figcaption", "small").prose(&example.caption);
        Some(tag("figure").add(picture).add(caption))
    });
    let shown: Vec<Tag> = shown.collect();
    (!shown.is_empty()).then(|| classed("div", "pair").all(shown))
}

/// One question with all that stands behind its answer.
pub(super) fn section(page: &Page<'_>, answer: &Answer) -> Tag {
    let top = classed("div", "top")
        .add(classed("span", "ordinal").text(format!("Question {}", answer.number)))
        .add(verdict::chip(answer.verdict));
    let mut section = tag("section")
        .with("id", format!("question-{}", answer.number))
        .with("class", "question")
        .add(top)
        .add(tag("h2").text(&answer.text))
        .add(trust::heads(page.report, answer.number))
        .add(classed("p", "headline").prose(&answer.plain));
    if answer.headline != answer.plain {
        let known = classed("p", "known").add(tag("b").text("How we know. ")).add(tag("span").prose(&answer.headline));
        section = section.add(known);
    }
    if answer.verdict == Verdict::CannotBeSaid || !answer.ways_out.is_empty() {
        section = section.add(ways_out(answer));
    }
    section = section.add(drawn(page, answer)).add(behind(answer));
    if answer.question == Question::Shortcut {
        section = section.add(suspects(page));
    }
    section.all(answer.explanations.iter().map(explanation)).add(galleries(page, answer))
}

/// What would allow an answer, or a better one.
fn ways_out(answer: &Answer) -> Option<Tag> {
    if answer.ways_out.is_empty() {
        return None;
    }
    let heading = if answer.verdict == Verdict::CannotBeSaid {
        "What would allow an answer"
    } else {
        "What would allow a better answer"
    };
    let list = tag("ul").all(answer.ways_out.iter().map(|way| tag("li").prose(way)));
    Some(classed("aside", "way-out").add(tag("h3").text(heading)).add(list))
}

fn explanation(explanation: &Explanation) -> Tag {
    classed("div", "explanation").add(tag("h3").text(&explanation.heading)).add(tag("p").prose(&explanation.text))
}

/// The figures of an answer; those that stand under an earlier one are pointed to.
fn drawn(page: &Page<'_>, answer: &Answer) -> Option<Tag> {
    let figures: Vec<_> = answer.figures.iter().filter_map(|id| page.report.figure(id)).collect();
    let (here, earlier): (Vec<_>, Vec<_>) =
        figures.into_iter().partition(|figure| page.home(&figure.id) == Some(answer.number));
    let see = (!earlier.is_empty()).then(|| {
        let links = earlier.iter().map(|figure| {
            tag("li").add(tag("a").with("href", format!("#{}", figures::anchor(&figure.id))).text(&figure.title))
        });
        classed("div", "see").add(tag("span").text("See also")).add(tag("ul").all(links))
    });
    let drawn = (!here.is_empty()).then(|| figures::grid(page, here));
    (drawn.is_some() || see.is_some()).then(|| tag("div").add(drawn).add(see))
}

/// The measurements: the primary ones open, the others folded away.
fn behind(answer: &Answer) -> Option<Tag> {
    if answer.measurements.is_empty() {
        return None;
    }
    let (first, rest) = answer.measurements.split_at(answer.measurements.len().min(OPEN));
    let folded = (!rest.is_empty()).then(|| {
        tag("details")
            .add(tag("summary").text(format!("{} more", counted(rest.len(), "measurement"))))
            .add(measurements::table(rest))
    });
    Some(
        classed("div", "behind")
            .add(tag("h3").text("The figures behind it"))
            .add(measurements::table(first))
            .add(folded),
    )
}

/// Regions that were tested as shortcuts.
fn suspects(page: &Page<'_>) -> Option<Tag> {
    let suspects = &page.report.suspects;
    if suspects.is_empty() {
        return None;
    }
    let item = |suspect: &crate::schema::Suspect| {
        let (status, colour) = match suspect.status {
            SuspectStatus::Shortcut => (Verdict::Concerning, "shortcut"),
            SuspectStatus::Suspected => (Verdict::Mixed, "suspected"),
            SuspectStatus::Cleared => (Verdict::Reassuring, "cleared"),
            SuspectStatus::CannotBeSaid => (Verdict::CannotBeSaid, "cannot be said"),
        };
        let chip = classed("span", format!("chip {}", verdict::class(status)))
            .add(verdict::icon(status))
            .add(tag("span").text(colour));
        let title = tag("b").text(format!("{}, predicted {}", suspect.title, suspect.class));
        let rows = [
            Some(&suspect.flips),
            Some(&suspect.flips_blurred),
            Some(&suspect.excess),
            Some(&suspect.drop),
            suspect.energy.as_ref(),
        ];
        tag("details")
            .with("class", "suspect")
            .add(tag("summary").add(title).add(chip).add(classed("span", "sentence").prose(&suspect.sentence)))
            .add(measurements::table(rows.into_iter().flatten()))
    };
    let is_open = |suspect: &&crate::schema::Suspect| {
        matches!(suspect.status, SuspectStatus::Shortcut | SuspectStatus::Suspected)
    };
    let (open, calm): (Vec<_>, Vec<_>) = suspects.iter().partition(is_open);
    let folded = (!calm.is_empty()).then(|| {
        let words =
            format!("Tested and not found to be a shortcut, or not to be judged: {}", counted(calm.len(), "region"));
        tag("details").add(tag("summary").text(words)).all(calm.into_iter().map(item))
    });
    Some(
        classed("div", "suspects")
            .add(tag("h3").text("Regions tested as shortcuts"))
            .all(open.into_iter().map(item))
            .add(folded),
    )
}

/// The first pictures of the galleries that belong to an answer.
fn galleries(page: &Page<'_>, answer: &Answer) -> Option<Tag> {
    let strips: Vec<Tag> = answer.galleries.iter().filter_map(|id| cases::strip(page, id)).collect();
    (!strips.is_empty()).then(|| classed("div", "strips").all(strips))
}
