use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use heatlens_imaging::{Bar, BarScale, Bars, Chart, Figure, encode_png};
use heatlens_run::check::{
    Aspect, Check, CheckOptions, Effort, Other, PHOTOGRAPHS, Question, Standing, Verdict, check,
};
use heatlens_run::{LabelOptions, Memory, Source, sample};
use serde_json::{Value, json};

use crate::failure::Status;
use crate::flags::{InputArgs, MemoryArgs, SeedArgs, SubjectArgs, ThreadArgs};
use crate::printer::Printer;

/// Ask a trained model how its photographs were prepared
///
/// While it was trained, each batch norm of a network kept the mean and the variance of what entered
/// it. Photographs that are prepared as then have the same. Usual values, orders of channels,
/// framings and changes of levels are tried in turn; what fits best is very likely what training
/// did. Sizes are shown and not judged: random crops in training mislead them.
///
/// Ends with 0 where the preprocessing fits, 4 where another one fits clearly better, 5 where the
/// model cannot tell.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    seed: SeedArgs,
    /// Photographs to look at, drawn with the seed, as many of each folder as of any other
    #[arg(long, visible_alias = "limit", default_value_t = PHOTOGRAPHS as u16, value_parser = clap::value_parser!(u16).range(1..))]
    sample: u16,
    /// True labels, as for `explain`: then each setting's accuracy and AUC are shown too
    #[arg(long)]
    labels: Vec<String>,
    /// Write the preprocessing that fits best to this TOML file, for --preprocess
    #[arg(long)]
    save: Option<PathBuf>,
    /// Draw the table to this PNG file
    #[arg(long)]
    chart: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks, tells and saves.
///
/// # Errors
/// If the request or the model cannot be used, or a file cannot be written.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let subject = args.subject.open(&args.inputs.inputs)?;
    let (mut sources, _) = args.inputs.list(Path::new(""))?;
    let photographs = sources.len();
    sample(&mut sources, usize::from(args.sample), args.seed.seed).iter().for_each(|note| printer.note(note));
    let subject = subject.fitted(&sources)?;
    subject.notes.iter().for_each(|note| printer.note(note));
    if !args.labels.is_empty() && !subject.model.head().is_of_one_class() {
        bail!(
            "labels are compared with classes of which one is present, and these outputs are {}: leave out --labels",
            subject.model.head().name()
        );
    }
    let labels = LabelOptions::parse(args.labels.iter().map(String::as_str))?.of(&sources, &subject.model)?;
    labels.notes.iter().for_each(|note| printer.note(note));
    let labels = labels.classes;
    let labelled = labels.iter().any(Option::is_some);
    let looked_at: Vec<(Source, Option<usize>)> = sources.into_iter().zip(labels).collect();
    let options = CheckOptions {
        effort: Effort::Search,
        threads: args.threads.count(),
        memory: Memory::new(args.memory.memory),
        seed: args.seed.seed,
    };
    let mut progress = printer.progress_of(0, "looks");
    let mut looks = |count| (0..count).for_each(|_| progress.advance(false));
    let name = subject.model.architecture().unwrap_or("the network").to_owned();
    let question = Question {
        model: &subject.model,
        name: &name,
        twins_of: Some(&subject),
        preprocess: &subject.preprocess,
        photographs: &looked_at,
    };
    let found = check(&question, &options, &mut looks)?;
    progress.finish();
    found.note.iter().for_each(|note| printer.note(note));
    let how = match (&args.subject.preprocess, subject.assumed_preprocess.is_some()) {
        (Some(spec), _) => format!("the preprocessing `{spec}`"),
        (None, true) => format!("the preprocessing assumed ({})", subject.preprocess),
        (None, false) => format!("the preprocessing ({})", subject.preprocess),
    };
    let best = match &found.verdict {
        Verdict::Better { preprocess, .. } => preprocess,
        _ => &subject.preprocess,
    };
    if let Some(path) = &args.save {
        std::fs::write(path, best.to_toml()).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if let (Some(path), false) = (&args.chart, found.standings.is_empty()) {
        let picture = figure(&found, &name_of(&subject.path)).draw();
        std::fs::write(path, encode_png(&picture)?).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if args.json {
        printer.data(&as_json(&found, &how).to_string());
    } else {
        tell(&found, &how, photographs, labelled, printer);
    }
    Ok(match found.verdict {
        Verdict::Fits { .. } if found.better_network().is_some() => Status::NotPassed,
        Verdict::Fits { .. } => Status::Done,
        Verdict::Better { .. } => Status::NotPassed,
        Verdict::Untold(_) => Status::Untold,
    })
}

fn tell(found: &Check, how: &str, photographs: usize, labelled: bool, printer: &Printer) {
    let mut sentence = found.sentence(how);
    if let Some(first) = sentence.get(..1) {
        sentence.replace_range(..1, &first.to_uppercase());
    }
    printer.data(&format!("{sentence}."));
    if let Some(network) = found.better_network() {
        printer.data(&format!(
            "The weights fit `{}` clearly better than the network that was taken: say --arch {0}.",
            network.words
        ));
    }
    if found.standings.is_empty() {
        return;
    }
    let wide = found.standings.iter().map(|standing| standing.words.chars().count()).max().unwrap_or(0);
    let predicted = if labelled { "     AUC  right" } else { "" };
    for aspect in Aspect::ALL {
        let title = aspect.title();
        printer.data(&format!("\n  {title:wide$}  first batch norm      third    all{predicted}"));
        found.standings.iter().filter(|standing| standing.aspect == aspect).for_each(|standing| {
            printer.data(&format!("  {:wide$}  {}", standing.words, numbers(standing, labelled)));
        });
    }
    others("network", &found.networks, wide, printer);
    others("size of the input, not judged", &found.sizes, wide, printer);
    printer.data(&format!(
        "\nNats (Kullback–Leibler) between what batch norms remember and what they see of {} photographs from \
         {photographs}: at the first, with 95 % of resamples; as a mean over the first {} of them, which decides between \
         those that contend; and over all {}.",
        found.images,
        found.norms.len().div_ceil(3),
        found.norms.len()
    ));
}

fn others(title: &str, others: &[Other], wide: usize, printer: &Printer) {
    if others.len() < 2 {
        return;
    }
    printer.data(&format!("\n  {title:wide$}  first batch norm             all  differs from the given one"));
    for other in others {
        let differs = match (other.is_given, other.flips) {
            (true, _) => "← given".to_owned(),
            (_, 0) => format!("probabilities by up to {:.2}", other.apart),
            (_, flips) => format!("probabilities by up to {:.2}, {flips} predicted otherwise", other.apart),
        };
        let Other { words, first, all, .. } = other;
        printer.data(&format!("  {words:wide$}  {:>5} {:22} {:>5}  {differs}", short(*first), "", short(*all)));
    }
}

fn numbers(standing: &Standing, labelled: bool) -> String {
    if standing.first.is_infinite() {
        return "leads to no input of the network".into();
    }
    let [from, to] = standing.interval.map(short);
    let [early, all] = [standing.early, standing.all].map(|nats| nats.map_or(String::from("–"), short));
    let mut text = format!("{:>5} {:15}  {early:>5}  {all:>5}", short(standing.first), format!("({from}–{to})"));
    if labelled {
        let area = standing.labelled.and_then(|l| l.auc).map_or(String::from("–"), |auc| format!("{auc:.2}"));
        let right = standing.labelled.map_or(String::from("–"), |l| format!("{} of {}", l.correct, l.images));
        text += &format!("  {area:>6}  {right}");
        if standing.labelled.is_some_and(|l| l.largest == 1.0 && l.images > 1) {
            text += ", one class for all";
        }
    }
    if standing.is_given { text + "  ← given" } else { text }
}

/// In as many digits as mean something.
fn short(nats: f64) -> String {
    match nats {
        _ if nats < 0.1 => format!("{nats:.3}"),
        _ if nats < 10.0 => format!("{nats:.2}"),
        _ => format!("{nats:.0}"),
    }
}

fn as_json(found: &Check, how: &str) -> Value {
    let better = match &found.verdict {
        Verdict::Better { preprocess, share, .. } => {
            json!({ "preprocess": serde_json::from_str::<Value>(&preprocess.to_json()).ok(), "share": share })
        }
        _ => Value::Null,
    };
    let standing = |s: &Standing| {
        json!({
            "aspect": s.aspect.title(),
            "setting": s.words,
            "given": s.is_given,
            "first": s.first.is_finite().then_some(s.first),
            "interval": s.interval,
            "early": s.early,
            "all": s.all,
            "labelled": s.labelled.map(|l| json!({
                "images": l.images, "correct": l.correct, "turned": l.turned, "auc": l.auc, "largest": l.largest,
            })),
        })
    };
    let other = |o: &Other| {
        json!({
            "name": o.words, "given": o.is_given, "first": o.first, "all": o.all, "apart": o.apart,
            "flips": o.flips, "share": o.share,
        })
    };
    json!({
        "verdict": found.verdict.name(),
        "better_network": found.better_network().map(|network| &network.words),
        "sentence": found.sentence(how),
        "images": found.images,
        "tried": found.tried,
        "batch_norms": found.norms,
        "better": better,
        "networks": found.networks.iter().map(other).collect::<Vec<_>>(),
        "sizes": found.sizes.iter().map(other).collect::<Vec<_>>(),
        "settings": found.standings.iter().map(standing).collect::<Vec<_>>(),
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn figure(found: &Check, model: &str) -> Figure {
    let bar = |standing: &Standing| Bar {
        label: standing.words.clone(),
        value: standing.first.is_finite().then_some(standing.first as f32),
        spread: 0.0,
        quiet: !standing.is_given,
    };
    let chart = |aspect: Aspect| {
        Chart::Bars(Bars {
            title: aspect.title().to_owned(),
            subtitle: "nats at the first batch norm, logarithmic; what was given is in colour".into(),
            bars: found.standings.iter().filter(|standing| standing.aspect == aspect).map(bar).collect(),
            scale: BarScale::LogarithmicFrom(0.001),
        })
    };
    Figure {
        title: format!("What {model} remembers of its training"),
        notes: vec![format!(
            "How far {} photographs are from what the first batch norm remembers, under settings that differ in one \
             thing: the shortest bar is very likely what training did.",
            found.images
        )],
        charts: Aspect::ALL.map(chart).to_vec(),
        columns: 3,
    }
}
