//! How much memory a run may take, and what fits into it.

use std::fs;
use std::path::Path;

use heatlens_imaging::DecodeLimits;

use crate::Error;

/// What a run takes.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Images: each is one thread's, and threads that are left divide the operators of each.
    pub images: usize,
    /// Bytes of the network's activations and workspace.
    pub worker: usize,
    /// Bytes for each pixel of a photograph, while it is decoded and drawn.
    pub pixel: u64,
}

impl Need {
    /// Of a photograph that is decoded, prepared and drawn, a row at a time where it is drawn at its own
    /// size; measured on one of 12,000×9,000 pixels: 4.6 bytes a pixel for JPEG, 3.3 for PNG.
    pub const PIXEL: u64 = 5;
}

/// What a run may do at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Threads.
    pub threads: usize,
    /// How large photographs may be.
    pub limits: DecodeLimits,
    /// What was assumed, in words the user should see.
    pub note: Option<String>,
}

/// Of the memory of the machine, its control group or its ulimit, a run takes so much.
const SHARE: [u64; 2] = [3, 4];

impl Budget {
    /// As many of the threads as fit into `memory` bytes, by default into three quarters of what
    /// the machine has, and photographs that do.
    ///
    /// # Errors
    /// [`Error::Request`] with the number needed if not even one fits.
    pub fn new(threads: usize, memory: Option<u64>, need: Need) -> Result<Budget, Error> {
        Budget::within(
            threads,
            memory.or_else(|| available().map(|all| all / SHARE[1] * SHARE[0])),
            memory.is_some(),
            need,
        )
    }

    fn within(threads: usize, memory: Option<u64>, is_said: bool, need: Need) -> Result<Budget, Error> {
        let Some(memory) = memory else { return Ok(Budget { threads, limits: DecodeLimits::default(), note: None }) };
        let worker = need.worker as u64;
        let fitting = memory / worker.saturating_add(SMALLEST * need.pixel).max(1);
        if fitting == 0 {
            return Err(Error::Request(format!(
                "the network needs {} for its activations, and {} of memory may be used: --memory {} allows more, a \
                 smaller input needs less",
                shown(worker),
                shown(memory),
                shown((worker + SMALLEST * need.pixel).next_multiple_of(100 << 20)).replace(' ', "")
            )));
        }
        let workers = threads.min(need.images).max(1);
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX).min(workers);
        let pixels = (memory - worker * fitting as u64) / fitting as u64 / need.pixel;
        let most = if is_said { u64::MAX } else { DecodeLimits::default().max_pixels };
        let limits = DecodeLimits { max_pixels: pixels.min(most) };
        if fitting == workers {
            return Ok(Budget { threads, limits, note: None });
        }
        let note = format!(
            "{fitting} of {threads} threads are used: each needs {} for the network's activations, and {} of memory \
             may be used (--memory changes it)",
            shown(worker),
            shown(memory)
        );
        Ok(Budget { threads: fitting, limits, note: Some(note) })
    }
}

/// Pixels of a photograph that must fit beside the activations.
const SMALLEST: u64 = 4_000_000;

fn shown(bytes: u64) -> String {
    match bytes {
        0..0x4000_0000 => format!("{} MB", bytes.div_ceil(1 << 20)),
        _ => format!("{:.1} GB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// The least of the machine's memory, the limits of the control groups and the address space; none
/// where the system does not say.
fn available() -> Option<u64> {
    let machine = || number_after(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?.checked_mul(1024);
    let addresses = || number_after(&fs::read_to_string("/proc/self/limits").ok()?, "Max address space");
    [machine(), addresses(), of_groups()].into_iter().flatten().min()
}

/// The first number behind a word at the beginning of a line; none where it is unlimited.
fn number_after(text: &str, word: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(word))?.split_whitespace().next()?.parse().ok()
}

/// The least limit of the process's control group and those above it, of the second version or the
/// first.
fn of_groups() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let limit = |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let of = |line: &str| {
        let (_, group) = line.split_once(':')?;
        let (kinds, path) = group.split_once(':')?;
        let (root, name) = match kinds {
            "" => ("/sys/fs/cgroup", "memory.max"),
            kinds if kinds.split(',').any(|kind| kind == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let root = Path::new(root);
        let own = root.join(path.trim_start_matches('/'));
        own.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(|folder| limit(folder, name)).min()
    };
    groups.lines().filter_map(of).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn budget(threads: usize, memory: u64, worker: u64) -> Result<Budget, Error> {
        Budget::within(threads, Some(memory), false, Need { images: 9, worker: worker as usize, pixel: Need::PIXEL })
    }

    #[test]
    fn threads_and_photographs_fit_or_are_refused_with_the_number_needed() {
        let all = budget(2, 18_000 * MB, 50 * MB).unwrap();
        assert_eq!((all.threads, all.limits, all.note), (2, DecodeLimits::default(), None));
        let one = budget(4, 1500 * MB, 900 * MB).unwrap();
        assert_eq!((one.threads, one.limits.max_pixels), (1, 600 * MB / 5));
        assert!(one.note.unwrap().starts_with("1 of 4 threads are used: each needs 900 MB"));
        let alone = Need { images: 1, worker: 900 << 20, pixel: Need::PIXEL };
        assert_eq!(Budget::within(4, Some(1500 * MB), false, alone).unwrap().threads, 4, "they divide its operators");
        let refused = budget(1, 1500 * MB, 3000 * MB).unwrap_err().to_string();
        assert!(refused.contains("needs 2.9 GB") && refused.contains("--memory 3.0GB"), "{refused}");
        let said =
            Budget::within(1, Some(40_000 * MB), true, Need { images: 9, worker: 0, pixel: Need::PIXEL }).unwrap();
        assert!(said.limits.max_pixels > DecodeLimits::default().max_pixels);
        assert_eq!(
            Budget::within(3, None, false, Need { images: 9, worker: usize::MAX, pixel: 5 }).unwrap().threads,
            3
        );
    }

    #[test]
    fn limits_are_read_as_the_system_writes_them() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max address space         2048000000           unlimited            bytes\n";
        assert_eq!(number_after(limits, "Max address space"), Some(2_048_000_000));
        assert_eq!(number_after("Max address space         unlimited            unlimited", "Max address space"), None);
        if cfg!(target_os = "linux") {
            assert!(available().unwrap() > 100 * MB);
        }
    }
}
