//! Everything the command says: data to stdout, progress and remarks to stderr.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where output goes.
pub struct Printer {
    terminal: bool,
}

impl Printer {
    /// A printer for this process.
    pub fn new() -> Self {
        Printer { terminal: std::io::stderr().is_terminal() }
    }

    /// A line of data. A closed pipe (`| head`) ends the process quietly, as other tools do.
    pub fn data(&self, line: &str) {
        if writeln!(std::io::stdout().lock(), "{line}").is_err() {
            std::process::exit(0);
        }
    }

    /// A remark that does not stop the work.
    pub fn note(&self, text: &str) {
        self.say("note", "36", text);
    }

    /// Something that may make the result other than expected.
    pub fn warn(&self, text: &str) {
        self.say("warning", "33", text);
    }

    /// The error that ends the command, with its causes.
    pub fn error(&self, error: &anyhow::Error) {
        // The library's messages already hold their causes; only context added on the way is put in
        // front.
        let mut text = String::new();
        for cause in error.chain() {
            let cause = cause.to_string();
            if text.is_empty() {
                text = cause;
            } else if !text.contains(&cause) {
                text = format!("{text}: {cause}");
            }
        }
        self.say("error", "31;1", &text);
    }

    fn say(&self, word: &str, colour: &str, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = if self.terminal {
            writeln!(stderr, "\x1b[{colour}m{word}:\x1b[0m {text}")
        } else {
            writeln!(stderr, "{word}: {text}")
        };
    }

    /// Progress over `total` images.
    pub fn progress(&self, total: usize) -> Progress {
        self.progress_of(total, "images")
    }

    /// Progress over `total` pieces of work: a bar on a terminal, a plain line now and then
    /// elsewhere.
    pub fn progress_of(&self, total: usize, what: &'static str) -> Progress {
        let bar = self.terminal.then(|| {
            let template = format!("{{bar:32.cyan/dim}} {{pos}}/{{len}} {what} · {{per_sec}} · {{eta}} left {{msg}}");
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            bar.with_style(ProgressStyle::with_template(&template).expect("a valid template").progress_chars("━━─"))
        });
        Progress { bar, what, total, done: 0, failed: 0, started: Instant::now(), said: Instant::now() }
    }
}

/// Progress of one run.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    total: usize,
    done: usize,
    failed: usize,
    started: Instant,
    said: Instant,
}

impl Progress {
    const EVERY: Duration = Duration::from_secs(10);

    /// One more piece is done.
    pub fn advance(&mut self, failed: bool) {
        self.done += 1;
        self.failed += usize::from(failed);
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                if self.failed > 0 {
                    bar.set_message(format!("· {} failed", self.failed));
                }
            }
            None if self.said.elapsed() >= Self::EVERY => {
                self.said = Instant::now();
                let rate = self.done as f64 / self.started.elapsed().as_secs_f64();
                let left = (self.total - self.done) as f64 / rate;
                eprintln!(
                    "{}/{} {}, {rate:.1} a second, {left:.0} s left, {} failed",
                    self.done, self.total, self.what, self.failed
                );
            }
            None => {}
        }
    }

    /// The work is over.
    pub fn finish(self) -> Duration {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }
}
