//! What a worker of a distributed run does: it settles the same plan as everyone, measures the
//! parts that it is given, and hands their rows to whoever keeps them:
//! `cargo run -p heatlens-run --example door_worker -- MODEL DATA OUT 0 3`.

use std::path::PathBuf;

use heatlens::Method;
use heatlens_fundus::Eyes;
use heatlens_record::{LocalStore, RunDirectory, Store};
use heatlens_run::audit::{AuditOptions, Plan, measure_part};
use heatlens_run::data::LabelMap;
use heatlens_run::{Subject, SubjectOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, data, out, parts @ ..] = arguments.as_slice() else {
        return Err("name a model, its data, a folder for the run, and the parts to measure".into());
    };
    let subject = Subject::open(&SubjectOptions { model: model.into(), ..SubjectOptions::default() })?;
    let plan = Plan::settle(subject, Box::new(Eyes::new(None)), "none".into(), &options(data.into()))?;
    // Any store will do: a folder here, object storage there.
    let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(LocalStore::new(out.as_ref()));
    let directory = RunDirectory::over(store).opened(&plan.record())?;
    for part in parts {
        let part: usize = part.parse()?;
        if !plan.parts().contains(&part) {
            return Err(format!("part {part} is none of the {} of this run", plan.parts().len()).into());
        }
        let rows = measure_part(&plan, part, &|_| {});
        directory.write_part(part, &rows)?;
        println!("part {part}: {} images, {} maps", rows.images.len(), rows.maps.len());
    }
    let missing = plan.missing(&directory)?;
    println!("{} parts with {} cases are still to be done", missing.parts.len(), missing.cases);
    Ok(())
}

fn options(data: PathBuf) -> AuditOptions {
    AuditOptions {
        data,
        layout: None,
        labels: LabelMap::default(),
        split: None,
        positive: None,
        methods: vec![Method::GradCam],
        layers: Vec::new(),
        experiments: 0,
        limit: None,
        shard: None,
        threads: 1,
        memory: None,
        seed: 0,
    }
}
