//! The optic disc that a preprocessing crops to, found in each photograph.

use std::borrow::Cow;
use std::sync::OnceLock;

use heatlens_anatomy::{Anatomist, Known};
use heatlens_fundus::Eyes;
use heatlens_fundus::anatomy::Segmenter;
use heatlens_imaging::{DiscAt, Photograph, Preprocess};

/// The preprocessing for one photograph: with its optic disc, where a step crops to it and does not
/// say where it lies.
///
/// # Errors
/// In words, if no disc is found that one can be sure of.
pub fn around_disc<'a>(preprocess: &'a Preprocess, photograph: &Photograph) -> Result<Cow<'a, Preprocess>, String> {
    if !preprocess.needs_disc() {
        return Ok(Cow::Borrowed(preprocess));
    }
    match disc_in(photograph) {
        Some(disc) => Ok(Cow::Owned(preprocess.around(disc))),
        None => Err("no optic disc was found in it that one can be sure of, and the preprocessing crops to it \
                     (disc_crop)"
            .into()),
    }
}

/// The optic disc by the shipped segmenter, unless it is doubtful.
pub(crate) fn disc_in(photograph: &Photograph) -> Option<DiscAt> {
    static EYES: OnceLock<Eyes> = OnceLock::new();
    let eyes = EYES.get_or_init(|| Eyes::new(Segmenter::shipped().ok()));
    let disc = eyes.survey(photograph, &Known::default()).target?;
    Some(DiscAt { centre: disc.centre, diameter: disc.diameter })
}
