//! Two runs side by side, as one HTML file that needs nothing else.

use super::numbers::{counted, prose};
use super::tag::{Tag, classed, tag};
use super::{palette, plots, whole};
use crate::schema::{Comparison, FocusChange, Measure, Measurement};

/// The comparison as an HTML file.
pub fn comparison_html(comparison: &Comparison) -> String {
    let [first, second] = &comparison.sides;
    let title = format!("{} against {}", first.name, second.name);
    let styles = tag("style").rules(&palette::style_sheet()).constant(include_str!("report.css"));
    let main = tag("main")
        .add(masthead(comparison, &title))
        .add(predictions(comparison))
        .add(focus(comparison))
        .add(figures(comparison))
        .add(qualified(comparison));
    let body = tag("body").add(classed("div", "layout").with("style", "display:block").add(main));
    whole::document(env!("CARGO_PKG_VERSION"), &title, styles, body)
}

fn masthead(comparison: &Comparison, title: &str) -> Tag {
    let side = |i: usize, word: &str| {
        let side = &comparison.sides[i];
        let run = &side.run;
        let view = side.view.as_ref().map_or_else(String::new, |view| {
            let layer = view.layer.as_ref().map_or_else(String::new, |layer| format!(" at {layer}"));
            format!(", {}{layer}", view.method)
        });
        let file = &run.model.file;
        let name = tag("th").with("scope", "row").text(format!("{word}: {}", side.name));
        tag("tr").add(name).add(tag("td").text(format!("{file}{view}; {} explained", counted(side.images, "image"))))
    };
    let sides = tag("tbody").add(side(0, "First")).add(side(1, "Second"));
    tag("header")
        .with("class", "masthead")
        .add(classed("p", "kicker").text("heatlens compare"))
        .add(tag("h1").text(title))
        .add(classed("p", "subtitle").text(format!("{} in both", counted(comparison.images, "image"))))
        .add(classed("p", "lead").prose(&comparison.headline))
        .add(classed("table", "pairs").add(sides))
}

/// How often they say the same, and which is more often right.
fn predictions(comparison: &Comparison) -> Tag {
    let agreement = &comparison.agreement;
    let rows = [Some(&agreement.same), Some(&agreement.kappa), agreement.accuracy.as_ref()];
    let rows =
        rows.into_iter().flatten().chain(&comparison.auc).chain(comparison.map_similarity.as_ref()).map(measured);
    let body = tag("tbody").all(rows);
    let right = agreement.right.map(|[both, first, second, neither]| {
        let words = format!(
            "Right in both: {both}; in the first alone: {first}; in the second alone: {second}; in neither: {neither}."
        );
        tag("p").text(words)
    });
    let named = (!agreement.disagreements.is_empty()).then(|| {
        let names = agreement.disagreements.iter().map(|name| tag("li").text(name));
        let summary = tag("summary").text("Images on which they disagree, the most confident first");
        tag("details").add(summary).add(classed("ul", "names").all(names))
    });
    tag("section").add(tag("h2").text("What they say")).add(classed("table", "pairs").add(body)).add(right).add(named)
}

fn measured(measurement: &Measurement) -> Tag {
    let name = tag("th").with("scope", "row").text(&measurement.what);
    tag("tr").add(name).add(tag("td").text(measurement.words()))
}

/// Where both look.
fn focus(comparison: &Comparison) -> Option<Tag> {
    let [first, second] = &comparison.sides;
    let heads = ["Measured", &first.name, &second.name, "Difference"];
    let head = tag("thead").add(tag("tr").all(heads.map(|words| tag("th").with("scope", "col").text(words))));
    let body = tag("tbody").all(comparison.focus.iter().map(change));
    let section = tag("section")
        .add(tag("h2").text("Where they look"))
        .add(
            classed("p", "small")
                .text("Means over the images that have the figure in both; the difference is paired, image by image."),
        )
        .add(classed("div", "scroll").add(tag("table").add(head).add(body)));
    (!comparison.focus.is_empty()).then_some(section)
}

fn change(change: &FocusChange) -> Tag {
    // Of shares the difference is in points.
    let write = |value: f64| match change.difference.measure {
        Measure::Points => Measure::Share.write(value),
        _ => format!("{value:.2}"),
    };
    let cells = [write(change.first), write(change.second), change.difference.words()];
    tag("tr").add(tag("th").with("scope", "row").text(&change.what)).all(cells.map(|words| tag("td").text(words)))
}

fn figures(comparison: &Comparison) -> Option<Tag> {
    let drawn = comparison.figures.iter().map(|figure| {
        classed("div", "figure")
            .add(tag("h3").text(&figure.title))
            .add(plots::draw(&figure.data, &comparison.sides[0].run.zones))
            .add(classed("p", "caption").prose(&figure.caption))
    });
    let drawn: Vec<Tag> = drawn.collect();
    (!drawn.is_empty()).then(|| tag("section").add(tag("h2").text("Differences drawn")).all(drawn))
}

/// What qualifies the figures.
fn qualified(comparison: &Comparison) -> Tag {
    let each = comparison.explanations.iter().map(|explanation| {
        tag("li").add(tag("b").text(&explanation.heading)).text(format!(" {}", prose(&explanation.text)))
    });
    tag("section").add(tag("h2").text("How to read it")).add(classed("ul", "spaced").all(each))
}
