//! Prints how the shipped segmenter, or another training of it, fares on photographs with masks, one a line: Dice
//! coefficients of disc and cup, and its confidence: `segmenter_confidence FOLDER [SEGMENTER.onnx]`.
//!
//! `FOLDER` holds `<n>.png` and `<n>-mask.png` (0 background, 128 rim, 255 cup), as `models/make_abroad.py` and
//! `render_masks` write them.

use heatlens_fundus::anatomy::{DiscMask, FieldOfView, Segmenter, Tissue};
use heatlens_imaging::{DecodeLimits, Photograph, decode};
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, segmenter) = match arguments.as_slice() {
        [folder] => (folder, Segmenter::shipped()?),
        [folder, network] => (folder, Segmenter::like_shipped(&std::fs::read(network)?)?),
        _ => return Err("usage: segmenter_confidence FOLDER [SEGMENTER.onnx]".into()),
    };
    println!("name,disc,cup,confidence");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for mask_path in paths.iter().filter(|path| path.to_string_lossy().ends_with("-mask.png")) {
        let path = mask_path.to_string_lossy().replace("-mask.png", ".png");
        let (photograph, levels) = (picture(Path::new(&path))?, picture(mask_path)?);
        let truth: Vec<u8> = levels.rgb.iter().step_by(3).copied().collect();
        let found = FieldOfView::find(&photograph).and_then(|field| segmenter.segment(&photograph, &field));
        let name = Path::new(&path).file_stem().unwrap_or_default().to_string_lossy();
        match found {
            Ok(found) => {
                let dices = [Tissue::Rim, Tissue::Cup].map(|tissue| dice(&found.mask, &truth, tissue));
                println!("{name},{:.4},{:.4},{:.4}", dices[0], dices[1], found.confidence);
            }
            Err(_) => println!("{name},0,0,0"),
        }
    }
    Ok(())
}

fn picture(path: &Path) -> Result<Photograph, Box<dyn std::error::Error>> {
    Ok(decode(&std::fs::read(path)?, &DecodeLimits::default())?)
}

fn dice(found: &DiscMask, truth: &[u8], tissue: Tissue) -> f64 {
    let is_true = |level: u8| level > if tissue == Tissue::Cup { 191 } else { 63 };
    let (mut both, mut all) = (0, 0);
    for (&found, &level) in found.tissue().iter().zip(truth) {
        both += usize::from(found >= tissue && is_true(level));
        all += usize::from(found >= tissue) + usize::from(is_true(level));
    }
    if all == 0 { 1.0 } else { 2.0 * both as f64 / all as f64 }
}
