//! The page as a whole: well-formed, self-contained, the same every time, whole where data are
//! missing.

use heatlens_imaging::{DecodeLimits, Picture, decode};

use super::html;
use super::pictures::{CasePicture, CasePictures, PICTURES, cases_shown};
use super::testing::{bare, pictures, report};

fn grey() -> Vec<Picture> {
    vec![Picture::filled(40, 30, [120, 60, 30])]
}

fn parsed(page: &str) -> roxmltree::Document<'_> {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document of HTML");
    roxmltree::Document::parse(body).unwrap_or_else(|error| panic!("not well-formed: {error}"))
}

#[test]
fn every_element_is_closed_and_every_id_is_there_once() {
    let report = report();
    let page = html(&report, &pictures(&report, &grey()));
    let document = parsed(&page);
    let mut ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is there twice");
    for text in document.descendants().filter_map(|node| node.text()) {
        let empty = ["()", "( )", "(, ", ", )"].iter().find(|brackets| text.contains(**brackets));
        assert_eq!(empty, None, "in {text:?}");
    }
    let to = document
        .descendants()
        .filter_map(|node| node.attribute("href")?.strip_prefix('#'))
        .chain(document.descendants().filter_map(|node| node.attribute("for")));
    for target in to {
        assert!(ids.binary_search(&target).is_ok(), "#{target} leads nowhere");
    }
    for svg in document.descendants().filter(|node| node.has_tag_name("svg")) {
        assert!(!format!("{:?}", svg.attributes()).contains("NaN"));
    }
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let report = report();
    let page = html(&report, &pictures(&report, &grey()));
    let document = parsed(&page);
    for node in document.descendants() {
        assert!(
            !matches!(node.tag_name().name(), "script" | "iframe" | "object" | "link" | "base"),
            "{:?}",
            node.tag_name()
        );
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on"), "{name} is a handler");
            if matches!(name, "href" | "src") {
                assert!(value.starts_with('#') || value.starts_with("data:image/jpeg;base64,"), "{value}");
            }
        }
    }
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("url("));
}

#[test]
fn what_comes_from_data_is_text() {
    let report = report();
    let page = html(&report, &pictures(&report, &grey()));
    assert!(page.contains("&lt;hospital &amp; co&gt;.jpg") && !page.contains("<hospital"));
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;") && !page.contains("<script"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = report();
    let pictures = pictures(&report, &grey());
    assert!(html(&report, &pictures) == html(&report, &pictures));
}

#[test]
fn without_labels_and_masks_the_questions_still_have_their_cards() {
    let page = html(&bare(), &CasePictures::new());
    let document = parsed(&page);
    let cards = document.descendants().filter(|node| node.attribute("class") == Some("card unknown"));
    assert_eq!(cards.count(), 10);
    assert_eq!(page.matches("What would allow an answer").count(), 10);
    assert!(page.contains("Without labels nothing can be said of right and wrong"));
    assert!(!page.contains("id=\"performance\"") && !page.contains("id=\"cases\""));
}

#[test]
fn photographs_that_are_gone_leave_a_place_that_says_so() {
    let report = report();
    let mut pictures = CasePictures::new();
    pictures.insert(0, CasePicture::Missing("photograph <no longer> there".into()));
    let page = html(&report, &pictures);
    parsed(&page);
    assert!(
        page.contains("1 photograph could not be drawn: photograph &lt;no longer&gt; there (1).")
            && page.contains("not among those drawn")
    );
}

#[test]
fn at_most_so_many_photographs_and_the_first_of_every_gallery_among_them() {
    let mut report = report();
    report.galleries[0].cases = (0..200).collect();
    report.galleries[1].cases = (1000..1100).collect();
    let shown = cases_shown(&report);
    assert_eq!(shown.len(), PICTURES);
    for case in (0..20).chain(1000..1020) {
        assert!(shown.contains(&case), "{case}");
    }
}

/// Not a check: writes the made-up report to the file that `HEATLENS_REPORT_OUT` names, to be
/// looked at.
#[test]
fn written_out_to_be_looked_at() {
    let Some(out) = std::env::var_os("HEATLENS_REPORT_OUT") else {
        println!("skipped: HEATLENS_REPORT_OUT is not set");
        return;
    };
    let folder = std::env::var("HEATLENS_SHARED").map(|shared| std::path::Path::new(&shared).join("data/drishti"));
    let mut photographs = Vec::new();
    let mut folders: Vec<_> = folder.into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten().take(400) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if photographs.len() < 12 {
                photographs
                    .extend(std::fs::read(path).ok().and_then(|bytes| decode(&bytes, &DecodeLimits::default()).ok()));
            }
        }
    }
    let photographs = if photographs.is_empty() { grey() } else { photographs };
    let report = report();
    std::fs::write(out, html(&report, &pictures(&report, &photographs))).unwrap();
}
