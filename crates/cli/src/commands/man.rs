use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::Cli;
use crate::failure::Status;
use crate::printer::Printer;

/// Print the manual page, or write those of all commands
///
/// To read it: `heatlens man | man -l -`.
#[derive(clap::Args)]
pub struct Args {
    /// Write `heatlens.1` and a page a command (`heatlens-explain.1` …) into this folder
    #[arg(short, long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Prints or writes the pages.
///
/// # Errors
/// If the folder cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    // Built, each command knows its whole name, and the options that all have.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match &args.out {
        None => printer.data(String::from_utf8(page(&command)?)?.trim_end()),
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
            let pages = write(&command, folder)?;
            printer.data(&format!("{pages} pages → {}", folder.display()));
        }
    }
    Ok(Status::Done)
}

fn page(command: &Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// Writes the page of a command and those below it; how many.
fn write(command: &Command, folder: &Path) -> Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(command)?).with_context(|| format!("cannot write `{}`", path.display()))?;
    let below = command.get_subcommands().map(|command| write(command, folder));
    Ok(1 + below.sum::<Result<usize>>()?)
}
