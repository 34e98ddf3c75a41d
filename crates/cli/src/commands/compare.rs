use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use heatlens::is_same_name;
use heatlens_record::{PART, RunDirectory, RunRecord, are, count};
use heatlens_report::page::comparison_html;
use heatlens_report::schema::{Comparison, Measure, View};
use heatlens_report::{Chosen, compare};
use heatlens_statistics::Settings;

use crate::failure::Status;
use crate::printer::Printer;

/// Compare two audits on the same images: two models, or two methods or layers of one run
#[derive(clap::Args)]
pub struct Args {
    /// The folder of the first run; `run/:METHOD` or `run/:METHOD:LAYER` where it is not the first
    /// method and layer that counts
    pub first: String,
    /// That of the second
    pub second: String,
    /// Write all figures to this file: a page to read where it ends in .html, else JSON
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A run as named on the command line.
struct Named {
    directory: RunDirectory,
    run: RunRecord,
    view: Option<View>,
}

impl Named {
    fn open(text: &str, printer: &Printer) -> Result<Named> {
        let mut words = text.splitn(3, ':');
        let directory = RunDirectory::at(Path::new(words.next().unwrap_or_default()));
        let run = directory.audit_record()?;
        let view = match words.next().filter(|method| !method.is_empty()) {
            Some(method) => Some(view(&views(&directory)?, method, words.next())?),
            None => None,
        };
        let named = Named { directory, run, view };
        named.tell_missing(printer)?;
        Ok(named)
    }

    /// Warns of a run that is not finished, and refuses one that has not begun.
    fn tell_missing(&self, printer: &Printer) -> Result<()> {
        let parts = self.run.data.cases.div_ceil(PART);
        let (done, root) = (self.directory.done()?.len(), self.directory.root());
        let shown = root.display();
        let next = "start `heatlens audit` again as before, or put its shards together with `heatlens report`";
        if done == 0 {
            bail!("no part of the run in `{shown}` is done yet: {next}");
        }
        if done < parts {
            printer.warn(&format!(
                "{done} of {} of the run in `{shown}` {} done, and nothing else is compared: {next}",
                count(parts, "part"),
                are(done)
            ));
        }
        Ok(())
    }

    fn chosen(&self) -> Chosen<'_> {
        Chosen { directory: &self.directory, run: &self.run, view: self.view.clone() }
    }
}

/// The methods of a run with the layers that their maps have.
fn views(directory: &RunDirectory) -> Result<Vec<View>> {
    let mut views = Vec::new();
    for part in directory.done()? {
        for map in directory.read_maps(part)? {
            let view = View { method: map.method, layer: map.layer };
            if !views.contains(&view) {
                views.push(view);
            }
        }
        // Every image that can be explained has all of them.
        if !views.is_empty() {
            break;
        }
    }
    Ok(views)
}

/// A method and layer of a run; its first layer where none is named, and none where its maps have
/// none.
fn view(views: &[View], method: &str, layer: Option<&str>) -> Result<View> {
    let of_method: Vec<&View> = views.iter().filter(|view| is_same_name(&view.method, method)).collect();
    let Some(first) = of_method.first() else {
        let mut methods: Vec<&str> = views.iter().map(|view| view.method.as_str()).collect();
        methods.dedup();
        bail!("the run has no method `{method}`; it has {}", methods.join(", "));
    };
    let Some(layer) = layer else { return Ok((*first).clone()) };
    if let Some(view) =
        of_method.iter().find(|view| view.layer.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(layer)))
    {
        return Ok((*view).clone());
    }
    let layers: Vec<&str> = of_method.iter().filter_map(|view| view.layer.as_deref()).collect();
    if layers.is_empty() {
        bail!("maps of `{method}` belong to no single layer: leave `:{layer}` out");
    }
    bail!("the run has no layer `{layer}`; it has {}", layers.join(", "))
}

/// Compares and tells.
///
/// # Errors
/// If a folder holds no run, or none of the images is in both.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (first, second) = (Named::open(&args.first, printer)?, Named::open(&args.second, printer)?);
    let comparison = compare(&first.chosen(), &second.chosen(), &Settings::default())?;
    if comparison.images == 0 {
        bail!(
            "the runs have no image in common, neither by name nor by content: `heatlens compare` needs two runs over \
             the same photographs"
        );
    }
    tell(&comparison, printer);
    if let Some(path) = &args.out {
        let is_page = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let bytes =
            if is_page { comparison_html(&comparison).into_bytes() } else { serde_json::to_vec_pretty(&comparison)? };
        std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(Status::Done)
}

fn tell(comparison: &Comparison, printer: &Printer) {
    let [first, second] = &comparison.sides;
    printer.data(&format!("{} against {}, {} in both", first.name, second.name, count(comparison.images, "image")));
    printer.data(&comparison.headline);
    let agreement = &comparison.agreement;
    let measured = [
        Some(&agreement.same),
        Some(&agreement.kappa),
        agreement.accuracy.as_ref(),
        comparison.map_similarity.as_ref(),
    ];
    for measurement in measured.into_iter().flatten().chain(&comparison.auc) {
        printer.data(&format!("  {}: {}", measurement.what, measurement.words()));
    }
    for change in &comparison.focus {
        // Of shares the difference is in points.
        let write = |value: f64| match change.difference.measure {
            Measure::Points => Measure::Share.write(value),
            _ => format!("{value:.2}"),
        };
        let [first, second] = [change.first, change.second].map(write);
        printer.data(&format!("  {}: {first} and {second}; difference {}", change.what, change.difference.words()));
    }
    comparison
        .explanations
        .iter()
        .for_each(|explanation| printer.data(&format!("{}: {}", explanation.heading, explanation.text)));
}
