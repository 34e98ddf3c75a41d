use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use heatlens_audit::analysis::report::{Comparison, View};
use heatlens_audit::analysis::{Chosen, compare};
use heatlens_audit::run::RunDirectory;
use heatlens_audit::statistics::Settings;
use serde_json::Value;

use crate::failure::Status;
use crate::printer::Printer;

/// Compare two audits on the same images: two models, or two methods or layers of one run
#[derive(clap::Args)]
pub struct Args {
    /// The folder of the first run; `run/:METHOD` or `run/:METHOD:LAYER` where it is not the first method and layer that counts
    pub first: String,
    /// That of the second
    pub second: String,
    /// Write all figures to this JSON file
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// A run as named on the command line.
struct Named {
    directory: RunDirectory,
    run: Value,
    view: Option<View>,
}

impl Named {
    fn open(text: &str) -> Result<Named> {
        let mut words = text.splitn(3, ':');
        let (directory, run) = RunDirectory::existing(Path::new(words.next().unwrap_or_default()))?;
        let view = match words.next().filter(|method| !method.is_empty()) {
            Some(method) => Some(view(&run, method, words.next())?),
            None => None,
        };
        Ok(Named { directory, run, view })
    }

    fn chosen(&self) -> Chosen<'_> {
        Chosen { directory: &self.directory, run: &self.run, view: self.view.clone() }
    }
}

/// A method and layer of a run; its first layer where none is named.
fn view(run: &Value, method: &str, layer: Option<&str>) -> Result<View> {
    let names = |list: &Value, key: &str| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().or_else(|| item[key].as_str())).map(str::to_owned).collect()
    };
    let (methods, layers) = (names(&run["methods"], ""), names(&run["layers"], "name"));
    if !methods.iter().any(|known| known == method) {
        bail!("the run has no method `{method}`; it has {}", methods.join(", "));
    }
    let layer = match layer {
        Some(layer) if !layers.iter().any(|known| known == layer) => bail!("the run has no layer `{layer}`; it has {}", layers.join(", ")),
        Some(layer) => Some(layer.to_owned()),
        None => layers.first().cloned(),
    };
    Ok(View { method: method.to_owned(), layer })
}

/// Compares and tells.
///
/// # Errors
/// If a folder holds no run, or none of the images is in both.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (first, second) = (Named::open(&args.first)?, Named::open(&args.second)?);
    let comparison = compare(&first.chosen(), &second.chosen(), &Settings::default())?;
    if comparison.images == 0 {
        bail!("the runs have no image in common: `heatlens compare` needs two runs over the same data");
    }
    tell(&comparison, printer);
    if let Some(path) = &args.out {
        std::fs::write(path, serde_json::to_vec_pretty(&comparison)?).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(Status::Done)
}

fn tell(comparison: &Comparison, printer: &Printer) {
    let [first, second] = &comparison.sides;
    printer.data(&format!("{} against {}, {} images in both", first.name, second.name, comparison.images));
    printer.data(&comparison.headline);
    let agreement = &comparison.agreement;
    let measured = [Some(&agreement.same), Some(&agreement.kappa), agreement.accuracy.as_ref(), comparison.map_similarity.as_ref()];
    for measurement in measured.into_iter().flatten().chain(&comparison.auc) {
        printer.data(&format!("  {}: {}", measurement.what, measurement.words()));
    }
    for change in &comparison.focus {
        printer.data(&format!("  {}: {:.3} and {:.3}; difference {}", change.what, change.first, change.second, change.difference.words()));
    }
    comparison.explanations.iter().for_each(|explanation| printer.data(&format!("{}: {}", explanation.heading, explanation.text)));
}
