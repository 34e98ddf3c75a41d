//! What can be wrong with masks, photographs and segmenters.

use heatlens_anatomy::MaskSize;
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
    #[error("the mask marks no optic disc: every pixel is background")]
    EmptyMask,
    /// A mask's pixels do not match its size, or two masks differ in size.
    #[error(transparent)]
    MaskSize(#[from] MaskSize),
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
