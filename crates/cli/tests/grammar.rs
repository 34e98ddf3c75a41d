//! One image is one image in every sentence.

mod support;

use std::fs;

use support::audits::{arguments, six_eyes};
use support::{demo_model, heatlens, text};

/// Where a text says `1 images` or the like, with what stands around it.
fn slips(text: &str) -> Vec<String> {
    const NOUNS: [&str; 12] = [
        "images",
        "cases",
        "parts",
        "photographs",
        "maps",
        "classes",
        "labels",
        "files",
        "masks",
        "rows",
        "patients",
        "pairs",
    ];
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '<' || c == '>').collect();
    let noun = |word: &str| word.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_slip = |pair: &&[&str]| pair[0].trim_start_matches('(') == "1" && NOUNS.contains(&noun(pair[1]).as_str());
    let wide = |i: usize| words[i.saturating_sub(6)..(i + 6).min(words.len())].join(" ");
    words.windows(2).enumerate().filter(|(_, pair)| is_slip(pair)).map(|(i, _)| wide(i)).collect()
}

#[test]
fn slips_are_seen() {
    assert_eq!(slips("there were 1 images, and <td>1 maps</td>").len(), 2);
    assert!(slips("21 images of 1 image, 0.1 images a second").is_empty());
}

#[test]
fn nothing_says_one_images() {
    let folder = tempfile::tempdir().unwrap();
    let data = six_eyes(folder.path());
    let (model, photographs) = (demo_model(), text(&data));
    let out = |name: &str| text(folder.path().join(name));
    let audit = arguments(&data, &folder.path().join("audited"), &["--limit", "1"]);
    let one = ["--limit", "1"];
    let runs: [&[&str]; 7] = [
        &audit.iter().map(String::as_str).collect::<Vec<_>>(),
        &["report", &out("audited")],
        &["compare", &out("audited"), &out("audited")],
        &["explain", &model, &photographs, "--out", &out("explained"), "--save", "none"],
        &["evaluate", &model, &photographs, "--out", &out("evaluated"), "--metrics", "sparseness"],
        &["sanity", &model, &photographs, "--out", &out("sane"), "--cascade-only"],
        &["check", &model, &photographs],
    ];
    for words in runs {
        let words: Vec<&str> = if matches!(words[0], "audit" | "report" | "compare") {
            words.to_vec()
        } else {
            words.iter().chain(&one).copied().collect()
        };
        let output = heatlens(&words);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
        // A test that is not passed, or cannot be told, is an end, too.
        assert!(matches!(output.status.code(), Some(0 | 4 | 5)), "{words:?}: {said}");
        assert_eq!(slips(&said), Vec::<String>::new(), "{words:?}");
    }
    let page = fs::read_to_string(folder.path().join("audited/report.html")).unwrap();
    assert_eq!(slips(&page), Vec::<String>::new());
}
