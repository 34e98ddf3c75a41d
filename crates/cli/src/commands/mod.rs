//! The subcommands. One file each; the doc comment of its arguments is its help. The table at the
//! bottom is the only list of them.

use anyhow::Result;
use clap::Subcommand;

use crate::failure::Status;
use crate::printer::Printer;

macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident = $module:ident::$args:ident,)*) => {
        $(mod $module;)*

        /// What the user asks for.
        #[derive(Subcommand)]
        pub enum Command {
            $($(#[$meta])* $name($module::$args),)*
        }

        impl Command {
            /// Does it.
            ///
            /// # Errors
            /// If the request or the model cannot be used.
            pub fn run(&self, printer: &Printer) -> Result<Status> {
                match self {
                    $(Command::$name(args) => $module::run(args, printer),)*
                }
            }
        }
    };
}

// In the order of `heatlens --help`.
commands! {
    Explain = explain::Args,
    Audit = audit::Args,
    Report = report::Args,
    Compare = compare::Args,
    Layers = layers::Args,
    #[command(subcommand)]
    Preprocess = preprocess::Command,
    Evaluate = evaluate::Args,
    Sanity = sanity::Args,
    Bench = bench::Args,
    Demo = demo::Args,
}
