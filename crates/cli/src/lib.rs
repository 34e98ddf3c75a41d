//! The `heatlens` command: shows where a trained image classifier looks. A library, so that every door
//! can offer it.

#![forbid(unsafe_code)]

mod commands;
mod failure;
mod flags;
mod listening;
mod printer;
mod signals;

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::printer::Printer;

/// Shows where a trained image classifier looks, and tests whether it should look there.
#[derive(Parser)]
#[command(name = "heatlens", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

/// What was asked; ends the process where it cannot be understood.
fn parsed(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Cli {
    Cli::try_parse_from(arguments).unwrap_or_else(|mut error| {
        let named = ["--model", "--image", "--images"];
        let is_named = |value: &ContextValue| named.iter().any(|name| value.to_string() == *name);
        if error.kind() == ErrorKind::UnknownArgument && error.get(ContextKind::InvalidArg).is_some_and(is_named) {
            let tip = "model and images are named without options, the model first: `MODEL IMAGES`, or `MODEL --data DATA` \
                       for an audit";
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
        error.exit()
    })
}

/// Does what the arguments ask, of which the first is the program's own name, and returns the exit code. Help, the
/// version and arguments that cannot be understood end the process.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let cli = parsed(arguments);
    let printer = Printer::new();
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cli.command.run(&printer))) {
        Ok(Ok(status)) => status.into(),
        Ok(Err(error)) => {
            printer.error(&error);
            failure::REQUEST
        }
        Err(_) => {
            printer.warn("this is a defect of heatlens, not of your files: please report it with the message above");
            failure::INTERNAL
        }
    }
}
