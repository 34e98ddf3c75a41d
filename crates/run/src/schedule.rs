//! Several pieces of work at once, their results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::{Error, Stop};

/// Threads where the user names none: one a core.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does `items` pieces of work on `threads` threads and hands their results to `each` in order.
///
/// Each thread makes itself a worker with `make` and takes the next piece until none is left.
/// Several pieces at once keep every core busy without dividing operators; where there are fewer
/// pieces than threads, the threads that are left divide the operators of each.
///
/// # Errors
/// [`Error::Threads`], or the first error of `each`, after which no new piece is begun.
pub fn in_order<W, R: Send, E: From<Error>>(
    items: usize,
    threads: usize,
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    each: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    in_order_until(&Stop::default(), items, threads, make, work, each)
}

/// The same until it is asked to stop: pieces that were begun are finished, and handed on without a
/// gap.
///
/// # Errors
/// As [`in_order`].
pub fn in_order_until<W, R: Send, E: From<Error>>(
    asked: &Stop,
    items: usize,
    threads: usize,
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    mut each: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    let workers = threads.clamp(1, items.max(1));
    let pool = || rayon::ThreadPoolBuilder::new().num_threads((threads / workers).max(1)).build();
    let pools = (0..workers).map(|_| pool()).collect::<Result<Vec<_>, _>>().map_err(Error::from)?;
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // Results wait for `each` in the channel, so that fast workers do not run far ahead of it.
        let (sender, receiver) = mpsc::sync_channel(2 * workers);
        for pool in &pools {
            let (sender, next, stop, make, work) = (sender.clone(), &next, &stop, &make, &work);
            let takes = move || {
                let mut worker = make();
                while !stop.load(Ordering::Relaxed) && !asked.is_asked() {
                    let item = next.fetch_add(1, Ordering::Relaxed);
                    if item >= items {
                        break;
                    }
                    if sender.send((item, work(&mut worker, item))).is_err() {
                        break;
                    }
                }
            };
            scope.spawn(move || pool.install(takes));
        }
        drop(sender);
        let (mut waiting, mut position) = (BTreeMap::new(), 0);
        for (item, result) in receiver {
            waiting.insert(item, result);
            while let Some(result) = waiting.remove(&position) {
                each(position, result).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                position += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_whatever_takes_long() {
        for threads in [1, 3, 16] {
            let mut seen = Vec::new();
            let work = |made: &mut usize, item: usize| {
                *made += 1;
                std::thread::sleep(Duration::from_millis(if item.is_multiple_of(4) { 6 } else { 0 }));
                item * 10
            };
            in_order(
                13,
                threads,
                || 0,
                work,
                |item, result| {
                    assert_eq!(result, 10 * item);
                    seen.push(item);
                    Ok::<(), Error>(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..13).collect::<Vec<_>>());
        }
        in_order(0, 2, || (), |(), _| (), |_, ()| Err(Error::request("never"))).unwrap();
    }

    #[test]
    fn what_was_begun_is_finished_and_handed_on_without_a_gap() {
        let (stop, mut seen) = (Stop::default(), Vec::new());
        let work = |(): &mut (), item: usize| {
            std::thread::sleep(Duration::from_millis(1 + item as u64 % 3));
            if item == 7 {
                stop.ask();
            }
        };
        let each = |item, ()| {
            seen.push(item);
            Ok::<(), Error>(())
        };
        in_order_until(&stop, 1_000, 3, || (), work, each).unwrap();
        assert!(seen.len() < 20 && seen == (0..seen.len()).collect::<Vec<_>>() && seen.contains(&7), "{seen:?}");
    }

    #[test]
    fn an_error_ends_the_work() {
        let begun = AtomicUsize::new(0);
        let work = |(): &mut (), item: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
            item
        };
        let failed =
            in_order(1_000, 2, || (), work, |item, _| if item == 3 { Err(Error::request("full")) } else { Ok(()) });
        assert_eq!(failed.unwrap_err().to_string(), "full");
        assert!(begun.into_inner() < 100);
    }
}
