use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "fem",
    title: "FEM",
    summary: "channels weighted by how much of their area stands out by two standard deviations; asks no gradient and no class",
    paper: "Fuad et al. 2020, IPTA",
    needs: Needs::Activations,
};

/// `w_k` = the fraction of cells with `A_k > μ_k + 2σ_k`, `L = Σ_k w_k A_k`.
pub(super) struct Fem;

impl Cam for Fem {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        super::weighted_channels(evidence, |activation, _| {
            let cells = activation.len() as f32;
            let mean = activation.iter().sum::<f32>() / cells;
            let deviation = (activation.iter().map(|a| (a - mean).powi(2)).sum::<f32>() / cells).sqrt();
            activation.iter().filter(|&&a| a > mean + 2.0 * deviation).count() as f32 / cells
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;

    #[test]
    fn channels_without_outliers_have_no_weight() {
        assert_eq!(Method::Fem.map(&two_channels()).values, [0.0, 0.0]);
    }
}
