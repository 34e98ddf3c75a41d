use super::{Card, How, Need, Recipe, gradcam_plus_plus};
use crate::{Combine, Scale};

/// The product over layers of finished GradCAM++ maps. Where one layer is given, or none, the last
/// of each resolution from the stride of 8 on is taken.
pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "refinecam",
        title: "RefineCAM",
        summary: "the product of GradCAM++ maps at several layers: the late ones say where, the early ones how far",
        advice: "Sharper outlines than a late layer gives alone. Where early layers see little of the finding, the \
            product shrinks to their texture.",
        paper: "arXiv 2605.14641",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Finished,
    },
    how: How::Layers(&gradcam_plus_plus::RECIPE, Combine::Product),
};
