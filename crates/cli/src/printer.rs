//! Everything the command says: data to stdout, progress and remarks to stderr.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use heatlens_run::Said;

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
        if writeln!(std::io::stdout().lock(), "{}", shown(line)).is_err() {
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

    /// A remark of either kind.
    pub fn said(&self, said: &Said) {
        match said {
            Said::Note(words) => self.note(words),
            Said::Warning(words) => self.warn(words),
        }
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

    /// A line beside the data, without a word in front.
    pub fn plain(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{}", shown(text));
    }

    fn say(&self, word: &str, colour: &str, text: &str) {
        // No line of it looks like one of ours.
        let text = shown(text).replace('\n', "\n    ");
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

    /// Progress over `total` pieces of work, 0 where nobody knows how many: a bar on a terminal, a plain line now and then
    /// elsewhere.
    pub fn progress_of(&self, total: usize, what: &'static str) -> Progress {
        let started = Instant::now();
        Progress { terminal: self.terminal, what, total, before: 0, done: 0, failed: 0, started, said: started }
    }
}

/// Text in which what a terminal would obey is written out: names come from strangers' files.
fn shown(text: &str) -> Cow<'_, str> {
    // Marks that turn the direction of writing make a name read as another.
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_obeyed = |c: char| c.is_control() && c != '\n' && c != '\t' || turns(c);
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    // As JSON has it, which lines of data may be.
    let written = |c: char| if is_obeyed(c) { format!("\\u{:04x}", c as u32) } else { c.to_string() };
    Cow::Owned(text.chars().map(written).collect())
}

/// Progress of one run.
pub struct Progress {
    terminal: bool,
    what: &'static str,
    total: usize,
    /// Pieces that an earlier start has done; included in `done`.
    before: usize,
    done: usize,
    failed: usize,
    started: Instant,
    said: Instant,
}

impl Progress {
    /// How often a terminal's bar moves, and how often a line is added to a log.
    const EVERY: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];
    /// Cells of the bar.
    const WIDTH: usize = 32;
    /// Back to the beginning of the line, which is emptied.
    const CLEAR: &str = "\r\x1b[2K";

    /// The same where an earlier start has done so many of the pieces.
    pub fn behind(self, before: usize) -> Progress {
        Progress { before, done: before, ..self }
    }

    /// One more piece is done.
    pub fn advance(&mut self, failed: bool) {
        self.done += 1;
        self.failed += usize::from(failed);
        if self.said.elapsed() >= Self::EVERY[usize::from(!self.terminal)] {
            self.said = Instant::now();
            if self.terminal { eprint!("{}{} {}", Self::CLEAR, self.bar(), self) } else { eprintln!("{self}") }
        }
    }

    /// A remark while the bar moves, which is drawn again below it.
    pub fn note(&self, printer: &Printer, text: &str) {
        if self.terminal {
            eprint!("{}", Self::CLEAR);
        }
        printer.note(text);
    }

    fn bar(&self) -> String {
        let filled = (Self::WIDTH * self.done).checked_div(self.total).unwrap_or(0).min(Self::WIDTH);
        format!("\x1b[36m{}\x1b[39;2m{}\x1b[0m", "━".repeat(filled), "─".repeat(Self::WIDTH - filled))
    }

    /// The work is over.
    pub fn finish(self) -> Duration {
        if self.terminal {
            eprint!("{}", Self::CLEAR);
        }
        self.started.elapsed()
    }
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = (self.done - self.before) as f64 / self.started.elapsed().as_secs_f64();
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        let Self { done, total, failed, .. } = self;
        let of = if *total == 0 { *done } else { *total };
        let what = if of == 1 { self.what.trim_end_matches('s') } else { self.what };
        if *total == 0 {
            return write!(f, "{done} {what}, {rate:.1} a second");
        }
        write!(f, "{done}/{total} {what}, {rate:.1} a second, {left:.0} s left, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(shown("a\u{1b}[2J\u{9b}31m\r\u{202e}é\n"), "a\\u001b[2J\\u009b31m\\u000d\\u202eé\n");
        assert!(matches!(shown("plain: ü → \n\t"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_bar_fills_with_the_work() {
        let mut progress = Printer { terminal: false }.progress(4);
        let filled = |progress: &Progress| progress.bar().matches('━').count();
        assert_eq!(filled(&progress), 0);
        progress.advance(false);
        progress.advance(true);
        assert_eq!((filled(&progress), progress.bar().matches('─').count()), (16, 16));
        assert!(progress.to_string().starts_with("2/4 images, ") && progress.to_string().ends_with(", 1 failed"));
        (0..3).for_each(|_| progress.advance(false));
        assert_eq!(filled(&progress), 32, "more than was announced");
        let behind = Printer { terminal: false }.progress(4).behind(3);
        assert!(behind.to_string().starts_with("3/4 images, 0.0 a second"), "{behind}");
        let mut open = Printer { terminal: false }.progress(0);
        open.advance(false);
        assert!(filled(&open) == 0 && open.to_string().starts_with("1 image, ") && !open.to_string().contains("left"));
    }
}
