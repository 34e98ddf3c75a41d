//! From logits to classes.

use heatlens_formats::Problem;
use heatlens_formats::scores::Squashing;

/// How the last layer's outputs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// One logit a class, made probabilities by a softmax.
    Softmax,
    /// One logit in all: its sigmoid is the probability of class 1, and class 0 is its opposite.
    Sigmoid,
    /// One logit a class, each with a sigmoid of its own: several classes may be present at once.
    Sigmoids,
    /// Values as they are, such as grades or a cup-to-disc ratio.
    Values,
}

/// What the network says of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// One score a class, before softmax or sigmoid; `[−z, z]` for a head of one logit z; the values
    /// themselves where outputs are values.
    pub logits: Vec<f32>,
    /// One probability a class; they sum to 1 unless each class has a sigmoid of its own. Empty where
    /// outputs are values.
    pub probabilities: Vec<f32>,
    /// The most probable class, the first of equals; of values the first.
    pub class: usize,
}

impl Prediction {
    /// The probability of the predicted class; values have none.
    pub fn confidence(&self) -> Option<f32> {
        self.probabilities.get(self.class).copied()
    }

    /// By how much the outputs of two networks differ at most, as probabilities or as values; infinite
    /// where one of them is not a number.
    pub fn apart(&self, other: &Prediction) -> f32 {
        let apart = |class: usize| (self.degree(class) - other.degree(class)).abs();
        let far = |apart: f32| if apart.is_nan() { f32::INFINITY } else { apart };
        (0..self.logits.len()).map(apart).map(far).fold(0.0, f32::max)
    }

    /// How far the network says a class: its probability, or the value where outputs are values.
    pub fn degree(&self, class: usize) -> f32 {
        self.probabilities.get(class).copied().unwrap_or(self.logits[class])
    }
}

impl Head {
    /// Every head with the name it is asked for by and what it means.
    pub const ALL: [(Head, &'static str, &'static str); 4] = [
        (Head::Softmax, "softmax", "of several classes one is present"),
        (Head::Sigmoid, "sigmoid", "one output tells one of two classes"),
        (Head::Sigmoids, "multilabel", "each output is a label of its own, of which several may be present"),
        (Head::Values, "regression", "each output is a value, such as a grade or a ratio"),
    ];

    /// Whether of several classes one is present: there is a predicted class, right or wrong.
    pub fn is_of_one_class(self) -> bool {
        matches!(self, Head::Softmax | Head::Sigmoid)
    }

    /// The head of this name.
    pub fn named(name: &str) -> Option<Head> {
        Head::ALL.iter().find(|(_, known, _)| *known == name).map(|(head, ..)| *head)
    }

    /// The name that it is asked for by.
    pub fn name(self) -> &'static str {
        Head::ALL.iter().find(|(head, ..)| *head == self).map_or("", |(_, name, _)| name)
    }

    /// What it means, in words.
    pub fn about(self) -> &'static str {
        Head::ALL.iter().find(|(head, ..)| *head == self).map_or("", |(.., about)| about)
    }

    /// The head of a network whose outputs stand for this.
    pub(crate) fn for_problem(problem: Problem) -> Head {
        match problem {
            Problem::OneClass => Head::Softmax,
            Problem::SeveralLabels => Head::Sigmoids,
            Problem::Values => Head::Values,
        }
    }

    /// The head of a network with this many outputs, and what makes probabilities of them as far
    /// as its file says.
    pub fn of(outputs: usize, squashing: Option<Squashing>) -> Self {
        match squashing {
            _ if outputs == 1 => Head::Sigmoid,
            Some(Squashing::Sigmoid) => Head::Sigmoids,
            Some(Squashing::Softmax) | None => Head::Softmax,
        }
    }

    /// Number of classes of a network with this many outputs.
    pub fn classes(self, outputs: usize) -> usize {
        match self {
            Head::Softmax | Head::Sigmoids | Head::Values => outputs,
            Head::Sigmoid => 2,
        }
    }

    /// Reads the network's raw outputs.
    pub fn predict(self, outputs: &[f32]) -> Prediction {
        let (logits, probabilities) = match self {
            Head::Softmax => (outputs.to_vec(), softmax(outputs)),
            Head::Sigmoid => (vec![-outputs[0], outputs[0]], softmax(&[0.0, outputs[0]])),
            Head::Sigmoids => (outputs.to_vec(), outputs.iter().map(|&z| softmax(&[0.0, z])[1]).collect()),
            Head::Values => return Prediction { logits: outputs.to_vec(), probabilities: Vec::new(), class: 0 },
        };
        let class = (1..logits.len()).fold(0, |best, c| if logits[c] > logits[best] { c } else { best });
        Prediction { logits, probabilities, class }
    }

    /// The cotangent of the raw outputs from that of the class logits, which a one-logit head makes
    /// as `[−z, z]`.
    pub fn seed(self, of_classes: &[f32], of_outputs: &mut [f32]) {
        match self {
            Head::Softmax | Head::Sigmoids | Head::Values => of_outputs.copy_from_slice(of_classes),
            Head::Sigmoid => of_outputs[0] = of_classes[1] - of_classes[0],
        }
    }
}

/// In f64: the probabilities of thousands of classes should still sum to 1.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max) as f64;
    let exps: Vec<f64> = logits.iter().map(|&z| (z as f64 - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|e| (e / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_logit_is_read_as_two_classes() {
        let prediction = Head::of(1, None).predict(&[2.0]);
        assert_eq!(prediction.class, 1);
        assert!((prediction.confidence().unwrap() - 1.0 / (1.0 + (-2.0f32).exp())).abs() < 1e-6);
        assert_eq!(Head::of(1, Some(Squashing::Softmax)).predict(&[-2.0]).class, 0);
        let mut seed = [0.0];
        Head::Sigmoid.seed(&[1.0, 0.0], &mut seed);
        assert_eq!(seed, [-1.0]);
    }

    #[test]
    fn several_sigmoids_are_probabilities_of_their_own() {
        let head = Head::of(3, Some(Squashing::Sigmoid));
        let prediction = head.predict(&[2.0, -1.0, 3.0]);
        assert_eq!((prediction.class, head.classes(3)), (2, 3));
        let sigmoid = |z: f32| 1.0 / (1.0 + (-z).exp());
        for (p, z) in prediction.probabilities.iter().zip([2.0, -1.0, 3.0]) {
            assert!((p - sigmoid(z)).abs() < 1e-6);
        }
    }

    #[test]
    fn values_stay_as_they_are() {
        let prediction = Head::Values.predict(&[0.3, 2.5]);
        assert_eq!((prediction.logits.clone(), prediction.class, prediction.confidence()), (vec![0.3, 2.5], 0, None));
        let other = Head::Values.predict(&[0.4, 1.0]);
        assert!((prediction.apart(&other) - 1.5).abs() < 1e-6);
        assert_eq!(prediction.apart(&Head::Values.predict(&[0.3, f32::NAN])), f32::INFINITY);
        assert_eq!((Head::Values.classes(1), Head::named("regression")), (1, Some(Head::Values)));
    }

    #[test]
    fn softmax_survives_large_logits_and_ties_go_to_the_first() {
        let prediction = Head::Softmax.predict(&[1000.0, 1000.0, 0.0]);
        assert_eq!(prediction.class, 0);
        assert!((prediction.probabilities[1] - 0.5).abs() < 1e-6);
    }
}
