//! What a check found, in sentences.

use heatlens_imaging::{PRESETS, Preprocess};
use heatlens_record::CheckRecord;

use super::{Aspect, Change, Check, Other, Reason, Verdict};

impl Check {
    /// The finding in one sentence or two, the most important thing first. `how` says how the
    /// preprocessing is called that was tested: "the preprocessing assumed".
    pub fn sentence(&self, how: &str) -> String {
        match &self.verdict {
            Verdict::Fits { divergence, wholly, rival } => {
                let Check { images, tried, .. } = self;
                let rival = rival.as_ref().map_or(String::new(), |(changes, share)| {
                    format!(
                        "; {} is nearer in {:.0} % of resamples, which more photographs (--sample) would settle",
                        joined(changes),
                        100.0 * share
                    )
                });
                let what = if *wholly { "" } else { " in values and order of channels" };
                format!(
                    "{how} fits what the network's batch norms remember of training{what}: of {tried} settings tried \
                     on {images} photographs none fits clearly better (first batch norm {} nats away){rival}{}",
                    figure(*divergence),
                    open(*wholly)
                )
            }
            Verdict::Better { changes, divergences: [given, better], share, wholly, preprocess } => {
                format!(
                    "{how} is not that of training: {} fits clearly better ({} nats from what the batch norms \
                     remember against {}, in {:.0} % of resamples of {} photographs); {}{}",
                    joined(changes),
                    figure(*better),
                    figure(*given),
                    100.0 * share,
                    self.images,
                    way(preprocess),
                    if changes.iter().all(|change| change.aspect == Aspect::Values) {
                        open(*wholly)
                    } else {
                        near(*wholly)
                    }
                )
            }
            Verdict::Untold(reason) => reason.to_string(),
        }
    }
}

impl Verdict {
    /// In a word or three, for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Fits { .. } => "fits",
            Verdict::Better { .. } => "another fits better",
            Verdict::Untold(_) => "cannot be told",
        }
    }
}

impl Check {
    /// What is to be warned of before a run.
    pub fn warning(&self) -> Option<String> {
        let warns = matches!(
            self.verdict,
            Verdict::Better { .. } | Verdict::Untold(Reason::Unsettled { .. } | Reason::NoMemory)
        );
        warns.then(|| self.sentence("the preprocessing"))
    }

    /// As `run.json` has it.
    pub fn record(&self) -> CheckRecord {
        let words = self.sentence("the preprocessing");
        CheckRecord { verdict: self.verdict.name().to_owned(), words, images: self.images }
    }

    /// Of the networks that the weights may belong to, the one that fits clearly better than the
    /// one that was taken.
    pub fn better_network(&self) -> Option<&Other> {
        let given = self.networks.iter().find(|network| network.is_given)?;
        let clear = self.networks.iter().filter(|network| network.is_clear(given));
        clear.min_by(|a, b| a.all.total_cmp(&b.all))
    }
}

fn joined(changes: &[Change]) -> String {
    changes.iter().map(Change::to_string).collect::<Vec<_>>().join("; ")
}

/// How the better preprocessing is asked for.
fn way(preprocess: &Preprocess) -> String {
    let preset = |name: &&str| Preprocess::from_spec(name, |_| unreachable!("presets")).is_ok_and(|p| p == *preprocess);
    match PRESETS.iter().map(|(name, _)| *name).find(preset) {
        Some(name) => format!("say --preprocess {name}"),
        None => "`heatlens check` with --save preprocess.toml writes it for --preprocess preprocess.toml".into(),
    }
}

fn open(wholly: bool) -> &'static str {
    if wholly {
        ""
    } else {
        ". Framing and changed levels cannot be told: the batch norms remember photographs unlike these, of another \
         camera or place, or ImageNet's where they were frozen"
    }
}

/// The same where framing or levels are far from those of training.
fn near(wholly: bool) -> &'static str {
    if wholly {
        ""
    } else {
        ". The batch norms remember photographs unlike these: framings and levels like the ones named may fit as well"
    }
}

/// A divergence in as many digits as mean something.
pub(super) fn figure(nats: f64) -> String {
    match nats {
        _ if nats.is_infinite() => "infinitely far".into(),
        _ if nats < 0.1 => format!("{nats:.3}"),
        _ if nats < 10.0 => format!("{nats:.2}"),
        _ => format!("{nats:.0}"),
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Change { aspect, from, to } = self;
        match aspect {
            Aspect::Values => write!(f, "{to} instead of {from}"),
            Aspect::Framing => write!(f, "photographs {to} instead of {from}"),
            Aspect::Pixels => write!(f, "levels {to} instead of {from}"),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::NoBatchNorms => f.write_str(
                "the preprocessing cannot be told from the model: it has no batch norms that remember its training \
                 (exporters fold them into convolutions: ask the checkpoint that the file was made from)",
            ),
            Reason::FewPhotographs(images) => write!(
                f,
                "the preprocessing cannot be told from {images} photograph{}: {} are needed at least",
                if *images == 1 { "" } else { "s" },
                super::FEWEST
            ),
            Reason::NoMemory => f.write_str(
                "the preprocessing was not asked about: there is no memory to run the network beside itself \
                             (--memory allows more)",
            ),
            Reason::Unsettled { given, nearest, changes, share } => write!(
                f,
                "the preprocessing is not what the network saw in training, as far as its batch norms tell: it is {} nats \
                 from what the first remembers. Nearest of what was tried, {} nats away, is {}, though in {:.0} % of \
                 resamples only: more photographs (--sample) may settle it",
                figure(*given),
                figure(*nearest),
                joined(changes),
                100.0 * share
            ),
            Reason::NothingFits(nats) => write!(
                f,
                "none of the settings tried is what the network saw in training: the nearest is {} nats from what the \
                 first batch norm remembers, where photographs like those of training come to 0.1 at most. Are these \
                 photographs of the same kind, and were they prepared in a way of their own?",
                figure(*nats)
            ),
        }
    }
}
