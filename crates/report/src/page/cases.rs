//! Photographs to leaf through. Each picture is in the file once, however often it is shown.

use std::fmt::Write;

use super::context::Page;
use super::lightbox::{self, opens};
use super::numbers::{count, counted, percent, spoken};
use super::pictures::{self, CasePicture, jpeg_uri};
use super::tag::{Short, Tag, classed, tag};
use crate::schema::{CaseCard, Example, Gallery, Report};

/// Pictures in a strip below an answer.
const STRIP: usize = 6;

/// The section with all galleries.
pub(super) fn section(page: &Page<'_>) -> Option<Tag> {
    let galleries = &page.report.galleries;
    if galleries.is_empty() {
        return None;
    }
    let radio = |id: String, words: &str, on: bool| {
        let input = tag("input").with("type", "radio").with("name", "gallery").with("id", &id);
        [if on { input.with("checked", "checked") } else { input }, tag("label").with("for", id).text(words)]
    };
    let mut filters: Vec<Tag> = radio("show-all".into(), "All", true).into();
    galleries
        .iter()
        .enumerate()
        .for_each(|(i, gallery)| filters.extend(radio(format!("show-{i}"), &gallery.title, false)));
    let tick = |id: &'static str, words: &str| {
        [
            tag("input").with("type", "checkbox").with("id", id).with("checked", "checked"),
            tag("label").with("for", id).text(words),
        ]
    };
    let layers = tick("show-heat", "Heatmap").into_iter().chain(tick("show-disc", "Disc outline"));
    let bar = classed("div", "filters")
        .add(classed("div", "choices").all(filters))
        .add(classed("div", "choices layers").all(layers));
    let sections = galleries.iter().enumerate().map(|(i, gallery)| gallery_section(page, i, gallery));
    Some(
        tag("section")
            .with("id", "cases")
            .with("class", "wide")
            .add(tag("h2").text("Cases to look at"))
            .add(undrawn(page))
            .add(bar)
            .all(sections),
    )
}

/// The rules by which the switches above the galleries show and hide.
pub(super) fn filters(report: &Report) -> String {
    (0..report.galleries.len()).fold(String::new(), |mut rules, i| {
        writeln!(rules, ":root:has(#show-{i}:checked) .gallery:not(.gallery-{i}){{display:none}}")
            .expect("strings take everything");
        rules
    })
}

fn gallery_section(page: &Page<'_>, index: usize, gallery: &Gallery) -> Tag {
    let shown = drawn(page, gallery);
    let heading =
        tag("h3").text(&gallery.title).add(classed("span", "small").text(format!("{} of {}", shown.len(), gallery.of)));
    let cards = shown.iter().filter_map(|&case| page.report.case(case)).map(|card| figure(page, card));
    let empty = gallery.cases.is_empty().then(|| classed("p", "small").text("There is no such case."));
    classed("div", format!("gallery gallery-{index}"))
        .with("id", anchor(page.report, &gallery.id))
        .add(heading)
        .add(classed("p", "caption").prose(&gallery.caption))
        .add(classed("div", "pictures").all(cards))
        .add(empty)
}

/// The cases of a gallery that have a picture: only so many are drawn.
fn drawn(page: &Page<'_>, gallery: &Gallery) -> Vec<usize> {
    gallery.cases.iter().copied().filter(|case| page.pictures.contains_key(case)).collect()
}

fn anchor(report: &Report, id: &str) -> String {
    format!("gallery-{}", report.galleries.iter().position(|gallery| gallery.id == id).unwrap_or(0))
}

/// The first pictures of a gallery, with the way to all of them.
pub(super) fn strip(page: &Page<'_>, id: &str) -> Option<Tag> {
    let gallery = page.report.gallery(id)?;
    let cases = drawn(page, gallery);
    let shown = cases.iter().take(STRIP).filter_map(|&case| thumbnail(page, case));
    let link = tag("a").with("href", format!("#{}", anchor(page.report, id))).text(format!(
        "{} ({})",
        gallery.title,
        cases.len()
    ));
    (!cases.is_empty())
        .then(|| classed("div", "strip").add(tag("h3").add(link)).add(classed("div", "exemplars").all(shown)))
}

/// A picture alone, what is known of it for those who point at it.
pub(super) fn thumbnail(page: &Page<'_>, case: usize) -> Option<Tag> {
    let card = page.report.case(case)?;
    Some(classed("div", "thumbnail").with("title", described(card)).add(opens(page, card, picture(page, card))))
}

/// The picture of an example, where it shows the class that is meant.
pub(super) fn example(page: &Page<'_>, example: &Example) -> Option<Tag> {
    let card = page.report.case(example.case)?;
    let seen = page.pictures.get(&card.case)?;
    match card.class.as_ref() == Some(&example.class) {
        true => Some(picture(page, card)),
        false => lightbox::of_class(card, seen, &example.class),
    }
}

/// The same, and it opens large.
pub(super) fn open_example(page: &Page<'_>, of: &Example) -> Option<Tag> {
    let picture = example(page, of)?;
    Some(opens(page, page.report.case(of.case)?, picture))
}

/// An image in a line.
pub(super) fn described(card: &CaseCard) -> String {
    format!("{}: {}", card.image, decision(card))
}

/// Label and prediction in a line.
pub(super) fn decision(card: &CaseCard) -> String {
    let predicted = format!("{} {}", card.predicted, percent(card.confidence));
    card.label
        .as_ref()
        .map_or_else(|| format!("called {predicted}"), |label| format!("labelled {label}, called {predicted}"))
}

fn figure(page: &Page<'_>, card: &CaseCard) -> Tag {
    let right = card.label.as_ref().map(|label| *label == card.predicted);
    let mark = match right {
        Some(true) => classed("span", "mark right").text("✓ right"),
        Some(false) => classed("span", "mark wrong").text("✕ wrong"),
        None => classed("span", "mark").text("no label"),
    };
    let mut lines = vec![
        classed("span", "name").with("title", &card.image).text(&card.image),
        classed("span", "decision").add(mark).add(tag("span").text(format!(
            "{} {}",
            card.predicted,
            percent(card.confidence)
        ))),
    ];
    lines.extend(
        card.label
            .as_ref()
            .filter(|_| right == Some(false))
            .map(|label| classed("span", "small").text(format!("labelled {label}"))),
    );
    if let Some(share) = card.target_share {
        let range = card
            .target_share_range
            .map_or(String::new(), |[low, high]| format!(" ({:.0}–{:.0}\u{a0}%)", 100.0 * low, 100.0 * high));
        lines.push(
            classed("span", "small")
                .with("title", "with the disc moved by a tenth of its diameter")
                .text(format!("disc {}{range}", percent(share))),
        );
    }
    lines.extend(
        card.main_zone
            .as_ref()
            .map(|zone| classed("span", "small").text(format!("mostly {}", zone_title(page.report, zone)))),
    );
    lines.extend((!card.doubts.is_empty()).then(|| classed("span", "small doubt").text(&card.doubts)));
    lines.extend(card.remarks.iter().map(|remark| classed("span", "small remark").prose(remark)));
    tag("figure").with("class", "case").add(opens(page, card, picture(page, card))).add(tag("figcaption").all(lines))
}

pub(super) fn zone_title(report: &Report, name: &str) -> String {
    report
        .provenance
        .zones
        .iter()
        .find(|zone| zone.name == name)
        .map_or_else(|| spoken(name), |zone| zone.title.to_string())
}

/// The picture of a case, or a place-holder that says why there is none.
fn picture(page: &Page<'_>, card: &CaseCard) -> Tag {
    let described = described(card);
    match page.pictures.get(&card.case) {
        Some(CasePicture::Seen { size: [width, height], .. }) => tag("svg")
            .with("class", "photograph")
            .with("viewBox", format!("0 0 {width} {height}"))
            .with("role", "img")
            .with("aria-label", described)
            .add(tag("use").with("href", format!("#case-{}", card.case))),
        other => {
            let why = match other {
                Some(CasePicture::Missing(why)) => why.as_str(),
                _ => "not among those drawn",
            };
            let dashes = classed("circle", "absent").at([("cx", 50.0), ("cy", 46.0), ("r", 32.0)]);
            let word = classed("text", "absent-word").at([("x", 50.0), ("y", 92.0)]).text(why);
            tag("svg")
                .with("class", "photograph missing")
                .with("viewBox", "0 0 100 100")
                .with("role", "img")
                .with("aria-label", described)
                .add(dashes)
                .add(word)
        }
    }
}

/// The pictures themselves, which the others refer to.
pub(super) fn definitions(page: &Page<'_>) -> Tag {
    let drawn = page.pictures.iter().filter_map(|(case, picture)| {
        let CasePicture::Seen { plain, overlay, size: [width, height], .. } = picture else { return None };
        let image = |class: &'static str, file: &[u8]| {
            let image = classed("image", class)
                .with("id", format!("{class}-{case}"))
                .at([("width", *width as f64), ("height", *height as f64)]);
            image.with("preserveAspectRatio", "none").with("href", jpeg_uri(file))
        };
        let disc = page.report.case(*case).and_then(|card| card.disc).map(|[x, y, diameter]| {
            let ring = classed("circle", "disc").at([("cx", x), ("cy", y), ("r", diameter / 2.0)]);
            ring.with("stroke-width", Short(*width.max(height) as f64 / 130.0))
        });
        let group = tag("g").with("id", format!("case-{case}")).add(image("plain", plain));
        Some(group.add(overlay.as_ref().map(|file| image("heat", file))).add(disc))
    });
    let svg =
        tag("svg").with("class", "definitions").with("width", "0").with("height", "0").with("aria-hidden", "true");
    let large = page.pictures.iter().flat_map(|(case, picture)| lightbox::definitions(*case, picture));
    svg.add(tag("defs").all(drawn).all(large))
}

/// How many photographs could not be drawn, where some could not.
fn undrawn(page: &Page<'_>) -> Option<Tag> {
    let reasons = pictures::undrawn(page.pictures);
    let missing = reasons.iter().map(|(_, cases)| cases.len()).sum();
    let why: Vec<String> = reasons.iter().map(|(why, cases)| format!("{why} ({})", count(cases.len()))).collect();
    let said = || format!("{} could not be drawn: {}.", counted(missing, "photograph"), why.join(", "));
    (missing > 0).then(|| classed("p", "small").text(said()))
}
