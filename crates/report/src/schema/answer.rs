//! An answer to one of the ten questions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use heatlens_statistics::{Finding, Interval};

/// The ten questions, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Where does the model look for each class?
    Where,
    /// Are those regions clinically relevant?
    Relevance,
    /// Does it look at the optic disc?
    Disc,
    /// Do correct predictions show more appropriate focus than wrong ones?
    CorrectFocus,
    /// What do false positives and false negatives look like?
    Errors,
    /// Can the cause of a failure be seen?
    Failures,
    /// How do the heatmaps of the classes differ?
    ClassDifference,
    /// Are there patterns across similar images?
    Patterns,
    /// Does confidence go with focus quality?
    Confidence,
    /// Does the model lean on a shortcut?
    Shortcut,
}

impl Question {
    /// Every question, in the order of the report.
    pub const ALL: [Question; 10] = [
        Question::Where,
        Question::Relevance,
        Question::Disc,
        Question::CorrectFocus,
        Question::Errors,
        Question::Failures,
        Question::ClassDifference,
        Question::Patterns,
        Question::Confidence,
        Question::Shortcut,
    ];

    /// From 1 to 10.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// The question in words.
    pub fn text(self) -> &'static str {
        match self {
            Question::Where => "Where does the model look when it decides for each class?",
            Question::Relevance => "Are those regions clinically relevant?",
            Question::Disc => "Does it look at the optic disc?",
            Question::CorrectFocus => "Do correct predictions show more appropriate focus than wrong ones?",
            Question::Errors => "What do false positives and false negatives look like?",
            Question::Failures => "Can the cause of a failure be seen?",
            Question::ClassDifference => "How do the heatmaps of the classes differ?",
            Question::Patterns => "Are there patterns across similar images?",
            Question::Confidence => "Does confidence go with focus quality?",
            Question::Shortcut => {
                "Does the model lean on a shortcut: vessels away from the disc, image edges, markers, artefacts, \
                 periphery?"
            }
        }
    }
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As one would wish.
    Reassuring,
    /// Partly.
    Mixed,
    /// Something is wrong, or may be.
    Concerning,
    /// Answered; neither good nor bad.
    Described,
    /// The data do not allow an answer.
    CannotBeSaid,
}

impl Verdict {
    /// In a word or two.
    pub fn title(self) -> &'static str {
        match self {
            Verdict::Reassuring => "reassuring",
            Verdict::Mixed => "mixed",
            Verdict::Concerning => "concerning",
            Verdict::Described => "described",
            Verdict::CannotBeSaid => "cannot be said",
        }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// 1 to 10.
    pub number: usize,
    /// Which question.
    pub question: Question,
    /// The question in words.
    pub text: Cow<'static, str>,
    /// What it comes to.
    pub verdict: Verdict,
    /// One sentence that anyone understands, without statistics.
    pub plain: String,
    /// How that is known: the figure that decides, chance and interval.
    pub headline: String,
    /// The figures behind it, the primary ones first.
    pub measurements: Vec<Measurement>,
    /// What explains, qualifies or limits it.
    pub explanations: Vec<Explanation>,
    /// What would allow an answer, or a better one; empty where nothing is missing.
    pub ways_out: Vec<String>,
    /// Pictures that show just what it says, at most two.
    pub examples: Vec<Example>,
    /// Ids of the figures that belong to it.
    pub figures: Vec<String>,
    /// Ids of the galleries that belong to it.
    pub galleries: Vec<String>,
}

/// The map of a case that shows what an answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The case.
    pub case: usize,
    /// The class whose map is shown.
    pub class: String,
    /// What is to be seen, in a sentence.
    pub caption: String,
}

/// A sentence or two with a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// A few words.
    pub heading: String,
    /// In sentences.
    pub text: String,
}

/// What is called significant.
const LEVEL: f64 = 0.05;

/// A figure with what it measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// A name that stays the same from run to run, such as `target_share/glaucoma`.
    pub id: String,
    /// What it measures or compares, in words.
    pub what: String,
    /// How its estimate is to be written.
    pub measure: Measure,
    /// Where there is a chance level or a value of no effect.
    pub chance: Option<f64>,
    /// Which tests its p-value is corrected together with.
    pub family: Family,
    /// What is said of it.
    pub finding: Finding,
}

/// Tests whose p-values are corrected together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Not tested.
    None,
    /// The questions asked beforehand: focus against chance, right against wrong, confidence
    /// against focus. Holm.
    Primary,
    /// Everything that was looked through for something. Benjamini and Hochberg.
    Exploration,
    /// The removal of regions. Holm.
    Removal,
}

/// How an estimate is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// As a percentage.
    Share,
    /// As a difference of percentages.
    Points,
    /// As a factor, such as 2.3 times.
    Ratio,
    /// As a plain number with its sign: correlations, δ, log-ratios, differences.
    Signed,
    /// As a plain number: an AUC, κ, V.
    Plain,
}

impl Measure {
    /// A number as sentences have it.
    pub fn write(self, value: f64) -> String {
        match self {
            Measure::Share => percent(value),
            Measure::Points => format!("{:+.1} points", 100.0 * value),
            Measure::Ratio => format!("{value:.2} times"),
            Measure::Signed => format!("{value:+.2}"),
            Measure::Plain => format!("{value:.3}"),
        }
    }

    /// An interval as sentences have it.
    pub fn write_interval(self, interval: &Interval) -> String {
        let [low, high] = match self {
            Measure::Share => [percent(interval.low), percent(interval.high)],
            Measure::Points => [format!("{:+.1}", 100.0 * interval.low), format!("{:+.1}", 100.0 * interval.high)],
            Measure::Ratio | Measure::Signed => [format!("{:.2}", interval.low), format!("{:.2}", interval.high)],
            Measure::Plain => [format!("{:.3}", interval.low), format!("{:.3}", interval.high)],
        };
        format!("{low} to {high}")
    }
}

fn percent(value: f64) -> String {
    let value = 100.0 * value;
    if value > 0.0 && value < 0.05 {
        return "<0.1 %".to_owned();
    }
    if value.abs() < 9.95 && value != 0.0 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

impl Measurement {
    /// A measurement without a level of chance.
    pub fn new(id: impl Into<String>, what: impl Into<String>, measure: Measure, finding: Finding) -> Measurement {
        Measurement { id: id.into(), what: what.into(), measure, chance: None, family: Family::None, finding }
    }

    /// With the level that chance, or no effect, gives.
    pub fn against(mut self, chance: f64) -> Measurement {
        self.chance = Some(chance);
        self
    }

    /// As one of the questions asked beforehand.
    pub fn primary(mut self) -> Measurement {
        self.family = Family::Primary;
        self
    }

    /// As one of many that were looked through.
    pub fn exploration(mut self) -> Measurement {
        self.family = Family::Exploration;
        self
    }

    /// As one of the regions that were removed.
    pub fn removal(mut self) -> Measurement {
        self.family = Family::Removal;
        self
    }

    /// Whether its p-value, corrected, is at most 5 %; where there is no p-value, no.
    pub fn is_significant(&self) -> bool {
        self.finding.is_significant(LEVEL) == Some(true)
    }

    /// Whether the whole interval lies above a value.
    pub fn is_above(&self, value: f64) -> bool {
        self.low().is_some_and(|low| low > value)
    }

    /// Whether the whole interval lies below a value.
    pub fn is_below(&self, value: f64) -> bool {
        self.high().is_some_and(|high| high < value)
    }

    /// Estimate with its interval, as sentences have it: `23 % (95 % interval 20 % to 26 %)`; why
    /// there is none otherwise.
    pub fn words(&self) -> String {
        match (self.finding.estimate(), self.finding.interval()) {
            (Some(estimate), Some(interval)) => {
                let level = 100.0 * interval.level;
                format!(
                    "{} ({level:.0} % interval {})",
                    self.measure.write(estimate),
                    self.measure.write_interval(&interval)
                )
            }
            (Some(estimate), None) => self.measure.write(estimate),
            (None, _) => self.finding.silence().map_or_else(|| "cannot be said".to_owned(), ToString::to_string),
        }
    }

    /// The lower bound, where there is one.
    pub fn low(&self) -> Option<f64> {
        self.finding.interval().map(|interval| interval.low)
    }

    /// The upper bound, where there is one.
    pub fn high(&self) -> Option<f64> {
        self.finding.interval().map(|interval| interval.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heatlens_statistics::{Settings, Units, proportion};

    #[test]
    fn numbers_read_as_a_clinician_writes_them() {
        assert_eq!(Measure::Share.write(0.0), "0 %");
        assert_eq!(Measure::Share.write(0.0213), "2.1 %");
        assert_eq!(Measure::Share.write(0.0004), "<0.1 %");
        assert_eq!(Measure::Share.write(0.5), "50 %");
        assert_eq!(Measure::Ratio.write(2.345), "2.35 times");
        let few =
            Measurement::new("x", "x", Measure::Share, proportion(&[true; 3], &Units::each(3), &Settings::default()));
        assert!(few.words().contains("cannot be said from 3"));
        let some =
            Measurement::new("x", "x", Measure::Share, proportion(&[true; 20], &Units::each(20), &Settings::default()));
        assert_eq!(some.words(), "100 % (95 % interval 84 % to 100 %)");
    }

    #[test]
    fn questions_are_numbered_in_order() {
        assert!(Question::ALL.iter().enumerate().all(|(i, question)| question.number() == i + 1));
    }
}
