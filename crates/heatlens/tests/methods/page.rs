//! The documentation's page of methods is made from their table.

use std::fmt::Write;
use std::path::Path;

use heatlens::{Method, Need, Scale};

/// The page as the table has it.
fn page() -> String {
    let mut page = String::from(
        "# Methods\n\nEvery method that `heatlens explain --method` knows, in the order of the table in the source. \
         One forward pass serves all methods, layers and classes of\n\
         an image; what is named under *costs* comes on top, and only where a method asks for it.\n\n\
         ![Every method on one rendered eye with glaucoma, explained by the model that comes along](methods.png)\n\n\
         Made by `heatlens demo --out demo` and `heatlens explain demo/demo.safetensors \
         demo/photographs/glaucoma/eye-18-OD.png --classes normal,glaucoma\n\
         --labels folders --preprocess imagenet-exact --tile 168 --save panel --method` with every name below. Maps \
         of a value a pixel are drawn blurred by a hundredth of the shorter\n\
         side, with full colour from the 99th percentile of their magnitude on: scaled by the largest value, one \
         pixel would leave the rest without colour. What\n\
         `--save map` writes is neither blurred nor cut. Whether a method depends on what the network has learnt is \
         measured in [sanity.md](sanity.md).\n\n\
         | method | asked for as | on top of one forward pass | values | published |\n|---|---|---|---|---|\n",
    );
    let mut anchors = Vec::new();
    for card in Method::ALL.iter().map(|method| method.card()) {
        anchors.push(anchor(card.title, &anchors));
        let anchor = &anchors[anchors.len() - 1];
        let (extra, values) = (extra(card.needs), values(card.scale));
        writeln!(page, "| [{}](#{anchor}) | `{}` | {extra} | {values} | {} |", card.title, card.name, card.paper)
            .unwrap();
    }
    for card in Method::ALL.iter().map(|method| method.card()) {
        let needs: Vec<&str> = card.needs.iter().map(|need| need.words()).collect();
        write!(
            page,
            "\n## {}\n`--method {}` · {}\n\n- **What it is:** {}.\n- **When to use it:** {}\n- **Costs:** {}.\n",
            card.title,
            card.name,
            card.paper,
            card.summary,
            card.advice,
            needs.join("; ")
        )
        .unwrap();
    }
    page
}

/// What a method costs besides the forward pass, which is shared.
fn extra(needs: &[Need]) -> String {
    let words: Vec<&str> = needs
        .iter()
        .filter(|need| !matches!(need, Need::Activations | Need::LinearHead))
        .map(|need| need.words())
        .collect();
    if words.is_empty() { "nothing".into() } else { words.join("; ") }
}

fn values(scale: Scale) -> &'static str {
    match scale {
        Scale::Positive | Scale::Finished => "0 to 1",
        Scale::Signed => "−1 against to 1 for",
    }
}

/// A heading's anchor as GitHub makes it: what would be there already is numbered.
fn anchor(title: &str, taken: &[String]) -> String {
    let kept =
        title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect::<String>();
    let plain = kept.replace(' ', "-");
    (0..)
        .map(|n| if n == 0 { plain.clone() } else { format!("{plain}-{n}") })
        .find(|name| !taken.contains(name))
        .expect("numbers do not end")
}

#[test]
fn the_page_of_methods_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/methods.md");
    let page = page();
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/methods.md is not what the table says: run the tests of `heatlens` with HEATLENS_WRITE_DOCS=1"
    );
}
