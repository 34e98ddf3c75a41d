//! The answers of an audit as one value: all that the report shows, and nothing that it would have
//! to compute.

mod answer;
mod cases;
mod comparison;
mod facts;
mod figure;
mod performance;
mod trust;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use heatlens_statistics::Settings;

pub use answer::{Answer, Example, Explanation, Family, Measure, Measurement, Question, Verdict};
pub use cases::{CaseCard, Gallery, GalleryKind};
pub use comparison::{Agreement, Comparison, FocusChange, Side};
pub use facts::{Copies, Excluded, Membership, Provenance, Sample, View, ViewSummary};
pub use figure::{
    Box5, CauseBar, Cluster, Field, Figure, FigureData, ForestRow, Frame, MapPoint, MeanMap, ScatterPoint, ZoneSeries,
};
pub use performance::{ClassPerformance, Confusion, Performance, SubgroupRow, SubgroupTable};
pub use trust::{Condition, Trust, TrustRow};

/// Name and version of report.json.
pub const REPORT_SCHEMA: &str = "heatlens.report 4";

/// Everything that an audit has to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Name and version of this form.
    pub schema: Cow<'static, str>,
    /// What was run on what: the run's own description.
    pub provenance: Provenance,
    /// Whether the run can be trusted, a condition a row.
    pub trust: Vec<TrustRow>,
    /// The images behind the figures.
    pub sample: Sample,
    /// The method and layer that the answers are about, and a short account of each other.
    pub views: Vec<ViewSummary>,
    /// The ten answers, by number.
    pub answers: Vec<Answer>,
    /// Regions that were tested as shortcuts, the most suspicious first.
    pub suspects: Vec<Suspect>,
    /// How well it classifies; none without labels.
    pub performance: Option<Performance>,
    /// Performance and focus in the parts of the set, a table a column.
    pub subgroups: Vec<SubgroupTable>,
    /// What is drawn, referred to by id from the answers.
    pub figures: Vec<Figure>,
    /// Pictures to leaf through, referred to by id from the answers.
    pub galleries: Vec<Gallery>,
    /// The cases that galleries and figures name.
    pub cases: Vec<CaseCard>,
    /// Photographs that are in the set more than once.
    pub copies: Copies,
    /// What is left out, with the reason.
    pub excluded: Vec<Excluded>,
    /// What must be known to read the figures rightly, a sentence each; these hold for every audit.
    pub caveats: Vec<Cow<'static, str>>,
    /// What was noticed on this run, a sentence each.
    pub notes: Vec<String>,
    /// Published figures to put beside these.
    pub references: Vec<Reference>,
    /// Level of the intervals, resamples, seed.
    pub settings: Settings,
}

/// A region whose removal was tested, for the predictions of one class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suspect {
    /// The region as rows have it, such as `corner lower left`.
    pub region: String,
    /// In sentences: `the lower left corner of the picture`.
    pub title: String,
    /// The predicted class that hangs on it.
    pub class: String,
    /// What may be said.
    pub status: SuspectStatus,
    /// In one sentence: how often its removal turned the prediction, and how often that of as much
    /// elsewhere.
    pub sentence: String,
    /// Share of the input's area.
    pub area: f64,
    /// Share of these predictions that flip when the region is inpainted.
    pub flips: Measurement,
    /// The same, blurred.
    pub flips_blurred: Measurement,
    /// Share that turn less the share for as much elsewhere, inpainted.
    pub excess: Measurement,
    /// Mean drop of the margin less that for as much elsewhere, in shares of the median margin.
    pub drop: Measurement,
    /// Share of the maps' energy on it, against its area; none for what is no part of the picture
    /// or no zone.
    pub energy: Option<Measurement>,
}

/// What may be said of a suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspectStatus {
    /// Removing it turns predictions, both ways of removing agree, controls do not: a shortcut.
    Shortcut,
    /// Predictions depend on it beyond chance, but fewer than a shortcut decides.
    Suspected,
    /// Tested and not found.
    Cleared,
    /// Too few images.
    CannotBeSaid,
}

/// A published figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Who and when.
    pub source: Cow<'static, str>,
    /// What was found.
    pub figure: Cow<'static, str>,
}

impl Report {
    /// The figure of this id.
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.id == id)
    }

    /// The gallery of this id.
    pub fn gallery(&self, id: &str) -> Option<&Gallery> {
        self.galleries.iter().find(|gallery| gallery.id == id)
    }

    /// The card of a case.
    pub fn case(&self, case: usize) -> Option<&CaseCard> {
        self.cases.binary_search_by_key(&case, |card| card.case).ok().map(|i| &self.cases[i])
    }

    /// The least that any condition allows.
    pub fn trusted(&self) -> Trust {
        self.trust.iter().map(|row| row.trust).max().unwrap_or(Trust::Met)
    }

    /// The answer to a question.
    pub fn answer(&self, question: Question) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.question == question)
    }
}
