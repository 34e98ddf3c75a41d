//! What a door that audits does, such as `hl.audit(model, data="manifest.csv", out="run/")` from
//! Python: `cargo run -p heatlens-run --example door_audit -- MODEL DATA OUT`.

use std::path::{Path, PathBuf};

use heatlens::Method;
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_record::RunDirectory;
use heatlens_report::make;
use heatlens_run::audit::{AuditOptions, Plan, measure};
use heatlens_run::data::LabelMap;
use heatlens_run::{Subject, SubjectOptions, default_threads};
use heatlens_statistics::Settings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [model, data, out] = <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "name a model, its data and a folder for the run")?;
    let subject = Subject::open(&SubjectOptions { model: model.into(), ..SubjectOptions::default() })?;
    let options = AuditOptions {
        data: PathBuf::from(data),
        layout: None,
        labels: LabelMap::default(),
        split: None,
        positive: None,
        methods: vec![Method::GradCam],
        layers: Vec::new(),
        experiments: 12,
        limit: None,
        shard: None,
        threads: default_threads(),
        memory: None,
        seed: 0,
    };
    let eyes = Box::new(Eyes::new(Some(Segmenter::shipped()?)));
    let plan = Plan::settle(subject, eyes, "shipped".into(), &options)?;
    plan.notes.iter().for_each(|note| println!("note: {note}"));
    let directory = RunDirectory::at(Path::new(&out)).opened(&plan.record())?;
    measure(&plan, &directory, &plan.missing(&directory)?, &|_| {})?;
    let made = make(&directory, &Settings::default())?;
    println!("{} images, {} failed", made.totals.images, made.totals.failed);
    for answer in &made.report.answers {
        println!("{}. {}: {}", answer.number, answer.verdict.title(), answer.headline);
    }
    Ok(())
}
