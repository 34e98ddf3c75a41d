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
}

impl Outcome {
    /// Whether the prediction is right; `None` without a label.
    pub fn is_correct(&self) -> Option<bool> {
        match self {
            Outcome::TruePositive | Outcome::TrueNegative | Outcome::Correct(_) => Some(true),
            Outcome::FalsePositive | Outcome::FalseNegative | Outcome::Wrong { .. } => Some(false),
            Outcome::Predicted(_) => None,
        }
    }
}

/// The name as folders and tables have it: `true_positive`, `correct/<class>`,
/// `wrong/<true>_as_<predicted>`, `predicted/<class>`.
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
