//! The outline of the target structure, pixel by pixel.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// What a pixel of a mask shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tissue {
    /// Anything but the disc.
    Background,
    /// In the disc, outside the cup; the whole disc where the cup is not outlined.
    Rim,
    /// In the cup.
    Cup,
}

/// Where a mask came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskSource {
    /// The data set or the caller brought it.
    Given,
    /// A segmenter that the user named.
    OwnSegmenter,
    /// The segmenter that comes along.
    Shipped,
    /// A rule about brightness, without a network.
    Classical,
}

impl MaskSource {
    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            MaskSource::Given => "given",
            MaskSource::OwnSegmenter => "own_segmenter",
            MaskSource::Shipped => "shipped_segmenter",
            MaskSource::Classical => "classical",
        }
    }
}

/// A mask whose pixels do not make a rectangle, or one of another size than its photograph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the mask is {mask:?} pixels (width, height) where {expected:?} are needed: a mask lies on its own photograph, \
     pixel by pixel"
)]
pub struct MaskSize {
    /// Width and height of the mask.
    pub mask: [usize; 2],
    /// Width and height asked for.
    pub expected: [usize; 2],
}

/// Disc and cup of a photograph, in its own pixels. Cloning is cheap.
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
    /// [`MaskSize`] where their number is another, or there is none.
    pub fn new(width: usize, height: usize, tissue: Vec<Tissue>) -> Result<DiscMask, MaskSize> {
        if width == 0 || height == 0 || width.checked_mul(height) != Some(tissue.len()) {
            return Err(MaskSize { mask: [tissue.len(), 1], expected: [width, height] });
        }
        Ok(DiscMask { width, height, tissue: Arc::new(tissue) })
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

    /// Whether a cup is outlined.
    pub fn has_cup(&self) -> bool {
        self.tissue.contains(&Tissue::Cup)
    }

    /// Whether no pixel belongs to the disc.
    pub fn is_empty(&self) -> bool {
        self.tissue.iter().all(|&tissue| tissue == Tissue::Background)
    }

    /// # Errors
    /// [`MaskSize`] where the mask is not of this width and height.
    pub fn check_size(&self, expected: [usize; 2]) -> Result<(), MaskSize> {
        if self.size() != expected {
            return Err(MaskSize { mask: self.size(), expected });
        }
        Ok(())
    }

    /// In grey levels: 0 background, 128 rim, 255 cup.
    pub fn to_levels(&self) -> Vec<u8> {
        self.tissue.iter().map(|t| [0, 128, 255][*t as usize]).collect()
    }

    /// Left, top, right and bottom of what is not background; none where all is.
    pub fn bounds(&self) -> Option<[usize; 4]> {
        let mut found: Option<[usize; 4]> = None;
        for (y, row) in self.tissue.chunks_exact(self.width).enumerate() {
            let Some(left) = row.iter().position(|&t| t != Tissue::Background) else { continue };
            let right = self.width - row.iter().rev().position(|&t| t != Tissue::Background).unwrap_or(0);
            let [l, t, r, _] = found.unwrap_or([left, y, right, y]);
            found = Some([l.min(left), t, r.max(right), y + 1]);
        }
        found
    }
}

impl fmt::Debug for DiscMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |tissue| self.tissue.iter().filter(|&&t| t == tissue).count();
        let (rim, cup) = (count(Tissue::Rim), count(Tissue::Cup));
        write!(f, "DiscMask({}×{}, {rim} pixels of rim, {cup} of cup)", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_knows_its_bounds_and_refuses_another_size() {
        let mut tissue = vec![Tissue::Background; 30];
        for y in 1..4 {
            tissue[y * 6 + 2..y * 6 + 5].fill(Tissue::Rim);
        }
        tissue[2 * 6 + 3] = Tissue::Cup;
        let mask = DiscMask::new(6, 5, tissue).unwrap();
        assert_eq!(mask.bounds(), Some([2, 1, 5, 4]));
        assert!(mask.has_cup() && !mask.is_empty());
        assert_eq!(
            [mask.at([3.5, 2.5]), mask.at([-0.1, 2.0]), mask.at([6.0, 2.0])],
            [Tissue::Cup, Tissue::Background, Tissue::Background]
        );
        assert_eq!(mask.check_size([5, 6]), Err(MaskSize { mask: [6, 5], expected: [5, 6] }));
        assert!(DiscMask::new(6, 5, vec![Tissue::Cup; 29]).is_err());
        assert!(DiscMask::new(0, 5, Vec::new()).is_err());
    }
}
