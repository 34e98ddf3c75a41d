//! The methods. One file each: equation, paper, code, tests. The table at the bottom is the only
//! list of them.

mod card;
mod factorisation;
mod leading;
mod masks;
mod noise;
mod principal;
mod recipe;
mod sums;

pub use card::{Card, Need};
pub(crate) use recipe::{How, Recipe};
use sums::{channel_weights, magnitude, mean_gradients};
pub(crate) use sums::{eigen_cells, eigen_weighted, weighted_sum};

use crate::{Evidence, Map};

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
        self.recipe().map(evidence)
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
    use super::{Evidence, Method};
    use crate::Features;

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
