use super::factorisation::factorise;
use super::principal::Matrix;
use super::{Card, How, Need, Recipe};
use crate::passes::{Lab, Trial};
use crate::{Map, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "dff",
        title: "Deep feature factorisation",
        summary: "the layer's activations as five concepts, each a pattern of channels with a place, and the score \
            that each would have by itself",
        advice: "What the network tells apart in an image before it decides. Concepts are found without the class; \
            the score beside each says which class it speaks for.",
        paper: "Collins et al. 2018, arXiv 1806.10206",
        needs: &[Need::Activations, Need::TailRuns],
        scale: Scale::Positive,
    },
    how: How::Concepts(concepts),
};

const CONCEPTS: usize = 5;

/// `A − min_cells A ≈ W H`, W and H without negative values; the map of concept j is H_j with its
/// largest value 1, its score that of a layer output whose cells all hold `W_j + min_cells A`. The
/// weightiest concept comes first.
fn concepts(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<(Map, f32)> {
    let activations = trial.evidence.activations();
    let cells = activations.cells();
    let offsets: Vec<f32> =
        activations.iter().map(|channel| channel.iter().copied().fold(f32::INFINITY, f32::min)).collect();
    let lifted = activations.iter().zip(&offsets).flat_map(|(channel, offset)| channel.iter().map(move |a| a - offset));
    let factors = factorise(&Matrix::new(lifted, cells), CONCEPTS);
    let scores = lab.tail_scores(trial, factors.len(), |j, output| {
        for ((channel, weight), offset) in output.chunks_exact_mut(cells).zip(&factors[j].pattern).zip(&offsets) {
            channel.fill(*weight as f32 + offset);
        }
    });
    let map =
        |place: &[f64]| Map::new(activations.height, activations.width, place.iter().map(|&v| v as f32).collect());
    factors.iter().zip(scores).map(|(factor, score)| (map(&factor.place), score)).collect()
}
