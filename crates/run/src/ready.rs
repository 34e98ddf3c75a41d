//! An image, read and brought to the network's input.

use heatlens_files::Kind;
use heatlens_imaging::{Affine, DecodeLimits, Photograph, Prepared, Preprocess, decode_with_bits};
use sha2::{Digest, Sha256};

use crate::disc::around_disc;
use crate::inputs::Source;

/// An image ready for the network.
pub struct Ready {
    /// What the network takes, in its own layout.
    pub tensor: Vec<f32>,
    /// The photograph, or what a tensor looks like.
    pub photograph: Photograph,
    /// What was done to it.
    pub preprocess: Preprocess,
    /// From the input's pixels to the photograph's.
    pub to_photograph: Affine,
    /// SHA-256 of the photograph's file, or of a tensor's values.
    pub sha256: [u8; 32],
    /// How many bits the samples of a 16-bit file use; fewer are stretched.
    pub bits: Option<u8>,
}

/// Reads an image of at most so many pixels and prepares it for an input of `[height, width]`.
///
/// # Errors
/// In words: what is wrong with the file.
pub fn prepare(
    source: &Source,
    preprocess: &Preprocess,
    input: [usize; 2],
    limits: &DecodeLimits,
) -> Result<Ready, String> {
    match source.content.values() {
        Some(values) => {
            let tensor = values.to_vec();
            let photograph = preprocess.picture(&tensor, input);
            Ok(Ready {
                tensor,
                photograph,
                preprocess: preprocess.clone(),
                to_photograph: Affine::IDENTITY,
                sha256: source.content.sha256().expect("a tensor is in memory"),
                bits: None,
            })
        }
        None => {
            let bytes = heatlens_files::read(&source.path, Kind::Photograph)
                .map_err(|error| format!("cannot be read: {error}"))?;
            let (photograph, bits) = decode_with_bits(&bytes, limits).map_err(|error| error.to_string())?;
            let placed = around_disc(preprocess, &photograph)?.into_owned();
            let prepared = placed.prepare(&photograph, input).map_err(|error| error.to_string())?;
            let Prepared { tensor, to_photograph, .. } = prepared;
            Ok(Ready {
                tensor,
                photograph,
                preprocess: placed,
                to_photograph,
                sha256: Sha256::digest(&bytes).into(),
                bits,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use heatlens_fundus::demo::demo_eye;
    use heatlens_imaging::{Picture, encode_png};

    use super::*;

    #[test]
    fn a_crop_goes_round_the_disc_of_each_photograph_or_is_refused() {
        let text = "colour = \"rgb\"\nrange = \"levels\"\nlayout = \"nhwc\"\n[[steps]]\nstep = \"disc_crop\"\nacross = \
                    3.0\n[[steps]]\nstep = \"resize\"\nto = \"input\"\nresample = { library = \"pillow\", filter = \"box\" }";
        let preprocess = Preprocess::from_toml(text).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let prepared = |picture: &Picture| {
            let path = folder.path().join("eye.png");
            std::fs::write(&path, encode_png(picture).unwrap()).unwrap();
            prepare(&Source::photograph(Path::new(&path), "eye.png"), &preprocess, [60, 60], &DecodeLimits::default())
        };
        let eye = demo_eye(0, 400).unwrap().photograph;
        let disc = eye.truth.geometry;
        let ready = prepared(&Picture { width: eye.size, height: eye.size, rgb: eye.rgb }).unwrap();
        assert!(!ready.preprocess.needs_disc());
        let [centre, corner] = [[30.0; 2], [0.0; 2]].map(|point| ready.to_photograph.apply(point));
        let diameter = f64::from(disc.disc_diameters[0]);
        let off = (0..2).map(|i| (centre[i] - f64::from(disc.disc_centre[i])).abs()).fold(0.0, f64::max);
        let across = 2.0 * (centre[0] - corner[0]) / diameter;
        assert!(off < 0.1 * diameter && (2.7..3.3).contains(&across), "{off} pixels off, {across} diameters across");
        let error = prepared(&Picture::filled(90, 80, [60; 3])).err().unwrap();
        assert!(error.contains("no optic disc was found"), "{error}");
    }
}
