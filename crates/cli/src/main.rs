//! The `heatlens` command: shows where a trained image classifier looks.

#![forbid(unsafe_code)]

mod commands;
mod failure;
mod flags;
mod printer;
mod signals;

use std::process::ExitCode;

use clap::Parser;

use crate::printer::Printer;

/// Shows where a trained image classifier looks, and tests whether it should look there.
#[derive(Parser)]
#[command(name = "heatlens", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer::new();
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cli.command.run(&printer))) {
        Ok(Ok(status)) => status.into(),
        Ok(Err(error)) => {
            printer.error(&error);
            failure::REQUEST.into()
        }
        Err(_) => {
            printer.warn("this is a defect of heatlens, not of your files: please report it with the message above");
            failure::INTERNAL.into()
        }
    }
}
