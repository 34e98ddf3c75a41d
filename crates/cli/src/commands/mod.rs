//! The subcommands. One file each; the doc comment of its arguments is its help.

mod audit;
mod bench;
mod compare;
mod demo;
mod evaluate;
mod explain;
mod layers;
mod preprocess;
mod report;
mod sanity;

use anyhow::Result;
use clap::Subcommand;

use crate::failure::Status;
use crate::printer::Printer;

/// What the user asks for.
#[derive(Subcommand)]
pub enum Command {
    Explain(explain::Args),
    Audit(audit::Args),
    Report(report::Args),
    Compare(compare::Args),
    Layers(layers::Args),
    #[command(subcommand)]
    Preprocess(preprocess::Command),
    Evaluate(evaluate::Args),
    Sanity(sanity::Args),
    Bench(bench::Args),
    Demo(demo::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// If the request or the model cannot be used.
    pub fn run(self, printer: &Printer) -> Result<Status> {
        match self {
            Command::Explain(args) => explain::run(&args, printer),
            Command::Audit(args) => audit::run(&args, printer),
            Command::Report(args) => report::run(&args, printer),
            Command::Compare(args) => compare::run(&args, printer),
            Command::Layers(args) => layers::run(&args, printer),
            Command::Preprocess(command) => preprocess::run(command, printer),
            Command::Evaluate(args) => evaluate::run(&args, printer),
            Command::Sanity(args) => sanity::run(&args, printer),
            Command::Bench(args) => bench::run(&args, printer),
            Command::Demo(args) => demo::run(&args, printer),
        }
    }
}
