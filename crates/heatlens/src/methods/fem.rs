use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "fem",
        title: "FEM",
        summary: "channels weighted by how much of their area stands out by two standard deviations; asks no gradient \
            and no class",
        advice: "A quick look at what stands out, without a gradient. The same map for every class.",
        paper: "Fuad et al. 2020, IPTA",
        needs: &[Need::Activations],
        scale: Scale::Positive,
    },
    how: How::Weights(weights),
};

/// `w_k` = the fraction of cells with `A_k > μ_k + 2σ_k`, `L = Σ_k w_k A_k`.
fn weights(evidence: &Evidence<'_>) -> Vec<f32> {
    let weight = |activation: &[f32]| {
        let cells = activation.len() as f32;
        let mean = activation.iter().sum::<f32>() / cells;
        let deviation = (activation.iter().map(|a| (a - mean).powi(2)).sum::<f32>() / cells).sqrt();
        activation.iter().filter(|&&a| a > mean + 2.0 * deviation).count() as f32 / cells
    };
    evidence.activations().iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::of_two_channels;

    #[test]
    fn channels_without_outliers_have_no_weight() {
        assert_eq!(of_two_channels(Method::Fem), [0.0, 0.0]);
    }
}
