//! The documentation's page of metrics is made from their table.

use std::fmt::Write;
use std::path::Path;

use heatlens::metrics::{Group, Metric};

/// The page as the table has it.
fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\nEvery metric that `heatlens evaluate --metrics` knows. Each stands beside the values of a \
         random map, as coarse as the target layer, and of a Gaussian in the\n\
         middle of the image. What cannot be judged (an empty or full mask, NaN, a map of zeros where a share of \
         nothing is asked for) has no value but a reason.\n\
         Metrics are of finished maps at the size of the input; where a map is mostly at its minimum, cells that tie \
         share their places or come in a seeded order.\n",
    );
    for &group in Group::ALL {
        write!(
            page,
            "\n## {}\n{}\n\n| metric | asked for as | better | costs | what it is |\n|---|---|---|---|---|\n",
            group.title(),
            group.question()
        )
        .unwrap();
        let cards: Vec<_> = Metric::ALL.iter().map(|metric| metric.card()).filter(|card| card.group == group).collect();
        for card in &cards {
            let source = if card.source.is_empty() { String::new() } else { format!(" ({})", card.source) };
            let (better, cost) = (card.better.word(), card.cost.words());
            writeln!(page, "| {} | `{}` | {better} | {cost} | {}{source} |", card.title, card.name, card.summary)
                .unwrap();
        }
        let mut differing: Vec<(&str, Vec<&str>)> = Vec::new();
        for card in cards.iter().filter(|card| !card.differs.is_empty()) {
            match differing.iter_mut().find(|(differs, _)| *differs == card.differs) {
                Some((_, titles)) => titles.push(card.title),
                None => differing.push((card.differs, vec![card.title])),
            }
        }
        if !differing.is_empty() {
            page.push_str("\nWhere these deliberately differ from the libraries that have them:\n");
            differing
                .iter()
                .for_each(|(differs, titles)| writeln!(page, "- {}: {differs}.", titles.join("; ")).unwrap());
        }
    }
    page.push_str(CHECKED);
    page
}

/// What the tests beside this one hold the metrics to.
const CHECKED: &str = "
## Checked against
The tests hold the metrics to other libraries' values on the same maps, where the definitions coincide; scripts beside the values make them anew.

| metrics | library | within |
|---|---|---|
| sparseness, entropy | Quantus 0.6 | 1e-5: it adds 1e-7 to each magnitude |
| energy share, rank accuracy, pointing game | Quantus 0.6 | 1e-6 |
| AUPRC | scikit-learn 1.9 | 1e-6 |
| SSIM; rank correlation; Otsu's threshold | scikit-image 0.26; scipy 1.17; scikit-image 0.26 | 1e-6; 1e-6; the same bin |
| ROAD, most and least relevant first and combined, without noise | pytorch-grad-cam 1.5.7 | 1e-4: logits differ by 1e-6 |
| drop and increase in confidence | pytorch-grad-cam 1.5.7 | 1e-4 |
";

#[test]
fn the_page_of_metrics_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = page();
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/metrics.md is not what the table says: run the tests of `heatlens` with HEATLENS_WRITE_DOCS=1"
    );
}
