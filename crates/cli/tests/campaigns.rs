//! Runs that are killed, begun twice at a time, and damaged between two starts: they end with the
//! bytes of a run that nothing happened to, or are refused with a way out that works.
//!
//! `HEATLENS_CAMPAIGN=100 cargo test --release -p heatlens-cli --test campaigns` makes a hundred
//! attempts of each kind; a few are made otherwise. What is random follows from the attempt's number.
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::audits::{arguments, contents, six_eyes};
use support::{demo_model, text};

fn attempts() -> u64 {
    std::env::var("HEATLENS_CAMPAIGN").map_or(5, |attempts| attempts.parse().unwrap())
}

/// Numbers that follow from a seed; the constants are Knuth's.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// A command over six eyes that writes a folder.
struct Task {
    words: Vec<String>,
    out: PathBuf,
}

impl Task {
    fn explain(data: &Path, out: &Path) -> Task {
        let (model, data, place) = (demo_model(), text(data), text(out));
        let words = [
            "explain",
            &model,
            &data,
            "--out",
            &place,
            "--classes",
            "normal,glaucoma",
            "--save",
            "panel,map",
            "--threads",
            "2",
        ];
        Task { words: words.map(str::to_owned).to_vec(), out: out.to_owned() }
    }

    fn audit(data: &Path, out: &Path) -> Task {
        Task { words: arguments(data, out, &["--limit", "2", "--threads", "2"]), out: out.to_owned() }
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heatlens"));
        command.args(&self.words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs to the end; whether it succeeded, and what it said.
    fn run(&self) -> (bool, String) {
        ended(self.start())
    }
}

fn ended(child: Child) -> (bool, String) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked") && matches!(output.status.code(), None | Some(0 | 2)), "{said}");
    (output.status.success(), said)
}

/// The files of a run, but for what a killed process holds or was writing.
fn files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = if out.exists() { contents(out) } else { BTreeMap::new() };
    files.retain(|name, _| name != Path::new("heatlens.lock"));
    files
}

fn assert_as(whole: &BTreeMap<PathBuf, Vec<u8>>, out: &Path, told: &str) {
    let found = files(out);
    assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "{told}");
    whole.iter().for_each(|(name, bytes)| assert!(found[name] == *bytes, "{told}: `{}` differs", name.display()));
}

/// Six eyes, and a place to run in.
struct Ground {
    folder: tempfile::TempDir,
    data: PathBuf,
}

type Make = fn(&Path, &Path) -> Task;

const COMMANDS: [(&str, Make); 2] = [("explain", Task::explain), ("audit", Task::audit)];

impl Ground {
    fn new() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let data = six_eyes(folder.path());
        Ground { folder, data }
    }

    fn whole(&self, make: Make) -> (BTreeMap<PathBuf, Vec<u8>>, Duration) {
        let task = make(&self.data, &self.folder.path().join("whole"));
        let began = Instant::now();
        let (done, said) = task.run();
        assert!(done, "{said}");
        let whole = (files(&task.out), began.elapsed());
        fs::remove_dir_all(&task.out).unwrap();
        whole
    }

    fn task(&self, make: Make) -> Task {
        let task = make(&self.data, &self.folder.path().join("run"));
        let _ = fs::remove_dir_all(&task.out);
        task
    }
}

/// Kills it after some time below `most`, which shrinks where it ends sooner; whether it was killed
/// before it had ended.
fn killed(task: &Task, dice: &mut Dice, most: &mut Duration) -> bool {
    let mut child = task.start();
    std::thread::sleep(Duration::from_micros(dice.below(most.as_micros() as usize) as u64));
    child.kill().unwrap();
    let was_killed = !ended(child).0;
    if !was_killed {
        *most = *most * 9 / 10;
    }
    was_killed
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_one_that_was_not() {
    let ground = Ground::new();
    for (name, make) in COMMANDS {
        let (whole, mut time) = ground.whole(make);
        let (mut kills, mut dice) = (0, Dice(1));
        for attempt in 0..attempts() {
            let task = ground.task(make);
            while kills < (attempt + 1) * 2 && killed(&task, &mut dice, &mut time) {
                kills += 1;
            }
            let (done, said) = task.run();
            // An explanation that had ended says so.
            assert!(done || said.contains("--overwrite"), "{name} {attempt}: {said}");
            assert_as(&whole, &task.out, &format!("{name} {attempt}"));
        }
        println!("{name}: {kills} kills in {} runs", attempts());
        assert!(kills > 0);
    }
}

#[test]
fn of_two_that_start_at_a_time_one_works_and_the_other_says_who() {
    let ground = Ground::new();
    for (name, make) in COMMANDS {
        let (whole, time) = ground.whole(make);
        let (mut refused, mut dice) = (0, Dice(2));
        for attempt in 0..attempts() {
            let task = ground.task(make);
            let first = task.start();
            std::thread::sleep(Duration::from_micros(dice.below(time.as_micros() as usize) as u64));
            let second = task.start();
            let both = [ended(first), ended(second)];
            assert!(both.iter().any(|(done, _)| *done), "{name} {attempt}: {both:?}");
            for (_, said) in both.iter().filter(|(done, _)| !done) {
                refused += u64::from(said.contains("another heatlens"));
                assert!(said.contains("another heatlens") || said.contains("--overwrite"), "{name} {attempt}: {said}");
            }
            assert_as(&whole, &task.out, &format!("{name} {attempt}"));
        }
        println!("{name}: {refused} of {} refused while the other worked", attempts());
    }
}

/// Damages a file of a run that was begun, or puts another in its place; says what was done.
fn tamper(out: &Path, dice: &mut Dice) -> String {
    let all: Vec<(PathBuf, Vec<u8>)> = files(out).into_iter().collect();
    let (name, bytes) = &all[dice.below(all.len())];
    let path = out.join(name);
    let place = dice.below(bytes.len());
    let what = match dice.below(6) {
        0 => fs::remove_file(&path).map(|()| "deleted"),
        1 => fs::write(&path, &bytes[..place]).map(|()| "cut"),
        2 => fs::write(&path, [&bytes[..place], b"\0garbage", &bytes[place..]].concat()).map(|()| "garbage in"),
        3 => fs::write(&path, &all[dice.below(all.len())].1).map(|()| "another's bytes in"),
        4 => fs::write(&path, vec![b'\n'; bytes.len()]).map(|()| "blanked"),
        _ => {
            let mut bytes = bytes.clone();
            bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << dice.below(8));
            fs::write(&path, bytes).map(|()| "a bit turned in")
        }
    };
    format!("{} `{}` at {place}", what.unwrap(), name.display())
}

#[test]
fn a_run_that_was_begun_and_damaged_ends_the_same_or_says_what_to_do() {
    let ground = Ground::new();
    for (command, make) in COMMANDS {
        let (whole, mut time) = ground.whole(make);
        let (mut refused, mut dice) = (0, Dice(3));
        for attempt in 0..attempts() {
            let mut task = ground.task(make);
            // Begun; an audit may have ended, which starting it again looks at, too.
            while !killed(&task, &mut dice, &mut time) && command == "explain" || files(&task.out).is_empty() {
                let _ = fs::remove_dir_all(&task.out);
            }
            let told = format!("{command} {attempt}: {}", tamper(&task.out, &mut dice));
            let (done, said) = task.run();
            if !done {
                refused += 1;
                way_out(&mut task, &said, &told);
                let (done, said) = task.run();
                assert!(done, "{told}: {said}");
            }
            assert_as(&whole, &task.out, &told);
        }
        println!("{command}: {refused} of {} refused first", attempts());
    }
}

/// Does what a refusal says.
fn way_out(task: &mut Task, said: &str, told: &str) {
    if said.contains("remove it and start")
        || said.contains("take it and its like out")
        || said.contains("or remove it yourself")
    {
        let name = said.split('`').find(|part| Path::new(part).starts_with(&task.out)).expect(told);
        let name = Path::new(name);
        if name.is_dir() { fs::remove_dir_all(name) } else { fs::remove_file(name) }.unwrap();
    } else if said.contains("or remove that one") {
        // Where the data lie may be changed by hand, so that a changed place is another run's.
        fs::remove_dir_all(&task.out).unwrap();
    } else if said.contains("say --overwrite") {
        task.words.push("--overwrite".to_owned());
    } else {
        panic!("{told}: {said}");
    }
}
