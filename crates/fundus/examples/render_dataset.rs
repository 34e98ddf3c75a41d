//! Renders the eyes that the shipped classifier is trained and tested on:
//! `render_dataset FOLDER TRAIN VALIDATION TEST [SIZE]`, the numbers of eyes in each stream.
//!
//! Writes `FOLDER/<stream>/<number>.png` and `FOLDER/<stream>.csv` (image, label, laterality,
//! vertical cup-to-disc ratio, and whether there is a notch and a nerve fibre defect). Pictures
//! that are already there are kept, so that an interrupted run goes on where it stopped.

use heatlens_fundus::demo::{DEMO_SIZE, Stream};
use heatlens_fundus::render::render;
use heatlens_imaging::{Picture, encode_png};
use std::io::Write;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, train, validation, test, rest @ ..] = arguments.as_slice() else {
        return Err("usage: render_dataset FOLDER TRAIN VALIDATION TEST [SIZE]".into());
    };
    let size = rest.first().map_or(Ok(DEMO_SIZE), |s| s.parse())?;
    for (stream, count) in [(Stream::Train, train), (Stream::Validation, validation), (Stream::Test, test)] {
        let pictures = PathBuf::from(folder).join(stream.name());
        std::fs::create_dir_all(&pictures)?;
        let mut table = std::fs::File::create(pictures.with_extension("csv"))?;
        writeln!(table, "image,label,laterality,vcdr,notch,defect")?;
        for index in 0..count.parse()? {
            let eye = stream.eye(index);
            let path = pictures.join(format!("{index:05}.png"));
            let (label, side, ratio) =
                (eye.diagnosis.name(), heatlens_fundus::code(eye.laterality), eye.cup.vertical_ratio);
            let focal = [eye.notch.is_some(), eye.defect.is_some()].map(u8::from);
            writeln!(table, "{}/{index:05}.png,{label},{side},{ratio:.4},{},{}", stream.name(), focal[0], focal[1])?;
            if !path.exists() {
                let unfinished = path.with_extension("part");
                let picture = Picture { width: size, height: size, rgb: render(&eye, size)?.rgb };
                std::fs::write(&unfinished, encode_png(&picture)?)?;
                std::fs::rename(unfinished, path)?;
            }
        }
    }
    Ok(())
}
