use super::{Cam, Card, Evidence, Needs};

pub(super) const CARD: Card = Card {
    name: "hirescam",
    title: "HiResCAM",
    summary: "Σₖ Gₖ ⊙ Aₖ: what each cell itself adds to the score, to first order",
    paper: "Draelos and Carin 2020, arXiv 2011.08891",
    needs: Needs::Gradients,
};

/// `L = Σₖ Gₖ ⊙ Aₖ`.
pub(super) struct HiResCam;

impl Cam for HiResCam {
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32> {
        super::sum_over_channels(evidence, |activation, gradient| activation * gradient)
    }
}

#[cfg(test)]
mod tests {
    use crate::Method;
    use crate::methods::tests::two_channels;

    #[test]
    fn each_cell_is_weighted_by_its_own_gradient() {
        assert_eq!(Method::HiResCam.map(&two_channels()).values, [1.0 - 10.0, 6.0]);
    }
}
