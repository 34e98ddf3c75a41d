//! What a viewer's page of one case needs, from a run on disk alone and without an engine:
//! `cargo run -p heatlens-run --example door_case_page -- RUN CASE OUT.html`.

use std::path::Path;

use heatlens_imaging::{DecodeLimits, DrawStyle, Scale, decode, draw_overlay, encode_png, warp};
use heatlens_record::{ImageRow, MapRow, PART, RunDirectory, RunRecord};
use heatlens_report::Report;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [folder, case, out] = <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "name a run, a case and a file for the page")?;
    let case: usize = case.parse()?;
    let directory = RunDirectory::at(Path::new(&folder));
    let run = directory.record()?;
    let report: Report = serde_json::from_slice(&std::fs::read(directory.location("report.json"))?)?;
    let rows = directory.read_images(case / PART)?;
    let row = rows.iter().find(|row| row.case == case).ok_or("there is no such case")?;
    let maps = directory.read_maps(case / PART)?;
    let mut page = format!("<h1>{}</h1><p>{}</p>", row.image, words(row));
    for map in maps.iter().filter(|map| map.case == case) {
        let name = format!("{out}.{}.{}.png", map.class, map.method);
        std::fs::write(&name, overlay(&run, row, map)?)?;
        page +=
            &format!("<figure><img src=\"{name}\"><figcaption>{}: {:.2}</figcaption></figure>", map.class, map.score);
    }
    if let Some(card) = report.case(case) {
        page += &format!("<p>{}</p>", card.outcome);
    }
    std::fs::write(&out, page)?;
    println!("{} maps of {} → {out}", maps.len(), row.image);
    Ok(())
}

fn words(row: &ImageRow) -> String {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "not known".into());
    let confidence = 100.0 * row.confidence.unwrap_or(0.0);
    format!("true: {}, predicted: {} ({confidence:.1} %)", known(&row.label), known(&row.predicted))
}

/// The photograph of a case under one of its maps, as a PNG file.
fn overlay(run: &RunRecord, row: &ImageRow, map: &MapRow) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(run.photograph(row.case).ok_or("the run does not list its photographs")?)?;
    if !row.is_of(&bytes) {
        return Err("the photograph changed since the audit".into());
    }
    let photograph = decode(&bytes, &DecodeLimits::default())?;
    let (raw, way) = map.raw().zip(row.to_photograph()).ok_or("the case has no map that can be drawn")?;
    let (scale, input) = (map.scale(), run.model.input.size());
    let warped = warp(&raw.drawn(scale, input).values, input, &way, photograph.size());
    let style = DrawStyle { signed: scale == Scale::Signed, ..DrawStyle::default() };
    Ok(encode_png(&draw_overlay(&photograph, &warped, &style))?)
}
