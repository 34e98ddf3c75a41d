use super::{Card, How, Need, Recipe};
use crate::{Evidence, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "cam",
        title: "CAM",
        summary: "Σₖ W_ck·Aₖ: the linear head applied at each cell; the cells' mean is the logit, the bias left aside",
        advice: "The original, exact where it is defined: a head of global average pooling and one linear layer. \
            GradCAM is the same up to a factor there.",
        paper: "Zhou et al. 2016, arXiv 1512.04150",
        needs: &[Need::Activations, Need::Gradients, Need::LinearHead],
        scale: Scale::Positive,
    },
    how: How::Weights(weights),
};

/// `w_k = W_ck`, the weights of the linear head. Its gradient is `W_ck / Z` at each of the Z cells,
/// so they sum to it.
fn weights(evidence: &Evidence<'_>) -> Vec<f32> {
    evidence.gradients().iter().map(|gradient| gradient.iter().sum()).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Evidence, Features, Method};

    #[test]
    fn the_mean_of_the_map_is_the_logit() {
        // A head of W = [2, −1] behind the mean of two cells.
        let features = |values| Some(Features { channels: 2, height: 1, width: 2, values });
        let (activations, gradients) = (features(&[1.0, 3.0, 4.0, 0.0]), features(&[1.0, 1.0, -0.5, -0.5]));
        let map = Method::Cam.map(&Evidence { activations, gradients, ..Default::default() }).unwrap();
        assert_eq!(map.values, [2.0 - 4.0, 6.0]);
        assert_eq!(map.values.iter().sum::<f32>() / 2.0, 2.0 * 2.0 - 2.0);
    }
}
