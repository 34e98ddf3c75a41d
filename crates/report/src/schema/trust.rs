//! Whether the run can be trusted before any of its answers is read.

use serde::{Deserialize, Serialize};

/// What has to be right for the answers to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The classes are those of training, in its order.
    ClassOrder,
    /// Photographs are prepared as in training.
    Preprocessing,
    /// The network is the one that was trained.
    Network,
    /// It tells the classes apart at all.
    Accuracy,
    /// There are enough images.
    Number,
    /// No photograph counts twice.
    Duplicates,
    /// The target structure is where it is taken to be.
    Masks,
    /// A map is fine enough to show it.
    Resolution,
}

impl Condition {
    /// In a word or two.
    pub fn title(self) -> &'static str {
        match self {
            Condition::ClassOrder => "Class order",
            Condition::Preprocessing => "Preprocessing",
            Condition::Network => "Network",
            Condition::Accuracy => "Accuracy",
            Condition::Number => "Enough images",
            Condition::Duplicates => "Duplicates",
            Condition::Masks => "Disc masks",
            Condition::Resolution => "Resolution",
        }
    }
}

/// How far a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Met, as far as can be told.
    Met,
    /// Not known, or met in part.
    Open,
    /// Not met: what depends on it means little.
    Broken,
}

impl Trust {
    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Trust::Met => "in order",
            Trust::Open => "with care",
            Trust::Broken => "not in order",
        }
    }
}

/// One condition, judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrustRow {
    /// Which.
    pub condition: Condition,
    /// How far it is met.
    pub trust: Trust,
    /// Why, in a sentence.
    pub sentence: String,
    /// What to do; none where it is met.
    pub way_out: Option<String>,
    /// The questions (1 to 10) whose answers it bears on.
    pub questions: Vec<usize>,
}
