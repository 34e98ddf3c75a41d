use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;
use heatlens_files::Kind;
use heatlens_imaging::Preprocess;
use heatlens_run::{Memory, Need};
use serde_json::json;

use crate::failure::Status;
use crate::flags::MemoryArgs;
use crate::printer::Printer;

/// Show and test preprocessings
#[derive(Subcommand)]
pub enum Command {
    Check(Check),
    Show(Show),
}

/// Say whether a preprocessing equals the tensor that your own pipeline made, and if not, which
/// setting would
///
/// Save one preprocessed image from training code with `numpy.save("a.npy", tensor)`, and name the
/// image file it came from.
#[derive(clap::Args)]
pub struct Check {
    /// The image file
    #[arg(long)]
    image: PathBuf,
    /// The tensor that your pipeline made of it: (1, 3, H, W), (3, H, W), (1, H, W, 3) or (H, W, 3)
    #[arg(long)]
    reference: PathBuf,
    /// The preprocessing to test: a preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file
    #[arg(long, default_value = "imagenet-exact")]
    preprocess: String,
    /// Write the setting that fits best to this TOML file
    #[arg(long)]
    save: Option<PathBuf>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Print a preprocessing as TOML, to be changed and given to --preprocess
#[derive(clap::Args)]
pub struct Show {
    /// A preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file
    preprocess: String,
}

pub fn run(command: &Command, printer: &Printer) -> Result<Status> {
    match command {
        Command::Check(args) => check(args, printer),
        Command::Show(args) => {
            printer.data(read_spec(&args.preprocess)?.to_toml().trim_end());
            Ok(Status::Done)
        }
    }
}

fn read_spec(spec: &str) -> Result<Preprocess> {
    Ok(Preprocess::from_spec(spec, |path| heatlens_files::read(path.as_ref(), Kind::Description))?)
}

fn check(args: &Check, printer: &Printer) -> Result<Status> {
    let given = read_spec(&args.preprocess)?;
    let read = |path: &PathBuf, kind| {
        heatlens_files::read(path, kind).with_context(|| format!("cannot read `{}`", path.display()))
    };
    let limits = Memory::new(args.memory.memory).photograph(Need::PIXEL_COMPARED);
    let photograph = heatlens_imaging::decode(&read(&args.image, Kind::Photograph)?, &limits)
        .with_context(|| format!("`{}`", args.image.display()))?;
    let reference = heatlens_imaging::read_npy(&read(&args.reference, Kind::Tensor)?)
        .with_context(|| format!("`{}`", args.reference.display()))?;
    let check = heatlens_imaging::check(&photograph, &reference, &given)?;
    let best = check.best.as_ref();
    if let (Some(path), Some(best)) = (&args.save, best) {
        std::fs::write(path, best.preprocess.to_toml())
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if args.json {
        let best = best.map(
            |b| json!({ "words": b.words, "preset": b.preset, "max_levels": b.residual.max_levels, "mean_levels": b.residual.mean_levels }),
        );
        let given = json!({ "max_levels": check.given.max_levels, "mean_levels": check.given.mean_levels });
        printer.data(&json!({ "equal": check.equal, "given": given, "best": best }).to_string());
    } else {
        printer.data(&format!(
            "{}: `{}` differs by up to {:.2} grey levels, {:.3} on average",
            if check.equal { "equal" } else { "not equal" },
            args.preprocess,
            check.given.max_levels,
            check.given.mean_levels
        ));
        if let Some(best) = best.filter(|_| !check.equal) {
            let preset = best
                .preset
                .map_or(String::new(), |name| format!("; that is the preset `{name}`: say --preprocess {name}"));
            printer.data(&format!("best fit: {} (up to {:.2} levels){preset}", best.words, best.residual.max_levels));
            printer.data(&best.preprocess.to_toml());
        }
    }
    Ok(if check.equal { Status::Done } else { Status::SomeFailed })
}
