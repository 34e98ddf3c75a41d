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
    Sheet = sheet::Args,
    Audit = audit::Args,
    Report = report::Args,
    Compare = compare::Args,
    Check = check::Args,
    Layers = layers::Args,
    #[command(subcommand)]
    Preprocess = preprocess::Command,
    Evaluate = evaluate::Args,
    Sanity = sanity::Args,
    Bench = bench::Args,
    Demo = demo::Args,
    Completions = completions::Args,
    Man = man::Args,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.ci/run` runs it: it takes long.
    const IN_CI: &[&str] = &["demo"];

    #[test]
    fn every_command_is_run_by_a_test() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let tests: String = files.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        let commands = Command::augment_subcommands(clap::Command::new("heatlens"));
        let is_run = |name: &str| IN_CI.contains(&name) || tests.contains(&format!("\"{name}\""));
        let missing: Vec<_> = commands.get_subcommands().map(|c| c.get_name()).filter(|name| !is_run(name)).collect();
        assert!(missing.is_empty(), "no test in crates/cli/tests/ runs {missing:?}: add one that does");
    }
}
