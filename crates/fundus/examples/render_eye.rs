//! Renders eyes for looking at: `render_eye FOLDER [COUNT] [SIZE] [FIRST_SEED] [VIEW]`, VIEW disc,
//! macula or crop.

use heatlens_fundus::render::{Diagnosis, Eye, FieldShape, View, render};
use heatlens_imaging::{Picture, encode_png};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("usage: render_eye FOLDER [COUNT] [SIZE] [FIRST_SEED] [disc|macula|crop]")?;
    let number = |i: usize, default: u64| arguments.get(i).map_or(Ok(default), |a| a.parse());
    let (count, size, first) = (number(1, 12)?, number(2, 512)? as usize, number(3, 0)?);
    std::fs::create_dir_all(folder)?;
    let mut spent = std::time::Duration::ZERO;
    for seed in first..first + count {
        let diagnosis = if seed % 2 == 0 { Diagnosis::Normal } else { Diagnosis::Glaucoma };
        let eye = match arguments.get(4).map(String::as_str) {
            Some("macula") => Eye::sample_view(seed, diagnosis, View::macula()),
            Some("crop") => {
                let mut eye = Eye::sample_view(seed, diagnosis, View::crop());
                eye.camera.field = FieldShape::Whole;
                eye
            }
            _ => Eye::sample(seed, diagnosis),
        };
        let start = std::time::Instant::now();
        let photograph = render(&eye, size)?;
        spent += start.elapsed();
        let picture = Picture { width: size, height: size, rgb: photograph.rgb };
        std::fs::write(Path::new(folder).join(format!("{seed:05}_{}.png", diagnosis.name())), encode_png(&picture)?)?;
    }
    println!("{count} eyes of {size} pixels, {:.1} ms each", spent.as_secs_f64() * 1e3 / count as f64);
    Ok(())
}
