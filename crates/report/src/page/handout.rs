//! Two pages to hand in: every question with its answer, the figure that decides and two cases, as
//! HTML that prints well and as Markdown beside its pictures.

use std::fmt::Write;

use super::context::Page;
use super::header;
use super::numbers::{counted, estimate, written};
use super::pictures::{CasePicture, CasePictures};
use super::plots::{interval_bar, mean_map};
use super::tag::{Tag, classed, tag};
use super::{cases, palette, trust, verdict, whole};
use crate::schema::{Answer, FigureData, Measurement, Question, Report, Trust};

/// The folder of the Markdown's pictures.
const PICTURES: &str = "summary";

/// The two pages as an HTML file that needs nothing else. `pictures` as for [`html`](super::html).
pub fn handout_html(report: &Report, pictures: &CasePictures) -> String {
    let page = Page::new(report, pictures);
    let title = title(report);
    let styles = tag("style")
        .rules(&palette::style_sheet())
        .constant(include_str!("report.css"))
        .constant(include_str!("handout.css"));
    let main = tag("main")
        .with("class", "handout")
        .add(classed("header", "handed").add(tag("h1").text(&title)).add(tag("p").prose(&lead(report))))
        .all(report.answers.iter().map(|answer| row(&page, answer)))
        .add(limits(report));
    let body = tag("body").add(main).add(cases::definitions(&page));
    whole::document(&report.provenance.heatlens, &title, styles, body)
}

fn title(report: &Report) -> String {
    format!("Where {} looks, and whether it should", header::model(report))
}

/// What was audited, how well it does, and whether that can be trusted.
fn lead(report: &Report) -> String {
    let mut said = header::classification(report);
    if let Some(performance) = &report.performance {
        write!(said, " It is right on {}", performance.accuracy.words()).expect("strings take everything");
        if let Some(class) = performance.classes.iter().find(|class| class.auc.finding.estimate().is_some()) {
            write!(said, "; its AUC for {} is {}", class.class, class.auc.words()).expect("strings take everything");
        }
        said.push('.');
    }
    let doubts = report.trust.iter().filter(|row| row.trust != Trust::Met);
    let doubts: Vec<String> = doubts.map(|row| format!("{}: {}", row.condition.title(), row.sentence)).collect();
    let trusted = match doubts.is_empty() {
        true => " What the answers rest on is in order, as far as can be told.".to_owned(),
        false => format!(" To be read with: {}", doubts.join(" ")),
    };
    said + &trusted
}

fn row(page: &Page<'_>, answer: &Answer) -> Tag {
    let top =
        classed("div", "top").add(classed("span", "ordinal").text(answer.number)).add(verdict::chip(answer.verdict));
    let words = tag("div")
        .add(top)
        .add(tag("h2").text(&answer.text))
        .add(trust::heads(page.report, answer.number))
        .add(classed("p", "said").prose(&answer.plain));
    let shown = answer.examples.iter().filter_map(|example| {
        let caption = classed("figcaption", "small").prose(&example.caption);
        Some(tag("figure").add(cases::example(page, example)?).add(caption))
    });
    let pair: Vec<Tag> = shown.collect();
    let pair = (!pair.is_empty()).then(|| classed("div", "pair").all(pair));
    classed("section", format!("row {}", verdict::class(answer.verdict)))
        .add(words)
        .add(decides(page, answer))
        .add(pair)
}

/// The figure that decides: the mean maps where the question is about them, else the first
/// measurement with its interval and chance.
fn decides(page: &Page<'_>, answer: &Answer) -> Option<Tag> {
    let maps = answer.figures.iter().filter_map(|id| page.report.figure(id)).find_map(|figure| match &figure.data {
        FigureData::MeanMaps { frame, maps, largest } if page.home(&figure.id) == Some(answer.number) => {
            Some((*frame, maps, *largest))
        }
        _ => None,
    });
    if let Some((frame, maps, largest)) = maps.filter(|(_, maps, _)| answer.measurements.is_empty() || maps.len() <= 2)
    {
        let drawn = maps.iter().take(2).map(|map| {
            let words = format!("Mean map, {}", map.name);
            let caption = classed("figcaption", "small").text(format!("{words}, {}.", counted(map.maps, "map")));
            tag("figure").add(mean_map(frame, &map.cells, largest, &words)).add(caption)
        });
        return Some(classed("div", "pair decides").all(drawn));
    }
    let key = key(page.report, answer)?;
    let (value, interval) = estimate(key).ok()?;
    let chance = key.chance.map(|chance| format!("; {} by chance", written(key.measure, chance))).unwrap_or_default();
    let interval = interval.map(|words| format!(" ({words})")).unwrap_or_default();
    Some(
        classed("div", "decides")
            .add(classed("p", "key").add(tag("b").text(value)).add(tag("span").text(format!("{interval}{chance}"))))
            .add(interval_bar(key))
            .add(classed("p", "small").prose(&key.what)),
    )
}

/// The measurement that stands for an answer: the first that differs from chance, else one with an
/// interval and a level of chance; of the positive class where there is one.
fn key<'r>(report: &'r Report, answer: &'r Answer) -> Option<&'r Measurement> {
    let told = |m: &&Measurement| m.finding.interval().is_some() && m.chance.is_some();
    let of = report.provenance.positive.as_ref().map(|positive| format!("/{positive}"));
    let own = answer.measurements.iter().find(|m| told(m) && of.as_ref().is_some_and(|of| m.id.contains(of.as_str())));
    let differs = answer.measurements.iter().find(|m| told(m) && m.is_significant());
    let question = [Question::Failures, Question::ClassDifference, Question::Patterns, Question::Shortcut];
    differs
        .filter(|_| question.contains(&answer.question))
        .or(own)
        .or_else(|| answer.measurements.iter().find(told))
        .or_else(|| answer.measurements.iter().find(|m| m.finding.estimate().is_some()))
}

fn limits(report: &Report) -> Tag {
    let limits = report.caveats.iter().map(|caveat| tag("li").prose(caveat));
    classed("section", "limits").add(tag("h2").text("What this cannot tell")).add(tag("ul").all(limits))
}

/// The same as Markdown, and its pictures as JPEG files: the name of each below the run's folder.
pub fn handout_markdown(report: &Report, pictures: &CasePictures) -> (String, Vec<(String, Vec<u8>)>) {
    let mut text = format!("# {}\n\n{}\n", marked(&title(report)), marked(&lead(report)));
    let mut files = Vec::new();
    for answer in &report.answers {
        write!(
            text,
            "\n## {}. {}\n\n**{}** *({})*\n",
            answer.number,
            marked(&answer.text),
            marked(&answer.plain),
            answer.verdict.title()
        )
        .expect("strings take everything");
        if answer.headline != answer.plain {
            write!(text, "\n{}\n", marked(&answer.headline)).expect("strings take everything");
        }
        let mut row = Vec::new();
        for (place, example) in answer.examples.iter().enumerate() {
            let Some(CasePicture::Seen { plain, overlay, others, .. }) = pictures.get(&example.case) else { continue };
            let of_class = others.iter().find(|(class, _)| *class == example.class).map(|(_, file)| file);
            let name = format!("{PICTURES}/question-{:02}-{}.jpg", answer.number, place + 1);
            row.push((format!("![{0}]({name})", marked(&example.caption)), marked(&example.caption)));
            files.push((name, of_class.or(overlay.as_ref()).unwrap_or(plain).clone()));
        }
        if !row.is_empty() {
            let (shown, captions): (Vec<String>, Vec<String>) = row.into_iter().unzip();
            let rule = vec!["---"; shown.len()].join(" | ");
            write!(text, "\n| {} |\n| {rule} |\n| {} |\n", shown.join(" | "), captions.join(" | "))
                .expect("strings take everything");
        }
    }
    text.push_str("\n## What this cannot tell\n\n");
    for caveat in &report.caveats {
        writeln!(text, "- {}", marked(caveat)).expect("strings take everything");
    }
    (text, files)
}

/// Text that Markdown shows as it is, on one line.
fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => marked.extend(['\\', letter]),
            letter if letter.is_control() => marked.push(' '),
            letter => marked.push(letter),
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use heatlens_imaging::Picture;

    use super::super::testing::{pictures, report};
    use super::*;

    #[test]
    fn every_question_is_answered_in_both_forms() {
        let report = report();
        let pictures = pictures(&report, &[Picture::filled(40, 30, [120, 60, 30])]);
        let page = handout_html(&report, &pictures);
        roxmltree::Document::parse(page.strip_prefix("<!DOCTYPE html>\n").unwrap()).unwrap();
        assert!(!page.contains("http:") && !page.contains("<script"));
        let (text, files) = handout_markdown(&report, &pictures);
        for answer in &report.answers {
            assert!(text.contains(&format!("## {}. ", answer.number)));
        }
        assert_eq!(files.len(), 10, "one example an answer");
        for (name, bytes) in &files {
            assert!(text.contains(&format!("]({name})")) && bytes.starts_with(&[0xff, 0xd8]), "{name}");
        }
    }

    #[test]
    fn markdown_in_names_is_no_markdown() {
        assert_eq!(marked("a*b_c|d\n[e]<f>"), "a\\*b\\_c\\|d \\[e\\]\\<f\\>");
    }
}
