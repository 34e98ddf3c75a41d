//! The `heatlens` command.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    heatlens_cli::run(std::env::args_os()).into()
}
