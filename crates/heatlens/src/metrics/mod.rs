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
    ($($group:ident :: $module:ident :: $recipe:ident => $metric:ident),* $(,)?) => {
        /// A metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = concat!("See `", stringify!($group), "/", stringify!($module), ".rs`.")] $metric,)*
        }

        impl Metric {
            /// Every metric, in the order of the table.
            pub const ALL: &'static [Metric] = &[$(Metric::$metric),*];

            pub(crate) fn recipe(self) -> &'static Recipe {
                match self { $(Metric::$metric => &$group::$module::$recipe,)* }
            }
        }
    };
}

impl Metric {
    /// The metric of this name.
    pub fn named(name: &str) -> Option<Metric> {
        Metric::ALL.iter().copied().find(|metric| metric.card().name == name)
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
    faithfulness::insertion::BLUR => InsertionBlur,
    faithfulness::insertion::MEAN => InsertionMean,
    faithfulness::deletion::BLUR => DeletionBlur,
    faithfulness::deletion::MEAN => DeletionMean,
    faithfulness::road::RECIPE => Road,
    faithfulness::road_most::RECIPE => RoadMost,
    faithfulness::road_least::RECIPE => RoadLeast,
    faithfulness::average_drop::RECIPE => AverageDrop,
    faithfulness::confidence::DROP => ConfidenceDrop,
    faithfulness::confidence::INCREASE => ConfidenceIncrease,
    faithfulness::sensitivity_n::RECIPE => SensitivityN,
    faithfulness::mu_fidelity::RECIPE => MuFidelity,
    faithfulness::infidelity::RECIPE => Infidelity,
    robustness::max_sensitivity::RECIPE => MaxSensitivity,
    robustness::jpeg::SSIM => JpegSsim,
    robustness::jpeg::RANK => JpegRank,
    robustness::brightness::SSIM => BrightnessSsim,
    robustness::brightness::RANK => BrightnessRank,
    robustness::shift::SSIM => ShiftSsim,
    robustness::shift::RANK => ShiftRank,
    robustness::flip::SSIM => FlipSsim,
    robustness::flip::RANK => FlipRank,
    complexity::sparseness::RECIPE => Sparseness,
    complexity::entropy::RECIPE => Entropy,
    localisation::energy::RECIPE => EnergyShare,
    localisation::enrichment::RECIPE => Enrichment,
    localisation::pointing::RECIPE => PointingGame,
    localisation::auprc::RECIPE => Auprc,
    localisation::iou_top::RECIPE => IouTop,
    localisation::iou_otsu::RECIPE => IouOtsu,
    localisation::rank_accuracy::RECIPE => RankAccuracy,
}

#[cfg(test)]
mod tests {
    use super::*;

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
