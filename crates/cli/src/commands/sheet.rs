use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use heatlens_record::{Durability, RunDirectory, RunError, count};
use heatlens_run::Error;
use heatlens_run::gallery::{Confidence, Opened, Paper, Selection, numbered, open};

use crate::failure::Status;
use crate::flags::{ThreadArgs, trimmed};
use crate::printer::Printer;

/// Put images of a run on contact sheets: photograph, heatmap, prediction and confidence
#[derive(clap::Args)]
pub struct Args {
    /// The folder that `explain` or `audit` wrote
    run: PathBuf,
    /// Those of these outcomes, separated by commas: false_negative, true_positive …; `correct` and
    /// `wrong` for all that are right or wrong
    #[arg(long = "outcome", value_name = "OUTCOME", value_delimiter = ',', value_parser = trimmed)]
    outcomes: Vec<String>,
    /// Those that are predicted as one of these classes, separated by commas
    #[arg(long = "class", value_name = "CLASS", value_delimiter = ',', value_parser = trimmed)]
    classes: Vec<String>,
    /// Those that are labelled as one of these classes, separated by commas
    #[arg(long = "label", value_name = "CLASS", value_delimiter = ',', value_parser = trimmed)]
    labels: Vec<String>,
    /// Those of this confidence: `high` (0.9 and more), `low` (below 0.6), `0.5-0.7`, `>=0.8`, `<0.6`
    #[arg(long, value_parser = Confidence::parse)]
    confidence: Option<Confidence>,
    /// At most so many, the surest (of `--confidence low` the least sure)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Images side by side [default: as many as make a page about 1,600 pixels wide]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=24))]
    columns: Option<u8>,
    /// The file to write, .png or .jpg; further pages are called FILE.2.png and so on
    #[arg(short, long, value_name = "FILE", default_value = "sheet.png")]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    threads: ThreadArgs,
}

/// Writes the sheets of a selection.
///
/// # Errors
/// If the run cannot be read, nothing fits the selection, or the sheets cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (folder, stem, ending) = named(&args.out)?;
    let opened = opened(&args.run)?;
    let selection = args.selection();
    let positions = selection.of(&opened.cases).map_err(anyhow::Error::msg)?;
    if positions.is_empty() {
        let all = count(opened.cases.len(), "image");
        bail!("none of {all} in `{}` is what was asked for ({})", args.run.display(), selection.words());
    }
    let paper = Paper { columns: args.columns.map(usize::from) };
    let files = (0..opened.pages(positions.len(), &paper)).map(|page| folder.join(numbered(&stem, page, &ending)));
    if let Some(file) = files.filter(|_| !args.overwrite).find(|file| file.exists()) {
        bail!("`{}` is there already: --overwrite writes over it, -o FILE names another", file.display());
    }
    let directory = RunDirectory::at(folder);
    let pages = opened.sheets(
        (selection.words(), &positions),
        (&paper, &ending),
        args.threads.count(),
        &mut |page, bytes| directory.write_as(&numbered(&stem, page, &ending), &bytes, Durability::Renamed),
    )?;
    let last = if pages > 1 { format!(" to {}", numbered(&stem, pages - 1, &ending)) } else { String::new() };
    let (images, pages) = (count(positions.len(), "image"), count(pages, "page"));
    printer.data(&format!("{images} on {pages} → {}{last}", args.out.display()));
    Ok(Status::Done)
}

fn opened(run: &Path) -> Result<Opened> {
    match open(run) {
        Err(Error::Run(RunError::NoRun { .. })) => bail!(
            "no run lies in `{}`: `heatlens explain` and `heatlens audit` leave one in the folder that --out names",
            run.display()
        ),
        opened => Ok(opened?),
    }
}

/// The folder of a file, its name without the ending, and that.
fn named(out: &Path) -> Result<(&Path, String, String)> {
    let ending = out.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase();
    let stem = out.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    if !["png", "jpg", "jpeg"].contains(&ending.as_str()) || stem.is_empty() {
        bail!("`{}`: a contact sheet is a .png or a .jpg file", out.display());
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let ending = out.extension().and_then(OsStr::to_str).unwrap_or_default();
    Ok((folder, stem.to_owned(), ending.to_owned()))
}

impl Args {
    fn selection(&self) -> Selection {
        Selection {
            outcomes: self.outcomes.clone(),
            classes: self.classes.clone(),
            labels: self.labels.clone(),
            confidence: self.confidence,
            limit: self.limit.map(|limit| limit as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_a_picture_by_its_name() {
        let (folder, stem, ending) = named(Path::new("a/b.c.PNG")).unwrap();
        assert_eq!((folder, stem.as_str(), ending.as_str()), (Path::new("a"), "b.c", "PNG"));
        assert_eq!(named(Path::new("x.jpg")).unwrap().0, Path::new("."));
        assert!(["a", "a.gif", ".png", ""].iter().all(|name| named(Path::new(name)).is_err()));
    }
}
