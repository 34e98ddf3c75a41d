//! Which images of a run are wanted.

use super::Case;
use super::groups::{HIGH, LOW, surest_first};

/// A range of confidence, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence {
    from: f32,
    to: f32,
    words: Named,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    High,
    Low,
    Range,
}

impl Confidence {
    /// `high`, `low`, `0.5-0.7`, `>=0.9` or `<0.6`.
    ///
    /// # Errors
    /// In words.
    pub fn parse(text: &str) -> Result<Confidence, String> {
        let text = text.trim();
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value));
        let read = || {
            let range = |from, to| Some(Confidence { from, to, words: Named::Range });
            if let Some(least) = text.strip_prefix(">=").or_else(|| text.strip_prefix('>')) {
                return range(number(least)?, 1.0);
            }
            if let Some(most) = text.strip_prefix("<=").or_else(|| text.strip_prefix('<')) {
                return range(0.0, number(most)?);
            }
            let (from, to) = text.split_once('-').or_else(|| text.split_once(".."))?;
            let (from, to) = (number(from)?, number(to)?);
            (from <= to).then_some(Confidence { from, to, words: Named::Range })
        };
        match text.to_lowercase().as_str() {
            "high" => Ok(Confidence { from: HIGH, to: 1.0, words: Named::High }),
            "low" => Ok(Confidence { from: 0.0, to: LOW, words: Named::Low }),
            _ => read().ok_or_else(|| {
                format!(
                    "`high` ({HIGH} and more), `low` (below {LOW}), a range `0.5-0.7`, `>=0.9` or `<0.6` is needed, from \
                     0 to 1"
                )
            }),
        }
    }

    fn holds(self, confidence: f32) -> bool {
        confidence >= self.from && if self.words == Named::Low { confidence < self.to } else { confidence <= self.to }
    }

    fn words(self) -> String {
        match self.words {
            Named::High => "high confidence".to_owned(),
            Named::Low => "low confidence".to_owned(),
            Named::Range => format!("confidence {} to {}", self.from, self.to),
        }
    }
}

/// What images must have in common; nothing is asked for where it is left empty.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// One of these outcomes: `false_negative`, `wrong/a_as_b`; `correct` and `wrong` for all of them.
    pub outcomes: Vec<String>,
    /// Predicted as one of these classes.
    pub classes: Vec<String>,
    /// Labelled as one of these.
    pub labels: Vec<String>,
    /// How sure the network is.
    pub confidence: Option<Confidence>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Selection {
    /// Positions of the images, the surest first; the least sure first where those of low confidence
    /// are asked for.
    ///
    /// # Errors
    /// In words, if something is asked for that no image of the run has: the run's own names are said.
    pub fn of(&self, cases: &[Case]) -> Result<Vec<usize>, String> {
        let known = |asked: &[String], what: &str, names: &dyn Fn(&Case) -> Vec<String>| {
            let mut all: Vec<String> = cases.iter().flat_map(names).filter(|name| !name.is_empty()).collect();
            all.sort();
            all.dedup();
            let missing = asked.iter().find(|asked| !all.iter().any(|name| name.eq_ignore_ascii_case(asked)));
            missing.map_or(Ok(()), |missing| {
                let there = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                Err(format!("no image of the run has {what} `{missing}`; there is: {there}"))
            })
        };
        known(&self.outcomes, "the outcome", &outcomes)?;
        known(&self.classes, "the predicted class", &|case| vec![case.predicted.clone()])?;
        known(&self.labels, "the label", &|case| vec![case.label.clone().unwrap_or_default()])?;
        let is_one = |asked: &[String], names: Vec<String>| {
            asked.is_empty() || asked.iter().any(|asked| names.iter().any(|name| name.eq_ignore_ascii_case(asked)))
        };
        let fits = |case: &Case| {
            is_one(&self.outcomes, outcomes(case))
                && is_one(&self.classes, vec![case.predicted.clone()])
                && is_one(&self.labels, vec![case.label.clone().unwrap_or_default()])
                && self.confidence.is_none_or(|range| case.confidence.is_some_and(|sure| range.holds(sure)))
        };
        let mut positions: Vec<usize> = (0..cases.len()).filter(|&i| fits(&cases[i])).collect();
        surest_first(cases, &mut positions);
        if self.confidence.is_some_and(|range| range.words == Named::Low) {
            positions.reverse();
        }
        positions.truncate(self.limit.unwrap_or(usize::MAX));
        Ok(positions)
    }

    /// What the images have in common, in words.
    pub fn words(&self) -> String {
        let mut words: Vec<String> = self.outcomes.iter().map(|outcome| outcome.replace('_', " ")).collect();
        words.extend(self.classes.iter().map(|class| format!("predicted {class}")));
        words.extend(self.labels.iter().map(|label| format!("labelled {label}")));
        words.extend(self.confidence.map(Confidence::words));
        let words = if words.is_empty() { "all images".to_owned() } else { words.join(", ") };
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// What an image's outcome may be asked for as.
fn outcomes(case: &Case) -> Vec<String> {
    let mut names = vec![case.outcome.clone(), case.folder.clone()];
    names.extend(case.outcome.split_once('/').map(|(kind, _)| kind.to_owned()));
    names.extend(case.is_correct.map(|right| if right { "correct" } else { "wrong" }.to_owned()));
    names
}

#[cfg(test)]
mod tests {
    use super::super::groups::tests::case;
    use super::*;

    #[test]
    fn confidence_is_a_word_or_a_range() {
        let holds = |text: &str, value: f32| Confidence::parse(text).unwrap().holds(value);
        assert!(holds("high", 0.9) && !holds("high", 0.89) && holds("LOW", 0.59) && !holds("low", 0.6));
        assert!(holds("0.5-0.7", 0.5) && holds("0.5..0.7", 0.7) && !holds("0.5-0.7", 0.71));
        assert!(holds(">=0.8", 0.8) && holds("< 0.6", 0.1) && !holds("<0.6", 0.7));
        for bad in ["", "very", "0.7-0.5", ">=2", "0.5-", "-1"] {
            assert!(Confidence::parse(bad).unwrap_err().contains("`high`"), "{bad}");
        }
    }

    #[test]
    fn what_is_asked_for_is_found_in_order_and_what_is_not_there_is_said() {
        let cases = [
            case("a", "true_positive", 0.7),
            case("b", "false_negative", 0.55),
            case("c", "true_positive", 0.99),
            case("d", "false_positive", 0.58),
        ];
        let of = |selection: Selection| selection.of(&cases);
        let outcomes = |outcome: &str| Selection { outcomes: vec![outcome.into()], ..Selection::default() };
        assert_eq!(of(Selection::default()).unwrap(), [2, 0, 3, 1]);
        assert_eq!(of(outcomes("True_Positive")).unwrap(), [2, 0]);
        assert_eq!(of(outcomes("wrong")).unwrap(), [3, 1]);
        assert_eq!(of(Selection { limit: Some(1), ..outcomes("correct") }).unwrap(), [2]);
        let low = Selection { confidence: Some(Confidence::parse("low").unwrap()), ..Selection::default() };
        assert_eq!((of(low.clone()).unwrap(), low.words().as_str()), (vec![1, 3], "Low confidence"));
        let error = of(outcomes("false_positives")).unwrap_err();
        assert!(
            error.contains("`false_positives`") && error.contains("false_negative, false_positive, true"),
            "{error}"
        );
        assert!(
            of(Selection { classes: vec!["cat".into()], ..Selection::default() }).unwrap_err().contains("glaucoma")
        );
        assert_eq!(outcomes("false_negative").words(), "False negative");
    }
}
