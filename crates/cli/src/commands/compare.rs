use std::path::PathBuf;

use anyhow::{Context, Result};
use heatlens::is_same_name;
use heatlens_report::compare_named;
use heatlens_report::page::comparison_html;
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

/// Compares and tells.
///
/// # Errors
/// If a folder holds no run, or none of the images is in both.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (comparison, warnings) = compare_named([&args.first, &args.second], &Settings::default(), is_same_name)?;
    warnings.iter().for_each(|warning| printer.warn(warning));
    printer.data(&comparison.words());
    if let Some(path) = &args.out {
        let is_page = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let bytes =
            if is_page { comparison_html(&comparison).into_bytes() } else { serde_json::to_vec_pretty(&comparison)? };
        std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(Status::Done)
}
