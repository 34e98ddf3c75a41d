//! Prints the answers of a run:
//! `cargo run -p heatlens-report --example answers -- RUN [report.json]`.

use std::path::Path;

use heatlens_record::RunDirectory;
use heatlens_report::analysis::{self, Evidence};
use heatlens_statistics::Settings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("name the folder of a run")?;
    let directory = RunDirectory::at(Path::new(folder));
    let start = std::time::Instant::now();
    let evidence = Evidence::gather(&directory, &directory.record()?, &Settings::default(), &mut |_| {})?;
    let report = analysis::report(&evidence);
    println!("{} images, {:.1} s", report.sample.explained, start.elapsed().as_secs_f64());
    for answer in &report.answers {
        println!("\n{}. {}\n   [{}] {}", answer.number, answer.text, answer.verdict.title(), answer.headline);
        answer.explanations.iter().for_each(|e| println!("   - {}: {}", e.heading, e.text));
        answer.ways_out.iter().for_each(|way| println!("   > {way}"));
        println!("   figures: {:?} galleries: {:?}", answer.figures, answer.galleries);
    }
    for suspect in &report.suspects {
        println!("{:?} {} ({})", suspect.status, suspect.sentence, suspect.excess.words());
    }
    println!("{}\n{:#?}", report.copies.sentence, report.notes);
    if let Some(path) = arguments.get(1) {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
