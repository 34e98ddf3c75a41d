//! The page of all images: one file beside the pictures, without scripts. Filters are anchors, and a
//! picture opens large by being one.

use std::fmt::Write;
use std::path::Path;

use heatlens_imaging::percent;
use heatlens_record::{RunRecord, count};

use super::Case;
use super::groups::{Group, Groups, HIGH, LOW};
use super::sheets::{legend, numbered};

const STYLE: &str = include_str!("gallery.css");
/// By which a page is known to be one of ours.
pub(super) const GENERATOR: &str = "<meta name=\"generator\" content=\"heatlens ";
const TAKES: &str = "strings take everything";

/// The page. `sheets` says of each group, by its anchor, how many contact sheets it has.
pub(super) fn page(
    record: &RunRecord,
    groups: &Groups,
    cases: &[Case],
    failed: &[(String, String)],
    sheets: &[(String, usize)],
) -> String {
    let mut page = String::with_capacity(4096 + 1600 * cases.len());
    let pictures = 1 + record.targets.len().clamp(1, 3);
    let model = Path::new(&record.model.file).file_name().unwrap_or_default().to_string_lossy();
    let title = format!("{model} on {}", count(cases.len() + failed.len(), "image"));
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{GENERATOR}{4}\">\n<title>{0}</title>\n\
         <style>\n{STYLE}:root{{--card:{1}px;--shape:{2}/240}}\n{3}</style>\n</head>\n<body>\n",
        escaped(&title),
        if pictures > 2 { 460 } else { 300 },
        pictures * 244 - 4,
        filters(groups),
        escaped(&record.heatlens)
    )
    .expect(TAKES);
    for id in ["all"].into_iter().chain(groups.confidence.iter().map(|group| group.id.as_str())) {
        write!(page, "<span class=\"filter\" id=\"{}\"></span>", escaped(id)).expect(TAKES);
    }
    header(&mut page, record, &title, cases, failed);
    navigation(&mut page, groups, cases.len());
    page.push_str("<main>\n");
    for group in &groups.outcomes {
        section(&mut page, group, cases, sheets);
    }
    if !failed.is_empty() {
        write!(page, "<section id=\"failed\"><h2>Not explained <span>{}</span></h2>\n<table>\n", failed.len())
            .expect(TAKES);
        for (image, why) in failed {
            writeln!(page, "<tr><td>{}</td><td>{}</td></tr>", escaped(image), escaped(why)).expect(TAKES);
        }
        page.push_str("</table></section>\n");
    }
    page.push_str("</main>\n");
    footer(&mut page, groups, sheets);
    page.push_str("</body>\n</html>\n");
    page
}

/// What each filter leaves, and that it is marked.
fn filters(groups: &Groups) -> String {
    let mut rules = String::new();
    for (group, class) in groups.confidence.iter().map(|group| (group, class_of(&group.id))) {
        let id = &group.id;
        writeln!(
            rules,
            "body:has(#{id}:target) h2 span{{display:none}}body:has(#{id}:target) figure:not(.{class}),body:has(#{id}:target) section:not(:has(.{class})){{display:none}}"
        )
        .expect(TAKES);
    }
    for id in groups.outcomes.iter().chain(&groups.confidence).map(|group| group.id.as_str()).chain(["all"]) {
        writeln!(rules, "body:has([id=\"{id}\"]:target) nav a[href=\"#{id}\"]{{background:var(--sunken);border-color:var(--accent)}}")
            .expect(TAKES);
    }
    rules
}

fn class_of(id: &str) -> &'static str {
    if id.starts_with("high") { "high" } else { "low" }
}

fn header(page: &mut String, record: &RunRecord, title: &str, cases: &[Case], failed: &[(String, String)]) {
    let labelled = cases.iter().filter(|case| case.is_correct.is_some()).count();
    let right = cases.iter().filter(|case| case.is_correct == Some(true)).count();
    let mut said = Vec::new();
    if labelled > 0 {
        let of = if labelled < cases.len() { " with a label" } else { "" };
        said.push(format!(
            "{right} of {labelled}{of} {} predicted rightly ({}).",
            if right == 1 { "is" } else { "are" },
            percent(right as f32 / labelled as f32)
        ));
    }
    if !failed.is_empty() {
        said.push(format!("<a href=\"#failed\">{} could not be explained</a>.", count(failed.len(), "image")));
    }
    write!(
        page,
        "\n<header><h1>{}</h1>\n<p>{}</p>\n<p class=\"soft\">{}: warm is what spoke for that class, and it is as \
         coarse as the layer. A picture opens large when it is clicked.</p></header>\n",
        escaped(title),
        said.join(" "),
        escaped(&legend(record))
    )
    .expect(TAKES);
}

fn navigation(page: &mut String, groups: &Groups, all: usize) {
    write!(page, "<nav><a href=\"#all\">All <b>{all}</b></a>").expect(TAKES);
    for group in groups.outcomes.iter().chain(&groups.confidence) {
        write!(page, "<a href=\"#{}\">{} <b>{}</b></a>", escaped(&group.id), escaped(&group.title), group.cases.len())
            .expect(TAKES);
    }
    page.push_str("</nav>\n");
}

fn section(page: &mut String, group: &Group, cases: &[Case], sheets: &[(String, usize)]) {
    write!(
        page,
        "<section id=\"{}\"><h2>{} <span>{}</span></h2>\n<p class=\"soft\">{} {}</p>\n<div class=\"grid\">\n",
        escaped(&group.id),
        escaped(&group.title),
        group.cases.len(),
        escaped(&group.words),
        sheet_links(group, sheets, "Contact sheet")
    )
    .expect(TAKES);
    group.cases.iter().for_each(|&i| figure(page, i, &cases[i]));
    page.push_str("</div>\n");
    for (place, &i) in group.cases.iter().enumerate() {
        let neighbour = |step: isize| place.checked_add_signed(step).and_then(|at| group.cases.get(at)).copied();
        lightbox(page, i, &cases[i], [neighbour(-1), neighbour(1)]);
    }
    page.push_str("</section>\n");
}

/// The ways to a group's contact sheets.
fn sheet_links(group: &Group, sheets: &[(String, usize)], name: &str) -> String {
    let pages = sheets.iter().find(|(id, _)| *id == group.id).map_or(0, |(_, pages)| *pages);
    let link = |page: usize| numbered(&format!("sheets/{}", group.path), page, "png");
    match pages {
        0 => String::new(),
        1 => format!("<a href=\"{}\">{name}</a>", escaped(&link(0))),
        _ => {
            let each = (0..pages).map(|page| format!("<a href=\"{}\">{}</a>", escaped(&link(page)), page + 1));
            format!("{name}s: {}", each.collect::<Vec<_>>().join(" "))
        }
    }
}

fn figure(page: &mut String, i: usize, case: &Case) {
    let class = match case.confidence {
        Some(sure) if sure >= HIGH => " class=\"high\"",
        Some(sure) if sure < LOW => " class=\"low\"",
        _ => "",
    };
    write!(
        page,
        "<figure id=\"f{i}\"{class}><a href=\"#c{i}\"><img loading=\"lazy\" src=\"{}\" alt=\"{}\"></a><figcaption>{}\
         <span class=\"name\">{}</span>",
        escaped(&case.thumbnail),
        escaped(&format!("{}: {}", case.name, case.said())),
        decision(case),
        escaped(&case.name)
    )
    .expect(TAKES);
    for note in &case.notes {
        write!(page, "<span class=\"note\">{}</span>", escaped(note)).expect(TAKES);
    }
    page.push_str("</figcaption></figure>\n");
}

/// Whether it is right, what was said and what is true.
fn decision(case: &Case) -> String {
    let (class, mark) = match case.is_correct {
        Some(true) => ("right", "✓ "),
        Some(false) => ("wrong", "✕ "),
        None => ("", ""),
    };
    let truth = case.truth();
    let truth = if truth.is_empty() { truth } else { format!(" {}", escaped(&truth)) };
    format!("<b class=\"{class}\">{mark}{}</b>{truth}", escaped(&case.said()))
}

fn lightbox(page: &mut String, i: usize, case: &Case, [before, behind]: [Option<usize>; 2]) {
    let way =
        |to: Option<usize>, words: &str| to.map_or_else(String::new, |to| format!("<a href=\"#c{to}\">{words}</a>"));
    let (file, class) = match &case.panel {
        Some(panel) => (panel, ""),
        None => (&case.thumbnail, " class=\"small\""),
    };
    let file = escaped(file);
    writeln!(
        page,
        "<div class=\"box\" id=\"c{i}\"><div class=\"bar\">{}{}<a href=\"{file}\">Open the file</a>\
         <a class=\"close\" href=\"#f{i}\">Close ✕</a></div><p>{} · {}</p>\
         <img loading=\"lazy\"{class} src=\"{file}\" alt=\"{}\"></div>",
        way(before, "← Before"),
        way(behind, "Next →"),
        decision(case),
        escaped(&case.image),
        escaped(&format!("{}: photograph and heatmaps", case.name))
    )
    .expect(TAKES);
}

fn footer(page: &mut String, groups: &Groups, sheets: &[(String, usize)]) {
    page.push_str("<footer>");
    for group in &groups.confidence {
        let links = sheet_links(group, sheets, "contact sheet");
        writeln!(page, "<p>{}: {} {links}</p>", escaped(&group.title), escaped(&group.words)).expect(TAKES);
    }
    page.push_str(
        "<p>A map shows which cells of a layer spoke for a class. It is not a cause, and it hides how much: colours of \
         two pictures can be compared only where they share a scale. <a href=\"predictions.csv\">predictions.csv</a> \
         holds every number, <a href=\"run.json\">run.json</a> what the run depended on.</p></footer>\n",
    );
}

/// Text within an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Neither HTML nor XML has these.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::groups::tests::{case, record};
    use super::*;

    fn made(cases: &[Case], failed: &[(String, String)]) -> String {
        let groups = Groups::of(&record(), cases);
        let sheets: Vec<_> = groups.outcomes.iter().map(|group| (group.id.clone(), group.cases.len())).collect();
        page(&record(), &groups, cases, failed, &sheets)
    }

    #[test]
    fn every_image_has_a_figure_and_a_large_picture_with_ways_to_its_neighbours() {
        let cases =
            [case("a", "true_positive", 0.99), case("b", "false_negative", 0.55), case("c", "true_positive", 0.7)];
        let page = made(&cases, &[("d.png".into(), "it is no picture".into())]);
        for i in 0..3 {
            assert_eq!(page.matches(&format!("<figure id=\"f{i}\"")).count(), 1);
            assert_eq!(page.matches(&format!("class=\"box\" id=\"c{i}\"")).count(), 1);
        }
        assert!(
            page.contains("<figure id=\"f0\" class=\"high\">") && page.contains("<figure id=\"f1\" class=\"low\">")
        );
        // Of the true positives the surest comes first.
        let box_of = |i: usize| {
            let from = page.find(&format!("id=\"c{i}\"")).unwrap();
            &page[from..from + page[from..].find("</div>").unwrap()]
        };
        assert!(box_of(0).contains("href=\"#c2\">Next") && !box_of(0).contains("Before"));
        assert!(box_of(2).contains("href=\"#c0\">← Before") && !box_of(1).contains("#c"), "{}", box_of(1));
        assert!(page.contains("2 of 3 are predicted rightly (66.7 %)") && page.contains("it is no picture"));
        assert!(
            page.contains("href=\"sheets/true_positive.2.png\"") && page.contains("href=\"sheets/false_negative.png\"")
        );
        assert!(!page.contains("<script"));
    }

    #[test]
    fn names_are_text_and_nothing_else() {
        let evil = "\"><script>alert('x')</script>&\u{1}";
        let mut bad = case("a", "false_positive", 0.99);
        (bad.image, bad.label, bad.notes) = (evil.into(), Some(evil.into()), vec![evil.into()]);
        (bad.name, bad.predicted) = (evil.into(), evil.into());
        let page = made(&[bad], &[(evil.into(), evil.into())]);
        assert!(!page.contains("<script") && !page.contains('\u{1}'));
        assert!(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    }
}
