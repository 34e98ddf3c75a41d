//! A check as a user asks for it, and what is said of what it found.

use heatlens_imaging::{Bar, BarScale, Bars, Chart, Figure, Preprocess};
use serde_json::{Value, json};

use super::{Aspect, Check, CheckOptions, Effort, Other, Question, Standing, Verdict, check};
use crate::inputs::{Source, sample};
use crate::{Error, LabelOptions, Listener, Memory, Subject};

/// What the user asks of a check.
#[derive(Clone, Debug)]
pub struct AskOptions {
    /// Photographs to look at, drawn with the seed, as many of each folder as of any other.
    pub sample: usize,
    /// True labels, for accuracies beside what batch norms say.
    pub labels: LabelOptions,
    /// Threads.
    pub threads: usize,
    /// Bytes of memory to use; three quarters of what there is where `None`.
    pub memory: Option<u64>,
    /// Seed of everything drawn at random.
    pub seed: u64,
}

/// What was found, and of what.
pub struct Asked {
    /// The finding.
    pub found: Check,
    /// How the preprocessing is called that was tested.
    pub how: String,
    /// The preprocessing that fits best: the one that was tested, where no other is clearly better.
    pub best: Preprocess,
    /// The model's file.
    model: String,
    /// Photographs that there are.
    photographs: usize,
    labelled: bool,
}

/// Asks a model how photographs were prepared; those that cannot be read are passed over.
///
/// # Errors
/// If the photographs, their labels or the network cannot be used; [`heatlens::Error::Stopped`].
pub fn ask(
    subject: Subject,
    mut sources: Vec<Source>,
    options: &AskOptions,
    listener: &mut dyn Listener,
) -> Result<Asked, Error> {
    let photographs = sources.len();
    sample(&mut sources, options.sample, options.seed).into_iter().for_each(|note| listener.note(note));
    let subject = subject.fitted(&sources)?;
    subject.notes.iter().for_each(|note| listener.note(note));
    if options.labels.source.is_some() && !subject.model.head().is_of_one_class() {
        return Err(Error::Request(format!(
            "labels are compared with classes of which one is present, and these outputs are {}: leave out --labels",
            subject.model.head().name()
        )));
    }
    let labels = options.labels.of(&sources, &subject.model)?;
    labels.notes.iter().for_each(|note| listener.note(note));
    let labelled = labels.classes.iter().any(Option::is_some);
    let looked_at: Vec<(Source, Option<usize>)> = sources.into_iter().zip(labels.classes).collect();
    let of_check = CheckOptions {
        effort: Effort::Search,
        threads: options.threads,
        memory: Memory::new(options.memory),
        seed: options.seed,
    };
    let question = Question {
        model: &subject.model,
        name: subject.model.architecture().unwrap_or("the network"),
        twins_of: Some(&subject),
        preprocess: &subject.preprocess,
        photographs: &looked_at,
    };
    let found = check(&question, &of_check, &mut |looks| listener.done(looks, 0))?;
    found.note.iter().for_each(|note| listener.note(note));
    let how = match (&subject.options.preprocess, subject.assumed_preprocess.is_some()) {
        (Some(spec), _) => format!("the preprocessing `{spec}`"),
        (None, true) => format!("the preprocessing assumed ({})", subject.preprocess),
        (None, false) => format!("the preprocessing ({})", subject.preprocess),
    };
    let best = match &found.verdict {
        Verdict::Better { preprocess, .. } => preprocess.as_ref().clone(),
        _ => subject.preprocess.clone(),
    };
    let model = subject.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Asked { found, how, best, model, photographs, labelled })
}

impl Asked {
    /// Whether the preprocessing fits, and the network; none where the model cannot tell.
    pub fn passes(&self) -> Option<bool> {
        match self.found.verdict {
            Verdict::Fits { .. } => Some(self.found.better_network().is_none()),
            Verdict::Better { .. } => Some(false),
            Verdict::Untold(_) => None,
        }
    }

    /// The finding in a sentence, and its tables, line by line.
    pub fn words(&self) -> String {
        let Asked { found, how, photographs, labelled, .. } = self;
        let mut sentence = found.sentence(how);
        if let Some(first) = sentence.get(..1) {
            sentence.replace_range(..1, &first.to_uppercase());
        }
        let mut lines = vec![format!("{sentence}.")];
        lines.extend(found.better_network().map(|network| {
            format!(
                "The weights fit `{}` clearly better than the network that was taken: say --arch {0}.",
                network.words
            )
        }));
        if found.standings.is_empty() {
            return lines.join("\n");
        }
        let wide = found.standings.iter().map(|standing| standing.words.chars().count()).max().unwrap_or(0);
        let predicted = if *labelled { "     AUC  right" } else { "" };
        for aspect in Aspect::ALL {
            let title = aspect.title();
            lines.push(format!("\n  {title:wide$}  first batch norm      third    all{predicted}"));
            lines.extend(
                found
                    .standings
                    .iter()
                    .filter(|standing| standing.aspect == aspect)
                    .map(|standing| format!("  {:wide$}  {}", standing.words, numbers(standing, *labelled))),
            );
        }
        lines.extend(others("network", &found.networks, wide));
        lines.extend(others("size of the input, not judged", &found.sizes, wide));
        lines.push(format!(
            "\nNats (Kullback–Leibler) between what batch norms remember and what they see of {} photographs from \
             {photographs}: at the first, with 95 % of resamples; as a mean over the first {} of them, which decides \
             between those that contend; and over all {}.",
            found.images,
            found.norms.len().div_ceil(3),
            found.norms.len()
        ));
        lines.join("\n")
    }

    /// Every figure.
    pub fn json(&self) -> Value {
        let Asked { found, how, .. } = self;
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

    /// The table as bars; none where nothing was tried.
    pub fn figure(&self) -> Option<Figure> {
        let found = &self.found;
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
        (!found.standings.is_empty()).then(|| Figure {
            title: format!("What {} remembers of its training", self.model),
            notes: vec![format!(
                "How far {} photographs are from what the first batch norm remembers, under settings that differ in \
                 one thing: the shortest bar is very likely what training did.",
                found.images
            )],
            charts: Aspect::ALL.map(chart).to_vec(),
            columns: 3,
        })
    }
}

fn others(title: &str, others: &[Other], wide: usize) -> Vec<String> {
    if others.len() < 2 {
        return Vec::new();
    }
    let mut lines = vec![format!("\n  {title:wide$}  first batch norm             all  differs from the given one")];
    for other in others {
        let differs = match (other.is_given, other.flips) {
            (true, _) => "← given".to_owned(),
            (_, 0) => format!("probabilities by up to {:.2}", other.apart),
            (_, flips) => format!("probabilities by up to {:.2}, {flips} predicted otherwise", other.apart),
        };
        let Other { words, first, all, .. } = other;
        lines.push(format!("  {words:wide$}  {:>5} {:22} {:>5}  {differs}", short(*first), "", short(*all)));
    }
    lines
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
