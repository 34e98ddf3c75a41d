//! How a prediction compares with the label.

use std::fmt;

/// The outcome of one image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The positive class, rightly.
    TruePositive,
    /// The negative class, rightly.
    TrueNegative,
    /// The positive class, wrongly.
    FalsePositive,
    /// The negative class, wrongly.
    FalseNegative,
    /// Right, where no class is the positive one.
    Correct(String),
    /// Wrong, where no class is the positive one.
    Wrong {
        /// The label.
        label: String,
        /// The prediction.
        predicted: String,
    },
    /// Nothing is known but the prediction.
    Predicted(String),
    /// Every label that is known, rightly, where several may be present.
    AllRight,
    /// A label wrongly, where several may be present.
    SomeWrong,
    /// A value, where the true one is not known or equal.
    Value,
    /// A value above the true one.
    TooHigh,
    /// A value below the true one.
    TooLow,
}

impl Outcome {
    /// Whether the prediction is right; `None` without a label.
    pub fn is_correct(&self) -> Option<bool> {
        match self {
            Outcome::TruePositive | Outcome::TrueNegative | Outcome::Correct(_) | Outcome::AllRight => Some(true),
            Outcome::FalsePositive | Outcome::FalseNegative | Outcome::Wrong { .. } | Outcome::SomeWrong => Some(false),
            Outcome::Predicted(_) | Outcome::Value | Outcome::TooHigh | Outcome::TooLow => None,
        }
    }
}

/// The name as folders and tables have it: `true_positive`, `correct/<class>`,
/// `wrong/<true>_as_<predicted>`, `predicted/<class>`; `all_right` and `some_wrong` of several labels;
/// `too_high`, `too_low` and `value` of values.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::TruePositive => f.write_str("true_positive"),
            Outcome::TrueNegative => f.write_str("true_negative"),
            Outcome::FalsePositive => f.write_str("false_positive"),
            Outcome::FalseNegative => f.write_str("false_negative"),
            Outcome::Correct(class) => write!(f, "correct/{class}"),
            Outcome::Wrong { label, predicted } => write!(f, "wrong/{label}_as_{predicted}"),
            Outcome::Predicted(class) => write!(f, "predicted/{class}"),
            Outcome::AllRight => f.write_str("all_right"),
            Outcome::SomeWrong => f.write_str("some_wrong"),
            Outcome::Value => f.write_str("value"),
            Outcome::TooHigh => f.write_str("too_high"),
            Outcome::TooLow => f.write_str("too_low"),
        }
    }
}

/// How outcomes are named for a set of classes.
#[derive(Clone, Debug)]
pub struct Outcomes {
    classes: Vec<String>,
    positive: Option<usize>,
}

impl Outcomes {
    /// For these classes; `positive` counts only where there are two.
    pub fn new(classes: &[String], positive: Option<usize>) -> Self {
        Outcomes { classes: classes.to_vec(), positive: positive.filter(|_| classes.len() == 2) }
    }

    /// The outcome of an image of class `label` (`None` if unknown) predicted as `predicted`.
    pub fn of(&self, label: Option<usize>, predicted: usize) -> Outcome {
        let name = |class: usize| self.classes[class].clone();
        let Some(label) = label else { return Outcome::Predicted(name(predicted)) };
        match self.positive {
            Some(positive) => match (label == positive, predicted == positive) {
                (true, true) => Outcome::TruePositive,
                (false, false) => Outcome::TrueNegative,
                (false, true) => Outcome::FalsePositive,
                (true, false) => Outcome::FalseNegative,
            },
            None if label == predicted => Outcome::Correct(name(label)),
            None => Outcome::Wrong { label: name(label), predicted: name(predicted) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_named_by_what_is_known() {
        let classes = ["normal".to_owned(), "glaucoma".to_owned()];
        let two = Outcomes::new(&classes, Some(1));
        assert_eq!(two.of(Some(1), 0).to_string(), "false_negative");
        assert_eq!(two.of(Some(0), 1).to_string(), "false_positive");
        assert_eq!(two.of(None, 1).to_string(), "predicted/glaucoma");
        let neutral = Outcomes::new(&classes, None);
        assert_eq!(neutral.of(Some(1), 0).to_string(), "wrong/glaucoma_as_normal");
        assert_eq!(neutral.of(Some(1), 1).is_correct(), Some(true));
    }
}
