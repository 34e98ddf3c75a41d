//! Whoever listens to work that takes long.

use crate::{Said, Stop};

/// Hears what is to be said while it occurs, and how far the work is; may ask it to end.
pub trait Listener: Send {
    /// A remark.
    fn hear(&mut self, said: Said);

    /// One more of `total` pieces of work is done, or cannot be; `total` is 0 where nobody knows how many there are.
    fn advance(&mut self, total: usize, failed: bool);

    /// Through which it asks the work to end.
    fn stop(&self) -> &Stop;

    /// Whether it waits for images in hand to be finished when it asks; they are left aside otherwise.
    fn waits(&self) -> bool {
        true
    }
}

impl dyn Listener + '_ {
    /// Hears a note.
    pub(crate) fn note(&mut self, words: impl Into<String>) {
        self.hear(Said::Note(words.into()));
    }

    /// Hears a warning.
    pub(crate) fn warn(&mut self, words: impl Into<String>) {
        self.hear(Said::Warning(words.into()));
    }

    /// Pieces of work are done.
    ///
    /// # Errors
    /// [`heatlens::Error::Stopped`] if it asks for the end.
    pub(crate) fn done(&mut self, pieces: usize, total: usize) -> Result<(), heatlens::Error> {
        (0..pieces).for_each(|_| self.advance(total, false));
        if self.stop().is_asked() { Err(heatlens::Error::Stopped) } else { Ok(()) }
    }
}
