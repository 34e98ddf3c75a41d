//! What can be wrong with masks, photographs and segmenters.

use thiserror::Error;

/// Why anatomy could not be measured.
#[derive(Debug, Error)]
pub enum AnatomyError {
    /// Nothing in the photograph is brighter than its black surround.
    #[error(
        "no field of view: {lit:.1} % of the photograph is brighter than {threshold} of 255; is it a black or \
         unreadable picture?"
    )]
    NoField {
        /// Share of the picture above the threshold, percent.
        lit: f64,
        /// The threshold.
        threshold: u8,
    },
    /// The mask marks no disc.
    #[error(
        "the mask marks no optic disc: {found}. Read as {convention}; name another convention if that is not how it \
         was written"
    )]
    EmptyMask {
        /// The grey levels that are in it.
        found: String,
        /// How it was read.
        convention: &'static str,
    },
    /// Grey levels that no convention explains.
    #[error(
        "grey level {level} at ({x}, {y}) means nothing in a mask read as {convention}; is it a photograph or a JPEG \
         instead of a mask?"
    )]
    UnknownLevel {
        /// The level.
        level: u8,
        /// Its column.
        x: usize,
        /// Its row.
        y: usize,
        /// How the mask was read.
        convention: &'static str,
    },
    /// Several conventions fit.
    #[error("grey levels {found} fit no single convention of masks: name one of {known}")]
    AmbiguousMask {
        /// The grey levels that are in it.
        found: String,
        /// Names of the conventions.
        known: String,
    },
    /// A mask in colours.
    #[error(
        "the pixel at ({x}, {y}) is coloured: masks are read in shades of grey; save it without a palette or colours"
    )]
    NotGrey {
        /// Its column.
        x: usize,
        /// Its row.
        y: usize,
    },
    /// A mask's pixels do not match its size, or two masks differ in size.
    #[error(
        "the mask is {mask:?} pixels (width, height) where {expected:?} are needed: a mask lies on its own \
         photograph, pixel by pixel"
    )]
    MaskSize {
        /// Width and height of the mask.
        mask: [usize; 2],
        /// Width and height asked for.
        expected: [usize; 2],
    },
    /// Neither network nor rule found a disc.
    #[error(
        "no optic disc found in the photograph: give a mask, or leave the photograph out of what is said about discs"
    )]
    NoDisc,
    /// A model that is no segmenter.
    #[error("not a segmenter of disc and cup: {0}")]
    NotASegmenter(String),
    /// The segmenter's file cannot be read.
    #[error(transparent)]
    Format(#[from] heatlens_formats::FormatError),
    /// The segmenter cannot be run.
    #[error(transparent)]
    Engine(#[from] heatlens_engine::EngineError),
    /// A picture could not be brought to the segmenter's input.
    #[error(transparent)]
    Image(#[from] heatlens_imaging::ImageError),
}
