//! How a method is done.

use super::card::Card;
use super::sums::{sum_over_channels, weighted_sum};
use crate::passes::{Lab, Trial};
use crate::{Combine, Evidence, Features, Map};

/// How a method makes its map.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// `Σ_k w_k A_k`, the weights from one pass.
    Weights(fn(&Evidence<'_>) -> Vec<f32>),
    /// The same for a score of its own, whose derivative with respect to the class logits the first
    /// function gives.
    OwnScore(fn(&[f32], usize) -> Vec<f32>, fn(&Evidence<'_>) -> Vec<f32>),
    /// `Σ_k w_k A_k`, the weights from runs of its own.
    TrialWeights(fn(&Trial<'_>, &mut Lab<'_>) -> Vec<f32>),
    /// `Σ_k f(A_k, G_k)` at each cell.
    Cells(fn(f32, f32) -> f32),
    /// Cells of the target layer, otherwise made.
    Cam(fn(&Evidence<'_>) -> Vec<f32>),
    /// Pixels of the image, from one pass, with a look at the target layer.
    LayerPixels(fn(&Evidence<'_>) -> Vec<f32>),
    /// Pixels of the image, from one pass.
    Pixels(fn(&Evidence<'_>) -> Vec<f32>),
    /// Pixels of the image, from runs of its own.
    TrialPixels(fn(&Trial<'_>, &mut Lab<'_>) -> Vec<f32>),
    /// Several maps at the target layer, each with a score.
    Concepts(fn(&Trial<'_>, &mut Lab<'_>) -> Vec<(Map, f32)>),
    /// The finished maps of another method at several layers, put into one.
    Layers(&'static Recipe, Combine),
}

/// A method: what is said of it and how it is done.
pub(crate) struct Recipe {
    pub(crate) card: Card,
    pub(crate) how: How,
}

impl Recipe {
    /// The low-resolution, signed map of a layer method that needs one pass; `None` for others.
    ///
    /// # Panics
    /// If the evidence lacks what the method needs.
    pub(crate) fn map(&self, evidence: &Evidence<'_>) -> Option<Map> {
        let values = match self.how {
            How::Weights(weights) | How::OwnScore(_, weights) => {
                weighted_sum(&weights(evidence), &evidence.activations())
            }
            How::Cells(f) => sum_over_channels(evidence, f),
            How::Cam(map) => map(evidence),
            _ => return None,
        };
        let Features { height, width, .. } = evidence.activations();
        Some(Map::new(height, width, values))
    }
}
