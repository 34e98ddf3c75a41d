//! What is compared with the references: weights of state dicts, which lie beside them, and the same
//! networks from every form of file in which PyTorch writes them, where a folder of them is at hand
//! (`tests/golden/arch/forms.py` makes one); and the page that says how near they are.

use std::path::{Path, PathBuf};

use heatlens_formats::torch::arch;
use heatlens_formats::{LoadOptions, load};
use heatlens_graph::{Graph, layers};

use crate::formats::{Found, Table};
use crate::formula;
use crate::golden::{Golden, LOGITS, MAPS, compare, files};

/// The table of these networks in docs/formats.md.
pub const PAGE: Table =
    Table { heading: "PyTorch and ONNX", forms: &["state dict", "whole module", "`.pt2`", "trace", "script", "ONNX"] };

/// Forms by the ends of the files' names.
const FORMS: &[(&str, &str)] = &[
    (".pth", "whole module"),
    (".pt2", "`.pt2`"),
    (".trace.pt", "trace"),
    (".script.pt", "script"),
    (".onnx", "ONNX"),
];

/// Builds the network of every reference, runs it and compares logits, the target layer's
/// activation and GradCAM.
pub fn check(package: &str, prefixes: &[&str]) {
    let mut failures = Vec::new();
    for path in files(package, prefixes) {
        let golden = Golden::read(&path);
        let built = golden.built();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let agrees = agrees(&golden, built.family, "state dict", built.graph);
        failures.extend(agrees.err().map(|why| format!("{package}/{name}: {why}")));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Compares a network of a family that was read from a form of file with its reference, and with what
/// docs/formats.md says.
fn agrees(golden: &Golden, family: &'static str, form: &'static str, graph: Graph) -> Result<(), String> {
    let image = formula::uniform("input", golden.input.iter().product());
    let layer = golden.is_default.then(|| by_end(&graph, &golden.layer));
    let [logits, mean, cam] = compare(golden, graph, &image);
    println!("{}, {form}: logits {logits:.1e}, activation {mean:.1e}, GradCAM {cam:.1e}", golden.expect);
    if !(logits <= LOGITS && mean <= MAPS && cam <= MAPS) {
        return Err(format!("{form}: logits {logits:e}, activation {mean:e}, GradCAM {cam:e}"));
    }
    PAGE.meets(family, form, &Found { logits: logits.into(), map: Some(cam.into()), layer })
}

/// The layer as counted from the end where blocks are numbered, which differ from network to network:
/// `layer4[-1]`.
fn by_end(graph: &Graph, layer: &str) -> String {
    let Some((parent, last)) = layer.rsplit_once('.') else { return layer.to_owned() };
    let is_number = last.parse::<u32>().is_ok();
    // RegNet's `s4.b12` and `block4.block4-11`.
    if !is_number && !last.starts_with('b') {
        return layer.to_owned();
    }
    let [end, own] = [&format!("{parent}[-1]"), layer].map(|layer| layers::resolve(graph, layer));
    match (end, own) {
        (Ok(end), Ok(own)) if end.value == own.value => format!("{parent}[-1]"),
        _ if is_number => format!("{parent}.N"),
        _ => layer.to_owned(),
    }
}

/// A file against the reference that its name tells of: `timm-dla34.trace.pt`.
fn check_file(file: &Path) -> Result<(), String> {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    let (stem, form) = FORMS
        .iter()
        .find_map(|(end, form)| Some((name.strip_suffix(end)?, *form)))
        .ok_or("it is of no form that is known")?;
    let (package, network) = stem.split_once('-').ok_or("its name tells of no reference")?;
    let reference = Golden::read(&files(package, &[&format!("{network}.txt")])[0]);
    let family = reference.built().family;
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    if bytes.is_empty() {
        PAGE.cannot_be_written(family, form);
        return Ok(());
    }
    let [_, height, width] = reference.input;
    let options = LoadOptions { input_size: Some([height, width]), ..LoadOptions::default() };
    let model = load(&bytes, &options).map_err(|error| error.to_string())?;
    agrees(&reference, family, form, model.graph)
}

#[test]
fn every_form_of_a_network_is_the_same_network() {
    let Some(folder) = std::env::var_os("HEATLENS_FORMS") else {
        println!("skipped: HEATLENS_FORMS names no folder of networks (tests/golden/arch/forms.py makes one)");
        return;
    };
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    let failures: Vec<String> =
        files.iter().filter_map(|file| Some(format!("{}: {}", file.display(), check_file(file).err()?))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_page_tells_of_the_families_that_are_read_and_of_no_others() {
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        return;
    }
    let rows = PAGE.rows();
    let families: Vec<&str> = arch::families().map(|(title, _)| title).collect();
    for family in &families {
        let told = rows.get(*family).is_some_and(|row| !row[1].is_empty() && !row[2].is_empty());
        assert!(
            told,
            "docs/formats.md does not say how near {family} is: CONTRIBUTING.md tells how it is written anew"
        );
    }
    for row in rows.keys() {
        assert!(families.contains(&row.as_str()), "docs/formats.md tells of {row}, which is not read");
    }
}
