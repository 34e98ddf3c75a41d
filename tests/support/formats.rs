//! `docs/formats.md`: how near each family is to its framework from each form of file. Tests that compare
//! with goldens say what they find; it must be what the page says, or with `HEATLENS_WRITE_DOCS=1` becomes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A table of the page: rows are families, columns the layer and forms of files.
pub struct Table {
    /// The heading above it.
    pub heading: &'static str,
    /// The forms.
    pub forms: &'static [&'static str],
}

/// What a comparison found.
pub struct Found {
    /// Largest difference of logits, relative to the largest.
    pub logits: f64,
    /// The same of the raw GradCAM map, where one was compared.
    pub map: Option<f64>,
    /// The layer that is explained where none is asked for.
    pub layer: Option<String>,
}

/// What this run of the tests found so far, by table, row and column.
static FOUND: Mutex<BTreeMap<[String; 3], [f64; 2]>> = Mutex::new(BTreeMap::new());

/// A figure may be so many times what the page says: processors add in different orders.
const SLACK: f64 = 10.0;
/// Below this all figures are the same.
const ROUNDING: f64 = 2e-6;

impl Table {
    /// Compares what was found with the page; returns what is wrong.
    pub fn meets(&self, family: &str, form: &str, found: &Found) -> Result<(), String> {
        let column = self.column(form);
        let mut all = FOUND.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let worst = all.entry([self.heading, family, form].map(str::to_owned)).or_insert([0.0, -1.0]);
        *worst = [worst[0].max(found.logits), worst[1].max(found.map.unwrap_or(-1.0))];
        if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
            let figures = worst.iter().filter(|figure| **figure >= 0.0).map(|figure| format!("{figure:.0e}"));
            self.write(family, column, &figures.collect::<Vec<_>>().join(", "), found.layer.as_deref());
            return Ok(());
        }
        let again = format!("write it anew: {}", AGAIN);
        let Some(row) = self.rows().remove(family) else {
            return Err(format!("docs/formats.md lacks `{family}`; {again}"));
        };
        if let Some(layer) = &found.layer
            && !row[1].contains(&format!("`{layer}`"))
        {
            return Err(format!(
                "docs/formats.md says that of {family} {} is explained, not `{layer}`; {again}",
                row[1]
            ));
        }
        let figures: Vec<f64> = row[column].split(", ").filter_map(|figure| figure.parse().ok()).collect();
        let measured = [Some(found.logits), found.map];
        let meets =
            |(i, figure): (usize, &f64)| figures.get(i).is_some_and(|said| *figure <= SLACK * said.max(ROUNDING));
        if measured.iter().flatten().enumerate().all(meets) {
            return Ok(());
        }
        Err(format!("docs/formats.md says `{}` of {family}, {form}, and not {measured:?}; {again}", row[column]))
    }

    /// Writes of a form that the framework itself cannot write it.
    #[allow(dead_code, reason = "only torchvision's and timm's networks are tried in every form")]
    pub fn cannot_be_written(&self, family: &str, form: &str) {
        if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
            let _one_at_a_time = FOUND.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            self.write(family, self.column(form), "—", None);
        }
    }

    /// The cells of each family.
    pub fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let page = std::fs::read_to_string(page()).unwrap_or_default();
        let lines = page.lines().skip_while(|line| *line != format!("## {}", self.heading)).skip(1);
        let table = lines.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|')).skip(2);
        let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        table.map(cells).map(|cells: Vec<String>| (cells[0].clone(), cells)).collect()
    }

    fn column(&self, form: &str) -> usize {
        2 + self.forms.iter().position(|other| *other == form).expect("a form of the table")
    }

    /// Writes a cell, and adds a layer to those of its row.
    fn write(&self, family: &str, column: usize, text: &str, layer: Option<&str>) {
        let mut rows = self.rows();
        let row = rows.entry(family.to_owned()).or_default();
        row.resize(2 + self.forms.len(), String::new());
        (row[0], row[column]) = (family.to_owned(), text.to_owned());
        if let Some(layer) = layer.map(|layer| format!("`{layer}`"))
            && !row[1].contains(&layer)
        {
            row[1] = if row[1].is_empty() { layer } else { format!("{}, {layer}", row[1]) };
        }
        let mut rows: Vec<Vec<String>> = rows.into_values().collect();
        rows.sort_by_key(|row| row[0].to_lowercase());
        let head = ["family", "layer"].into_iter().chain(self.forms.iter().copied());
        let head = format!("| {} |\n|{}", head.collect::<Vec<_>>().join(" | "), "---|".repeat(2 + self.forms.len()));
        let table = rows.iter().map(|row| format!("\n| {} |", row.join(" | ")));
        let table = head + &table.collect::<String>();

        let text = std::fs::read_to_string(page()).expect("docs/formats.md");
        let heading = format!("## {}\n", self.heading);
        let (before, section) = text.split_once(&heading).expect("the table's heading in docs/formats.md");
        let (section, after) = match section.find("\n## ") {
            Some(end) => section.split_at(end),
            None => (section.trim_end_matches('\n'), "\n"),
        };
        let prose: Vec<&str> = section.lines().filter(|line| !line.starts_with('|')).collect();
        let page_with = format!("{before}{heading}{}\n\n{table}\n{}", prose.join("\n").trim_end(), after);
        std::fs::write(page(), page_with).expect("docs/formats.md can be written");
    }
}

/// A binary's tests write together: of a part of them the page would tell the worst of that part.
const AGAIN: &str = "HEATLENS_WRITE_DOCS=1 cargo test --release -p heatlens-formats -p heatlens --test arch --test \
    keras --test programs --test fastai";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md")
}
