//! What Ctrl-C and a request to end (SIGINT, SIGTERM) do while images are worked on: the first
//! finishes those in hand, the second ends the process.

use std::sync::Once;

use anyhow::{Context, Result};
use heatlens_run::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::failure::STOPPED;
use crate::printer::Printer;

/// From now on signals ask `stop`.
///
/// # Errors
/// If the system refuses.
pub fn ask(stop: &Stop) -> Result<()> {
    for signal in [SIGINT, SIGTERM] {
        // In this order: the second signal finds the flag that the first one set.
        register_conditional_shutdown(signal, STOPPED.into(), stop.flag())
            .and_then(|_| register(signal, stop.flag()))
            .context("cannot listen to signals")?;
    }
    Ok(())
}

/// Says once that the first signal was heard.
pub fn tell(stop: &Stop, printer: &Printer) {
    static TOLD: Once = Once::new();
    if stop.is_asked() {
        TOLD.call_once(|| printer.note("stopping when the images in hand are done; once more stops at once"));
    }
}
