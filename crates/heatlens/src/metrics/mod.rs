//! Is a map right? One file each: equation, source, code, tests. The table at the bottom is the
//! only list of them.
//!
//! What needs nothing but maps is a plain function, in [`localisation`], [`complexity`] and
//! [`similarity`].

mod agreement;
mod baseline;
pub mod complexity;
mod error;
mod evaluator;
pub mod faithfulness;
pub mod localisation;
pub(crate) mod order;
mod robustness;
mod scorer;
pub mod similarity;
mod summary;
mod trial;

pub use agreement::Agreement;
pub use baseline::Baseline;
pub use error::MetricError;
pub use evaluator::{Evaluated, Evaluating, Evaluation, Evaluator, EvaluatorOptions, Origin, Subject};
pub use scorer::{Scorer, Scoring};
pub use summary::{Summary, agreement, summarise};

use crate::Map;
use crate::spelling::is_same_name;
use robustness::{Change, Pair};
use trial::Trial;

/// What the documentation and the command line show of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// How it is asked for.
    pub name: &'static str,
    /// How it is written.
    pub title: &'static str,
    /// Which question it answers.
    pub group: Group,
    /// Which way a better map goes.
    pub better: Better,
    /// What has to be computed for it.
    pub cost: Cost,
    /// What it measures, in a line.
    pub summary: &'static str,
    /// Where it is defined; empty for what needs no source.
    pub source: &'static str,
    /// Where it deliberately differs from the libraries that have it; empty where it does not.
    pub differs: &'static str,
}

/// The questions that are asked of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Does the network use what it marks?
    Faithfulness,
    /// Does it stay where it is when the image changes in ways that should not matter?
    Robustness,
    /// How simple is it?
    Complexity,
    /// Does it lie where it should?
    Localisation,
}

impl Group {
    /// Every group, in the order shown.
    pub const ALL: &'static [Group] = &[Group::Faithfulness, Group::Robustness, Group::Complexity, Group::Localisation];

    /// The question.
    pub fn question(self) -> &'static str {
        match self {
            Group::Faithfulness => "Does the network use what the map marks?",
            Group::Robustness => "Does the map stay where it is when the image changes in ways that should not matter?",
            Group::Complexity => "How simple is the map? A simple one is easier to read, not more right.",
            Group::Localisation => "Does the map lie where it should? Asked where a mask is given.",
        }
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Faithfulness => "Faithfulness",
            Group::Robustness => "Robustness",
            Group::Complexity => "Complexity",
            Group::Localisation => "Localisation",
        }
    }
}

/// Which way a better map goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher the better.
    Higher,
    /// The lower the better.
    Lower,
}

impl Better {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Better::Higher => "higher",
            Better::Lower => "lower",
        }
    }
}

/// What has to be computed besides the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Nothing.
    Map,
    /// So many forward passes.
    Runs(usize),
    /// The explanations of so many changed images, which metrics of the same change share.
    Explanations(usize),
}

impl Cost {
    /// In words, for the documentation.
    pub fn words(self) -> String {
        match self {
            Cost::Map => "nothing but the map".into(),
            Cost::Explanations(1) => "1 explanation".into(),
            Cost::Explanations(images) => format!("{images} explanations"),
            Cost::Runs(1) => "1 forward pass".into(),
            Cost::Runs(runs) => format!("{runs} forward passes"),
        }
    }
}

/// How a metric is computed, from the finished map.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// From the map alone.
    Map(fn(&Map) -> Result<f64, MetricError>),
    /// From the map and a mask of the same size.
    Mask(fn(&Map, &[bool]) -> Result<f64, MetricError>),
    /// From the maps of changed images.
    Changed(Change, fn(&[Pair]) -> Result<f64, MetricError>),
    /// By running the network on changed images.
    Runs(fn(&mut Trial<'_, '_>) -> Result<f64, MetricError>),
}

/// A metric: what is said of it and how it is done.
pub(crate) struct Recipe {
    pub(crate) card: Card,
    pub(crate) how: How,
}

macro_rules! metrics {
    ($($(#[doc = $doc:literal])* $group:ident :: $module:ident :: $recipe:ident => $metric:ident,)*) => {
        /// A metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Metric {
            $($(#[doc = $doc])* $metric,)*
        }

        impl Metric {
            /// Every metric, in the order of the table.
            pub const ALL: &'static [Metric] = &[$(Metric::$metric),*];

            pub(crate) fn recipe(self) -> &'static Recipe {
                match self { $(Metric::$metric => &$group::$module::$recipe,)* }
            }

            /// Its line in the table, as rustdoc shows it.
            #[cfg(test)]
            fn doc(self) -> &'static str {
                match self { $(Metric::$metric => concat!($($doc),*),)* }
            }
        }
    };
}

impl Metric {
    /// The metric of this name, [however it is written](is_same_name).
    pub fn named(name: &str) -> Option<Metric> {
        Metric::ALL.iter().copied().find(|metric| is_same_name(metric.card().name, name))
    }

    /// What is shown of it.
    pub fn card(self) -> &'static Card {
        &self.recipe().card
    }

    /// Its value for a finished map and a mask of the same size, where it needs nothing else;
    /// `None` for metrics that need the network or a mask that is not there.
    ///
    /// # Errors
    /// As the function of the metric.
    pub fn of_map(self, map: &Map, mask: Option<&[bool]>) -> Option<Result<f64, MetricError>> {
        match (self.recipe().how, mask) {
            (How::Map(metric), _) => Some(metric(map)),
            (How::Mask(metric), Some(mask)) => Some(metric(map, mask)),
            _ => None,
        }
    }

    /// Whether it needs a mask.
    pub fn needs_mask(self) -> bool {
        matches!(self.recipe().how, How::Mask(_))
    }
}

metrics! {
    /// Insertion, blur (`insertion-blur`), higher is better: area under the class's probability
    /// while the image comes back, most salient pixels first, out of its blur (arXiv 1806.07421).
    faithfulness::insertion::BLUR => InsertionBlur,
    /// Insertion, mean (`insertion-mean`), higher is better: the same out of the image's mean
    /// colour (arXiv 1806.07421).
    faithfulness::insertion::MEAN => InsertionMean,
    /// Deletion, blur (`deletion-blur`), lower is better: area under the class's probability while
    /// the image goes, most salient pixels first, into its blur (arXiv 1806.07421).
    faithfulness::deletion::BLUR => DeletionBlur,
    /// Deletion, mean (`deletion-mean`), lower is better: the same into the image's mean colour
    /// (arXiv 1806.07421).
    faithfulness::deletion::MEAN => DeletionMean,
    /// ROAD combined (`road`), higher is better: how much less the class's probability changes
    /// without the least relevant pixels than without the most relevant ones, halved (arXiv
    /// 2202.00449).
    faithfulness::road::RECIPE => Road,
    /// ROAD, most relevant first (`road-most`), lower is better: by how much the class's
    /// probability changes while the most relevant pixels are removed and imputed: mean over 10 %
    /// to 90 % (arXiv 2202.00449).
    faithfulness::road_most::RECIPE => RoadMost,
    /// ROAD, least relevant first (`road-least`), higher is better: by how much the class's
    /// probability changes while the least relevant pixels are removed and imputed: mean over 10 %
    /// to 90 % (arXiv 2202.00449).
    faithfulness::road_least::RECIPE => RoadLeast,
    /// Average drop (`average-drop`), lower is better: the part of the class's probability that is
    /// lost where the map is dark: the image is multiplied by the map (arXiv 1710.11063).
    faithfulness::average_drop::RECIPE => AverageDrop,
    /// Drop in confidence (`confidence-drop`), lower is better: by how much the class's probability
    /// falls where the image is multiplied by the map
    /// (pytorch_grad_cam.metrics.cam_mult_image.DropInConfidence).
    faithfulness::confidence::DROP => ConfidenceDrop,
    /// Increase in confidence (`confidence-increase`), higher is better: whether it rises; over
    /// several images, how often (pytorch_grad_cam.metrics.cam_mult_image.IncreaseInConfidence).
    faithfulness::confidence::INCREASE => ConfidenceIncrease,
    /// Sensitivity-n (`sensitivity-n`), higher is better: how the map's sum over random sets of
    /// patches goes with the fall of the logit without them: mean correlation over three sizes
    /// (arXiv 1711.06104).
    faithfulness::sensitivity_n::RECIPE => SensitivityN,
    /// μ-fidelity (`mu-fidelity`), higher is better: the same by ranks, for a fifth of a grid of
    /// 9×9 (arXiv 2005.00631).
    faithfulness::mu_fidelity::RECIPE => MuFidelity,
    /// Infidelity (`infidelity`), lower is better: how far the map's sum over random squares is
    /// from the fall of the logit without them: 0 where it tells it, 1 where it tells nothing
    /// (arXiv 1901.09392).
    faithfulness::infidelity::RECIPE => Infidelity,
    /// Max-sensitivity (`max-sensitivity`), lower is better: the largest change of the map, in
    /// parts of itself, when noise that nobody sees is added to the image (arXiv 1901.09392).
    robustness::max_sensitivity::RECIPE => MaxSensitivity,
    /// JPEG, SSIM (`jpeg-ssim`), higher is better: structural similarity to the map of the image
    /// after it was saved as a JPEG of quality 75, 50 and 25: mean of three.
    robustness::jpeg::SSIM => JpegSsim,
    /// JPEG, rank correlation (`jpeg-rank`), higher is better: Spearman's correlation with the map
    /// of the image after it was saved as a JPEG of quality 75, 50 and 25: mean of three.
    robustness::jpeg::RANK => JpegRank,
    /// Brightness, SSIM (`brightness-ssim`), higher is better: structural similarity to the map of
    /// the image at four fifths and six fifths of its brightness: mean of both.
    robustness::brightness::SSIM => BrightnessSsim,
    /// Brightness, rank correlation (`brightness-rank`), higher is better: Spearman's correlation
    /// with the map of the image at four fifths and six fifths of its brightness: mean of both.
    robustness::brightness::RANK => BrightnessRank,
    /// Shift, SSIM (`shift-ssim`), higher is better: structural similarity to the map of the image
    /// moved by a twentieth of its width to either side, the map moved back: mean of both.
    robustness::shift::SSIM => ShiftSsim,
    /// Shift, rank correlation (`shift-rank`), higher is better: Spearman's correlation with the
    /// map of the image moved by a twentieth of its width to either side, the map moved back: mean
    /// of both.
    robustness::shift::RANK => ShiftRank,
    /// Flip, SSIM (`flip-ssim`), higher is better: structural similarity to the map of the image
    /// mirrored left to right, the map mirrored back.
    robustness::flip::SSIM => FlipSsim,
    /// Flip, rank correlation (`flip-rank`), higher is better: Spearman's correlation with the map
    /// of the image mirrored left to right, the map mirrored back.
    robustness::flip::RANK => FlipRank,
    /// Sparseness (`sparseness`), higher is better: the Gini index of the map: 0 for a uniform one,
    /// towards 1 where few cells hold everything (arXiv 1810.06583).
    complexity::sparseness::RECIPE => Sparseness,
    /// Entropy (`entropy`), lower is better: how widely the map spreads, in nats: 0 for one cell,
    /// the logarithm of the number of cells for a uniform map (arXiv 2005.00631).
    complexity::entropy::RECIPE => Entropy,
    /// Energy share (`energy-share`), higher is better: the part of the map's positive values that
    /// lies inside the mask (arXiv 1910.01279).
    localisation::energy::RECIPE => EnergyShare,
    /// Enrichment (`enrichment`), higher is better: the energy share divided by the mask's share of
    /// the area: 1 is what a uniform map has.
    localisation::enrichment::RECIPE => Enrichment,
    /// Pointing game (`pointing-game`), higher is better: whether the map's maximum lies on the
    /// mask or within 15 pixels of it (at a width of 224; in proportion otherwise) (arXiv
    /// 1608.00507).
    localisation::pointing::RECIPE => PointingGame,
    /// AUPRC (`auprc`), higher is better: how well the map's values tell cells inside the mask from
    /// those outside: average precision; chance is the mask's area
    /// (sklearn.metrics.average_precision_score).
    localisation::auprc::RECIPE => Auprc,
    /// IoU of the top 20 % (`iou-top`), higher is better: intersection over union of the mask and
    /// the most salient fifth of the image.
    localisation::iou_top::RECIPE => IouTop,
    /// IoU at Otsu's threshold (`iou-otsu`), higher is better: intersection over union of the mask
    /// and what lies above the threshold that parts the map's values best
    /// (skimage.filters.threshold_otsu).
    localisation::iou_otsu::RECIPE => IouOtsu,
    /// Relevance rank accuracy (`rank-accuracy`), higher is better: of as many most salient cells
    /// as the mask has, the part inside it; chance is the mask's area (arXiv 2003.07258).
    localisation::rank_accuracy::RECIPE => RankAccuracy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::tests::doc_comment;

    #[test]
    fn the_table_says_what_the_cards_say() {
        for metric in Metric::ALL {
            let Card { name, title, better, summary, source, .. } = *metric.card();
            let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
            let said = format!(" {title} (`{name}`), {} is better: {summary}{source}.", better.word());
            assert!(
                metric.doc() == said,
                "write this above the line of {metric:?} in the table of crates/heatlens/src/metrics/mod.rs:\n{}",
                doc_comment(&said)
            );
        }
    }

    #[test]
    fn names_are_unlike_and_cards_agree_with_their_recipes() {
        for (i, metric) in Metric::ALL.iter().enumerate() {
            let card = metric.card();
            assert_eq!(Metric::named(card.name), Some(*metric));
            assert!(Metric::ALL[..i].iter().all(|other| other.card().title != card.title));
            assert_eq!(metric.needs_mask(), card.group == Group::Localisation, "{}", card.name);
        }
    }
}
