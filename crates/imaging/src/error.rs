//! What can go wrong with pictures, tensors and the descriptions of preprocessing, split by whose
//! fault it is.

use thiserror::Error;

/// Who has to act on an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The file is broken, incomplete or not a picture: replace the file.
    File,
    /// What was asked for cannot be done: change the request.
    Request,
    /// heatlens itself is wrong: report it.
    Ours,
}

/// An error of this crate. Every message says what was wrong and what to do next; the caller adds
/// which file it was.
#[derive(Clone, PartialEq, Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file has no bytes.
    #[error("the file is empty (0 bytes); copy it again from its source")]
    Empty,
    /// The bytes begin like no picture format that is read here.
    #[error("not a picture: the file begins with {start}, which is none of JPEG, PNG, TIFF, BMP, WebP, GIF{hint}")]
    UnknownFormat {
        /// The first bytes, printable or in hexadecimal.
        start: String,
        /// What it looks like instead, with what to do; may be empty.
        hint: &'static str,
    },
    /// A picture format that is known, in a variant that is not read.
    #[error("{format} variant not supported: {what}; save it as 8-bit PNG or JPEG")]
    Unsupported {
        /// The picture format.
        format: &'static str,
        /// The feature that is missing.
        what: String,
    },
    /// The file ends before the picture does.
    #[error("{format} cut short: {what}; the file was probably not copied completely, copy it again")]
    Truncated {
        /// The picture or array format.
        format: &'static str,
        /// What is missing.
        what: String,
    },
    /// The bytes contradict the format.
    #[error("{format} damaged: {what}; open it in a picture viewer and save it again, or copy it again")]
    Corrupt {
        /// The picture or array format.
        format: &'static str,
        /// What the decoder said.
        what: String,
    },
    /// The header claims more pixels than allowed. Nothing was decoded.
    #[error(
        "{width}×{height} pixels are more than the allowed {limit}; scale the picture down, or allow more memory \
         (--memory, --threads 1)"
    )]
    TooLarge {
        /// Claimed width in pixels.
        width: u64,
        /// Claimed height in pixels.
        height: u64,
        /// The largest number of pixels allowed.
        limit: u64,
    },
    /// A file that describes preprocessing cannot be read.
    #[error("preprocessing {name:?}: {what}")]
    Description {
        /// Preset or file.
        name: String,
        /// What is wrong with it and what to do.
        what: String,
    },
    /// A preprocessing that cannot be carried out as it stands.
    #[error("preprocessing cannot be applied: {0}")]
    Preprocess(String),
    /// An array of the wrong shape or with values that make no sense.
    #[error("array: {0}")]
    Array(String),
    /// An encoder failed on a picture made here.
    #[error("could not encode the picture: {0}; please report this")]
    Encode(String),
}

impl ImageError {
    /// Whose fault it is: decides the exit code and whether a run goes on.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Empty
            | Self::UnknownFormat { .. }
            | Self::Unsupported { .. }
            | Self::Truncated { .. }
            | Self::Corrupt { .. }
            | Self::TooLarge { .. } => Fault::File,
            Self::Description { .. } | Self::Preprocess(_) | Self::Array(_) => Fault::Request,
            Self::Encode(_) => Fault::Ours,
        }
    }
}
