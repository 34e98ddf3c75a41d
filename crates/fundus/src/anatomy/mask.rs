//! Masks of disc and cup, in the conventions of the data sets.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use heatlens_imaging::Picture;

use super::AnatomyError;
use super::bits::Bits;

/// What a pixel of a mask shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tissue {
    /// Anything but the disc.
    Background,
    /// The neuroretinal rim.
    Rim,
    /// The cup.
    Cup,
}

/// How a mask is written in grey levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskConvention {
    /// 0 background, 128 rim, 255 cup.
    Rising,
    /// 0 cup, 128 rim, 255 background, as REFUGE writes it.
    Refuge,
    /// 0 background, 1 rim, 2 cup, as ORIGA writes it.
    Indexed,
    /// 0 background, 255 disc; the cup is not marked, or in a file of its own.
    Binary,
}

impl MaskConvention {
    /// Every convention.
    pub const ALL: [MaskConvention; 4] =
        [MaskConvention::Rising, MaskConvention::Refuge, MaskConvention::Indexed, MaskConvention::Binary];

    /// As written in manifests.
    pub fn name(self) -> &'static str {
        match self {
            MaskConvention::Rising => "rising",
            MaskConvention::Refuge => "refuge",
            MaskConvention::Indexed => "indexed",
            MaskConvention::Binary => "binary",
        }
    }

    /// The convention in words.
    pub fn words(self) -> &'static str {
        match self {
            MaskConvention::Rising => "rising (0 background, 128 rim, 255 cup)",
            MaskConvention::Refuge => "refuge (0 cup, 128 rim, 255 background)",
            MaskConvention::Indexed => "indexed (0 background, 1 rim, 2 cup)",
            MaskConvention::Binary => "binary (0 background, 255 disc)",
        }
    }

    fn tissue(self, level: u8) -> Option<Tissue> {
        use Tissue::{Background, Cup, Rim};
        Some(match (self, level) {
            (MaskConvention::Rising, 0)
            | (MaskConvention::Refuge, 255)
            | (MaskConvention::Indexed | MaskConvention::Binary, 0) => Background,
            (MaskConvention::Rising | MaskConvention::Refuge, 127 | 128) | (MaskConvention::Indexed, 1) => Rim,
            (MaskConvention::Rising, 255) | (MaskConvention::Refuge, 0) | (MaskConvention::Indexed, 2) => Cup,
            (MaskConvention::Binary, 1 | 255) => Rim,
            _ => return None,
        })
    }

    /// The convention that explains every level, with the background along the picture's border.
    ///
    /// # Errors
    /// [`AnatomyError::AmbiguousMask`] where none does.
    pub fn guess(levels: &[u8], width: usize) -> Result<MaskConvention, AnatomyError> {
        let found = present(levels);
        let rows = levels.chunks_exact(width.max(1));
        let last = rows.len().saturating_sub(1);
        let border: Vec<u8> = rows
            .enumerate()
            .flat_map(|(y, row)| if y == 0 || y == last { row.to_vec() } else { vec![row[0], row[row.len() - 1]] })
            .collect();
        let mostly = |level: u8| 2 * border.iter().filter(|&&l| l == level).count() > border.len();
        let only = |levels: &[u8]| found.iter().all(|l| levels.contains(l));
        let has = |level: u8| found.contains(&level);
        match () {
            () if only(&[0, 1, 2]) && has(2) && mostly(0) => Ok(MaskConvention::Indexed),
            () if (only(&[0, 255]) || only(&[0, 1])) && mostly(0) => Ok(MaskConvention::Binary),
            () if only(&[0, 127, 128, 255]) && mostly(0) => Ok(MaskConvention::Rising),
            () if only(&[0, 127, 128, 255]) && mostly(255) => Ok(MaskConvention::Refuge),
            () => Err(AnatomyError::AmbiguousMask {
                found: list(&found),
                known: MaskConvention::ALL.map(MaskConvention::name).join(", "),
            }),
        }
    }
}

impl fmt::Display for MaskConvention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MaskConvention {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = || {
            format!(
                "unknown mask convention `{text}`; known: {}",
                MaskConvention::ALL.map(MaskConvention::name).join(", ")
            )
        };
        MaskConvention::ALL.into_iter().find(|c| c.name() == text).ok_or_else(known)
    }
}

fn present(levels: &[u8]) -> Vec<u8> {
    let mut seen = [false; 256];
    levels.iter().for_each(|&l| seen[usize::from(l)] = true);
    (0..=255u8).filter(|&l| seen[usize::from(l)]).collect()
}

fn list(levels: &[u8]) -> String {
    let shown: Vec<String> = levels.iter().take(8).map(u8::to_string).collect();
    format!("{}{}", shown.join(", "), if levels.len() > 8 { " …" } else { "" })
}

/// What each pixel of a photograph shows. Cloning is cheap.
#[derive(Clone, PartialEq)]
pub struct DiscMask {
    width: usize,
    height: usize,
    tissue: Arc<Vec<Tissue>>,
}

impl DiscMask {
    /// A mask from `height`×`width` pixels, row by row.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`] where their number is another.
    pub fn new(width: usize, height: usize, tissue: Vec<Tissue>) -> Result<DiscMask, AnatomyError> {
        if width == 0 || height == 0 || width.checked_mul(height) != Some(tissue.len()) {
            return Err(AnatomyError::MaskSize { mask: [tissue.len(), 1], expected: [width, height] });
        }
        Ok(DiscMask { width, height, tissue: Arc::new(tissue) })
    }

    /// A mask from grey levels, row by row; the convention is guessed where none is named.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`], [`AnatomyError::AmbiguousMask`], [`AnatomyError::UnknownLevel`];
    /// [`AnatomyError::EmptyMask`] where no pixel is disc.
    pub fn from_levels(
        levels: &[u8],
        width: usize,
        height: usize,
        convention: Option<MaskConvention>,
    ) -> Result<DiscMask, AnatomyError> {
        if width == 0 || height == 0 || width.checked_mul(height) != Some(levels.len()) {
            return Err(AnatomyError::MaskSize { mask: [levels.len(), 1], expected: [width, height] });
        }
        let convention = match convention {
            Some(convention) => convention,
            None => MaskConvention::guess(levels, width)?,
        };
        let name = convention.words();
        let read = |(i, &level): (usize, &u8)| {
            let unknown = AnatomyError::UnknownLevel { level, x: i % width, y: i / width, convention: name };
            convention.tissue(level).ok_or(unknown)
        };
        let tissue: Vec<Tissue> = levels.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        if tissue.iter().all(|&t| t == Tissue::Background) {
            return Err(AnatomyError::EmptyMask {
                found: format!("its grey levels are {}", list(&present(levels))),
                convention: name,
            });
        }
        DiscMask::new(width, height, tissue)
    }

    /// A mask from a decoded picture in shades of grey.
    ///
    /// # Errors
    /// [`AnatomyError::NotGrey`] for a coloured picture; else as [`DiscMask::from_levels`].
    pub fn from_picture(picture: &Picture, convention: Option<MaskConvention>) -> Result<DiscMask, AnatomyError> {
        DiscMask::from_levels(&grey(picture)?, picture.width, picture.height, convention)
    }

    /// A mask from two pictures, one of the disc and one of the cup, set where brighter than half
    /// of full scale (of 1 where nothing is brighter than 1). Soft maps, the agreement of several
    /// experts, become a majority. What is cup is disc.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`], [`AnatomyError::NotGrey`], [`AnatomyError::EmptyMask`].
    pub fn from_pair(disc: &Picture, cup: Option<&Picture>) -> Result<DiscMask, AnatomyError> {
        let expected = [disc.width, disc.height];
        let set = |picture: &Picture| -> Result<Vec<bool>, AnatomyError> {
            if [picture.width, picture.height] != expected {
                return Err(AnatomyError::MaskSize { mask: [picture.width, picture.height], expected });
            }
            let levels = grey(picture)?;
            let threshold = if levels.iter().all(|&l| l <= 1) { 1 } else { 128 };
            Ok(levels.iter().map(|&l| l >= threshold).collect())
        };
        DiscMask::joined(expected, &set(disc)?, cup.map(set).transpose()?.as_deref(), MaskConvention::Binary.words())
    }

    /// A mask from contours: corners of polygons in the photograph's pixels, the last joined to the
    /// first, as PAPILA and LabelMe write them. A pixel is inside where its centre is.
    ///
    /// # Errors
    /// [`AnatomyError::EmptyMask`] where no pixel is inside; [`AnatomyError::MaskSize`] for a
    /// photograph without pixels.
    pub fn from_contours(
        [width, height]: [usize; 2],
        disc: &[[f64; 2]],
        cup: Option<&[[f64; 2]]>,
    ) -> Result<DiscMask, AnatomyError> {
        let fill = |contour: &[[f64; 2]]| fill(width, height, contour);
        DiscMask::joined(
            [width, height],
            &fill(disc),
            cup.map(fill).as_deref(),
            "contours, x and y in pixels of the photograph",
        )
    }

    /// What is cup is disc.
    fn joined(
        [width, height]: [usize; 2],
        disc: &[bool],
        cup: Option<&[bool]>,
        convention: &'static str,
    ) -> Result<DiscMask, AnatomyError> {
        let tissue = (0..disc.len()).map(|i| match (disc[i], cup.is_some_and(|c| c[i])) {
            (_, true) => Tissue::Cup,
            (true, false) => Tissue::Rim,
            (false, false) => Tissue::Background,
        });
        let tissue: Vec<Tissue> = tissue.collect();
        if tissue.iter().all(|&t| t == Tissue::Background) {
            return Err(AnatomyError::EmptyMask { found: "nothing is inside".to_owned(), convention });
        }
        DiscMask::new(width, height, tissue)
    }

    /// Width and height.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Row by row.
    pub fn tissue(&self) -> &[Tissue] {
        &self.tissue
    }

    /// The tissue at a point in edge coordinates; background beyond the mask.
    pub fn at(&self, [x, y]: [f64; 2]) -> Tissue {
        if !(0.0..self.width as f64).contains(&x) || !(0.0..self.height as f64).contains(&y) {
            return Tissue::Background;
        }
        self.tissue[y as usize * self.width + x as usize]
    }

    /// # Errors
    /// [`AnatomyError::MaskSize`] where the mask is not of this width and height.
    pub fn check_size(&self, expected: [usize; 2]) -> Result<(), AnatomyError> {
        if self.size() != expected {
            return Err(AnatomyError::MaskSize { mask: self.size(), expected });
        }
        Ok(())
    }

    /// In grey levels: 0 background, 128 rim, 255 cup.
    pub fn to_levels(&self) -> Vec<u8> {
        self.tissue.iter().map(|t| [0, 128, 255][*t as usize]).collect()
    }

    /// Left, top, right and bottom of what is not background; none where all is.
    pub(crate) fn bounds(&self) -> Option<[usize; 4]> {
        let mut found: Option<[usize; 4]> = None;
        for (y, row) in self.tissue.chunks_exact(self.width).enumerate() {
            let Some(left) = row.iter().position(|&t| t != Tissue::Background) else { continue };
            let right = self.width - row.iter().rev().position(|&t| t != Tissue::Background).unwrap_or(0);
            let [l, t, r, _] = found.unwrap_or([left, y, right, y]);
            found = Some([l.min(left), t, r.max(right), y + 1]);
        }
        found
    }

    /// The pixels within `bounds` that are at least `tissue`: the disc for [`Tissue::Rim`].
    pub(crate) fn bits(&self, tissue: Tissue, [left, top, right, bottom]: [usize; 4]) -> Bits {
        let rows = self.tissue.chunks_exact(self.width).take(bottom).skip(top);
        Bits::new(
            right - left,
            bottom - top,
            rows.flat_map(|row| row[left..right].iter().map(|&t| t >= tissue)).collect(),
        )
    }
}

impl fmt::Debug for DiscMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |tissue| self.tissue.iter().filter(|&&t| t == tissue).count();
        write!(
            f,
            "DiscMask({}×{}, {} pixels of rim, {} of cup)",
            self.width,
            self.height,
            count(Tissue::Rim),
            count(Tissue::Cup)
        )
    }
}

/// The even-odd rule at the centres of pixels.
fn fill(width: usize, height: usize, contour: &[[f64; 2]]) -> Vec<bool> {
    let mut inside = vec![false; width * height];
    let mut crossings = Vec::new();
    for (y, row) in inside.chunks_exact_mut(width.max(1)).enumerate() {
        let at = y as f64 + 0.5;
        crossings.clear();
        for (i, a) in contour.iter().enumerate() {
            let b = &contour[(i + 1) % contour.len()];
            if (a[1] <= at) != (b[1] <= at) {
                crossings.push(a[0] + (at - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            // Casts saturate, so contours may lie anywhere; NaN becomes 0.
            let [from, to] = [pair[0], pair[1]].map(|x| ((x - 0.5).ceil().max(0.0) as usize).min(width));
            row[from..to.max(from)].fill(true);
        }
    }
    inside
}

fn grey(picture: &Picture) -> Result<Vec<u8>, AnatomyError> {
    let coloured = picture.rgb.chunks_exact(3).position(|p| p[0] != p[1] || p[1] != p[2]);
    match coloured {
        Some(i) => Err(AnatomyError::NotGrey { x: i % picture.width, y: i / picture.width }),
        None => Ok(picture.rgb.iter().step_by(3).copied().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 6×5 mask: background `b`, a rim `r` of 3×3 around one pixel of cup `c`.
    fn levels(b: u8, r: u8, c: u8) -> Vec<u8> {
        let mut out = vec![b; 30];
        for y in 1..4 {
            out[y * 6 + 2..y * 6 + 5].fill(r);
        }
        out[2 * 6 + 3] = c;
        out
    }

    #[test]
    fn every_convention_is_guessed_and_read_alike() {
        let rising = DiscMask::from_levels(&levels(0, 128, 255), 6, 5, None).unwrap();
        for (grey, convention) in [
            (levels(0, 127, 255), MaskConvention::Rising),
            (levels(255, 128, 0), MaskConvention::Refuge),
            (levels(0, 1, 2), MaskConvention::Indexed),
        ] {
            assert_eq!(MaskConvention::guess(&grey, 6).unwrap(), convention);
            assert_eq!(DiscMask::from_levels(&grey, 6, 5, None).unwrap(), rising);
            assert_eq!(convention.name().parse(), Ok(convention));
        }
        assert_eq!(rising.to_levels(), levels(0, 128, 255));
        let binary = DiscMask::from_levels(&levels(0, 255, 255), 6, 5, None).unwrap();
        assert_eq!(binary.tissue().iter().filter(|&&t| t == Tissue::Rim).count(), 9);
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        let error = |levels: &[u8], convention| DiscMask::from_levels(levels, 6, 5, convention).unwrap_err();
        assert!(matches!(error(&[0; 30], None), AnatomyError::EmptyMask { .. }));
        assert!(matches!(error(&levels(0, 128, 17), None), AnatomyError::AmbiguousMask { .. }));
        assert!(matches!(
            error(&levels(0, 128, 17), Some(MaskConvention::Rising)),
            AnatomyError::UnknownLevel { level: 17, x: 3, y: 2, .. }
        ));
        assert!(matches!(error(&[0; 29], None), AnatomyError::MaskSize { .. }));
        assert!(matches!(error(&[255; 30], Some(MaskConvention::Refuge)), AnatomyError::EmptyMask { .. }));
    }

    #[test]
    fn contours() {
        let disc = [[2.0, 1.0], [5.0, 1.0], [5.0, 4.0], [2.0, 4.0]];
        let cup = [[3.4, 2.4], [3.6, 2.4], [3.6, 2.6], [3.4, 2.6]];
        assert_eq!(
            DiscMask::from_contours([6, 5], &disc, Some(&cup)).unwrap(),
            DiscMask::from_levels(&levels(0, 128, 255), 6, 5, None).unwrap()
        );
        let triangle = DiscMask::from_contours([40, 40], &[[-10.0, 0.0], [30.0, 0.0], [-10.0, 40.0]], None).unwrap();
        // What of the half square lies in the picture: a triangle with legs of 30.
        let area = triangle.tissue().iter().filter(|&&t| t == Tissue::Rim).count();
        assert!((435..=465).contains(&area), "{area}");
        assert!(matches!(DiscMask::from_contours([6, 5], &[], None), Err(AnatomyError::EmptyMask { .. })));
        assert!(
            DiscMask::from_contours([6, 5], &[[f64::NAN; 2], [f64::INFINITY, 3.0], [1.0, f64::NEG_INFINITY]], None)
                .is_err()
        );
    }

    #[test]
    fn pairs_of_pictures() {
        let picture =
            |levels: Vec<u8>| Picture { width: 6, height: 5, rgb: levels.iter().flat_map(|&l| [l; 3]).collect() };
        let both = DiscMask::from_pair(&picture(levels(0, 200, 255)), Some(&picture(levels(0, 100, 255)))).unwrap();
        assert_eq!(both, DiscMask::from_levels(&levels(0, 128, 255), 6, 5, None).unwrap());
        let ones = DiscMask::from_pair(&picture(levels(0, 1, 1)), None).unwrap();
        assert_eq!(ones.tissue().iter().filter(|&&t| t == Tissue::Rim).count(), 9);
        let mut coloured = picture(levels(0, 128, 255));
        coloured.rgb[40] = 9;
        assert!(matches!(DiscMask::from_picture(&coloured, None), Err(AnatomyError::NotGrey { x: 1, y: 2 })));
    }
}
