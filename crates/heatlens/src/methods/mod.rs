//! The methods. One file each: equation, paper, code, tests. The table at the bottom is the only
//! list of them.

mod factorisation;
mod leading;
mod masks;
mod noise;
mod principal;

use crate::explainer::{Lab, Trial};
use crate::{Combine, Evidence, Features, Map, Scale};

/// What the documentation and the command line show of a method.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// How it is asked for.
    pub name: &'static str,
    /// How it is written.
    pub title: &'static str,
    /// What it computes, in a line.
    pub summary: &'static str,
    /// When to use it, and when not.
    pub advice: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// What has to be computed for it.
    pub needs: &'static [Need],
    /// How its maps are finished.
    pub scale: Scale,
}

/// What a method needs of the network. One forward pass serves every method, layer and class of an
/// image; each of these is computed only where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The target layer's output.
    Activations,
    /// The gradient of the score at the target layer: the tail behind it, backwards.
    Gradients,
    /// The derivative of that gradient: the tail twice backwards.
    Curvature,
    /// The gradient at the image: the whole network backwards.
    ImageGradient,
    /// The same with the rule of guided backpropagation.
    GuidedGradient,
    /// The gradient at every layer with a bias, and at the image.
    BiasGradients,
    /// The tail again for changed activations, once a channel; nothing where the tail is affine.
    TailRuns,
    /// The whole network again for changed images.
    Runs,
    /// The whole network again, and back to the target layer.
    GradientRuns,
    /// The whole network again, and back to the image.
    ImageGradientRuns,
    /// A head of global average pooling and one linear layer.
    LinearHead,
}

impl Need {
    /// In words, for the documentation.
    pub fn words(self) -> &'static str {
        match self {
            Need::Activations => "one forward pass",
            Need::Gradients => "the tail backwards, once a class",
            Need::Curvature => "the tail backwards twice, once a class",
            Need::ImageGradient => "the network backwards, once a class",
            Need::GuidedGradient => "the network backwards by the guided rule, once a class",
            Need::BiasGradients => "the network backwards, every layer's gradient kept, once a class",
            Need::TailRuns => "the tail again, once a channel or concept; nothing where it is affine",
            Need::Runs => "many forward passes",
            Need::GradientRuns => "several forward passes and tails backwards",
            Need::ImageGradientRuns => "several forward and backward passes",
            Need::LinearHead => "a head of global average pooling and one linear layer",
        }
    }
}

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
    Layers(Method, Combine),
}

/// A method: what is said of it and how it is done.
pub(crate) struct Recipe {
    pub(crate) card: Card,
    pub(crate) how: How,
}

/// `Σ_k w_k A_k`.
pub(crate) fn weighted_sum(weights: &[f32], activations: &Features<'_>) -> Vec<f32> {
    let mut map = vec![0.0; activations.cells()];
    for (weight, activation) in weights.iter().zip(activations.iter()) {
        map.iter_mut().zip(activation).for_each(|(m, a)| *m += weight * a);
    }
    map
}

/// `Σ_k f(A_k, G_k)` at each cell.
fn sum_over_channels(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut map = vec![0.0; evidence.activations().cells()];
    for (activation, gradient) in evidence.activations().iter().zip(evidence.gradients().iter()) {
        map.iter_mut().zip(activation.iter().zip(gradient)).for_each(|(m, (&a, &g))| *m += f(a, g));
    }
    map
}

/// A weight for each channel, made from its activation and gradient.
fn channel_weights(evidence: &Evidence<'_>, weight: impl Fn(&[f32], &[f32]) -> f32) -> Vec<f32> {
    evidence
        .activations()
        .iter()
        .zip(evidence.gradients().iter())
        .map(|(activation, gradient)| weight(activation, gradient))
        .collect()
}

/// `mean(G_k)` of each channel.
fn mean_gradients(evidence: &Evidence<'_>) -> Vec<f32> {
    evidence.gradients().iter().map(|gradient| gradient.iter().sum::<f32>() / gradient.len() as f32).collect()
}

/// `Σ_channels |v|` at each pixel.
fn magnitude(values: &[f32], cells: usize) -> Vec<f32> {
    let mut map = vec![0.0; cells];
    for channel in values.chunks_exact(cells) {
        map.iter_mut().zip(channel).for_each(|(m, v)| *m += v.abs());
    }
    map
}

/// The first principal component of the weighted activations in place of their sum: the smoothing
/// that is called `eigen`.
pub(crate) fn eigen_weighted(weights: &[f32], activations: &Features<'_>) -> Vec<f32> {
    let weighted =
        activations.iter().zip(weights).flat_map(|(activation, &weight)| activation.iter().map(move |a| weight * a));
    principal::first_component(weighted, activations)
}

/// The same for a method that weights each cell.
pub(crate) fn eigen_cells(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let pairs = evidence.activations().values.iter().zip(evidence.gradients().values);
    principal::first_component(pairs.map(|(&a, &g)| f(a, g)), &evidence.activations())
}

macro_rules! methods {
    ($($module:ident :: $method:ident),* $(,)?) => {
        $(mod $module;)*

        /// A method of explaining.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $(#[doc = concat!("See `", stringify!($module), ".rs`.")] $method,)*
        }

        impl Method {
            /// Every method, in the order of the table.
            pub const ALL: &'static [Method] = &[$(Method::$method),*];

            pub(crate) fn recipe(self) -> &'static Recipe {
                match self { $(Method::$method => &$module::RECIPE,)* }
            }
        }
    };
}

impl Method {
    /// The method of this name.
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.iter().copied().find(|method| method.card().name == name)
    }

    /// What is shown of it.
    pub fn card(self) -> &'static Card {
        &self.recipe().card
    }

    /// Whether it needs this of the network.
    pub fn needs(self, need: Need) -> bool {
        self.card().needs.contains(&need)
    }

    /// The low-resolution, signed map of a layer method that needs one pass, from evidence gathered
    /// elsewhere; `None` for other methods.
    ///
    /// # Panics
    /// If the evidence lacks what the method needs.
    pub fn map(self, evidence: &Evidence<'_>) -> Option<Map> {
        let values = match self.recipe().how {
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

methods! {
    cam::Cam,
    gradcam::GradCam,
    hirescam::HiResCam,
    gradcam_elementwise::GradCamElementwise,
    gradcam_plus_plus::GradCamPlusPlus,
    smoothgradcam_plus_plus::SmoothGradCamPlusPlus,
    xgradcam::XGradCam,
    layercam::LayerCam,
    shapleycam::ShapleyCam,
    finercam::FinerCam,
    eigencam::EigenCam,
    eigengradcam::EigenGradCam,
    segeigencam::SegEigenCam,
    kpcacam::KpcaCam,
    fem::Fem,
    ablationcam::AblationCam,
    scorecam::ScoreCam,
    sscam::SsCam,
    iscam::IsCam,
    refinecam::RefineCam,
    fullgrad::FullGrad,
    dff::DeepFeatureFactorisation,
    input_gradient::InputGradient,
    integrated_gradients::IntegratedGradients,
    smoothgrad::SmoothGrad,
    guided_backprop::GuidedBackprop,
    guided_gradcam::GuidedGradCam,
    occlusion::Occlusion,
    rise::Rise,
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Features, Method};

    /// Two channels of 1×2 cells: A = [1, 2], [10, 20]; G = [1, 3], [−1, 0].
    pub(super) fn two_channels() -> Evidence<'static> {
        let features = |values| Some(Features { channels: 2, height: 1, width: 2, values });
        Evidence {
            activations: features(&[1.0, 2.0, 10.0, 20.0]),
            gradients: features(&[1.0, 3.0, -1.0, 0.0]),
            ..Default::default()
        }
    }

    /// The values of a method's map for it.
    pub(super) fn of_two_channels(method: Method) -> Vec<f32> {
        method.map(&two_channels()).expect("a method of one pass").values
    }

    #[test]
    fn names_are_unlike() {
        for (i, method) in Method::ALL.iter().enumerate() {
            assert_eq!(Method::named(method.card().name), Some(*method));
            assert!(Method::ALL[..i].iter().all(|other| other.card().title != method.card().title));
        }
    }
}
