//! Numbers in words.

use crate::schema::{Measure, Measurement};
use heatlens_statistics::{Correction, Effect, Finding, PValue, Test};

/// A count with thin spaces between thousands.
pub(super) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 image`, `2 081 images`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A sentence with what belongs together kept on one line, and minus signs instead of hyphens
/// before numbers.
pub(super) fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        prose.push(match letter {
            '-' if matches!(before, ' ' | '(') && next.is_some_and(|c| c.is_ascii_digit()) => '\u{2212}',
            ' ' if next == Some('%') => '\u{a0}',
            _ => letter,
        });
        before = letter;
    }
    prose
}

/// A number without a sign where it is nothing.
fn signed(number: &str) -> String {
    let nothing = number.strip_prefix('+').is_some_and(|rest| rest.chars().all(|c| matches!(c, '0' | '.')));
    if nothing { "0".to_owned() } else { prose(number) }
}

/// What a measure says of a value, for tables.
pub(super) fn written(measure: Measure, value: f64) -> String {
    signed(&measure.write(value))
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    written(Measure::Share, share)
}

/// Patients or images behind a finding, a number a group.
pub(super) fn units(finding: &Finding) -> String {
    finding.units().iter().map(|&n| count(n)).collect::<Vec<_>>().join(" / ")
}

/// A p-value with what was tested and how it was corrected.
pub(super) fn p_value(p: &PValue) -> (String, String) {
    let shown = p.adjusted.map_or(p.value, |adjusted| adjusted.value);
    let number = if shown < 0.001 { "< 0.001".to_owned() } else { format!("{shown:.3}") };
    let how = match p.adjusted {
        Some(adjusted) => {
            format!("{}, {} over {} tests", test(p.test), correction(adjusted.correction), adjusted.family)
        }
        None => test(p.test).to_owned(),
    };
    (number, how)
}

fn test(test: Test) -> &'static str {
    match test {
        Test::BrunnerMunzel => "Brunner–Munzel",
        Test::SignFlips => "flipped signs",
        Test::BonettWright => "Bonett–Wright",
        Test::DeLong => "DeLong",
        Test::ChiSquare => "χ²",
        Test::FisherExact => "Fisher’s exact test",
        Test::Permutation => "permutation",
        Test::Equivalence => "equivalence",
    }
}

fn correction(correction: Correction) -> &'static str {
    match correction {
        Correction::Holm => "Holm",
        Correction::BenjaminiHochberg => "Benjamini–Hochberg",
    }
}

/// The name of what is estimated, for the small print of a row.
pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::CliffsDelta => "Cliff’s δ",
        Effect::MeanDifference => "mean difference",
        Effect::Mean => "mean",
        Effect::Proportion => "proportion",
        Effect::Spearman => "Spearman’s ρ",
        Effect::Auc => "AUC",
        Effect::AucDifference => "difference of AUC",
        Effect::AveragePrecision => "average precision",
        Effect::CramersV => "Cramér’s V",
        Effect::Kappa => "Cohen’s κ",
        Effect::Brier => "Brier score",
        Effect::CalibrationError => "calibration error",
    }
}

/// Estimate and interval apart, as table cells have them; the reason where there is no estimate.
pub(super) fn estimate(measurement: &Measurement) -> Result<(String, Option<String>), String> {
    let Measurement { measure, finding, .. } = measurement;
    match finding.estimate() {
        Some(value) => {
            Ok((written(*measure, value), finding.interval().map(|interval| prose(&measure.write_interval(&interval)))))
        }
        None => Err(prose(&measurement.words())),
    }
}

/// A figure and its interval in one short line; a dash where there is none.
pub(super) fn brief(measurement: Option<&Measurement>) -> String {
    match measurement.map(estimate) {
        Some(Ok((value, Some(interval)))) => format!("{value} ({interval})"),
        Some(Ok((value, None))) => value,
        _ => "–".to_owned(),
    }
}

/// A name from tables as a reader would write it: `true_positive` → `true positive`.
pub(super) fn spoken(name: &str) -> String {
    name.replace('_', " ").replace('/', " · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_signs_are_no_hyphens() {
        assert_eq!(signed("-0.05"), "−0.05");
        assert_eq!(prose("-0.18 to -0.02 (-3 points), shared-2"), "−0.18 to −0.02 (−3 points), shared-2");
        assert_eq!((signed("+0.00"), signed("+0.20")), ("0".into(), "+0.20".into()));
        assert_eq!(prose("23 % (95 % interval)"), "23\u{a0}% (95\u{a0}% interval)");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 2081, 1234567].map(count),
            ["0", "999", "1\u{2009}000", "2\u{2009}081", "1\u{2009}234\u{2009}567"]
        );
        assert_eq!((counted(1, "image"), counted(0, "image")), ("1 image".into(), "0 images".into()));
    }
}
