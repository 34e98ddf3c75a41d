//! How much memory a run may take, and what fits into it.

use std::fs;
use std::path::Path;

use heatlens::Model;
use heatlens_imaging::DecodeLimits;

use crate::Error;

/// What a network takes, a thread, and a photograph.
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
    /// Of one that is prepared in several ways whose steps are kept; measured: 8.9.
    pub const PIXEL_TRIED: u64 = 9;
    /// Of one that is compared under every resampling; measured: 15.3.
    pub const PIXEL_COMPARED: u64 = 16;
}

/// How much memory may be used, and how much of it is taken by networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// All that may be used; unknown where the system does not say.
    all: Option<u64>,
    is_said: bool,
    taken: u64,
}

/// Of the memory of the machine, its control group or its ulimit, a run takes so much.
const SHARE: [u64; 2] = [3, 4];

/// Bytes of the program itself.
const PROGRAM: u64 = 12 << 20;

impl Memory {
    /// So many bytes, by default three quarters of what the machine has.
    pub fn new(said: Option<u64>) -> Memory {
        let all = said.or_else(|| available().map(|all| all / SHARE[1] * SHARE[0]));
        Memory { all, is_said: said.is_some(), taken: PROGRAM }
    }

    /// What is left beside a model that was read and is compiled so many times. Its weights are held as
    /// they were read, and packed by each program; measured on ResNet-18, VGG-11 and DenseNet-121: half
    /// as much again as read.
    ///
    /// # Errors
    /// [`Error::Memory`] with the number needed if it does not fit.
    pub fn beside(self, model: &Model, programs: usize) -> Result<Memory, Error> {
        self.beside_weights(model.weights_bytes() as u64, programs as u64)
    }

    fn beside_weights(self, weights: u64, programs: u64) -> Result<Memory, Error> {
        let taken = self.taken.saturating_add(weights).saturating_add((weights / 2).saturating_mul(3 * programs));
        match self.all {
            Some(all) if all < taken => Err(Error::Memory(format!(
                "the network needs {} for its weights, and {} of memory may be used: --memory {} allows more",
                shown(taken),
                shown(all),
                suggested(taken)
            ))),
            _ => Ok(Memory { taken, ..self }),
        }
    }

    /// As many of the threads as fit into what is left, and photographs that do.
    ///
    /// # Errors
    /// [`Error::Memory`] with the number needed if not even one fits.
    pub fn divided(self, threads: usize, need: Need) -> Result<Budget, Error> {
        let Some(all) = self.all else { return Ok(Budget { threads, limits: DecodeLimits::default(), note: None }) };
        let worker = need.worker as u64;
        let each = worker.saturating_add(SMALLEST * need.pixel);
        let left = all.saturating_sub(self.taken);
        let fitting = left / each.max(1);
        if fitting == 0 {
            return Err(Error::Memory(format!(
                "the network needs {} for its activations beside {} for its weights, and {} of memory may be used: \
                 --memory {} allows more, a smaller input needs less",
                shown(worker),
                shown(self.taken),
                shown(all),
                suggested(self.taken.saturating_add(each))
            )));
        }
        let workers = threads.min(need.images).max(1);
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX).min(workers);
        let limits = self.limits((left - worker * fitting as u64) / fitting as u64, need.pixel);
        if fitting == workers {
            return Ok(Budget { threads, limits, note: None });
        }
        let note = format!(
            "{fitting} of {threads} threads are used: each needs {} for the network's activations, and {} of memory \
             may be used (--memory changes it)",
            shown(worker),
            shown(all)
        );
        Ok(Budget { threads: fitting, limits, note: Some(note) })
    }

    /// How large a single photograph may be that takes so many bytes a pixel, where no network is run.
    pub fn photograph(self, pixel: u64) -> DecodeLimits {
        self.all.map_or_else(DecodeLimits::default, |all| self.limits(all.saturating_sub(self.taken), pixel))
    }

    /// Photographs that fit into so many bytes, and are no larger than usual unless the memory was said.
    fn limits(self, bytes: u64, pixel: u64) -> DecodeLimits {
        let most = if self.is_said { u64::MAX } else { DecodeLimits::default().max_pixels };
        DecodeLimits { max_pixels: bytes.checked_div(pixel).unwrap_or(u64::MAX).min(most) }
    }
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

/// Pixels of a photograph that must fit beside the activations.
const SMALLEST: u64 = 4_000_000;

/// What to say after `--memory` where so many bytes are needed.
fn suggested(bytes: u64) -> String {
    shown(bytes.checked_next_multiple_of(100 << 20).unwrap_or(bytes)).replace(' ', "")
}

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

/// Lets the pictures of one image use the memory of those before it.
///
/// glibc gives freed memory back to the system, page by page to be asked for again, until a block
/// as large as this one has been freed; a panel takes some six megabytes, and those pages a tenth
/// of the time that it takes to draw. The block itself is never touched. Other allocators do not
/// mind.
pub fn keep_freed_memory() {
    const LARGEST_THAT_COUNTS: usize = 31 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST_THAT_COUNTS)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn memory(megabytes: u64) -> Memory {
        Memory { all: Some(megabytes * MB), is_said: false, taken: 0 }
    }

    fn need(images: usize, worker: u64) -> Need {
        Need { images, worker: worker as usize, pixel: Need::PIXEL }
    }

    #[test]
    fn threads_and_photographs_fit_or_are_refused_with_the_number_needed() {
        let all = memory(18_000).divided(2, need(9, 50 * MB)).unwrap();
        assert_eq!((all.threads, all.limits, all.note), (2, DecodeLimits::default(), None));
        let one = memory(1500).divided(4, need(9, 900 * MB)).unwrap();
        assert_eq!((one.threads, one.limits.max_pixels), (1, 600 * MB / 5));
        assert!(one.note.unwrap().starts_with("1 of 4 threads are used: each needs 900 MB"));
        let alone = memory(1500).divided(4, need(1, 900 * MB)).unwrap();
        assert_eq!(alone.threads, 4, "they divide its operators");
        let refused = memory(1500).divided(1, need(9, 3000 * MB)).unwrap_err().to_string();
        assert!(refused.contains("needs 2.9 GB") && refused.contains("--memory 3.0GB"), "{refused}");
        let said = Memory { is_said: true, ..memory(40_000) };
        assert!(said.divided(1, need(9, 0)).unwrap().limits.max_pixels > DecodeLimits::default().max_pixels);
        let unknown = Memory { all: None, ..said };
        assert_eq!(unknown.divided(3, need(9, u64::MAX)).unwrap().threads, 3);
    }

    #[test]
    fn weights_are_counted_as_they_are_held() {
        // 100 MB as read and 150 MB packed, twice.
        let left = memory(1000).beside_weights(100 * MB, 2).unwrap();
        assert_eq!(left.taken, 400 * MB);
        assert_eq!(left.divided(2, need(2, 100 * MB)).unwrap().limits.max_pixels, 200 * MB / 5);
        assert_eq!(left.photograph(6).max_pixels, 100 * MB);
        let refused = left.beside_weights(500 * MB, 1).unwrap_err().to_string();
        let words = "the network needs 1.6 GB for its weights, and 1000 MB of memory may be used: --memory 1.7GB";
        assert!(refused.starts_with(words), "{refused}");
        assert!(memory(1).beside_weights(u64::MAX, 3).is_err());
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
