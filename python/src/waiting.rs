//! Long work that Ctrl-C ends.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use heatlens_run::Stop;
use pyo3::prelude::*;

use crate::pool::threads_for;

/// How long a signal may wait.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// Runs `work` on `threads` of its own while this one listens for signals and hands on what it tells; a signal asks
/// `stop`, the work ends what it has in hand, and the exception is raised.
pub fn listening<T: Send, P: Send>(
    py: Python<'_>,
    threads: usize,
    stop: &Stop,
    told: Receiver<P>,
    work: impl FnOnce() -> T + Send,
    mut tell: impl FnMut(Python<'_>, P) -> PyResult<()> + Send,
) -> PyResult<T> {
    let pool = threads_for(threads)?;
    py.detach(move || {
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| pool.install(work));
            let mut raised = None;
            loop {
                let said = match told.recv_timeout(PATIENCE) {
                    Ok(said) => Some(said),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                let heard = Python::attach(|py| {
                    py.check_signals()?;
                    said.map_or(Ok(()), |said| tell(py, said))
                });
                if let Err(error) = heard {
                    stop.ask();
                    raised.get_or_insert(error);
                }
            }
            let done = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            raised.map_or(Ok(done), Err)
        })
    })
}
