//! The methods. One file each: equation, paper, code, tests. The table at the bottom is the only list of them.

mod principal;

/// A feature map of one image, channel by channel, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Features<'a> {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `channels × height × width` values.
    pub values: &'a [f32],
}

impl<'a> Features<'a> {
    /// The channels, each `height × width` values.
    pub fn iter(&self) -> impl Iterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.height * self.width)
    }
}

/// What a method is given of one image, layer and class.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The target layer's output, A.
    pub activations: Features<'a>,
    /// G = ∂score/∂A.
    pub gradients: Features<'a>,
    /// H·A = ∂⟨G, A⟩/∂A with the second A held constant; `None` where it is zero, as in a piecewise linear tail, or was not asked for.
    pub curvature: Option<Features<'a>>,
}

/// What each method says of itself.
trait Cam {
    /// ∂score/∂logits. The score is the logit of `class` unless a method says otherwise.
    fn seed(&self, logits: &[f32], class: usize) -> Vec<f32> {
        (0..logits.len()).map(|c| if c == class { 1.0 } else { 0.0 }).collect()
    }

    /// The low-resolution, signed map, `height × width` values.
    fn map(&self, evidence: &Evidence<'_>) -> Vec<f32>;
}

/// What the documentation and the command line show of a method.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// How it is asked for.
    pub name: &'static str,
    /// How it is written.
    pub title: &'static str,
    /// What it computes, in a line.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// What has to be computed for it.
    pub needs: Needs,
}

/// What a method needs of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The target layer's output: one forward pass. The map is the same for every class.
    Activations,
    /// The output and the gradient of the score with respect to it: the tail backwards as well.
    Gradients,
    /// The derivative of that gradient too: the tail twice backwards.
    Curvature,
}

/// `Σ_k f(A_k, G_k)` at each cell.
fn sum_over_channels(evidence: &Evidence<'_>, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut map = vec![0.0; evidence.activations.height * evidence.activations.width];
    for (activation, gradient) in evidence.activations.iter().zip(evidence.gradients.iter()) {
        map.iter_mut().zip(activation.iter().zip(gradient)).for_each(|(m, (&a, &g))| *m += f(a, g));
    }
    map
}

/// `Σ_k w_k A_k`, the weight of a channel made from its activation and gradient.
fn weighted_channels(evidence: &Evidence<'_>, mut weight: impl FnMut(&[f32], &[f32]) -> f32) -> Vec<f32> {
    let mut map = vec![0.0; evidence.activations.height * evidence.activations.width];
    for (activation, gradient) in evidence.activations.iter().zip(evidence.gradients.iter()) {
        let weight = weight(activation, gradient);
        map.iter_mut().zip(activation).for_each(|(m, a)| *m += weight * a);
    }
    map
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

            /// What is shown of it.
            pub fn card(self) -> Card {
                match self { $(Method::$method => $module::CARD,)* }
            }

            /// ∂score/∂logits of the score that is explained for `class`.
            pub fn seed(self, logits: &[f32], class: usize) -> Vec<f32> {
                match self { $(Method::$method => $module::$method.seed(logits, class),)* }
            }

            /// The low-resolution, signed map before ReLU.
            pub fn map(self, evidence: &Evidence<'_>) -> crate::Map {
                let values = match self { $(Method::$method => $module::$method.map(evidence),)* };
                crate::Map::new(evidence.activations.height, evidence.activations.width, values)
            }
        }
    };
}

impl Method {
    /// The method of this name.
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.iter().copied().find(|m| m.card().name == name)
    }
}

methods! {
    gradcam::GradCam,
    hirescam::HiResCam,
    gradcam_elementwise::GradCamElementwise,
    gradcam_plus_plus::GradCamPlusPlus,
    xgradcam::XGradCam,
    layercam::LayerCam,
    shapleycam::ShapleyCam,
    finercam::FinerCam,
    eigencam::EigenCam,
    eigengradcam::EigenGradCam,
    segeigencam::SegEigenCam,
    kpcacam::KpcaCam,
    fem::Fem,
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Features};

    /// Two channels of 1×2 cells: A = [1, 2], [10, 20]; G = [1, 3], [−1, 0].
    pub(super) fn two_channels() -> Evidence<'static> {
        let features = |values| Features { channels: 2, height: 1, width: 2, values };
        Evidence { activations: features(&[1.0, 2.0, 10.0, 20.0]), gradients: features(&[1.0, 3.0, -1.0, 0.0]), curvature: None }
    }
}
