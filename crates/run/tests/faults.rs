//! Disks that fill and disks that fail in the middle of a run: each run ends with an error in words or
//! with rows that say what could not be written, and starting it again gives the bytes of a run that
//! nothing happened to.
//!
//! `HEATLENS_CAMPAIGN=100 cargo test --release -p heatlens-run --test faults` tries a hundred places
//! for each fault; a few are tried otherwise.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heatlens::{ExplainerOptions, Method};
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_imaging::{DrawStyle, Picture, encode_png};
use heatlens_record::{Durability, LocalStore, Lock, RunDirectory, RunError, Store};
use heatlens_report::make;
use heatlens_run::audit::{self, AuditOptions};
use heatlens_run::data::LabelMap;
use heatlens_run::drawing::ColourScale;
use heatlens_run::explain::{ExplainOptions, Folder, Made, Plan, Save, explain, explain_keeping};
use heatlens_run::{LabelOptions, Subject, SubjectOptions, expand};
use heatlens_statistics::Settings;

/// What the disk says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Once: input/output error.
    Io,
    /// From then on: no space left on the device.
    Full,
}

impl Fault {
    fn error(self) -> io::Error {
        io::Error::from_raw_os_error(if self == Fault::Io { 5 } else { 28 })
    }
}

/// A folder in which one of the changes goes wrong half-way.
#[derive(Debug)]
struct Faulty {
    store: LocalStore,
    fault: Fault,
    /// Changes before the fault.
    sound: usize,
    changes: AtomicUsize,
}

impl Faulty {
    fn is_struck(&self) -> bool {
        let change = self.changes.fetch_add(1, Ordering::Relaxed);
        change == self.sound || self.fault == Fault::Full && change > self.sound
    }
}

impl Store for Faulty {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.store.list(folder)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.store.read(name)
    }

    fn write(&self, name: &str, bytes: &[u8], durability: Durability) -> io::Result<()> {
        if self.is_struck() {
            // As `LocalStore` leaves it.
            self.store.write(&format!("{name}.partial"), &bytes[..bytes.len() / 2], durability)?;
            return Err(self.fault.error());
        }
        self.store.write(name, bytes, durability)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.is_struck() {
            self.store.append(name, &bytes[..bytes.len() / 2])?;
            return Err(self.fault.error());
        }
        self.store.append(name, bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        if self.is_struck() { Err(self.fault.error()) } else { self.store.rename(from, to) }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        if self.is_struck() && self.fault == Fault::Io { Err(self.fault.error()) } else { self.store.remove(name) }
    }

    fn location(&self, name: &str) -> PathBuf {
        self.store.location(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.store.exists(name)
    }

    fn lock(&self) -> Result<Option<Lock>, RunError> {
        self.store.lock()
    }
}

/// Four eyes of each class.
fn eyes(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let mut counts = BTreeMap::new();
    for eye in heatlens_fundus::demo_set() {
        let count = counts.entry(eye.label).or_insert(0);
        *count += 1;
        if *count <= 4 {
            let photograph = eye.photograph;
            let picture = Picture { width: photograph.size, height: photograph.size, rgb: photograph.rgb };
            std::fs::create_dir_all(data.join(eye.label)).unwrap();
            std::fs::write(data.join(eye.label).join(format!("{}.png", eye.name)), encode_png(&picture).unwrap())
                .unwrap();
        }
    }
    data
}

fn subject() -> Subject {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/demo-shufflenet_v2_x0_5.safetensors");
    let classes = vec!["normal".to_owned(), "glaucoma".to_owned()];
    let preprocess = Some("imagenet-exact".to_owned());
    Subject::open(&SubjectOptions { model, classes, preprocess, ..SubjectOptions::default() }).unwrap()
}

fn explanation(data: &Path) -> Plan {
    let (sources, _) = expand(&[data.display().to_string()], Path::new("nowhere")).unwrap();
    let options = ExplainOptions {
        targets: vec!["all".to_owned()],
        explainer: ExplainerOptions::default(),
        limit: None,
        labels: LabelOptions::default(),
        thresholds: Vec::new(),
        positive: None,
        save: vec![Save::Overlay, Save::Map, Save::Gallery],
        style: DrawStyle::default(),
        tile: None,
        scale: ColourScale::Map,
        outline: Vec::new(),
        contours: false,
        threads: 2,
        memory: None,
    };
    Plan::settle(subject(), sources, None, &options).unwrap()
}

/// Explains into a folder; how many images failed.
fn explained(plan: &Plan, directory: RunDirectory) -> Result<usize, Box<dyn Error>> {
    let (folder, _) = Folder::open(directory, plan, false)?;
    Ok(explain(plan, &folder, |_, _| {})?.failed)
}

fn questions(data: &Path) -> audit::Plan {
    let options = AuditOptions {
        data: data.to_owned(),
        layout: None,
        labels: LabelMap::default(),
        split: None,
        positive: None,
        methods: vec![Method::GradCam],
        layers: Vec::new(),
        experiments: 1,
        limit: None,
        shard: None,
        threads: 2,
        memory: None,
        seed: 0,
    };
    let eyes = Box::new(Eyes::new(Some(Segmenter::shipped().unwrap())));
    audit::Plan::settle(subject(), eyes, "shipped".into(), &options).unwrap()
}

/// Audits into a folder.
fn audited(plan: &audit::Plan, directory: RunDirectory) -> Result<usize, Box<dyn Error>> {
    let directory = directory.alone()?.opened(&plan.record())?;
    audit::measure(plan, &directory, &plan.missing(&directory)?, &|_| {})?;
    directory.forget_begun()?;
    Ok(make(&directory, &Settings::default())?.totals.failed)
}

/// Every file below a folder, but what a broken write left under another name.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().ends_with(".partial.partial") {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn left_over(name: &Path) -> bool {
    ["begun.json", "rows.partial", "files.partial"].iter().any(|known| name == Path::new(known))
}

/// Tries faults at places spread over all changes of a run.
fn campaign(what: &str, run: impl Fn(RunDirectory) -> Result<usize, Box<dyn Error>>) {
    let folder = tempfile::tempdir().unwrap();
    let store = |name: &str| LocalStore::new(&folder.path().join(name));
    let counted = Arc::new(Faulty { store: store("whole"), fault: Fault::Io, sound: usize::MAX, changes: 0.into() });
    assert_eq!(run(RunDirectory::over(counted.clone())).unwrap(), 0);
    let changes = counted.changes.load(Ordering::Relaxed);
    let whole = contents(&folder.path().join("whole"));
    let runs = std::env::var("HEATLENS_CAMPAIGN").map_or(6, |runs| runs.parse().unwrap());
    let (mut refused, mut rows) = (0, 0);
    for (fault, i) in [Fault::Io, Fault::Full].into_iter().flat_map(|fault| (0..runs).map(move |i| (fault, i))) {
        let sound = i * changes / runs;
        let told = format!("{what}: {fault:?} at change {sound} of {changes}");
        let faulty = Faulty { store: store("run"), fault, sound, changes: 0.into() };
        match run(RunDirectory::over(Arc::new(faulty))) {
            // An image that could not be written is a row, of a run that has ended.
            Ok(failed) if failed > 0 => {
                let table = std::fs::read_to_string(folder.path().join("run/predictions.csv")).unwrap();
                assert_eq!(table.matches("cannot be read or written").count(), failed, "{told}: {table}");
                rows += 1;
            }
            ended => {
                if let Err(error) = ended {
                    let said = error.to_string();
                    assert!(said.contains("cannot be read or written"), "{told}: {said}");
                    assert_eq!(fault == Fault::Full, said.contains("start the same command again"), "{told}: {said}");
                    refused += 1;
                }
                if !folder.path().join("run/run.json").exists() || what == "audit" {
                    assert_eq!(run(RunDirectory::over(Arc::new(store("run")))).unwrap(), 0, "{told}");
                }
                let found = contents(&folder.path().join("run"));
                let differs = whole.iter().find(|(name, bytes)| found.get(*name) != Some(bytes));
                assert_eq!(differs.map(|(name, _)| name), None, "{told}");
                let more: Vec<&PathBuf> = found.keys().filter(|name| !whole.contains_key(*name)).collect();
                // What describes a run that goes on may outlive one that has ended.
                assert!(more.iter().all(|name| left_over(name)), "{told}: {more:?}");
            }
        }
        std::fs::remove_dir_all(folder.path().join("run")).unwrap();
    }
    println!("{what}: {changes} changes, {} faults: {refused} refused, {rows} in rows", 2 * runs);
    assert!(refused > 0);
}

#[test]
fn an_explanation_outlives_disks_that_fill_or_fail() {
    let folder = tempfile::tempdir().unwrap();
    let plan = explanation(&eyes(folder.path()));
    campaign("explain", |directory| explained(&plan, directory));
}

#[test]
fn an_audit_outlives_disks_that_fill_or_fail() {
    let folder = tempfile::tempdir().unwrap();
    let plan = questions(&eyes(folder.path()));
    campaign("audit", |directory| audited(&plan, directory));
}

#[test]
fn what_is_kept_comes_with_its_image_and_what_was_made_before_can_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let plan = explanation(&eyes(folder.path()));
    let of = |plan: &Plan, stops_after: usize| {
        let (out, _) = Folder::open(RunDirectory::at(&folder.path().join("out")), plan, false).unwrap();
        let mut seen = Vec::new();
        let keep = |position: usize, _, explanation: heatlens::Explanation| (position, explanation.prediction.logits);
        explain_keeping(plan, &out, keep, |position, row, made| {
            let kept = match made {
                Made::Before => None,
                Made::Now(kept) => kept,
            };
            assert!(kept.as_ref().is_none_or(|(of, _)| *of == position));
            let logits = row.answer.as_ref().map(|answer| answer.prediction.logits.clone()).unwrap();
            assert!(kept.as_ref().is_none_or(|(_, kept)| *kept == logits));
            seen.push((kept.is_some(), logits));
            if seen.len() == stops_after {
                plan.stop.ask();
            }
        })
        .unwrap();
        seen
    };
    let begun = of(&plan, 2);
    assert!(begun.len() < 8 && begun.iter().all(|(is_new, _)| *is_new));
    let ended = of(&explanation(&eyes(folder.path())), usize::MAX);
    let (before, now): (Vec<_>, Vec<_>) = ended.iter().enumerate().partition(|(position, _)| *position < begun.len());
    assert!(before.iter().all(|(_, (is_new, _))| !is_new) && now.iter().all(|(_, (is_new, _))| *is_new));
    for (position, (_, logits)) in before {
        assert_eq!(plan.show(position).unwrap().1.prediction.logits, *logits);
    }
}
