use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use heatlens::ExplainerOptions;
use heatlens_imaging::{DrawStyle, Picture, encode_png};
use heatlens_record::RunDirectory;
use heatlens_run::drawing::ColourScale;
use heatlens_run::explain::{ExplainOptions, Folder, Plan, Save};
use heatlens_run::{LabelOptions, LabelSource, Subject, SubjectOptions, default_threads, expand};

use super::explain::{words, work};
use crate::failure::Status;
use crate::printer::Printer;
use crate::signals;

/// Render 24 eyes, explain them with the model that comes along, and write everything to a folder
#[derive(clap::Args)]
pub struct Args {
    /// Where to write
    #[arg(short, long, default_value = "out/demo")]
    out: PathBuf,
}

/// The shipped classifier, trained on rendered eyes by `models/train_demo.py`.
const MODEL: &[u8] = include_bytes!("../../../../models/demo-shufflenet_v2_x0_5.safetensors");
/// Its classes, and how it was trained to see.
const CLASSES: &str = "normal,glaucoma";
const PREPROCESS: &str = "imagenet-exact";

pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (photographs, model) = (args.out.join("photographs"), args.out.join("demo.safetensors"));
    write(&model, MODEL)?;
    for eye in heatlens_fundus::demo_set() {
        let picture = Picture { width: eye.photograph.size, height: eye.photograph.size, rgb: eye.photograph.rgb };
        write(&photographs.join(eye.label).join(format!("{}.png", eye.name)), &encode_png(&picture)?)?;
    }
    let subject = Subject::open(&SubjectOptions {
        model: model.clone(),
        classes: CLASSES.split(',').map(str::to_owned).collect(),
        preprocess: Some(PREPROCESS.to_owned()),
        ..SubjectOptions::default()
    })?;
    let (sources, remarks) = expand(&[photographs.display().to_string()], &args.out)?;
    let plan = Plan::settle(subject, sources, remarks, &options())?;
    plan.notes.iter().for_each(|note| printer.note(note));
    signals::ask(&plan.stop)?;
    let (folder, kept) = Folder::open(RunDirectory::at(&args.out), &plan, true)?;
    kept.iter().for_each(|kept| printer.note(kept));
    let started = std::time::Instant::now();
    let summary = work(&plan, &folder, printer, |_| {})?;
    if summary.images < plan.sources.len() {
        printer.note(&format!("stopped: {} of {} eyes are explained", summary.images, plan.sources.len()));
        return Ok(Status::Stopped);
    }
    let (model, photographs, out) = (model.display(), photographs.display(), args.out.display());
    printer.data(&words(&summary, &out.to_string(), started.elapsed().as_secs_f64()));
    printer.note(&format!(
        "the same by hand: heatlens explain {model} {photographs} --out {out} --classes {CLASSES} --class all --labels \
         folders --preprocess {PREPROCESS}"
    ));
    Ok(if summary.failed == 0 { Status::Done } else { Status::SomeFailed })
}

/// Every map and picture of both classes, with the labels that the folders tell.
fn options() -> ExplainOptions {
    ExplainOptions {
        targets: vec!["all".to_owned()],
        explainer: ExplainerOptions::default(),
        limit: None,
        labels: LabelOptions { source: Some(LabelSource::Folders), ..LabelOptions::default() },
        thresholds: Vec::new(),
        positive: None,
        save: vec![Save::Panel, Save::Overlay, Save::Heatmap, Save::Map, Save::Gallery],
        style: DrawStyle::default(),
        tile: None,
        scale: ColourScale::Map,
        outline: Vec::new(),
        contours: false,
        threads: default_threads(),
        memory: None,
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
