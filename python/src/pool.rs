//! The threads that compute: one pool a process, whoever calls.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use heatlens_run::{Error, default_threads};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{raised, within};
use crate::waiting::PATIENCE;

/// The pool, and the process that started its threads: a process made by `fork` has none of them.
///
/// This lock, like those of a model, is only ever held by who holds the GIL. `fork` holds it too, so
/// it never copies one that is locked.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Computes without the GIL, on the threads of the process's pool. A signal that raises an exception
/// ends the wait for it: what is computed then is let go of when it is done.
pub fn computing<T: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    let (teller, told) = mpsc::sync_channel(1);
    here(None)?.spawn(move || {
        // Whoever was to be told may have gone.
        let _ = teller.send(catch_unwind(AssertUnwindSafe(work)));
    });
    py.detach(move || {
        loop {
            match told.recv_timeout(PATIENCE) {
                Ok(done) => return Ok(done.unwrap_or_else(|panic| resume_unwind(panic))),
                Err(_) => Python::attach(|py| py.check_signals())?,
            }
        }
    })
}

/// Sets how many threads compute at most; those of `out=`, audits and the like are asked for there.
#[pyfunction]
pub fn set_threads(_py: Python<'_>, count: usize) -> PyResult<()> {
    here(Some(within("the number of threads", count, 1, 1024)?)).map(drop)
}

/// The pool of this process, made anew where there is none or another number of threads is asked for.
fn here(count: Option<usize>) -> PyResult<Arc<ThreadPool>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    match pool.take() {
        Some((maker, known)) if maker == process && count.is_none_or(|count| count == known.current_num_threads()) => {
            *pool = Some((maker, known.clone()));
            return Ok(known);
        }
        // Its threads are not here to be ended.
        Some((maker, known)) if maker != process => std::mem::forget(known),
        _ => {}
    }
    let made = Arc::new(threads_for(count.unwrap_or_else(default_threads))?);
    *pool = Some((process, made.clone()));
    Ok(made)
}

/// Threads of their own for work that takes long. What divides its work without them would do so on rayon's own pool,
/// which a process made by `fork` would wait for forever.
pub fn threads_for(count: usize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(count).build().map_err(|error| raised(Error::from(error)))
}
