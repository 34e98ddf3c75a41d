//! The documented tables are those that are written.

use heatlens_record::{CauseRow, Cells, ImageRow, MapRow, RemainderRow, Row};

fn section<R: Row>(folder: &str, about: &str) -> String {
    let mut text = format!(
        "\n## {folder}/part-*.parquet\n{about} Schema `{}`.\n\n| column | type | what |\n|---|---|---|\n",
        R::SCHEMA
    );
    for (name, cells, what) in R::columns() {
        let kind = match cells {
            Cells::Integers(_) => "int64",
            Cells::Numbers(_) => "double",
            Cells::Truths(_) => "boolean",
            Cells::Texts(_) => "text",
            Cells::Lists(_) => "list of float",
        };
        text += &format!("| `{name}` | {kind} | {what} |\n");
    }
    text
}

#[test]
fn the_page_of_tables_is_up_to_date() {
    let head = "# What a run of `heatlens audit` leaves behind\n\n\
        | file | what |\n|---|---|\n\
        | `run.json` | all that the results depend on: hashes of model, preprocessing and data, classes, layers, \
        methods, zones, seed, versions |\n\
        | `predictions.csv` | a row an image: label, prediction, confidence, outcome, logits, probabilities, error |\n\
        | `errors.csv` | a row an image that could not be explained |\n\
        | `report.html`, `report.json` | the answers; [report-schema.md](report-schema.md) documents the second |\n\
        | `summary.html`, `summary.md`, `summary/` | two pages to hand in and their pictures, where `heatlens report \
        --summary` was asked |\n\
        | `panels/<outcome>/`, `sheets/`, `thumbnails/`, `index.html` | with `--panels`: a panel of every image, contact \
        sheets of every outcome, and a page to leaf through; drawn from the measurements, only where they are missing \
        |\n\
        | `images/`, `maps/`, `causes/`, `remainders/` | the measurements, 32 images a part, as Parquet (Snappy); any \
        Parquet reader takes them |\n\n\
        `run.json` and every part are sealed with a hash of their own bytes, so that a changed byte is noticed; in \
        `run.json` only `data.root` may be changed by hand, where the data were moved. Of a part's metadata, \
        `heatlens.schema` names its columns (a change of them is a new one), `heatlens.run` the run that it belongs \
        to, by the hash that stands in run.json under `run` (of model, layers, methods, preprocessing, data and \
        settings, not of paths or threads), `heatlens.name` its own name, and `heatlens.seal` is its seal. `heatlens \
        audit` measures a damaged part anew, makes a run.json anew that was removed, and refuses parts of other runs; \
        a photograph is known by its SHA-256. What is done of a part when an audit is asked to stop (Ctrl-C, SIGTERM) is kept under `begun/` until it goes \
        on. While a command is at work in a folder, `heatlens.lock` there holds the \
        number of its process, and another start is refused.\n\n\
        In tables that people open, text that a spreadsheet would compute (it begins with `=`, `+`, `-`, `@`, a tab or \
        a carriage return, and is no number) has an apostrophe in front, which heatlens takes away where it reads \
        tables.\n\n\
        Points are in pixels with y down, the upper left pixel's\n\
        centre at (0.5, 0.5). Lists by zone are in the order of `zones` in run.json. This page is generated from the \
        code that writes the tables.\n";
    let page = [
        head.to_owned(),
        section::<ImageRow>("images", "A row an image."),
        section::<MapRow>("maps", "A row a map: image, class, method, layer."),
        section::<CauseRow>("causes", "A row an experiment: a region taken out of an image, or a property of the whole photograph moved to that of another class."),
        section::<RemainderRow>(
            "remainders",
            "What the network says of the disc alone, and of everything but the disc.",
        ),
    ]
    .concat();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/run.md");
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        page,
        "set HEATLENS_WRITE_DOCS=1 and run this test again to write docs/run.md"
    );
}
