//! Which number a map explains.

use crate::{Error, Head, Model, Prediction};

/// What is explained of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScoreKind {
    /// Its logit.
    #[default]
    Logit,
    /// Its probability. Where the network is sure, its gradient all but vanishes.
    Probability,
}

/// The number that a map explains: the logit or probability of a class, or how far it is above that
/// of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Score {
    /// The class.
    pub class: usize,
    /// The class that it is compared with.
    pub against: Option<usize>,
    /// What is taken of each class.
    pub kind: ScoreKind,
}

impl Score {
    /// The logit of a class.
    pub fn logit(class: usize) -> Score {
        Score { class, against: None, kind: ScoreKind::Logit }
    }

    /// Its value for what the network says of an image.
    pub fn value(&self, prediction: &Prediction) -> f32 {
        let of_classes = match self.kind {
            ScoreKind::Logit => &prediction.logits,
            ScoreKind::Probability => &prediction.probabilities,
        };
        of_classes[self.class] - self.against.map_or(0.0, |class| of_classes[class])
    }

    /// ∂score/∂logits, one value a class.
    pub fn gradient(&self, prediction: &Prediction, head: Head) -> Vec<f32> {
        let of_class = |class: usize| -> Vec<f32> {
            let p = &prediction.probabilities;
            let is = |c: usize| if c == class { 1.0 } else { 0.0 };
            (0..prediction.logits.len())
                .map(|c| match (self.kind, head) {
                    (ScoreKind::Logit, _) => is(c),
                    (ScoreKind::Probability, Head::Softmax) => p[class] * (is(c) - p[c]),
                    // The two logits of one output are −z and z: σ'(z) = σ(z) (1 − σ(z)) belongs to
                    // its own alone.
                    // Of several sigmoids, each belongs to one logit.
                    (ScoreKind::Probability, Head::Sigmoid | Head::Sigmoids) => is(c) * p[class] * (1.0 - p[class]),
                    // Refused before: values have no probability.
                    (ScoreKind::Probability, Head::Values) => 0.0,
                })
                .collect()
        };
        let mut gradient = of_class(self.class);
        if let Some(against) = self.against {
            gradient.iter_mut().zip(of_class(against)).for_each(|(g, other)| *g -= other);
        }
        gradient
    }
}

/// What to explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whichever class the network predicts for the image.
    Predicted,
    /// This class, whatever is predicted.
    Class(usize),
    /// What speaks for the first class rather than the second.
    Contrast(usize, usize),
}

impl Target {
    /// The score for an image that is predicted as `predicted`.
    pub fn score(self, predicted: usize, kind: ScoreKind) -> Score {
        let (class, against) = match self {
            Target::Predicted => (predicted, None),
            Target::Class(class) => (class, None),
            Target::Contrast(class, against) => (class, Some(against)),
        };
        Score { class, against, kind }
    }
}

/// Several targets from words.
pub struct Targets;

impl Targets {
    /// Reads `predicted`, `all`, a class name or an index, or `A vs B` for the contrast of two
    /// classes.
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::SameClass`], [`Error::NonePredicted`].
    pub fn parse(text: &str, model: &Model) -> Result<Vec<Target>, Error> {
        // A class may be called anything, `predicted` and `cats vs dogs` included.
        if let Some(class) = model.classes().iter().position(|name| name == text) {
            return Ok(vec![Target::Class(class)]);
        }
        match (text, text.split_once(" vs ")) {
            ("predicted", _) if model.head() == Head::Values && model.classes().len() > 1 => {
                Err(Error::NonePredicted { values: model.classes().to_vec() })
            }
            ("predicted", _) => Ok(vec![Target::Predicted]),
            ("all", _) => Ok((0..model.classes().len()).map(Target::Class).collect()),
            (_, Some((class, against))) => {
                let (class, against) = (model.class(class.trim())?, model.class(against.trim())?);
                if class == against {
                    return Err(Error::SameClass { class: model.classes()[class].clone() });
                }
                Ok(vec![Target::Contrast(class, against)])
            }
            _ => Ok(vec![Target::Class(model.class(text)?)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gradient of a score by central differences over the raw outputs.
    fn differences(score: Score, head: Head, outputs: &[f32]) -> Vec<f32> {
        let value = |outputs: &[f32]| score.value(&head.predict(outputs));
        let moved = |i: usize, step: f32| {
            let mut outputs = outputs.to_vec();
            outputs[i] += step;
            value(&outputs)
        };
        (0..outputs.len()).map(|i| (moved(i, 1e-2) - moved(i, -1e-2)) / 2e-2).collect()
    }

    #[test]
    fn gradients_are_those_of_the_values() {
        for (head, outputs) in
            [(Head::Softmax, vec![0.3, -0.7, 1.1]), (Head::Sigmoid, vec![0.8]), (Head::Sigmoids, vec![0.3, -0.7, 1.1])]
        {
            for kind in [ScoreKind::Logit, ScoreKind::Probability] {
                for against in [None, Some(0)] {
                    let score = Score { class: 1, against, kind };
                    let mut seed = vec![0.0; outputs.len()];
                    head.seed(&score.gradient(&head.predict(&outputs), head), &mut seed);
                    for (got, expected) in seed.iter().zip(differences(score, head, &outputs)) {
                        assert!((got - expected).abs() < 1e-3, "{score:?} {head:?}: {seed:?}");
                    }
                }
            }
        }
    }
}
