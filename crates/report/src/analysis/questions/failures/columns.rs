//! What the table of images says of failures: a value of a column that they have and successes have not.

use heatlens_statistics::association;

use crate::analysis::draft::{Handle, Measured, Sheet};
use crate::analysis::evidence::Evidence;
use crate::analysis::subgroups::columns;
use crate::analysis::words::{p_words, right_title, wrong_title};
use crate::schema::{Measure, Measurement};

/// A single failure has every value of its own.
const LEAST_FAILURES: usize = 2;
/// A value is told of where so much more of the failures than of the successes have it.
const LEAST_EXCESS: f64 = 0.5;

/// A value of a column among the images of a true class.
pub struct Shared {
    column: String,
    value: String,
    class: usize,
    /// Failures that have it, and all that are known.
    wrong: [usize; 2],
    /// The same of successes.
    right: [usize; 2],
    tie: Handle,
}

/// The value of each column that most failures of the class have, against successes.
pub fn measure(evidence: &Evidence, class: usize, sheet: &mut Sheet) -> Vec<Shared> {
    let mut found = Vec::new();
    for (column, values) in columns(evidence) {
        let known: Vec<(usize, &str, bool)> = (0..evidence.images.len())
            .filter(|&i| evidence.images[i].label == Some(class))
            .filter_map(|i| Some((i, values[i].as_deref()?, evidence.images[i].is_correct() == Some(false))))
            .collect();
        let failures: Vec<&str> = known.iter().filter(|(.., wrong)| *wrong).map(|(_, value, _)| *value).collect();
        let Some(value) = most_common(&failures) else { continue };
        let count = |wrong: bool| {
            let of = known.iter().filter(|image| image.2 == wrong);
            [of.clone().filter(|image| image.1 == value).count(), of.count()]
        };
        let (wrong, right) = (count(true), count(false));
        // Whether a column is tested must not hang on what it would show: the correction counts all of them.
        if wrong[0] < LEAST_FAILURES || right[1] == 0 {
            continue;
        }
        let groups = |of: &dyn Fn(&(usize, &str, bool)) -> bool| {
            known.iter().map(|image| usize::from(of(image))).collect::<Vec<usize>>()
        };
        let units = evidence.units.select(&known.iter().map(|image| image.0).collect::<Vec<_>>());
        let (having, failing) = (groups(&|image| image.1 == value), groups(&|image| image.2));
        let finding = association(&having, &failing, &units, &evidence.settings);
        let id = format!("column/{}/{column}", evidence.facts.class(class));
        let what = format!(
            "Cramér's V of “{value}” in the column `{column}` and failing, {} against {}",
            wrong_title(evidence, class),
            right_title(evidence, class)
        );
        let tie = sheet.add(Measurement::new(id, what, Measure::Plain, finding).against(0.0).exploration());
        found.push(Shared { value: value.to_owned(), column, class, wrong, right, tie });
    }
    found
}

fn most_common<'v>(values: &[&'v str]) -> Option<&'v str> {
    let count = |value: &str| values.iter().filter(|other| **other == value).count();
    values.iter().copied().max_by(|a, b| count(a).cmp(&count(b)).then(b.cmp(a)))
}

impl Shared {
    /// Whether many more failures than successes have it, and chance would hardly make it so, after correction.
    pub fn is_told(&self, measured: &Measured<'_>) -> bool {
        let share = |[having, all]: [usize; 2]| having as f64 / all as f64;
        share(self.wrong) - share(self.right) >= LEAST_EXCESS && measured[self.tie].is_significant()
    }

    /// `3 of 3 false positives have “yes” in the column `marked`, and 0 of 47 true negatives`.
    pub fn plain(&self, evidence: &Evidence) -> String {
        let ([wrong, failures], [right, successes]) = (self.wrong, self.right);
        let verb = if wrong == 1 { "has" } else { "have" };
        format!(
            "{wrong} of {failures} {} {verb} “{}” in the column `{}`, and {right} of {successes} {}",
            wrong_title(evidence, self.class),
            self.value,
            self.column,
            right_title(evidence, self.class)
        )
    }

    /// The same with its p-value.
    pub fn told(&self, evidence: &Evidence, measured: &Measured<'_>) -> String {
        format!("{} ({})", self.plain(evidence), p_words(&measured[self.tie]))
    }
}
