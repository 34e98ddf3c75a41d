//! Whether two groupings of the same cases go together: clusters of maps with labels, outcomes,
//! cameras.

use rayon::prelude::*;

use super::finding::Measured;
use super::random::Random;
use super::special::{chi_square_upper, ln_choose};
use super::{Effect, Finding, Settings, Silence, Test, Units};

/// The least expected count for which χ² is trusted.
const LEAST_EXPECTED: f64 = 5.0;

/// Cramér's V with Bergsma's bias correction (2013), for groups numbered from 0. It has no interval:
/// V cannot be below 0, so that none would say what the test says.
///
/// p is that of χ², the counts scaled to the effective number of units, if each expected count is
/// at least five. Else it is exact (Fisher, two by two) or a Monte-Carlo permutation of χ², both on
/// the first case of each unit.
///
/// # Panics
/// If the lengths differ.
pub fn association(rows: &[usize], columns: &[usize], units: &Units, settings: &Settings) -> Finding {
    assert!(rows.len() == columns.len() && rows.len() == units.cases(), "pairs");
    let size = [rows, columns].map(|groups| groups.iter().max().map_or(0, |g| g + 1));
    Finding::new(Effect::CramersV, vec![units.count()], || {
        let all: Vec<usize> = (0..rows.len()).collect();
        let table = Table::of(rows, columns, &all, size);
        if table.rows.len() < 2 || table.columns.len() < 2 {
            return Err(Silence::Undefined("all cases are in the same group".into()));
        }
        let p = Some(p_value(&table, rows, columns, units, settings));
        Ok(Measured { estimate: table.corrected_v(), interval: None, p })
    })
}

fn p_value(table: &Table, rows: &[usize], columns: &[usize], units: &Units, settings: &Settings) -> (f64, Test) {
    let scale = units.effective() / units.cases() as f64;
    if table.least_expected() * scale >= LEAST_EXPECTED {
        return (chi_square_upper(table.chi_square() * scale, table.degrees()), Test::ChiSquare);
    }
    let firsts: Vec<usize> = (0..units.count()).map(|u| units.members(u)[0]).collect();
    let pick = |groups: &[usize]| firsts.iter().map(|&c| groups[c]).collect::<Vec<_>>();
    let (rows, columns) = (pick(rows), pick(columns));
    let size = [table.size[0], table.size[1]];
    let all: Vec<usize> = (0..rows.len()).collect();
    let independent = Table::of(&rows, &columns, &all, size);
    match (&independent.rows[..], &independent.columns[..]) {
        ([_, _], [_, _]) => (independent.fisher(), Test::FisherExact),
        _ => (permutation(&independent, &rows, &columns, settings), Test::Permutation),
    }
}

/// Counts of a cross table without empty rows and columns.
struct Table {
    /// Rows and columns including the empty ones.
    size: [usize; 2],
    counts: Vec<Vec<f64>>,
    rows: Vec<f64>,
    columns: Vec<f64>,
    n: f64,
}

impl Table {
    fn of(rows: &[usize], columns: &[usize], cases: &[usize], size: [usize; 2]) -> Table {
        let mut full = vec![vec![0.0; size[1]]; size[0]];
        cases.iter().for_each(|&c| full[rows[c]][columns[c]] += 1.0);
        let filled: Vec<usize> = (0..size[1]).filter(|&j| full.iter().any(|row| row[j] > 0.0)).collect();
        let counts: Vec<Vec<f64>> = full
            .iter()
            .filter(|row| row.iter().any(|&v| v > 0.0))
            .map(|row| filled.iter().map(|&j| row[j]).collect())
            .collect();
        let row_sums = counts.iter().map(|row| row.iter().sum()).collect();
        let column_sums = (0..filled.len()).map(|j| counts.iter().map(|row| row[j]).sum()).collect();
        Table { size, counts, rows: row_sums, columns: column_sums, n: cases.len() as f64 }
    }

    fn chi_square(&self) -> f64 {
        let mut sum = 0.0;
        for (row, &r) in self.counts.iter().zip(&self.rows) {
            for (&count, &c) in row.iter().zip(&self.columns) {
                let expected = r * c / self.n;
                sum += (count - expected).powi(2) / expected;
            }
        }
        sum
    }

    fn least_expected(&self) -> f64 {
        let least = |sums: &[f64]| sums.iter().copied().fold(f64::INFINITY, f64::min);
        least(&self.rows) * least(&self.columns) / self.n
    }

    fn degrees(&self) -> f64 {
        (self.rows.len() as f64 - 1.0) * (self.columns.len() as f64 - 1.0)
    }

    /// NaN if one side has a single group.
    fn corrected_v(&self) -> f64 {
        let (r, c) = (self.rows.len() as f64, self.columns.len() as f64);
        if r < 2.0 || c < 2.0 || self.n < 2.0 {
            return f64::NAN;
        }
        let phi2 = (self.chi_square() / self.n - self.degrees() / (self.n - 1.0)).max(0.0);
        let shrunk = |groups: f64| groups - (groups - 1.0).powi(2) / (self.n - 1.0);
        (phi2 / (shrunk(r).min(shrunk(c)) - 1.0)).sqrt()
    }

    /// Two by two: the probability of all tables with these sums that are at most as likely.
    fn fisher(&self) -> f64 {
        let [n, row, column] = [self.n, self.rows[0], self.columns[0]].map(|v| v as usize);
        let ln_p = |k: usize| ln_choose(row, k) + ln_choose(n - row, column - k) - ln_choose(n, column);
        let observed = ln_p(self.counts[0][0] as usize);
        let (least, most) = ((row + column).saturating_sub(n), row.min(column));
        // Equally likely tables differ by rounding only.
        (least..=most).map(ln_p).filter(|&p| p <= observed + 1e-7).map(f64::exp).sum::<f64>().min(1.0)
    }
}

fn permutation(table: &Table, rows: &[usize], columns: &[usize], settings: &Settings) -> f64 {
    let observed = table.chi_square() * (1.0 - 1e-12);
    let all: Vec<usize> = (0..rows.len()).collect();
    let as_far = (0..settings.resamples)
        .into_par_iter()
        .filter(|&resample| {
            let mut shuffled = columns.to_vec();
            Random::new(settings.seed, resample as u64).shuffle(&mut shuffled);
            Table::of(rows, &shuffled, &all, table.size).chi_square() >= observed
        })
        .count();
    (as_far + 1) as f64 / (settings.resamples + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_grouping_is_one_and_a_single_group_says_nothing() {
        let rows: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let of = |columns: &[usize]| association(&rows, columns, &Units::each(60), &Settings::default());
        let same = of(&rows);
        assert!((same.estimate().unwrap() - 1.0).abs() < 1e-12 && same.p().unwrap().value < 1e-10);
        assert!(of(&[0; 60]).silence().unwrap().to_string().contains("same group"));
    }

    #[test]
    fn a_sparse_table_is_permuted_and_agrees_with_chi_square_where_that_holds() {
        let rows: Vec<usize> = (0..30).map(|i| i % 3).collect();
        let columns: Vec<usize> =
            (0..30).map(|i| usize::from(i % 7 == 0) + usize::from(i % 3 == 0 && i > 14)).collect();
        let sparse = association(&rows, &columns, &Units::each(30), &Settings::default());
        assert_eq!(sparse.p().unwrap().test, Test::Permutation);
        let all: Vec<usize> = (0..300).collect();
        let rows: Vec<usize> = all.iter().map(|i| i % 3).collect();
        let columns: Vec<usize> = all.iter().map(|i| (i / 3 + usize::from(i % 11 == 0)) % 4).collect();
        let table = Table::of(&rows, &columns, &all, [3, 4]);
        let exact = chi_square_upper(table.chi_square(), table.degrees());
        let permuted = permutation(&table, &rows, &columns, &Settings::default());
        assert!((exact - permuted).abs() < 0.04, "{exact} {permuted}");
    }

    #[test]
    fn without_association_the_estimate_is_about_zero() {
        let mut random = Random::new(1, 0);
        let mut draw = |groups: usize| (0..300).map(|_| random.below(groups)).collect::<Vec<_>>();
        let (rows, columns) = (draw(4), draw(3));
        let finding = association(&rows, &columns, &Units::each(300), &Settings::default());
        assert!(finding.estimate().unwrap() < 0.1, "{finding:?}");
    }
}
