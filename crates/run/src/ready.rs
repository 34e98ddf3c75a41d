//! An image, read and brought to the network's input.

use heatlens_imaging::{Affine, DecodeLimits, Photograph, Preprocess, decode_with_bits};

use crate::inputs::Source;

/// An image ready for the network.
pub struct Ready {
    /// What the network takes, in its own layout.
    pub tensor: Vec<f32>,
    /// The photograph, or what a tensor looks like.
    pub photograph: Photograph,
    /// From the input's pixels to the photograph's.
    pub to_photograph: Affine,
    /// How many bits the samples of a 16-bit file use; fewer are stretched.
    pub bits: Option<u8>,
}

/// Reads an image and prepares it for an input of `[height, width]`.
///
/// # Errors
/// In words: what is wrong with the file.
pub fn prepare(source: &Source, preprocess: &Preprocess, input: [usize; 2]) -> Result<Ready, String> {
    match source.content.values() {
        Some(values) => {
            let tensor = values.to_vec();
            let photograph = preprocess.picture(&tensor, input);
            Ok(Ready { tensor, photograph, to_photograph: Affine::IDENTITY, bits: None })
        }
        None => {
            let bytes = std::fs::read(&source.path).map_err(|error| format!("cannot be read: {error}"))?;
            let (photograph, bits) =
                decode_with_bits(&bytes, &DecodeLimits::default()).map_err(|error| error.to_string())?;
            let prepared = preprocess.prepare(&photograph, input).map_err(|error| error.to_string())?;
            Ok(Ready { tensor: prepared.tensor, photograph, to_photograph: prepared.to_photograph, bits })
        }
    }
}
