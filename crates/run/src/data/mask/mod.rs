//! Outlines of optic disc and cup, in the forms that data sets bring.

mod labelme;
mod levels;
mod polygon;

use std::path::{Path, PathBuf};

use heatlens_anatomy::{DiscMask, Tissue};
use heatlens_files::Kind;
use heatlens_imaging::{DecodeLimits, ImageError, Picture};
use thiserror::Error;

pub use levels::Levels;

/// Where disc and cup of a photograph are outlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaskFiles {
    /// One picture whose grey levels tell background, rim and cup.
    Grey {
        /// The picture.
        path: PathBuf,
        /// What the levels mean.
        levels: Levels,
    },
    /// A picture for the disc, and perhaps one for the cup: bright inside. Greys are agreement of
    /// experts, half counts.
    Pair {
        /// The disc, cup included.
        disc: PathBuf,
        /// The cup.
        cup: Option<PathBuf>,
    },
    /// Text files with the corners of outlines, `x y` a line, one file an expert.
    Contours {
        /// The disc, cup included.
        disc: Vec<PathBuf>,
        /// The cup.
        cup: Vec<PathBuf>,
    },
    /// A LabelMe file with polygons named `disc` and `cup`.
    LabelMe(PathBuf),
}

/// Why a mask cannot be used. The case is, without it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MaskError {
    /// A file cannot be read.
    #[error("cannot read the mask `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The picture cannot be decoded.
    #[error("mask `{}`: {source}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ImageError,
    },
    /// Another size than the photograph.
    #[error(
        "the mask `{}` has {}×{} pixels, its photograph {}×{}: resize the mask without smoothing, or name the right \
         one",
        path.display(), got[1], got[0], wanted[1], wanted[0]
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Height and width of the mask.
        got: [usize; 2],
        /// Height and width of the photograph.
        wanted: [usize; 2],
    },
    /// No disc in it.
    #[error("the mask `{}` is empty: no pixel belongs to the disc", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what it should be, in words.
    #[error("mask `{}`: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl MaskFiles {
    /// All files of the mask.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            MaskFiles::Grey { path, .. } | MaskFiles::LabelMe(path) => vec![path],
            MaskFiles::Pair { disc, cup } => std::iter::once(disc).chain(cup).map(PathBuf::as_path).collect(),
            MaskFiles::Contours { disc, cup } => disc.iter().chain(cup).map(PathBuf::as_path).collect(),
        }
    }

    /// The files below the folder of the data, for the manifest hash.
    pub(super) fn shown(&self, root: &Path) -> String {
        let names =
            self.paths().into_iter().map(|path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned());
        names.collect::<Vec<_>>().join("|")
    }

    /// Reads the mask of a photograph of `size`, height and width.
    ///
    /// # Errors
    /// If a file is missing, damaged, of another size, or holds no disc.
    pub fn read(&self, size: [usize; 2]) -> Result<DiscMask, MaskError> {
        let tissue = match self {
            MaskFiles::Grey { path, levels } => {
                let grey = grey(path, size)?;
                if let Some(&level) = grey.first().filter(|&&first| first > 0 && grey.iter().all(|&v| v == first)) {
                    return Err(form(path, format!("every pixel has the grey level {level}: no disc is outlined")));
                }
                levels.sort(&grey).map_err(|what| form(path, what))?
            }
            MaskFiles::Pair { disc, cup } => {
                let cup = cup.as_ref().map(|path| inside(path, size)).transpose()?;
                merged(&inside(disc, size)?, cup.as_deref())
            }
            MaskFiles::Contours { disc, cup } => merged(&agreed(disc, size)?, Some(&agreed(cup, size)?)),
            MaskFiles::LabelMe(path) => {
                let [disc, cup] = labelme::read(&bytes(path)?, path, size)?;
                merged(&disc, Some(&cup))
            }
        };
        let first = || self.paths().first().map(|path| path.to_path_buf()).unwrap_or_default();
        let mask = DiscMask::new(size[1], size[0], tissue).map_err(|error| form(&first(), error.to_string()))?;
        if mask.is_empty() { Err(MaskError::Empty { path: first() }) } else { Ok(mask) }
    }
}

fn form(path: &Path, what: impl Into<String>) -> MaskError {
    MaskError::Form { path: path.to_owned(), what: what.into() }
}

fn bytes(path: &Path) -> Result<Vec<u8>, MaskError> {
    heatlens_files::read(path, Kind::Photograph).map_err(|source| MaskError::Read { path: path.to_owned(), source })
}

/// The grey levels of a picture of the right size.
fn grey(path: &Path, wanted: [usize; 2]) -> Result<Vec<u8>, MaskError> {
    let decoded = heatlens_imaging::decode(&bytes(path)?, &DecodeLimits::default());
    let picture: Picture = decoded.map_err(|source| MaskError::Decode { path: path.to_owned(), source })?;
    let got = [picture.height, picture.width];
    if got != wanted {
        return Err(MaskError::Size { path: path.to_owned(), got, wanted });
    }
    // Chroma of a compressed grey picture strays by a few levels.
    if picture.rgb.chunks_exact(3).any(|p| p[0].abs_diff(p[1]) > 16 || p[1].abs_diff(p[2]) > 16) {
        return Err(form(path, "it is in colour; a mask tells background, rim and cup by grey levels"));
    }
    Ok(picture.rgb.chunks_exact(3).map(|p| p[1]).collect())
}

/// What is bright: at least half of 255, or 1 where there is nothing above 1.
fn inside(path: &Path, size: [usize; 2]) -> Result<Vec<bool>, MaskError> {
    let grey = grey(path, size)?;
    let threshold = if grey.iter().all(|&v| v <= 1) { 1 } else { 128 };
    Ok(grey.iter().map(|&v| v >= threshold).collect())
}

/// What at least half of the experts outlined.
fn agreed(paths: &[PathBuf], size: [usize; 2]) -> Result<Vec<bool>, MaskError> {
    let mut votes = vec![0usize; size[0] * size[1]];
    for path in paths {
        let corners = polygon::read(&bytes(path)?).map_err(|what| form(path, what))?;
        polygon::fill(&corners, size)
            .into_iter()
            .zip(&mut votes)
            .for_each(|(inside, vote)| *vote += usize::from(inside));
    }
    Ok(votes.into_iter().map(|v| v > 0 && 2 * v >= paths.len()).collect())
}

/// A cup belongs to the disc even where its outline strays out of it.
fn merged(disc: &[bool], cup: Option<&[bool]>) -> Vec<Tissue> {
    let in_cup = |i: usize| cup.is_some_and(|cup| cup[i]);
    let value = |(i, &disc): (usize, &bool)| match (in_cup(i), disc) {
        (true, _) => Tissue::Cup,
        (false, true) => Tissue::Rim,
        (false, false) => Tissue::Background,
    };
    disc.iter().enumerate().map(value).collect()
}

#[cfg(test)]
mod tests {
    use heatlens_imaging::encode_png;

    use super::*;
    use crate::data::layouts::testing::{Example, SIZE};

    fn said(example: &Example, name: &str) -> String {
        let mask = MaskFiles::Grey { path: example.path().join(name), levels: Levels::Auto };
        mask.read(SIZE).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_mask_is_told() {
        let coloured = encode_png(&Picture { width: 8, height: 6, rgb: [200, 0, 0].repeat(48) }).unwrap();
        let small = encode_png(&Picture { width: 4, height: 3, rgb: vec![255; 36] }).unwrap();
        let example = Example::new()
            .mask("empty.png", [0, 0, 0])
            .mask("white.png", [255, 255, 255])
            .mask("full.png", [1, 1, 1])
            .bytes("small.png", &small)
            .bytes("coloured.png", &coloured)
            .bytes("cut.png", &small[..small.len() / 2])
            .text("no.png", "");
        assert!(said(&example, "empty.png").contains("is empty: no pixel belongs to the disc"));
        assert!(said(&example, "white.png").contains("every pixel has the grey level 255: no disc is outlined"));
        assert!(said(&example, "full.png").contains("every pixel has the grey level 1: no disc is outlined"));
        assert!(said(&example, "small.png").contains("has 4×3 pixels, its photograph 8×6"));
        assert!(said(&example, "coloured.png").contains("in colour"));
        assert!(said(&example, "cut.png").contains("cut.png"));
        assert!(said(&example, "no.png").contains("0 bytes"));
        assert!(said(&example, "gone.png").contains("cannot read the mask"));
    }

    #[test]
    fn a_cup_outside_its_disc_is_disc_all_the_same() {
        assert_eq!(merged(&[false, true, true], Some(&[true, true, false])), [Tissue::Cup, Tissue::Cup, Tissue::Rim]);
        assert_eq!(merged(&[false, true], None), [Tissue::Background, Tissue::Rim]);
    }
}
