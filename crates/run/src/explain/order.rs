//! Whether the two classes of a model stand in the order that their labels speak for.

use heatlens_statistics::{Settings, Units, auc};

use super::{Plan, Row};
use crate::Said;

/// What predictions beside labels say of the order of two classes.
#[derive(Debug)]
pub struct Order<'p> {
    classes: &'p [String],
    is_assumed: bool,
    /// How far each labelled image speaks for the second class, and whether it is of that class.
    seen: Vec<(f64, bool)>,
}

impl<'p> Order<'p> {
    /// Nothing seen yet.
    pub fn of(plan: &'p Plan) -> Order<'p> {
        // Labels and values stand in no order that could be turned round.
        let classes = if plan.model.head().is_of_one_class() { plan.model.classes() } else { &[] };
        Order { classes, is_assumed: plan.assumed_order, seen: Vec::new() }
    }

    /// Takes down an image that was explained.
    pub fn see(&mut self, row: &Row) {
        let ([_, second], Some(label), Ok(answer)) = (self.classes, &row.label, &row.answer) else { return };
        if let [first, other] = answer.prediction.logits[..] {
            self.seen.push((f64::from(other - first), label == second));
        }
    }

    /// What to say: which order fits where it was assumed, and where it was given what to try if
    /// the model is wrong far more often than by chance.
    pub fn words(&self) -> Option<Said> {
        let [a, b] = self.classes else { return None };
        let (all, right) = (self.seen.len(), self.right());
        let wrong = all - right;
        if self.is_assumed && all > 0 {
            return Some(Said::Note(self.settled(right, wrong)));
        }
        let ranks = self.ranks_turned();
        (self.is_telling() && wrong > right || ranks.is_some()).then(|| {
            let ranks = ranks.map_or(String::new(), |auc| format!(" (AUC {auc:.2})"));
            Said::Warning(format!(
                "{wrong} of {all} are predicted wrongly{ranks}, far more than by chance: the classes look turned round. If \
                 training had them in the other order, say --classes {b},{a}"
            ))
        })
    }

    fn right(&self) -> usize {
        self.seen.iter().filter(|(score, is_second)| (*score > 0.0) == *is_second).count()
    }

    /// Whether right and wrong differ by more than two standard deviations of as many tosses of a
    /// coin.
    fn is_telling(&self) -> bool {
        let (all, right) = (self.seen.len() as f64, self.right() as f64);
        (all - 2.0 * right).abs() > 2.0 * all.sqrt()
    }

    /// The area under the ROC curve, where it is below one half beyond chance: a threshold may hide
    /// from right and wrong that the ranks are turned round.
    fn ranks_turned(&self) -> Option<f64> {
        let (scores, second): (Vec<f64>, Vec<bool>) = self.seen.iter().copied().unzip();
        let finding = auc(&scores, &second, &Units::each(scores.len()), &Settings::default());
        finding.estimate().filter(|_| finding.interval().is_some_and(|interval| interval.high < 0.5))
    }

    /// Which order fits better, where it was assumed.
    fn settled(&self, right: usize, wrong: usize) -> String {
        let (given, turned) = (self.classes.join(","), format!("{},{}", self.classes[1], self.classes[0]));
        let all = right + wrong;
        let counts = format!("in the order {given} {right} of {all} are right, in the order {turned} {wrong}");
        let unsure = if self.is_telling() { "" } else { ", though chance may do as much" };
        match right.cmp(&wrong) {
            std::cmp::Ordering::Greater => {
                format!("{counts}: the first fits better{unsure}; --classes {given} settles it")
            }
            std::cmp::Ordering::Less => format!(
                "{counts}: the second fits better{unsure}, and outcomes and maps of this run bear the names turned round; \
                 say --classes {turned}"
            ),
            std::cmp::Ordering::Equal => {
                format!("{counts}: they do not tell; say --classes in the order of training")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(is_assumed: bool, seen: &[(f64, bool)]) -> Option<Said> {
        let classes = ["normal".to_owned(), "glaucoma".to_owned()];
        Order { classes: &classes, is_assumed, seen: seen.to_vec() }.words()
    }

    /// So many that are right and so many that are wrong, of both classes in turn.
    fn seen(right: usize, wrong: usize) -> Vec<(f64, bool)> {
        let is_even = |i: usize| i.is_multiple_of(2);
        let one = |i: usize| (if is_even(i) == (i < right) { 1.0 } else { -1.0 } + i as f64 / 1e3, is_even(i));
        (0..right + wrong).map(one).collect()
    }

    #[test]
    fn an_order_that_was_assumed_is_compared_with_the_other() {
        let note = |right, wrong| match said(true, &seen(right, wrong)) {
            Some(Said::Note(words)) => words,
            other => panic!("{other:?}"),
        };
        let better = note(9, 1);
        assert!(better.starts_with("in the order normal,glaucoma 9 of 10 are right, in the order glaucoma,normal 1:"));
        assert!(better.ends_with("fits better; --classes normal,glaucoma settles it"), "{better}");
        assert!(note(1, 9).ends_with("turned round; say --classes glaucoma,normal"));
        assert!(note(6, 4).contains("though chance may do as much"));
        assert!(note(5, 5).contains("they do not tell"));
    }

    #[test]
    fn an_order_that_was_given_is_doubted_where_chance_does_not_explain_it() {
        assert_eq!(said(false, &seen(9, 1)), None);
        assert_eq!(said(false, &seen(4, 6)), None);
        let turned = said(false, &seen(1, 9)).unwrap();
        assert!(
            matches!(&turned, Said::Warning(words) if words.ends_with("say --classes glaucoma,normal")),
            "{turned:?}"
        );
        assert_eq!(said(false, &[]), None);
    }

    #[test]
    fn ranks_tell_where_a_threshold_hides_it() {
        // All are predicted as the second class, half of them rightly, those of the first more so.
        let seen: Vec<_> = (0..40).map(|i| (1.0 + f64::from(i) / 40.0, i < 20)).collect();
        let turned = said(false, &seen).unwrap();
        assert!(
            matches!(&turned, Said::Warning(words) if words.contains("20 of 40") && words.contains("AUC 0.00")),
            "{turned:?}"
        );
    }
}
