//! Why a metric has no value.

/// A metric that cannot be had. It is never replaced by a score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// Map and mask, or two maps, of different sizes.
    #[error("the map has {map} cells and what it is compared with {other}: bring both to one size first")]
    Sizes {
        /// Cells of the map.
        map: usize,
        /// Cells of the mask or the other map.
        other: usize,
    },
    /// A map or an image with a value that is not a number.
    #[error(
        "the map holds NaN or infinite values and means nothing: explain the image by its logit, or with another method"
    )]
    NotFinite,
    /// A mask without a single cell.
    #[error("the mask is empty: leave the image out, or check that the mask belongs to it")]
    EmptyMask,
    /// A mask of every cell.
    #[error("the mask covers the whole image, so every map would lie inside: check that the mask's background is 0")]
    FullMask,
    /// A map in which nothing is positive.
    #[error("nothing in the map is positive, so it has nothing that could lie anywhere")]
    EmptyMap,
    /// A map of one value.
    #[error("the map has the same value everywhere, which leaves nothing to compare")]
    ConstantMap,
    /// A network whose score is not a number for a changed image.
    #[error("the network's score of a changed image is not finite: its weights overflow")]
    ScoreNotFinite,
    /// A score that does not change, whatever is done to the image.
    #[error("the network's score is 0, or the same whatever is removed from the image")]
    ConstantScore,
    /// No mask to compare with.
    #[error("there is no mask of this image")]
    NeedsMask,
    /// Only a tensor, no photograph to change.
    #[error("only a preprocessed tensor is there: give the photograph and its preprocessing")]
    NeedsPhotograph,
    /// A map that no method made, or made only once.
    #[error("the map is not computed from the image, so it cannot be computed from a changed one")]
    NotExplained,
    /// A map smaller than a window.
    #[error("the map is {height}×{width}; at least {side}×{side} cells are needed")]
    TooSmall {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Rows and columns needed.
        side: usize,
    },
}
