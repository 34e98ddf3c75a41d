use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use heatlens_imaging::{Picture, encode_png};

use super::explain;
use crate::failure::Status;
use crate::printer::Printer;

/// Render 24 eyes, explain them with the model that comes along, and write everything to a folder
#[derive(clap::Args)]
pub struct Args {
    /// Where to write
    #[arg(long, default_value = "out/demo")]
    out: PathBuf,
}

/// The shipped classifier, trained on rendered eyes by `models/train_demo.py`.
const MODEL: &[u8] = include_bytes!("../../../../models/demo-shufflenet_v2_x0_5.safetensors");

/// `explain`'s arguments, parsed as a user would write them.
#[derive(Parser)]
struct Explain {
    #[command(flatten)]
    args: explain::Args,
}

pub fn run(args: Args, printer: &Printer) -> Result<Status> {
    let photographs = args.out.join("photographs");
    let model = args.out.join("demo.safetensors");
    write(&model, MODEL)?;
    for eye in heatlens_fundus::demo_set() {
        let picture = Picture { width: eye.photograph.size, height: eye.photograph.size, rgb: eye.photograph.rgb };
        write(&photographs.join(eye.label).join(format!("{}.png", eye.name)), &encode_png(&picture)?)?;
    }
    let (model, photographs, out) =
        (model.display().to_string(), photographs.display().to_string(), args.out.display().to_string());
    let words = [
        "heatlens",
        &model,
        &photographs,
        "--out",
        &out,
        "--classes",
        "normal,glaucoma",
        "--class",
        "all",
        "--labels",
        "folders",
    ];
    let options = ["--preprocess", "imagenet-exact", "--save", "panel,overlay,heatmap,map", "--overwrite"];
    let status = explain::run(Explain::parse_from(words.into_iter().chain(options)).args, printer)?;
    printer.note(&format!("the same by hand: heatlens explain {}", words[1..].join(" ")));
    Ok(status)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
