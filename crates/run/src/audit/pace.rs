//! How long an audit takes, said when the first images are done.

use std::fmt;
use std::time::Duration;

use super::{Missing, Plan};

/// One image is done.
#[derive(Clone, Copy, Debug)]
pub struct ImageDone {
    /// Whether it could not be examined.
    pub failed: bool,
    /// Whether regions were taken out of it, which takes many times as long as all else.
    pub experiments: bool,
    /// What it took on its thread; nothing for one that was done before.
    pub time: Option<Duration>,
}

/// Images that are looked at before anything is said of those of their kind.
const LEAST_SEEN: usize = 2;

/// What is seen of the first images, of those without and with experiments.
pub struct Pace {
    /// For each missing part, how many images of each kind it has.
    parts: Vec<[usize; 2]>,
    threads: usize,
    seen: [Vec<f64>; 2],
    is_told: bool,
}

/// How long the whole takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    images: usize,
    threads: usize,
    seconds: f64,
}

impl Pace {
    /// Before anything is done of what is missing.
    pub fn new(plan: &Plan, missing: &Missing) -> Pace {
        let of_part = |&part: &usize| {
            let cases = plan.cases_of(part);
            let chosen = cases.clone().filter(|&case| plan.has_experiments(case)).count();
            [cases.len() - chosen, chosen]
        };
        Pace::of(missing.parts.iter().map(of_part).collect(), plan.threads)
    }

    fn of(parts: Vec<[usize; 2]>, threads: usize) -> Pace {
        let threads = threads.clamp(1, parts.len().max(1));
        Pace { parts, threads, seen: Default::default(), is_told: false }
    }

    /// Takes note of an image; once enough are known of each kind, what the whole will take.
    pub fn see(&mut self, image: &ImageDone) -> Option<Estimate> {
        if self.is_told || image.failed {
            return None;
        }
        self.seen[usize::from(image.experiments)].push(image.time?.as_secs_f64());
        let is_known = |kind: usize| {
            let there = self.parts.iter().map(|part| part[kind]).sum::<usize>();
            self.seen[kind].len() >= there.min(LEAST_SEEN)
        };
        self.is_told = is_known(0) && is_known(1);
        self.is_told.then(|| self.estimate())
    }

    /// Each thread takes the next part when it is done with one.
    fn estimate(&self) -> Estimate {
        let mean = |seen: &[f64]| if seen.is_empty() { 0.0 } else { seen.iter().sum::<f64>() / seen.len() as f64 };
        let [plain, experiments] = [0, 1].map(|kind| mean(&self.seen[kind]));
        let mut busy = vec![0.0f64; self.threads];
        for part in &self.parts {
            let first = busy.iter_mut().min_by(|a, b| a.total_cmp(b)).expect("at least one thread");
            *first += part[0] as f64 * plain + part[1] as f64 * experiments;
        }
        Estimate {
            images: self.parts.iter().flatten().sum(),
            threads: self.threads,
            seconds: busy.into_iter().fold(0.0, f64::max),
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.seconds / self.images.max(1) as f64;
        let [images, threads] = [(self.images, "image"), (self.threads, "thread")].map(|(n, what)| counted(n, what));
        write!(f, "about {} for {images} ({each:.1} s each on {threads})", rounded(self.seconds))
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// No finer than an estimate is.
fn rounded(seconds: f64) -> String {
    match seconds {
        ..90.0 => counted((seconds.round() as usize).max(1), "second"),
        90.0..5400.0 => format!("{:.0} minutes", seconds / 60.0),
        _ => format!("{:.1} hours", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(experiments: bool, seconds: f64) -> ImageDone {
        ImageDone { failed: false, experiments, time: Some(Duration::from_secs_f64(seconds)) }
    }

    #[test]
    fn both_kinds_are_seen_before_it_is_told_once() {
        let mut pace = Pace::of(vec![[27, 5]; 25], 2);
        assert_eq!(pace.see(&done(false, 0.1)), None);
        assert_eq!(pace.see(&ImageDone { failed: true, ..done(true, 9.0) }), None);
        assert_eq!(pace.see(&ImageDone { time: None, ..done(true, 9.0) }), None, "done by an earlier start");
        assert_eq!(pace.see(&done(true, 1.8)), None);
        assert_eq!(pace.see(&done(false, 0.3)), None);
        // 27 · 0.2 + 5 · 2 = 15.4 s a part, of which one thread has 13.
        let told = pace.see(&done(true, 2.2)).unwrap();
        assert!((told.seconds - 13.0 * 15.4).abs() < 1e-9, "{told:?}");
        assert_eq!(told.to_string(), "about 3 minutes for 800 images (0.3 s each on 2 threads)");
        assert_eq!(pace.see(&done(true, 2.2)), None);
    }

    #[test]
    fn no_more_is_waited_for_than_comes() {
        let mut pace = Pace::of(vec![[0, 1]], 8);
        let told = pace.see(&done(true, 4.0)).unwrap();
        assert_eq!(told.to_string(), "about 4 seconds for 1 image (4.0 s each on 1 thread)");
        assert_eq!([rounded(0.2), rounded(89.0), rounded(7200.0)], ["1 second", "89 seconds", "2.0 hours"]);
    }
}
