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

use crate::spelling::is_same_name;
use crate::{Evidence, Map};

macro_rules! methods {
    ($($(#[doc = $doc:literal])* $module:ident :: $method:ident,)*) => {
        $(mod $module;)*

        /// A method of explaining.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Method {
            $($(#[doc = $doc])* $method,)*
        }

        impl Method {
            /// Every method, in the order of the table.
            pub const ALL: &'static [Method] = &[$(Method::$method),*];

            pub(crate) fn recipe(self) -> &'static Recipe {
                match self { $(Method::$method => &$module::RECIPE,)* }
            }

            /// Its line in the table, as rustdoc shows it.
            #[cfg(test)]
            fn doc(self) -> &'static str {
                match self { $(Method::$method => concat!($($doc),*),)* }
            }
        }
    };
}

impl Method {
    /// The method of this name or title, [however it is written](is_same_name).
    pub fn named(name: &str) -> Option<Method> {
        let is_named = |method: &Method| {
            let card = method.card();
            is_same_name(card.name, name) || is_same_name(card.title, name)
        };
        Method::ALL.iter().copied().find(is_named)
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
    /// CAM (`cam`): Σₖ W_ck·Aₖ: the linear head applied at each cell; the cells' mean is the logit,
    /// the bias left aside. Zhou et al. 2016, arXiv 1512.04150.
    cam::Cam,
    /// GradCAM (`gradcam`): Σₖ mean(Gₖ)·Aₖ: each channel weighted by how the score answers to it on
    /// average. Selvaraju et al. 2017, arXiv 1610.02391.
    gradcam::GradCam,
    /// HiResCAM (`hirescam`): Σₖ Gₖ ⊙ Aₖ: what each cell itself adds to the score, to first order.
    /// Draelos and Carin 2020, arXiv 2011.08891.
    hirescam::HiResCam,
    /// GradCAM element-wise (`gradcam-elementwise`): Σₖ max(Gₖ ⊙ Aₖ, 0): the cells that add to the
    /// score, channel by channel. pytorch-grad-cam 1.5.
    gradcam_elementwise::GradCamElementwise,
    /// GradCAM++ (`gradcam++`): channels weighted by their positive gradients, each cell by how
    /// alone it is; better with several instances. Chattopadhyay et al. 2018, arXiv 1710.11063.
    gradcam_plus_plus::GradCamPlusPlus,
    /// Smooth GradCAM++ (`smoothgradcam++`): GradCAM++ with the powers of the gradient averaged
    /// over four noisy copies of the image. Omeiza et al. 2019, arXiv 1908.01224.
    smoothgradcam_plus_plus::SmoothGradCamPlusPlus,
    /// XGradCAM (`xgradcam`): channels weighted by their gradient where they are active: Σᵢⱼ Gₖ Aₖ
    /// / Σᵢⱼ Aₖ. Fu et al. 2020, arXiv 2008.02312.
    xgradcam::XGradCam,
    /// LayerCAM (`layercam`): Σₖ max(Gₖ, 0) ⊙ Aₖ: each cell weighted by its own positive gradient;
    /// fine maps at early layers. Jiang et al. 2021, IEEE TIP 30.
    layercam::LayerCam,
    /// ShapleyCAM (`shapleycam`): channels weighted by mean(G − ½ H·A): GradCAM with the curvature
    /// of the score counted; equal to it where the tail is piecewise linear. Cai 2025, arXiv
    /// 2501.06261.
    shapleycam::ShapleyCam,
    /// FinerCAM (`finercam`): GradCAM of what sets the class apart from the three most similar
    /// ones. Zhang et al. 2025, arXiv 2501.11309.
    finercam::FinerCam,
    /// EigenCAM (`eigencam`): the first principal component of the activations: what stands out,
    /// whatever the class. Muhammad and Yeasin 2020, arXiv 2008.00299.
    eigencam::EigenCam,
    /// EigenGradCAM (`eigengradcam`): the first principal component of G ⊙ A: EigenCAM that asks
    /// for a class. pytorch-grad-cam 1.5.
    eigengradcam::EigenGradCam,
    /// SegEigenCAM (`segeigencam`): the first principal component of |G| ⊙ A, its larger side
    /// upwards. Chung and Ying 2025, Appl. Sci. 15 (13) 7562.
    segeigencam::SegEigenCam,
    /// KPCA-CAM (`kpcacam`): the first kernel principal component of the activations: EigenCAM that
    /// also follows curved structure. Karmani et al. 2024, arXiv 2410.00267.
    kpcacam::KpcaCam,
    /// FEM (`fem`): channels weighted by how much of their area stands out by two standard
    /// deviations; asks no gradient and no class. Fuad et al. 2020, IPTA.
    fem::Fem,
    /// AblationCAM (`ablationcam`): channels weighted by how much of the score is lost when they
    /// are removed; asks no gradient. Desai and Ramaswamy 2020, WACV.
    ablationcam::AblationCam,
    /// ScoreCAM (`scorecam`): channels weighted by the softmax of the score that the image keeps
    /// when it is masked with each channel. Wang et al. 2020, arXiv 1910.01279.
    scorecam::ScoreCam,
    /// SS-CAM (`sscam`): ScoreCAM averaged over noisy masks: each channel's mask is shaken ten
    /// times before the image is seen through it. Wang et al. 2020, arXiv 2006.14255.
    sscam::SsCam,
    /// IS-CAM (`iscam`): ScoreCAM averaged over ten strengths of each mask, the last well above the
    /// image's own brightness. Naidu et al. 2020, arXiv 2010.03023.
    iscam::IsCam,
    /// RefineCAM (`refinecam`): the product of GradCAM++ maps at several layers: the late ones say
    /// where, the early ones how far. arXiv 2605.14641.
    refinecam::RefineCam,
    /// FullGrad (`fullgrad`): the whole score shared out: |x ⊙ ∂S/∂x| and |b ⊙ ∂S/∂b| of every
    /// layer with a bias, each channel stretched, at one size, added. Srinivas and Fleuret 2019,
    /// arXiv 1905.00780.
    fullgrad::FullGrad,
    /// Deep feature factorisation (`dff`): the layer's activations as five concepts, each a pattern
    /// of channels with a place, and the score that each would have by itself. Collins et al. 2018,
    /// arXiv 1806.10206.
    dff::DeepFeatureFactorisation,
    /// Input × gradient (`input-gradient`): x ⊙ ∂S/∂x, the channels of a pixel added: what each
    /// pixel adds to the score, to first order. Shrikumar et al. 2016, arXiv 1605.01713.
    input_gradient::InputGradient,
    /// Integrated gradients (`integrated-gradients`): x ⊙ the mean gradient on the way from the
    /// mean colour to the image: what each pixel adds to the score, and it adds up. Sundararajan et
    /// al. 2017, arXiv 1703.01365.
    integrated_gradients::IntegratedGradients,
    /// SmoothGrad (`smoothgrad`): the gradient at the image, averaged over 25 noisy copies, its
    /// size at each pixel: where the score is sensitive. Smilkov et al. 2017, arXiv 1706.03825.
    smoothgrad::SmoothGrad,
    /// Guided backpropagation (`guided-backprop`): the gradient at the image with only positive
    /// gradients passing each ReLU, its size at each pixel. Springenberg et al. 2015, arXiv
    /// 1412.6806.
    guided_backprop::GuidedBackprop,
    /// Guided Grad-CAM (`guided-gradcam`): guided backpropagation seen through GradCAM: its fine
    /// lines where the class is. Selvaraju et al. 2017, arXiv 1610.02391.
    guided_gradcam::GuidedGradCam,
    /// Occlusion (`occlusion`): how much of the score is lost when a window of the image is covered
    /// with the mean colour, window by window. Zeiler and Fergus 2014, arXiv 1311.2901.
    occlusion::Occlusion,
    /// RISE (`rise`): the mean score when a pixel is shown above the mean score: a thousand random
    /// masks of 7×7 soft cells, half of them shown. Petsiuk et al. 2018, arXiv 1806.07421.
    rise::Rise,
}

#[cfg(test)]
pub(crate) mod tests {
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

    /// Words as the lines of a doc comment in a table, wrapped at 100 columns.
    pub(crate) fn doc_comment(words: &str) -> String {
        let (mut lines, mut line) = (String::new(), String::from("    ///"));
        for word in words.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > 100 {
                lines.push_str(&std::mem::replace(&mut line, "\n    ///".into()));
            }
            line.push(' ');
            line.push_str(word);
        }
        lines + &line
    }

    #[test]
    fn the_table_says_what_the_cards_say() {
        for method in Method::ALL {
            let card = method.card();
            let said = format!(" {} (`{}`): {}. {}.", card.title, card.name, card.summary, card.paper);
            assert!(
                method.doc() == said,
                "write this above the line of {method:?} in the table of crates/heatlens/src/methods/mod.rs:\n{}",
                doc_comment(&said)
            );
        }
    }

    #[test]
    fn names_are_unlike() {
        for (i, method) in Method::ALL.iter().enumerate() {
            assert_eq!(Method::named(method.card().name), Some(*method));
            assert!(Method::ALL[..i].iter().all(|other| other.card().title != method.card().title));
        }
    }
}
