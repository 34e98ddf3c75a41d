//! How the command listens to work that takes long.

use heatlens_run::{Listener, Said, Stop};

use crate::printer::{Printer, Progress};
use crate::signals;

/// Tells what is said, and moves a bar.
pub struct Listening<'p> {
    printer: &'p Printer,
    what: &'static str,
    stop: Stop,
    progress: Option<Progress>,
}

impl<'p> Listening<'p> {
    /// To work in pieces that are called so: `looks`, `steps`.
    pub fn to(printer: &'p Printer, what: &'static str) -> Listening<'p> {
        Listening { printer, what, stop: Stop::default(), progress: None }
    }

    /// The work is over: the bar is taken away.
    pub fn finish(self) {
        self.progress.map(Progress::finish);
    }
}

impl Listener for Listening<'_> {
    fn hear(&mut self, said: Said) {
        self.printer.said(&said);
    }

    fn advance(&mut self, total: usize, failed: bool) {
        signals::tell(&self.stop, self.printer);
        self.progress.get_or_insert_with(|| self.printer.progress_of(total, self.what)).advance(failed);
    }

    fn stop(&self) -> &Stop {
        &self.stop
    }
}
