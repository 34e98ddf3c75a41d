//! Changed images, and the way back for their maps.

use super::{brightness, flip, jpeg, max_sensitivity, shift};
use crate::Map;
use crate::metrics::MetricError;
use crate::metrics::trial::Case;

/// A kind of change. Metrics of the same kind share the maps of the changed images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Noise,
    Jpeg,
    Brightness,
    Shift,
    Flip,
}

/// A changed image, and what was done to it.
pub(crate) struct Changed {
    /// Its values, channels first.
    pub image: Vec<f32>,
    pub moved: Moved,
}

/// Where the content of the image went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    Nowhere,
    /// To the right by so many columns, or to the left if negative.
    Columns(isize),
    Mirrored,
}

/// The map of an image and that of a changed one, brought back; both cut to what both show.
pub(crate) struct Pair {
    pub original: Map,
    pub changed: Map,
    /// The distance between the smallest and the largest value that a map can have.
    pub range: f64,
}

impl Change {
    /// Changed images of this kind.
    pub fn images(self, case: &Case<'_>) -> Result<Vec<Changed>, MetricError> {
        match self {
            Change::Noise => Ok(max_sensitivity::images(case)),
            Change::Jpeg => jpeg::images(case),
            Change::Brightness => brightness::images(case),
            Change::Shift => Ok(shift::images(case)),
            Change::Flip => Ok(flip::images(case)),
        }
    }
}

impl Moved {
    /// The image of `[height, width]` channels, moved; what comes in at an edge is what lies there.
    pub fn image(self, image: &[f32], width: usize) -> Vec<f32> {
        let from = |x: usize| match self {
            Moved::Nowhere => x,
            Moved::Columns(by) => x.saturating_add_signed(-by).min(width - 1),
            Moved::Mirrored => width - 1 - x,
        };
        image.chunks_exact(width).flat_map(|row| (0..width).map(move |x| row[from(x)])).collect()
    }

    /// The map of the changed image beside that of the original.
    pub fn pair(self, original: &Map, changed: &Map, range: f64) -> Pair {
        let width = original.width;
        let (kept, back) = match self {
            Moved::Nowhere => (0..width, 0..width),
            Moved::Mirrored => {
                let mirrored = Map { values: self.image(&changed.values, width), ..*changed };
                return Pair { original: original.clone(), changed: mirrored, range };
            }
            Moved::Columns(by) => {
                let (by, rest) = (by.unsigned_abs().min(width), width - by.unsigned_abs().min(width));
                if self == Moved::Columns(by as isize) { (0..rest, by..width) } else { (by..width, 0..rest) }
            }
        };
        let cut = |map: &Map, columns: std::ops::Range<usize>| {
            let values = map.values.chunks_exact(map.width).flat_map(|row| row[columns.clone()].to_vec()).collect();
            Map::new(map.height, columns.len(), values)
        };
        Pair { original: cut(original, kept), changed: cut(changed, back), range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_moves_with_the_image_comes_back() {
        let map = Map::new(2, 4, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        for moved in [Moved::Nowhere, Moved::Columns(1), Moved::Columns(-2), Moved::Mirrored] {
            let changed = Map::new(2, 4, moved.image(&map.values, 4));
            let pair = moved.pair(&map, &changed, 1.0);
            assert_eq!(pair.original, pair.changed, "{moved:?}");
        }
        assert_eq!(Moved::Columns(1).image(&map.values, 4)[..4], [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(Moved::Columns(1).pair(&map, &map, 1.0).original.values[..3], [1.0, 2.0, 3.0]);
    }
}
