use anyhow::Result;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::Cli;
use crate::failure::Status;
use crate::flags::explained;
use crate::printer::Printer;

/// Print what lets a shell complete commands, options and their values
///
/// bash: `heatlens completions bash > ~/.local/share/bash-completion/completions/heatlens`.
/// zsh: `heatlens completions zsh > _heatlens`, in a folder of `$fpath`.
/// fish: `heatlens completions fish > ~/.config/fish/completions/heatlens.fish`.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The shell
    #[arg(value_parser = explained(SHELLS.iter().map(|(_, name, about)| (*name, *about)), named))]
    shell: Shell,
}

const SHELLS: [(Shell, &str, &str); 3] = [
    (Shell::Bash, "bash", "the Bourne-again shell"),
    (Shell::Zsh, "zsh", "the Z shell"),
    (Shell::Fish, "fish", "the friendly interactive shell"),
];

fn named(name: &str) -> Option<Shell> {
    SHELLS.iter().find(|(_, known, _)| *known == name).map(|(shell, ..)| *shell)
}

/// Prints the script.
///
/// # Errors
/// Never.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "heatlens", &mut script);
    printer.data(String::from_utf8_lossy(&script).trim_end());
    Ok(Status::Done)
}
