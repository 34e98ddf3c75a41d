//! The page: what comes after what.

use super::context::Page;
use super::pictures::CasePictures;
use super::tag::{Tag, classed, tag};
use super::{answers, cases, figures, glossary, header, palette, performance, provenance, sample};
use crate::schema::{FigureData, Report};

/// Forbids what the page does without: scripts, and anything from elsewhere.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as an HTML file. `pictures` are those of [`draw_cases`](super::draw_cases); a case
/// without one gets a drawn place-holder.
pub fn html(report: &Report, pictures: &CasePictures) -> String {
    let page = Page::new(report, pictures);
    let title = format!("Audit of {}", header::model(report));
    let styles =
        tag("style").rules(&palette::style_sheet()).constant(include_str!("report.css")).rules(&cases::filters(report));
    let main = tag("main")
        .add(header::draw(&page, &title))
        .add(answers::summary(&page))
        .all(report.answers.iter().map(|answer| answers::section(&page, answer)))
        .add(performance::section(&page))
        .add(performance::subgroups(&page))
        .add(further(&page))
        .add(cases::section(&page))
        .add(sample::section(report))
        .add(provenance::section(report))
        .add(provenance::caveats(report))
        .add(glossary::section())
        .add(footer(report));
    let layout = classed("div", "layout").add(navigation(&page)).add(main);
    let body = tag("body").add(header::switches()).add(layout).add(cases::definitions(&page));
    document(&report.provenance.heatlens, &title, styles, body)
}

/// A whole file: what any page of a report has in its head.
pub(super) fn document(version: &str, title: &str, styles: Tag, body: Tag) -> String {
    let meta = |name: &'static str, content: &str| tag("meta").with("name", name).with("content", content);
    let head = tag("head")
        .add(tag("meta").with("charset", "utf-8"))
        .add(tag("meta").with("http-equiv", "Content-Security-Policy").with("content", POLICY))
        .add(meta("viewport", "width=device-width, initial-scale=1"))
        .add(meta("generator", &format!("heatlens {version}")))
        .add(tag("title").text(title))
        .add(styles);
    format!("<!DOCTYPE html>\n{}\n", tag("html").with("lang", "en").add(head).add(body))
}

fn navigation(page: &Page<'_>) -> Tag {
    let link = |to: &str, words: &str| tag("li").add(tag("a").with("href", format!("#{to}")).text(words));
    let answers = page.report.answers.iter().map(|answer| {
        let icon = super::verdict::icon(answer.verdict);
        let words = tag("span").text(answers::short(answer.question));
        tag("li").add(tag("a").with("href", format!("#question-{}", answer.number)).add(icon).add(words))
    });
    let mut after = Vec::new();
    after.extend(page.report.performance.as_ref().map(|_| ("performance", "Performance")));
    after.extend((!page.report.subgroups.is_empty()).then_some(("subgroups", "Subgroups")));
    after.extend((!page.report.galleries.is_empty()).then_some(("cases", "Cases")));
    after.extend([("data", "Data"), ("provenance", "Provenance"), ("caveats", "Caveats"), ("glossary", "Glossary")]);
    tag("nav")
        .with("aria-label", "Contents")
        .add(tag("ul").add(link("top", "Summary")))
        .add(classed("ul", "questions").all(answers))
        .add(tag("ul").all(after.into_iter().map(|(to, words)| link(to, words))))
}

/// Figures that belong to no answer and to no other section.
fn further(page: &Page<'_>) -> Option<Tag> {
    let elsewhere = |data: &FigureData, id: &str| {
        matches!(data, FigureData::Roc { .. } | FigureData::Reliability { .. } | FigureData::Confusion(_))
            || id.starts_with("subgroups/")
    };
    let figures: Vec<_> = page.homeless().filter(|figure| !elsewhere(&figure.data, &figure.id)).collect();
    (!figures.is_empty()).then(|| {
        let section = tag("section").with("id", "further").add(tag("h2").text("Further figures"));
        section.add(figures::grid(page, figures))
    })
}

fn footer(report: &Report) -> Tag {
    let words = format!("Made by heatlens {}. An audit aid, not a medical device.", report.provenance.heatlens);
    tag("footer").text(words)
}
