//! Renders eyes with their disc and cup for the training of the shipped segmenter:
//! `render_masks FOLDER COUNT [SIZE]`.
//!
//! Writes `FOLDER/<number>.png` and `FOLDER/<number>-mask.png` (0 background, 128 rim, 255 cup).
//! Every third eye is a photograph centred near the macula, the others are centred near the disc;
//! pictures that are already there are kept.

use heatlens_fundus::render::{Diagnosis, Eye, View, render};
use heatlens_imaging::{Picture, encode_png};
use std::path::{Path, PathBuf};

/// No stream of the demonstration's classifier reaches these seeds.
const FIRST_SEED: u64 = 0x5_0000_0000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, rest @ ..] = arguments.as_slice() else {
        return Err("usage: render_masks FOLDER COUNT [SIZE]".into());
    };
    let size: usize = rest.first().map_or(Ok(640), |s| s.parse())?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for index in 0..count.parse::<u64>()? {
        let done = folder.join(format!("{index:05}-mask.png"));
        if done.exists() {
            continue;
        }
        let photograph = render(&eye(index), size)?;
        let mask = photograph.truth.disc.iter().zip(&photograph.truth.cup);
        let mask = mask.flat_map(|(&disc, &cup)| [(disc & 128) | cup; 3]).collect();
        save(&folder.join(format!("{index:05}.png")), photograph.rgb, size)?;
        save(&done, mask, size)?;
    }
    Ok(())
}

/// Half the eyes are glaucomatous; views differ in what they are centred on and in how much they
/// show.
fn eye(index: u64) -> Eye {
    let diagnosis = if index.is_multiple_of(2) { Diagnosis::Normal } else { Diagnosis::Glaucoma };
    let drawn = Eye::sample(FIRST_SEED + index, diagnosis);
    let macula = index.is_multiple_of(3);
    let view = View {
        diameter: if macula { 7.7 } else { drawn.camera.view.diameter * 0.8 },
        towards_fovea: if macula { 0.9 } else { drawn.camera.view.towards_fovea },
        shift: drawn.camera.view.shift,
    };
    Eye::sample_view(FIRST_SEED + index, diagnosis, view)
}

fn save(path: &Path, rgb: Vec<u8>, size: usize) -> Result<(), Box<dyn std::error::Error>> {
    Ok(std::fs::write(path, encode_png(&Picture { width: size, height: size, rgb })?)?)
}
