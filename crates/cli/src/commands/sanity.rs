use std::path::PathBuf;

use anyhow::{Result, bail};
use heatlens::Model;
use heatlens::sanity::{self, MethodReport, SanityOptions, SanityReport, Step, Verdict};
use heatlens_imaging::{Chart, DecodeLimits, Figure, Line, Lines, Preprocess, encode_png};
use heatlens_record::{RunDirectory, count, text_cell};
use heatlens_run::{Depths, Memory, Need, Source, Subject, prepare, sample};
use serde_json::{Value, json};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, MethodArgs, OneLayerArgs, SeedArgs, SubjectArgs};
use crate::printer::Printer;

/// Test whether maps depend on what the network has learnt: randomise its weights and see whether
/// the maps survive
///
/// The weights are put in a random order, from the logits down to the image, and the maps of the
/// randomised network are compared with those of the trained one. A method whose map survives does
/// not show what was learnt, however pretty it is. Exit code: 0 if every method passes, 4 if one
/// does not.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    methods: MethodArgs,
    #[command(flatten)]
    layer: OneLayerArgs,
    #[command(flatten)]
    seed: SeedArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Images to use at most, drawn with the seed, as many of each folder as of any other
    #[arg(long, visible_alias = "limit", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Randomise from the logits down only, not each module by itself too
    #[arg(long)]
    cascade_only: bool,
    /// Where to write sanity.csv, sanity.json and sanity.png
    #[arg(short, long, default_value = "out/sanity")]
    out: PathBuf,
    /// Print the report as JSON instead of words
    #[arg(long)]
    json: bool,
}

/// Checks the methods and tells the verdicts.
///
/// # Errors
/// If the request or the model cannot be used, or the output cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let (subject, mut sources, notes) = args.inputs.settle(args.subject.open(&args.inputs.inputs)?, &args.out)?;
    let Subject { model, preprocess, .. } = subject;
    notes.iter().for_each(|note| printer.note(note));
    args.layer.doubt(&model, &args.methods.unique()).iter().for_each(|warning| printer.warn(warning));
    sample(&mut sources, args.sample as usize, args.seed.seed).iter().for_each(|note| printer.note(note));
    let options = SanityOptions {
        methods: args.methods.unique(),
        layer: args.layer.layer.clone(),
        independent: !args.cascade_only,
        seed: args.seed.seed,
    };
    // The trained network beside one that is randomised and has weights of its own.
    let memory = Memory::new(args.memory.memory).beside(&model, 2)?;
    let check = sanity::Check::new(&model, sources.len(), &options)?;
    let need = Need { images: 1, worker: check.worker_bytes(), pixel: Need::PIXEL };
    let limits = memory.divided(1, need)?.limits;
    let (images, failed) = tensors(&sources, (&model, &preprocess), &limits, printer)?;
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let _alone = RunDirectory::at(&args.out).alone()?;
    let mut progress = None;
    let report = check.run(&images, |_, total| {
        progress.get_or_insert_with(|| printer.progress_of(total, "explanations")).advance(false);
    })?;
    if let Some(progress) = progress {
        progress.finish();
    }
    let json = to_json(&report);
    std::fs::create_dir_all(&args.out)?;
    std::fs::write(args.out.join("sanity.json"), serde_json::to_string_pretty(&json)? + "\n")?;
    std::fs::write(args.out.join("sanity.csv"), to_csv(&report)?)?;
    std::fs::write(args.out.join("sanity.png"), encode_png(&figure(&report).draw())?)?;
    if args.json {
        printer.data(&json.to_string())
    } else {
        report.methods.iter().for_each(|method| tell(method, printer))
    }
    printer.note(&format!("figures and picture → {}", args.out.display()));
    Ok(match (report.all_pass(), failed) {
        (false, _) => Status::NotPassed,
        (true, 0) => Status::Done,
        (true, _) => Status::SomeFailed,
    })
}

/// The tensors of every image that can be read, and how many cannot; those are warned of.
///
/// # Errors
/// If none can be read.
fn tensors(
    sources: &[Source],
    (model, preprocess): (&Model, &Preprocess),
    limits: &DecodeLimits,
    printer: &Printer,
) -> Result<(Vec<Vec<f32>>, usize)> {
    let (mut tensors, depths) = (Vec::with_capacity(sources.len()), Depths::default());
    for source in sources {
        match prepare(source, preprocess, model.input().size(), limits) {
            Ok(ready) => {
                depths.see(ready.bits, &source.shown);
                tensors.push(ready.tensor);
            }
            Err(error) => printer.warn(&format!("`{}` is left out: {error}", source.shown)),
        }
    }
    if tensors.is_empty() {
        bail!("no image can be read: {} failed", count(sources.len(), "image"));
    }
    depths.words().iter().for_each(|words| printer.warn(words));
    let failed = sources.len() - tensors.len();
    Ok((tensors, failed))
}

fn tell(method: &MethodReport, printer: &Printer) {
    let mark = if method.passes() { "pass" } else { "FAIL" };
    printer.data(&format!("{mark}  {} {}", method.method.card().title, method.words()));
    if let Some(survival) = method.survival() {
        let chance = method.chance;
        printer.data(&format!(
            "      survives on average: SSIM {:.2} (chance {:.2}), rank correlation {:.2} (chance {:.2}); {}",
            survival.ssim,
            chance.ssim,
            survival.rank,
            chance.rank,
            count(method.images, "image")
        ));
    }
}

fn kinds(method: &MethodReport) -> [(&'static str, &[Step]); 2] {
    [("cascade", &method.cascade), ("independent", &method.independent)]
}

fn to_json(report: &SanityReport) -> Value {
    let likeness = |l: &sanity::Likeness| json!({ "ssim": l.ssim, "rank_correlation": l.rank });
    let step = |step: &Step| json!({ "modules": step.modules, "likeness": likeness(&step.likeness), "vanished": step.vanished });
    let method = |method: &MethodReport| {
        json!({
            "method": method.method.card().name,
            "passes": method.passes(),
            "verdict": method.words(),
            "images": method.images,
            "survival": method.survival().as_ref().map(likeness),
            "chance": likeness(&method.chance),
            "cascade": method.cascade.iter().map(step).collect::<Vec<_>>(),
            "independent": method.independent.iter().map(step).collect::<Vec<_>>(),
            "other_class": method.other_class.as_ref().map(likeness),
        })
    };
    let methods: Vec<Value> = report.methods.iter().map(method).collect();
    json!({ "seed": report.seed, "images": report.images, "methods": methods })
}

fn to_csv(report: &SanityReport) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "method",
        "randomised",
        "modules",
        "ssim",
        "rank_correlation",
        "chance_ssim",
        "chance_rank_correlation",
        "vanished",
    ])?;
    for method in &report.methods {
        for (kind, steps) in kinds(method) {
            for step in steps {
                let numbers = [step.likeness.ssim, step.likeness.rank, method.chance.ssim, method.chance.rank]
                    .map(|v| v.to_string());
                let vanished = step.vanished.to_string();
                let words = [method.method.card().name, kind, &*text_cell(&step.modules)].map(str::to_owned);
                writer.write_record(words.into_iter().chain(numbers).chain([vanished]))?;
            }
        }
    }
    Ok(writer.into_inner()?)
}

/// A chart a method: likeness to the map of the trained network against what is randomised.
fn figure(report: &SanityReport) -> Figure {
    let chart = |method: &MethodReport| {
        let line = |label: &str, of: fn(&sanity::Likeness) -> f64| {
            let values =
                std::iter::once(1.0).chain(method.cascade.iter().map(|step| of(&step.likeness) as f32)).collect();
            Line { label: label.into(), values, level: Some(of(&method.chance) as f32) }
        };
        Chart::Lines(Lines {
            title: method.method.card().title.into(),
            subtitle: match method.model {
                Verdict::Depends => "depends on the model",
                Verdict::Partly => "depends on the model only in part",
                Verdict::DoesNotDepend => "does not depend on the model",
                Verdict::Undecided => "cannot be judged",
            }
            .into(),
            names: std::iter::once("trained".into())
                .chain(method.cascade.iter().map(|step| step.modules.clone()))
                .collect(),
            range: [-0.5, 1.0],
            parts: 6,
            lines: vec![line("SSIM", |l| l.ssim), line("rank correlation", |l| l.rank)],
        })
    };
    Figure {
        title: "Do the maps survive the randomisation of the network?".into(),
        notes: vec![
            format!(
                "Likeness to the maps of the trained network, mean of {}, randomised from the logits (left) \
                 down to the image.",
                report.images
            ),
            "Dashed: chance, the likeness of each map to itself moved elsewhere. A line that stays above it draws \
             something that was never learnt."
                .into(),
        ],
        charts: report.methods.iter().map(chart).collect(),
        columns: 3,
    }
}
