//! The documentation's page of methods is made from their table.

use std::fmt::Write;
use std::path::Path;

use heatlens::{Method, Scale};

/// The page as the table has it.
fn page() -> String {
    let mut page = String::from(
        "# Methods\n\nEvery method that `heatlens explain --method` knows, in the order of the table in the source. One forward pass serves all methods, layers and classes of\n\
         an image; what is named under *costs* comes on top, and only where a method asks for it.\n\n\
         | method | asked for as | draws | published |\n|---|---|---|---|\n",
    );
    for card in Method::ALL.iter().map(|method| method.card()) {
        writeln!(page, "| [{}](#{}) | `{}` | {} | {} |", card.title, anchor(card.title), card.name, draws(card.scale), card.paper).unwrap();
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

fn draws(scale: Scale) -> &'static str {
    match scale {
        Scale::Positive => "what speaks for the class, 0 to 1",
        Scale::Signed => "what speaks for and against it, −1 to 1",
        Scale::Finished => "several maps in one, 0 to 1",
    }
}

/// A heading's anchor as hosts of Markdown make it.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect::<String>();
    kept.replace(' ', "-")
}

#[test]
fn the_page_of_methods_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/methods.md");
    let page = page();
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/methods.md is not what the table says: run the tests of `heatlens` with HEATLENS_WRITE_DOCS=1");
}
