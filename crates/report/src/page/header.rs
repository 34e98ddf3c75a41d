//! What stands at the top: what was audited, what comes out, in a few sentences and figures.

use super::context::Page;
use super::numbers::{brief, count, counted, percent};
use super::tag::{Tag, classed, tag};
use super::{trust, verdict};
use crate::schema::{Answer, Question, Report, Verdict};

/// The model's name: its architecture, or its file.
pub(super) fn model(report: &Report) -> String {
    let model = &report.provenance.run.model;
    let file = model.file.rsplit(['/', '\\']).next().filter(|file| !file.is_empty());
    model.architecture.as_deref().or(file).unwrap_or("a classifier").to_owned()
}

/// Light, dark or as the system has it: the page works without.
pub(super) fn switches() -> Tag {
    let switch = |id: &'static str, words: &'static str, on: bool| {
        let input = tag("input").with("type", "radio").with("name", "theme").with("id", id);
        let input = if on { input.with("checked", "checked") } else { input };
        [input, tag("label").with("for", id).text(words)]
    };
    let switches = [
        switch("theme-auto", "Auto", true),
        switch("theme-light", "Light", false),
        switch("theme-dark", "Dark", false),
    ];
    tag("fieldset").with("class", "theme").add(tag("legend").text("Colours")).all(switches.into_iter().flatten())
}

/// Title, paragraph, figures.
pub(super) fn draw(page: &Page<'_>, title: &str) -> Tag {
    let report = page.report;
    let subtitle = format!("Where it looks, and whether it should: {}", data(report));
    let lead = classed("p", "lead").prose(&classification(report));
    tag("header")
        .with("class", "masthead")
        .with("id", "top")
        .add(classed("p", "kicker").text("heatlens audit"))
        .add(tag("h1").text(title))
        .add(classed("p", "subtitle").text(subtitle))
        .add(trust::draw(report))
        .add(lead)
        .add(found(report))
        .add(tally(&report.answers))
        .add(facts(report))
}

fn data(report: &Report) -> String {
    let sample = &report.sample;
    let patients = sample.patients.map_or(String::new(), |n| format!(" of {}", counted(n, "patient")));
    format!("{}{patients}", counted(sample.images, "image"))
}

/// What is said of the classification.
pub(super) fn classification(report: &Report) -> String {
    let sample = &report.sample;
    let labels: Vec<String> = sample.labels.iter().map(|(class, n)| format!("{} {class}", count(*n))).collect();
    let of = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
    let said = format!("The network, {}, was asked about {}{of}.", model(report), counted(sample.explained, "image"));
    match &report.performance {
        Some(_) => said,
        None => said + " Without labels nothing can be said of right and wrong.",
    }
}

/// What decides, where that is no sign of disease: nothing of the rest is to be read without it.
fn found(report: &Report) -> Option<Tag> {
    let answer = report.answer(Question::Shortcut).filter(|answer| answer.verdict == Verdict::Concerning)?;
    let name = tag("b").text("Does it lean on a shortcut? ");
    Some(classed("p", "lead").add(name).add(tag("span").prose(&answer.plain)))
}

/// How many of the answers come to what.
fn tally(answers: &[Answer]) -> Tag {
    let order = [Verdict::Concerning, Verdict::Mixed, Verdict::Reassuring, Verdict::Described, Verdict::CannotBeSaid];
    let counts =
        order.into_iter().map(|verdict| (verdict, answers.iter().filter(|answer| answer.verdict == verdict).count()));
    let chips = counts.filter(|(_, n)| *n > 0).map(|(verdict, n)| {
        let number = classed("span", "number").text(n);
        tag("li").add(
            classed("span", format!("chip {}", verdict::class(verdict)))
                .add(verdict::icon(verdict))
                .add(number)
                .add(tag("span").text(verdict.title())),
        )
    });
    classed("ul", "tally").with("aria-label", "Answers by verdict").all(chips)
}

/// A few figures that every reader wants first.
fn facts(report: &Report) -> Tag {
    let sample = &report.sample;
    let view = report.views.iter().find(|view| view.primary);
    let mut facts: Vec<(&str, String, String)> = Vec::new();
    facts.push((
        "Images",
        count(sample.explained),
        if sample.failed > 0 { format!("{} failed", count(sample.failed)) } else { "none failed".into() },
    ));
    if let Some(performance) = &report.performance {
        let interval = |m: &crate::schema::Measurement| {
            m.finding.interval().map_or(String::new(), |i| m.measure.write_interval(&i))
        };
        if let Some(value) = performance.accuracy.finding.estimate() {
            facts.push(("Right", percent(value), interval(&performance.accuracy)));
        }
        if let Some((class, value)) =
            performance.classes.iter().find_map(|class| Some((class, class.auc.finding.estimate()?)))
        {
            facts.push(("AUC", format!("{value:.3}"), interval(&class.auc)));
        }
    }
    if let Some(view) = view {
        let layer = view.view.layer.clone().unwrap_or_default();
        facts.push(("Method", view.view.method.clone(), layer));
    }
    if let Some(cells) = sample.cells_per_target {
        facts.push(("Cells per disc", format!("{cells:.1}"), resolution(cells).to_owned()));
    }
    let date = report.provenance.run.date.as_deref();
    facts.extend(date.map(|date| ("Date", date.chars().take(10).collect(), String::new())));
    classed("dl", "facts").all(facts.into_iter().map(|(name, value, about)| {
        tag("div").add(tag("dt").text(name)).add(tag("dd").text(value)).add(classed("dd", "small").text(about))
    }))
}

/// What a resolution allows: below one cell nothing about the disc, below three nothing about its
/// sectors.
fn resolution(cells: f64) -> &'static str {
    match cells {
        c if c < 1.0 => "resolution-limited",
        c if c < 3.0 => "coarse: no sectors",
        _ => "sectors can be told",
    }
}

/// A table of measurements by row and column, for sections that have several.
pub(super) fn cell(measurement: Option<&crate::schema::Measurement>) -> Tag {
    tag("td").text(brief(measurement))
}
